"""When waiting jobs will begin: list scheduling over what runs."""

from service.queue.forecast import Load, starts
from service.queue.slots import Contender
from tests.service.test_slots import capacity, contender


def load(job: Contender, slot_seconds: float | None) -> Load:
    return Load(job, slot_seconds)


def test_a_free_slot_is_taken_at_once() -> None:
    line = [load(contender("b"), None)]
    assert starts(capacity(2), [load(contender("a", wanted=1, slots=1), 60)], line, {}) == {"b": 0}


def test_the_line_begins_one_after_the_other_as_slots_come_free() -> None:
    running = [
        load(contender("a", wanted=1, slots=1), 60),
        load(contender("b", wanted=1, slots=1), 90),
    ]
    line = [load(contender(name, wanted=1), 100) for name in ("c", "d", "e")]
    assert starts(capacity(2), running, line, {}) == {"c": 60, "d": 90, "e": 160}


def test_a_job_takes_all_the_free_slots_it_wants_and_ends_the_sooner() -> None:
    running = [load(contender("a", priority=1, wanted=4, slots=4), 400)]
    line = [load(contender("b", wanted=2), 100), load(contender("c", wanted=4), 100)]
    line.append(load(contender("d", wanted=1), 1))
    # b and c begin together on two slots each, and so take 50 seconds of work for 100.
    assert starts(capacity(4), running, line, {}) == {"b": 100, "c": 100, "d": 150}


def test_nothing_is_said_of_a_team_that_may_take_no_slot() -> None:
    line = [load(contender("a"), 10), load(contender("b", team="red"), 10)]
    assert starts(capacity(4), [], line, {"blue": 0}) == {"b": 0}


def test_nothing_is_said_beyond_a_job_that_nothing_tells_of() -> None:
    running = [load(contender("a", wanted=1, slots=1), 60)]
    line = [load(contender("b", wanted=1), None), load(contender("c", wanted=1), 10)]
    assert starts(capacity(1), running, line, {}) == {"b": 60}
    endless = [load(contender("a", wanted=1, slots=1), None)]
    assert starts(capacity(1), endless, line, {}) == {}


def test_a_job_that_fits_nowhere_never_begins() -> None:
    assert starts(capacity(1), [], [load(contender("a", cpus=2), 5)], {}) == {}
