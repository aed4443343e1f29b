"""A long line is not worked out for every request, and nobody stands nowhere."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from service.db.tables import JobRow
from service.queue.places import KEPT_SECONDS, Places
from service.queue.standing import positions
from tests.service.plane import Plane


@dataclass
class Watch:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def places(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setattr("service.queue.places.SHORT", 2)
    return Places(watch)


def told(plane: Plane, places: Places) -> dict[str, int]:
    with plane.database.read() as session:
        return places.of(session, session.scalars(select(JobRow)).all())


def worked_out(plane: Plane) -> dict[str, int]:
    with plane.database.read() as session:
        return positions(session)


def test_a_short_line_is_always_as_it_is(plane: Plane, places: Places):
    assert told(plane, places) == {}
    first = plane.post()
    assert told(plane, places) == {first: 1}
    urgent = plane.post(priority=1)
    assert told(plane, places) == worked_out(plane) == {urgent: 1, first: 2}


def test_a_newcomer_to_a_long_line_stands_behind_those_as_urgent(plane: Plane, places: Places):
    urgent, *others = [plane.post(priority=3), plane.post(), plane.post(), plane.post()]
    told(plane, places)
    middle, last = plane.post(priority=1), plane.post()
    found = told(plane, places)
    assert (found[urgent], found[middle], found[last]) == (1, 2, 6)
    assert [found[job_id] for job_id in others] == [2, 3, 4], "as they were a moment ago"


def test_a_long_line_is_looked_at_anew_after_a_while(plane: Plane, places: Places, watch: Watch):
    for _ in range(3):
        plane.post()
    told(plane, places)
    plane.post(priority=5)
    watch.seconds += KEPT_SECONDS
    assert told(plane, places) == worked_out(plane)


def test_a_job_that_does_not_wait_has_no_place(plane: Plane, places: Places):
    for _ in range(3):
        plane.post()
    told(plane, places)
    token = plane.claimed()
    assert token.job_id not in told(plane, places)


def posted(plane: Plane, places: Places, **changes: int) -> int | None:
    job_id = plane.post(**changes)
    with plane.database.read() as session:
        return places.of_posted(session.get_one(JobRow, job_id))


def test_of_a_short_line_no_place_is_told_without_a_look(plane: Plane, places: Places):
    assert posted(plane, places) is None
    told(plane, places)
    assert posted(plane, places) is None


def test_posts_to_a_long_line_stand_one_behind_the_other_without_a_look(
    plane: Plane, places: Places, watch: Watch
):
    for priority in (3, 0, 0):
        plane.post(priority=priority)
    told(plane, places)
    assert posted(plane, places) == 4
    assert posted(plane, places, priority=1) == 2
    assert posted(plane, places) == 6
    assert max(told(plane, places).values()) == 6, "the last one, when it is asked for"
    watch.seconds += KEPT_SECONDS
    assert posted(plane, places) is None, "the line is to be looked at anew"


def test_a_post_that_was_in_the_line_already_is_counted_once(plane: Plane, places: Places):
    *_, last = [plane.post() for _ in range(3)]
    told(plane, places)
    with plane.database.read() as session:
        assert places.of_posted(session.get_one(JobRow, last)) == 3
    assert posted(plane, places) == 4
