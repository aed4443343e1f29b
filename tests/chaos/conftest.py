"""Each fault says in one line what came of it, after the tests' own summary."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from service.db.engine import Database
from service.db.migrate import migrate
from tests.chaos.cluster import Cluster
from tests.chaos.light_api import LightApi
from tests.service.conftest import database, on_sqlite, plane

__all__ = ["database", "on_sqlite", "plane"]

_numbers = itertools.count()
_LINES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LINES] = []


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash[_LINES]:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def on_postgresql(postgresql: Callable[[str], str]) -> Iterator[Database]:
    database = Database(postgresql("chaos"))
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keeps a fault's figures for the end: `say("F1", kills=20, lost=0)`."""

    def say(fault: str, **figures: object) -> None:
        told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
        request.config.stash[_LINES].append(f"{fault}: {told}")

    return say


@pytest.fixture
def api_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Of the control plane; a test that wants others parametrizes this indirectly."""
    usual = {"rescue_grace_seconds": 0.0, "sweep_seconds": 0.1}
    return usual | getattr(request, "param", {})


@pytest.fixture(params=["sqlite", "postgresql"])
def api(
    request: pytest.FixtureRequest, tmp_path: Path, api_settings: dict[str, Any]
) -> Iterator[LightApi]:
    """A control plane that can be killed and started again in an instant."""
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")(f"chaos_{next(_numbers)}")
    with LightApi.serving(tmp_path / "data", url, **api_settings) as api:
        yield api


@pytest.fixture
def cluster(api: LightApi) -> Iterator[Cluster]:
    with Cluster.of(api) as cluster:
        yield cluster
