from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from service.team.access import Role
from tests.api.served import Served, serving

crews = (f"crew {number}" for number in count())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service per module, on SQLite."""
    with serving(tmp_path_factory.mktemp("data")) as served:
        yield served


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def on_each(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """One service per module and kind of database."""
    url = None
    if request.param == "postgresql":
        name = Path(request.module.__file__).stem
        url = request.getfixturevalue("postgresql")(name)
    with serving(tmp_path_factory.mktemp("data"), url) as served:
        yield served


@pytest.fixture(scope="module")
def editor(served: Served) -> httpx.Client:
    return served.person(Role.EDITOR)


@pytest.fixture
def root(served: Served) -> httpx.Client:
    """An administrator of every team."""
    return served.person(Role.ADMIN)


@pytest.fixture
def team(root: httpx.Client) -> str:
    """A new team."""
    name = next(crews)
    root.post("/teams", json={"name": name}).raise_for_status()
    return name


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Served]:
    """A service of which nobody else has tokens."""
    with serving(tmp_path) as served:
        yield served
