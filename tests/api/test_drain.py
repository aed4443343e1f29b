"""A service that is about to stop begins nothing new, and hears everybody out."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.team.access import Role
from tests.api.served import SPEC, Dispatcher, Served, serving
from tests.api.test_bad_input import problem_of


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def test_people_change_nothing_and_still_see_everything(served: Served):
    admin = served.person(Role.ADMIN)
    job_id = admin.post("/jobs", json=SPEC).json()["id"]
    document = httpx.get(f"{served.url}/openapi.json", trust_env=False).json()
    served.parts.drain.begin()
    before = served.stored()
    for path, operations in document["paths"].items():
        for method in operations:
            if method != "get":
                reply = admin.request(method, served.url + path.format_map(AnyId()), json=SPEC)
                problem_of(reply, 503, "unavailable")
                assert int(reply.headers["Retry-After"]) > 0
    assert served.stored() == before
    assert admin.get(f"/jobs/{job_id}").json()["state"] == "queued"
    problem = problem_of(httpx.get(f"{served.url}/readyz", trust_env=False), 503, "unavailable")
    assert "stopping" in problem["detail"], "a proxy sends nobody here any more"
    assert httpx.get(f"{served.url}/healthz", trust_env=False).status_code == 200


class AnyId(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "1"


def test_runners_have_their_last_words_and_nothing_more_is_claimed(served: Served):
    editor = served.person()
    running, waiting = (editor.post("/jobs", json=SPEC).json()["id"] for _ in range(2))
    dispatcher = Dispatcher.of(served)
    runner = dispatcher.claim(running)
    served.parts.drain.begin()
    dispatcher.beat()
    body = {"dispatcher": dispatcher.name, "cluster": "cluster-1"}
    assert dispatcher.client.post("/dispatch/claim", json=body).json() == {"claim": None}
    runner.complete(0.9, 0.5)
    runner.finish("interrupted")
    jobs = {job["id"]: job for job in editor.get("/jobs").json()["items"]}
    assert {jobs[job_id]["state"] for job_id in (running, waiting)} == {"queued"}
    assert jobs[running]["trials"]["finished"] == 1
