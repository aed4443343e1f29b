"""How often one may ask, over HTTP: per token, per network with bad ones, and never as a worker."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.team.access import Role
from tests.api.served import SPEC, Dispatcher, Served, serving
from tests.api.test_bad_input import pointers, problem_of

HARDLY = 1e-6
"""A rate at which nothing grows back while a test runs."""


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Served]:
    settings: dict[str, Any] = {
        "rate_limit_per_second": HARDLY,
        "rate_limit_burst": 3,
        "failed_tokens_per_second": HARDLY,
        "failed_tokens_burst": 4,
    }
    with serving(tmp_path, **settings) as served:
        yield served


def refused(response: httpx.Response) -> None:
    problem_of(response, 429, "rate_limited")
    assert int(response.headers["retry-after"]) > 0


def test_a_token_is_let_past_its_burst_and_then_told_to_wait(strict: Served):
    ada, bob = strict.person(), strict.person()
    for _ in range(3):
        assert ada.get("/jobs").status_code == 200
    before = strict.stored()
    refused(ada.get("/jobs"))
    refused(ada.post("/jobs", json=SPEC))
    assert strict.stored() == before
    assert bob.get("/jobs").status_code == 200, "another token is another's"


def test_several_copies_let_past_together_what_one_would(strict: Served):
    settings = {"rate_limit_per_second": HARDLY, "rate_limit_burst": 3}
    # It finds the first one at its first look; the first one finds it at its next.
    with serving(strict.data_dir, sweep_seconds=0.01, **settings) as second:
        while passes(second.person()) != 1:
            pass


def passes(person: httpx.Client) -> int:
    """How many requests are let past one after the other."""
    found = 0
    while person.get("/me").status_code == 200:
        found += 1
    return found


def test_requests_that_are_refused_count_too(strict: Served):
    viewer = strict.person(Role.VIEWER)
    for _ in range(3):
        assert viewer.post("/jobs", json=SPEC).status_code == 403
    refused(viewer.post("/jobs", json=SPEC))


def test_guessing_tokens_is_told_to_wait_and_good_tokens_are_not(strict: Served):
    good = strict.person()
    for number in range(4):
        guess = strict.client(f"tcl_{number:043}")
        problem_of(guess.get("/me"), 401, "unauthorized")
    refused(strict.client("tcl_" + "x" * 43).get("/me"))
    # Behind one proxy, all clients have one address.
    assert good.get("/me").status_code == 200


def test_no_token_at_all_is_no_guess(strict: Served):
    for _ in range(10):
        problem_of(strict.client().get("/me"), 401, "unauthorized")
    assert strict.person().get("/me").status_code == 200


def test_workers_and_health_are_never_limited(strict: Served):
    job_id = strict.person().post("/jobs", json=SPEC).json()["id"]
    dispatcher = Dispatcher.of(strict)
    for number in range(4):
        strict.client(f"tcl_{number:043}").get("/me")
    refused(strict.client("tcl_" + "x" * 43).get("/me"))
    for _ in range(10):
        dispatcher.beat()
        assert httpx.get(f"{strict.url}/healthz", trust_env=False).status_code == 200
    runner = dispatcher.claim(job_id)
    for _ in range(10):
        runner.client.post("/renew", json={"epoch": runner.epoch}).raise_for_status()
    stranger = strict.client("tcl_" + "x" * 43)
    for _ in range(10):
        problem_of(stranger.post("/dispatch/claim", json={}), 401, "unauthorized")


def test_every_public_route_says_that_it_may_ask_to_wait(served: Served):
    document = httpx.get(f"{served.url}/openapi.json", trust_env=False).json()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if path in ("/healthz", "/readyz", "/metrics"):
                assert "429" not in operation["responses"]
            else:
                assert "Retry-After" in operation["responses"]["429"]["headers"], path


def test_more_tags_than_a_job_may_have_are_refused(served: Served):
    client = served.person()
    most = [("tag", f"key {number}:value") for number in range(32)]
    assert client.get("/jobs", params=most).status_code == 200
    many = problem_of(client.get("/jobs", params=[*most, ("tag", "x")]), 422, "invalid")
    assert pointers(many) == ["/query/tag"]
    colons = ":" * 513
    assert client.get("/jobs", params=[("tag", colons)] * 32).status_code == 200
    long = problem_of(client.get("/jobs", params={"tag": colons + "x"}), 422, "invalid")
    assert pointers(long) == ["/query/tag/0"]


def test_ten_thousand_ranges_are_one_refusal(served: Served):
    editor = served.person()
    job_id = editor.post("/jobs", json=SPEC).json()["id"]
    Dispatcher.of(served).claim(job_id).complete(0.9, 0.5)
    (model,) = editor.get(f"/jobs/{job_id}/front").json()["models"]
    ranges = "bytes=" + ",".join(["0-0"] * 10_000)
    path = f"/jobs/{job_id}/models/{model['id']}/checkpoint"
    response = editor.get(path, headers={"Range": ranges})
    problem_of(response, 416, "range_not_satisfiable")
