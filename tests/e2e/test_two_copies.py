"""Two copies of the control plane on one PostgreSQL, as behind a proxy; each a process of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from typing import Any

import httpx
import pytest

from tests.e2e.service_process import ServiceProcess

JOB: dict[str, Any] = {
    "version": 1,
    "name": "a job",
    "dataset": {"name": "digits"},
    "space": {"preset": "tiny"},
}
POSTERS = CLAIMERS = 6


@pytest.fixture(scope="module")
def copies(
    postgresql: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ServiceProcess, ServiceProcess]]:
    data_dir = tmp_path_factory.mktemp("copies")
    options = ("--no-dispatcher", "--database-url", postgresql("copies"))
    first, second = (ServiceProcess(data_dir, *options) for _ in range(2))
    with ExitStack() as stack:
        with ThreadPoolExecutor(2) as threads:
            # Both at once: one migrates, and makes the first tokens.
            list(threads.map(ServiceProcess.start, (first, second)))
        for copy in (first, second):
            stack.callback(copy.kill)
        yield first, second


def dispatcher(copy: ServiceProcess) -> httpx.Client:
    token = (copy.data_dir / "dispatcher-token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"{copy.url}/api/v1/dispatch", headers=headers, timeout=30)


def claim_all(copy: ServiceProcess, name: str) -> list[dict[str, Any]]:
    """What one dispatcher of the cluster gets until nothing is left."""
    claims = []
    who = {"dispatcher": name, "cluster": "shared"}
    with dispatcher(copy) as client:
        nodes = [{"cpus": 1000, "gpus": 0}]
        client.post("/beat", json={**who, "nodes": nodes}).raise_for_status()
        while claim := client.post("/claim", json=who).raise_for_status().json()["claim"]:
            claims.append(claim)
    return claims


def test_a_key_makes_one_job_whichever_copy_it_reaches_and_each_job_is_claimed_once(
    copies: tuple[ServiceProcess, ServiceProcess],
) -> None:
    def post(number: int) -> str:
        # Every key comes three times, to both copies.
        copy, key = copies[number % 2], {"Idempotency-Key": f"key {number // 3}"}
        reply = copy.call("POST", "/jobs", json=JOB, headers=key)
        assert reply.status_code in (200, 201), reply.text
        return str(reply.json()["id"])

    with ThreadPoolExecutor(POSTERS) as threads:
        jobs = set(threads.map(post, range(60)))
        assert len(jobs) == 20
        taken = threads.map(claim_all, copies * (CLAIMERS // 2), map(str, count()))
        claims = [claim for claims in taken for claim in claims]
    assert sorted(claim["job_id"] for claim in claims) == sorted(jobs)
    assert {claim["epoch"] for claim in claims} == {1}


def test_what_one_copy_did_the_other_knows_at_once_and_goes_on_with(
    copies: tuple[ServiceProcess, ServiceProcess],
) -> None:
    first, second = copies
    job_id = first.post_job(dataset={"name": "digits"}, space={"preset": "tiny"})
    (claim,) = claim_all(second, "of the second")
    assert claim["job_id"] == job_id
    runner = {"Authorization": f"Bearer {claim['runner_token']}"}
    path, body = f"/runner/jobs/{job_id}", {"epoch": 1, "runner": "me"}
    assert second.call("POST", f"{path}/hello", json=body, headers=runner).is_success
    second.kill()
    assert first.job(job_id)["state"] == "running"
    assert first.call("POST", f"{path}/renew", json={"epoch": 1}, headers=runner).is_success
    second.start()
    assert second.call("POST", f"/jobs/{job_id}/cancel").status_code == 202
    reply = first.call("POST", f"{path}/renew", json={"epoch": 1}, headers=runner)
    assert reply.json()["desired"] == "cancel"
