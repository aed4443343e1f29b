from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.team.access import Role
from tests.api.served import Dispatcher, Runner, Served, serving, spec
from tests.client.faces import FACES, HASTY

CONTENT = b"weights" * 40_000
"""Bytes of the largest model, which come in many pieces."""

Face = Callable[..., Any]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("data"), event_heartbeat_seconds=0.2) as served:
        yield served


@pytest.fixture(scope="module")
def token(served: Served) -> str:
    return str(served.person(Role.EDITOR).headers["Authorization"].removeprefix("Bearer "))


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest, token: str) -> Iterator[Face]:
    """Makes clients of an address, of one kind; they are closed afterwards."""
    made = []

    def make(url: str, **options: Any) -> Any:
        made.append(FACES[request.param](url, token, **({"patience": HASTY} | options)))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(served: Served, face: Face) -> Any:
    return face(served.url)


def post(served: Served, token: str, **changes: Any) -> str:
    """A new job's id."""
    posted = served.client(token).post("/jobs", json=spec(**changes)).raise_for_status()
    return str(posted.json()["id"])


def run(served: Served, job_id: str) -> Runner:
    """A job's runner, which has not recorded anything yet."""
    return Dispatcher.of(served).claim(job_id)


@pytest.fixture(scope="module")
def searched(served: Served, token: str) -> str:
    """A job that has ended: five complete trials, one that failed."""
    job_id = post(served, token, name="searched", constraints=[{"metric": "params", "max": 1e6}])
    runner = run(served, job_id)
    runner.complete_all([(0.5, 2.0), (0.7, 3.0), (0.6, 1.0)], CONTENT)
    runner.fail()
    runner.complete_all([(0.9, 4.0), (0.4, 5.0)])
    runner.finish("budget_spent")
    return job_id
