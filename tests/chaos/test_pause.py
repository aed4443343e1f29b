"""Shrinking, pausing, reopening on a real cluster: no training is lost or done twice, no token seen."""

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from searchspace.datasets import KNOWN
from searchspace.dimensions import RandomSuggest
from searchspace.space import Space
from searchspace.spec import JobSpec
from tests.e2e.service_process import ServiceProcess, has_ended, processes, serving, wait_until

NUMBERS = (0, 1)

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with serving(tmp_path_factory.mktemp("service"), renew_after_seconds="0.5") as service:
        yield service


def post(service: ServiceProcess, **budget: int) -> str:
    return service.post_job(
        dataset={"name": "digits"},
        space={"preset": "tiny"},
        budget=budget,
        early_stopping={"name": "none"},
    )


def trained(service: ServiceProcess, job_id: str) -> list[int]:
    """The last training epoch of each trial."""
    trials = service.trials(job_id)
    curves = [service.call("GET", f"/jobs/{job_id}/trials/{t['number']}").json() for t in trials]
    return [max((p["training_epoch"] for p in c["curve"]), default=0) for c in curves]


def wait_for_training(service: ServiceProcess, job_id: str) -> None:
    """Wait until both trials have trained some more."""
    before = [*trained(service, job_id), 0, 0]

    def both_have() -> bool:
        now = trained(service, job_id)
        return len(now) == len(NUMBERS) and all(now[n] > before[n] + 1 for n in NUMBERS)

    wait_until(both_have, 120, service.log)


def reports(service: ServiceProcess, job_id: str) -> dict[int, list[int]]:
    """The training epochs that each trial of an ended job has reported, in order."""
    found: dict[int, list[int]] = {number: [] for number in NUMBERS}
    for block in service.call("GET", f"/jobs/{job_id}/events").text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if fields.get("event") == "trial.report":
            report = json.loads(fields["data"])
            found[report["number"]].append(report["training_epoch"])
    return found


def states(service: ServiceProcess, job_id: str) -> list[tuple[str, str | None]]:
    return sorted((t["state"], t["reason"]) for t in service.trials(job_id))


def act(service: ServiceProcess, job_id: str, command: str) -> None:
    response = service.call("POST", f"/jobs/{job_id}/{command}")
    assert response.status_code == 202, response.text


def succeeded(service: ServiceProcess, job_id: str) -> list[dict[str, Any]]:
    job = service.wait_for(job_id, has_ended, 120)
    assert (job["state"], job["reason"]) == ("succeeded", "budget_spent"), job
    trials = service.trials(job_id)
    assert [trial["number"] for trial in trials] == list(range(len(trials)))
    return trials


def test_a_job_shrinks_and_is_paused_and_no_training_epoch_is_lost_or_done_twice(
    service: ServiceProcess,
) -> None:
    job_id = post(service, trials=2, training_epochs=10_000)
    wait_for_training(service, job_id)

    other = post(service, trials=1, training_epochs=1)
    shrunk = [("running", None), ("suspended", "preempted")]
    wait_until(lambda: states(service, job_id) == shrunk, 60, service.log)
    succeeded(service, other)
    wait_for_training(service, job_id)
    attempts = sorted(trial["attempts"] for trial in service.trials(job_id))
    assert (attempts, service.job(job_id)["epoch"]) == ([1, 2], 1), "the same runner all along"

    act(service, job_id, "pause")
    service.wait_for(job_id, lambda job: job["state"] == "paused", 60)
    assert states(service, job_id) == [("suspended", "paused")] * 2
    wait_until(lambda: not processes(f"TCLSEARCH_JOB_ID={job_id}"), 30, service.log)

    act(service, job_id, "resume")
    wait_for_training(service, job_id)
    attempts = sorted(trial["attempts"] for trial in service.trials(job_id))
    assert (attempts, service.job(job_id)["epoch"]) == ([2, 3], 2)
    act(service, job_id, "cancel")
    service.wait_for(job_id, has_ended, 30)
    for number, epochs in reports(service, job_id).items():
        assert epochs == list(range(1, len(epochs) + 1)), number


def test_a_point_of_ones_own_is_run_and_a_larger_budget_reopens_the_job(
    service: ServiceProcess,
) -> None:
    job_id = post(service, trials=1, training_epochs=1)
    service.wait_for(job_id, lambda job: job["state"] == "running", 60)
    space = Space(JobSpec.parse(service.job(job_id)["spec"]), KNOWN["digits"])
    point = space.sample(RandomSuggest(np.random.default_rng(1)))
    given = service.call("POST", f"/jobs/{job_id}/trials", json={"parameters": point})
    assert given.status_code == 202, given.text
    assert point in [trial["parameters"] for trial in succeeded(service, job_id)]
    enlarged = {"budget": {"trials": 3}}
    assert service.call("PATCH", f"/jobs/{job_id}", json=enlarged).status_code == 200
    trials = succeeded(service, job_id)
    assert [(t["state"], t["attempts"]) for t in trials] == [("complete", 1)] * 3


def test_the_runners_token_is_written_nowhere(service: ServiceProcess) -> None:
    job_id = post(service, trials=1, training_epochs=10_000)
    wait_until(lambda: max(trained(service, job_id), default=0) > 1, 120, service.log)
    found = tokens(service, job_id)
    act(service, job_id, "cancel")
    service.wait_for(job_id, has_ended, 30)

    with closing(sqlite3.connect(service.data_dir / "tclsearch.db")) as database:
        query = "SELECT runner_token_sha256 FROM jobs WHERE id = ?"
        (own,) = database.execute(query, [job_id]).fetchone()
    claims = found.pop("Ray's list of jobs")
    assert len(claims) == 1, "whoever may list Ray's jobs sees the claim's token"
    assert sha256(next(iter(claims)).encode()).hexdigest() != own, "which is void by now"
    assert {place for place, seen in found.items() if seen - claims} == set()


def tokens(service: ServiceProcess, job_id: str) -> dict[str, set[str]]:
    """The tokens of a job's runner that are to be seen: in Ray, in files, in environments."""
    head = json.loads((service.data_dir / "ray" / "head.json").read_text())
    headers = {"Authorization": f"Bearer {head['token']}"}
    jobs = httpx.get(f"{head['dashboard_url']}/api/jobs/", headers=headers, trust_env=False)
    texts = {"Ray's list of jobs": jobs.content}
    for pid in processes(str(service.data_dir)):
        with suppress(OSError):
            texts[f"process {pid}"] = Path(f"/proc/{pid}/environ").read_bytes()
    session = sha256(str(service.data_dir.resolve()).encode()).hexdigest()[:12]
    temporary = Path(tempfile.gettempdir())
    runs = [*temporary.glob("tclsearch-run-*"), *temporary.glob(f"tclsearch-ray-*-{session}")]
    assert len(runs) >= 2
    for directory in (service.data_dir, *runs):
        for path in directory.rglob("*"):
            if path.is_file():
                with suppress(OSError):
                    texts[str(path)] = path.read_bytes()
    form = re.compile(rf"tcr_{job_id}_\d+_[A-Za-z0-9_-]{{43}}".encode())
    return {place: {m.decode() for m in form.findall(text)} for place, text in texts.items()}
