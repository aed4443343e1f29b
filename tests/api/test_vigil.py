"""The vigil over open streams' tokens, when looking itself goes wrong."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from service.api.vigil import Vigil
from service.clock import DatabaseClock
from service.db.engine import Database
from service.db.migrate import migrate
from service.db.tables import TeamRow
from service.errors import Unavailable
from service.team.access import Caller, Role, create_token


class FaultyClock(DatabaseClock):
    """Raises what it is given, one error for each look, before it tells the time."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.looks = 0

    def now(self, session: Session) -> datetime:
        self.looks += 1
        if self.errors:
            raise self.errors.pop(0)
        return super().now(session)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'tclsearch.db'}")
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def caller(database: Database) -> Caller:
    with database.write() as session:
        at = DatabaseClock().now(session)
        session.add(TeamRow(name="default", quotas={}, created_at=at))
        session.flush()
        row, _ = create_token(session, name="Ada", team="default", role=Role.VIEWER, at=at)
    return Caller(row.id, row.name, row.team, Role.VIEWER)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  nobody is told of a look but those who are watched
        await asyncio.sleep(0.001)


def test_a_database_that_is_away_ends_no_stream(database: Database, caller: Caller):
    clock = FaultyClock(Unavailable("away"), Unavailable("away"))
    revoked = Caller("tok_gone", "Eve", "default", Role.VIEWER)

    async def follow() -> None:
        vigil = Vigil(database, clock, 0.001)
        with vigil.over(caller) as watch, vigil.over(revoked) as other:
            await until(lambda: not other.good)
            assert clock.errors == []
            assert watch.good

    asyncio.run(follow())


def test_a_look_that_nobody_expected_to_fail_ends_the_streams_that_it_was_for(
    database: Database, caller: Caller
):
    clock = FaultyClock(ZeroDivisionError())

    async def follow() -> None:
        vigil = Vigil(database, clock, 0.001)
        with vigil.over(caller) as watch:
            await until(lambda: not watch.good)
        with vigil.over(caller) as watch:
            await until(lambda: clock.looks >= 3)
            assert watch.good, "the next stream is watched again"

    asyncio.run(follow())
