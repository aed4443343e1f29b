"""Transactions of several threads in one commit of SQLite: each is whole, and answered after it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service.db import together
from service.db.engine import Database
from service.db.migrate import migrate
from service.db.tables import TeamRow
from service.errors import StorageFull, Unavailable
from tests.factories import SetClock
from tests.service.test_database import add_team, teams

Write = Callable[[Session], None]


def team(name: str) -> Write:
    return lambda session: session.add(TeamRow(name=name, quotas={}, created_at=SetClock().time))


class Crowd:
    """Threads that write at once: all wait for the first, who leaves when the last has come."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.commits = 0
        event.listen(database.engine, "commit", self._count)

    def _count(self, _: object) -> None:
        self.commits += 1

    def write(self, *writes: Write) -> list[BaseException | None]:
        """What became of each, in the order given: None, or what was raised."""
        with ThreadPoolExecutor(len(writes)) as pool:
            done: list[Future[None]] = []
            first, all_here = threading.Event(), threading.Event()

            def lead() -> None:
                with self.database.write_together() as session:
                    first.set()
                    assert all_here.wait(10)
                    writes[0](session)

            def follow(write: Write) -> None:
                with self.database.write_together() as session:
                    write(session)

            done.append(pool.submit(lead))
            assert first.wait(10)
            for number, write in enumerate(writes[1:], start=1):
                done.append(pool.submit(follow, write))
                self._await(number)
            all_here.set()
            return [each.exception(30) for each in done]

    def _await(self, waiting: int) -> None:
        turns = self.database._turns
        assert turns is not None
        while turns._waiting < waiting:
            pass


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'together.db'}")
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def crowd(database: Database, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """Nobody in it loses patience."""
    monkeypatch.setattr(together, "LOOK_SECONDS", 60.0)
    return Crowd(database)


def test_those_that_wait_for_each_other_are_one_commit(crowd: Crowd) -> None:
    names = {f"team-{number}" for number in range(6)}
    assert crowd.write(*map(team, sorted(names))) == [None] * 6
    assert crowd.commits == 1
    assert teams(crowd.database) == names


def test_one_that_raises_takes_its_own_changes_with_it_and_no_others(crowd: Crowd) -> None:
    def fail(session: Session) -> None:
        session.add(TeamRow(name="gone", quotas={}, created_at=SetClock().time))
        session.flush()
        raise LookupError("of its own")

    first, second, third = crowd.write(team("first"), fail, team("third"))
    assert first is third is None
    assert isinstance(second, LookupError)
    assert teams(crowd.database) == {"first", "third"}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_that_breaks_a_rule_of_the_database_harms_itself_alone(
    crowd: Crowd, place: int
) -> None:
    add_team(crowd.database, "taken")
    writes = [team("a"), team("b"), team("c")]
    writes[place] = team("taken")
    found = crowd.write(*writes)
    assert [each is None for each in found] == [number != place for number in range(3)]
    assert len(teams(crowd.database)) == 3


def test_each_sees_what_those_before_it_have_done(crowd: Crowd) -> None:
    seen: list[set[str]] = []

    def look(session: Session) -> None:
        seen.append(set(session.execute(text("SELECT name FROM teams")).scalars()))

    crowd.write(team("first"), look)
    assert seen == [{"first"}]


def test_nobody_is_answered_before_the_commit(crowd: Crowd) -> None:
    order: list[str] = []
    event.listen(crowd.database.engine, "commit", lambda _: order.append("commit"))

    turns = crowd.database._turns
    assert turns is not None

    def write() -> None:
        with crowd.database.write_together() as session:
            began.set()
            assert go_on.wait(10)
            team("first")(session)
        order.append("answer")

    began, go_on = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert began.wait(10)
        # As if another one waited for its turn, which it then takes.
        another = ExitStack()
        another.enter_context(turns._counted())
        go_on.set()
        with crowd.database.write_together() as session:
            another.close()
            assert order == []
            team("second")(session)
        writing.result(10)
    assert order == ["commit", "answer"]


def test_a_disk_that_fills_up_is_told_of_and_keeps_what_was_answered(crowd: Crowd) -> None:
    with crowd.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill(session: Session) -> None:
        session.execute(text(f"PRAGMA max_page_count = {pages}"))
        for number in range(500):
            team(f"{number:0100}")(session)

    first, second, third = crowd.write(team("first"), fill, team("third"))
    assert isinstance(second, StorageFull)
    assert {type(first), type(third)} <= {type(None), StorageFull, Unavailable}
    kept = {name for name, found in (("first", first), ("third", third)) if found is None}
    assert teams(crowd.database) == kept, "what was answered with success is there, and no more"


def test_a_commit_that_is_refused_fails_for_all(crowd: Crowd) -> None:
    def refuse(_: object) -> None:
        if crowd.commits == 1:
            raise OperationalError("COMMIT", {}, Exception("the disk is gone"))

    event.listen(crowd.database.engine, "commit", refuse)
    found = crowd.write(team("first"), team("second"))
    assert [type(each) for each in found] == [Unavailable, Unavailable]
    add_team(crowd.database, "later")
    assert teams(crowd.database) == {"later"}


def test_where_the_database_gives_all_up_nobody_is_told_it_was_stored(crowd: Crowd) -> None:
    def end(session: Session) -> None:
        session.connection().connection.execute("ROLLBACK")
        raise LookupError("what SQLite does by itself after some errors")

    first, second, third = crowd.write(team("first"), end, team("third"))
    assert isinstance(first, Unavailable)
    assert isinstance(second, LookupError)
    assert third is None or isinstance(third, Unavailable), "it came after, or before"
    assert teams(crowd.database) == ({"third"} if third is None else set())


def test_one_that_ends_the_transaction_unseen_is_found_out(crowd: Crowd) -> None:
    """SQLite's driver takes a commit without a transaction for a success."""

    def end(session: Session) -> None:
        bind = session.get_bind()
        assert isinstance(bind, Connection)
        bind.connection.execute("ROLLBACK")

    (found,) = crowd.write(end)
    assert isinstance(found, Unavailable)
    add_team(crowd.database, "later")
    assert teams(crowd.database) == {"later"}


def test_a_transaction_of_its_own_commits_those_before_it(crowd: Crowd) -> None:
    began = threading.Event()

    def lead() -> None:
        with crowd.database.write_together() as session:
            began.set()
            # Counted as one that waits, though what comes is alone.
            crowd._await(1)
            team("together")(session)

    turns = crowd.database._turns
    assert turns is not None
    with ThreadPoolExecutor(1) as pool:
        leading = pool.submit(lead)
        assert began.wait(10)
        with turns._counted():
            add_team(crowd.database, "alone")
        assert leading.result(10) is None
    assert crowd.commits == 2
    assert teams(crowd.database) == {"together", "alone"}


def test_one_whose_followers_lose_patience_commits_by_itself(database: Database) -> None:
    turns = database._turns
    assert turns is not None
    with turns._counted(), database.write_together() as session:
        team("alone")(session)
    assert teams(database) == {"alone"}


def test_only_so_many_are_in_one_commit(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST", 2)
    assert crowd.write(*(team(f"team-{number}") for number in range(5))) == [None] * 5
    assert crowd.commits == 3
    assert len(teams(crowd.database)) == 5


def test_one_within_another_is_refused(database: Database) -> None:
    with pytest.raises(RuntimeError, match="within another"), _nested(database):
        pass
    add_team(database, "later")
    assert teams(database) == {"later"}


@contextmanager
def _nested(database: Database) -> Iterator[None]:
    with database.write_together(), database.write_together():
        yield
