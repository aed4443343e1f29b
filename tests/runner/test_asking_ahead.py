"""A trial that is reserved while those before it run."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from searchspace.dimensions import RandomSuggest
from service.protocol import (
    Desired,
    GivenPoint,
    JobReason,
    KnownTrial,
    Measure,
    Reserve,
    TrialPurpose,
    TrialReason,
    TrialState,
)
from tests.runner.builders import (
    LATENCY,
    VALUES,
    AtOnce,
    Desk,
    Recording,
    WhenAwaited,
    job_spec,
    orders,
    report,
    space_of,
    stop,
)
from workers.assignment import Assignment
from workers.search.asking import Asking
from workers.search.recorder import RecordingStopped
from workers.search.sampler import Sampler
from workers.search.search import Decision, Nothing, Search

KEPT = "c" * 64
NOTHING_FITS = [{"metric": "params", "max": 1500}, {"metric": "macs", "min": 7_000_000}]


def desk_of(thread: Executor | None = None, **changes: Any) -> Desk:
    spec = job_spec(**{"early_stopping": {"name": "none"}, **changes})
    return Desk(spec, thread=thread or AtOnce())


@pytest.fixture
def desk() -> Desk:
    return desk_of()


def reserved(desk: Desk) -> list[int]:
    return [r.number for r in desk.recording.records if isinstance(r, Reserve)]


def parameters(desk: Desk) -> list[dict[str, Any]]:
    return [r.parameters for r in desk.recording.records if isinstance(r, Reserve)]


def given_point(desk: Desk, seed: int = 1) -> GivenPoint:
    suggest = RandomSuggest(np.random.default_rng(seed))
    return GivenPoint(id=f"pnt_{seed}", parameters=space_of(desk.spec).sample(suggest))


def run_to_the_end(desk: Desk) -> list[int]:
    """Hand out what there is, and end the oldest trial whenever there is no slot; the numbers."""
    handed: list[int] = []
    ended = 0
    while (found := desk.search.next()) is not Nothing.MORE:
        if isinstance(found, Assignment):
            desk.search.begin(found.number, found.attempt)
            handed.append(found.number)
        else:
            values = VALUES | {"accuracy": (handed[ended] * 37 % 11) / 11}
            desk.search.receive([stop(handed[ended], values)])
            ended += 1
    return handed


def test_one_more_is_on_record_before_a_slot_is_free_and_comes_next(desk: Desk) -> None:
    desk.begin(), desk.begin()
    assert reserved(desk) == [0, 1, 2]
    assert desk.recording.flushed >= 3
    assert desk.search.next() is Nothing.NOW, "there is no slot for it"

    desk.search.receive([stop(0, VALUES)])
    assert desk.hand_out().number == 2
    assert reserved(desk) == [0, 1, 2, 3]


@pytest.mark.parametrize("thread", [AtOnce, WhenAwaited, lambda: ThreadPoolExecutor(1)])
@pytest.mark.parametrize("trials", [1, 2, 3, 8])
def test_the_budget_is_met_exactly(thread: Callable[[], Executor], trials: int) -> None:
    desk = desk_of(thread())
    desk.orders = orders(trials=trials)
    assert run_to_the_end(desk) == reserved(desk) == list(range(trials))
    assert desk.search.trials == trials
    assert desk.search.outcome() is JobReason.BUDGET_SPENT


def test_how_fast_the_sampler_is_changes_no_point() -> None:
    made = []
    for thread in (AtOnce(), WhenAwaited(), ThreadPoolExecutor(1)):
        desk = desk_of(thread)
        desk.orders = orders(slots=3, trials=30)
        run_to_the_end(desk)
        made.append(parameters(desk))
    assert made[0] == made[1] == made[2]


def test_what_is_under_way_counts_as_running_for_the_sampler() -> None:
    """One that a person might have written: asked in turn, told of an end after the next ask."""
    desk = desk_of()
    desk.orders = orders(slots=2, trials=20)
    run_to_the_end(desk)

    sampler = Sampler(desk.spec, space_of(desk.spec), ())
    wanted = [sampler.ask(number).parameters for number in range(3)]
    for number in range(3, 20):
        ended = number - 3
        values = VALUES | {"accuracy": (ended * 37 % 11) / 11}
        sampler.tell(ended, TrialState.COMPLETE, values)
        wanted.append(sampler.ask(number).parameters)
    assert parameters(desk) == wanted


@pytest.mark.parametrize("name", ["tpe", "nsga2", "random"])
def test_with_one_slot_every_point_is_chosen_from_all_results(name: str) -> None:
    desk = desk_of(sampler={"name": name, "seed": 3})
    desk.orders = orders(slots=1, trials=14)
    run_to_the_end(desk)

    sampler = Sampler(desk.spec, space_of(desk.spec), ())
    wanted = []
    for number in range(14):
        wanted.append(sampler.ask(number).parameters)
        values = VALUES | {"accuracy": (number * 37 % 11) / 11}
        sampler.tell(number, TrialState.COMPLETE, values)
    assert parameters(desk) == wanted


def test_with_one_slot_only_a_sampler_that_learns_nothing_is_early() -> None:
    for sampler, constraints, early in (
        ({"name": "tpe"}, [], False),
        ({"name": "random"}, [], True),
        # A latency that is measured meanwhile may rule the next point out.
        ({"name": "random"}, [{"metric": "latency_ms", "max": 5.0}], False),
    ):
        desk = desk_of(sampler=sampler, constraints=constraints)
        desk.orders = orders(slots=1)
        desk.begin()
        assert reserved(desk) == ([0, 1] if early else [0]), sampler


def test_where_results_are_reused_nothing_is_early() -> None:
    desk = desk_of(sampler={"name": "random", "duplicates": "reuse"})
    desk.begin(), desk.begin()
    assert reserved(desk) == [0, 1]


class TestPersonsPoints:
    def test_one_goes_before_what_is_reserved_already(self, desk: Desk) -> None:
        desk.begin(), desk.begin()
        given = given_point(desk)
        desk.orders = orders(slots=4, trials=5, points=(given,))
        assert desk.hand_out().number == 3
        assert desk.recording.records[-1] == next(
            r for r in desk.recording.records if isinstance(r, Reserve) and r.point == given.id
        )
        assert desk.hand_out().number == 2, "and what was reserved comes after it"
        desk.orders = orders(slots=5, trials=5, points=(given,))
        assert desk.hand_out().number == 4
        assert reserved(desk) == [0, 1, 2, 3, 4]
        assert desk.search.next() is Nothing.NOW

    def test_one_waits_for_what_is_about_to_be_reserved(self) -> None:
        """Numbers are taken in order, whoever asked last."""
        desk = desk_of(WhenAwaited())
        desk.begin(), desk.begin()
        assert reserved(desk) == [0, 1]
        desk.orders = orders(slots=4, trials=5, points=(given_point(desk),))
        assert desk.hand_out().number == 3
        assert reserved(desk) == [0, 1, 2, 3]
        assert desk.hand_out().number == 2

    def test_while_one_waits_nothing_is_reserved_before_it(self, desk: Desk) -> None:
        points = given_point(desk, 1), given_point(desk, 2)
        desk.orders = orders(trials=6, points=points)
        desk.begin()
        assert reserved(desk) == [0]

    def test_one_does_not_take_its_place_in_the_budget(self, desk: Desk) -> None:
        desk.orders = orders(trials=3)
        desk.begin(), desk.begin()
        desk.orders = orders(slots=3, trials=4, points=(given_point(desk),))
        assert desk.begin().number == 3
        for number in (0, 1, 3):
            assert desk.search.outcome() is None
            desk.search.receive([stop(number, VALUES)])
        assert desk.begin().number == 2
        desk.search.receive([stop(2, VALUES)])
        assert desk.search.next() is Nothing.MORE
        assert reserved(desk) == [0, 1, 2, 3]


class TestLeaving:
    def test_a_pause_leaves_it_reserved_and_it_goes_on_after_it(self, desk: Desk) -> None:
        first, second = desk.begin(), desk.begin()
        desk.orders = orders(desired=Desired.PAUSE)
        for trial in (first, second):
            desk.search.receive([report(trial.number, 1, 0.5, checkpoint=KEPT)])
        assert desk.search.next() is Nothing.WITHOUT_SLOTS
        assert desk.search.at_rest()
        assert desk.search.outcome() is JobReason.PAUSED

        desk.orders = orders(slots=3)
        again = [desk.hand_out() for _ in range(3)]
        assert [(a.number, a.attempt) for a in again] == [(0, 2), (1, 2), (2, 1)]

    def test_while_trials_wait_to_go_on_none_is_reserved(self, desk: Desk) -> None:
        desk.begin(), desk.begin()
        left = [r for r in desk.recording.records if isinstance(r, Reserve)]
        known = tuple(as_known(r, TrialState.SUSPENDED) for r in left)
        next_one = Desk(desk.spec, known, thread=AtOnce())
        next_one.orders = orders(slots=3, trials=6)
        next_one.begin(), next_one.begin()
        assert reserved(next_one) == []
        assert next_one.begin().number == 2
        assert reserved(next_one) == [3]

    def test_the_next_runner_begins_with_it(self, desk: Desk) -> None:
        desk.begin()
        left = [r for r in desk.recording.records if isinstance(r, Reserve)]
        known = tuple(as_known(r, TrialState.COMPLETE if r.number == 0 else None) for r in left)
        next_one = Desk(desk.spec, known, thread=AtOnce())
        assignment = next_one.hand_out()
        assert (assignment.number, assignment.attempt) == (1, 1)
        assert assignment.architecture.digest == left[1].architecture_digest
        assert reserved(next_one) == [2]
        next_one.search.begin(1, 1)
        assert run_to_the_end_of(next_one, [1]) == [1, 2, 3]

    def test_a_job_that_is_given_up_says_nothing_of_it(self, desk: Desk) -> None:
        desk.begin(), desk.begin()
        desk.search.abandon(TrialReason.CANCELLED)
        stops = [r.number for r in desk.recording.records if r.kind == "stop"]
        assert stops == [0, 1]
        assert desk.search.next() is Nothing.NOW
        assert reserved(desk) == [0, 1, 2]

    def test_fewer_slots_leave_it_waiting(self, desk: Desk) -> None:
        first, _ = desk.begin(), desk.begin()
        desk.orders = orders(slots=1)
        desk.search.receive([stop(first.number, VALUES)])
        assert desk.search.next() is Nothing.NOW
        desk.search.receive([stop(1, VALUES)])
        assert desk.hand_out().number == 2
        assert reserved(desk) == [0, 1, 2], "with one slot, the sampler is not early"

    def test_a_process_is_kept_for_it(self, desk: Desk) -> None:
        desk.orders = orders(trials=3)
        desk.begin(), desk.begin()
        assert desk.search.receive([stop(0, VALUES)]) is Decision.STOP
        desk.begin()
        assert desk.search.receive([stop(1, VALUES)]) is Decision.RELEASE


def test_a_search_is_over_once_nothing_is_under_way_and_nothing_waits(desk: Desk) -> None:
    desk.orders = orders(trials=3)
    for number in range(3):
        assert desk.search.over() is None
        assert desk.begin().number == number
        desk.search.receive([stop(number, VALUES)] if number else [])
    assert desk.search.over() is None, "the first trial is under way"
    desk.search.receive([stop(0, VALUES)])
    assert desk.search.over() is JobReason.BUDGET_SPENT
    desk.search.abandon(TrialReason.CANCELLED)
    assert desk.search.over() is None, "somebody else is leaving"


def test_where_no_point_fits_the_trials_under_way_go_on_to_their_end() -> None:
    desk = desk_of(constraints=NOTHING_FITS)
    desk.orders = orders(trials=5, points=(given_point(desk),))
    assert desk.begin().number == 0
    assert desk.search.next() is Nothing.NOW
    assert desk.search.outcome() is JobReason.NO_FEASIBLE_POINT
    assert desk.search.rejected == 3
    desk.search.receive([stop(0, VALUES)])
    assert desk.search.next() is Nothing.MORE


def test_baselines_go_first_and_retrainings_after_what_is_reserved() -> None:
    desk = desk_of(baselines=["squeezenet1_1"], retrain={"models": 1, "training_epochs": 6})
    desk.orders = orders(slots=2, trials=2)
    assert desk.begin().purpose is TrialPurpose.BASELINE
    assert reserved(desk) == [0, 1]
    assert desk.begin().number == 1
    desk.search.receive([stop(1, VALUES)])
    assert desk.begin().number == 2
    assert desk.unstored_when_asked is None, "the winners, while the search goes on"


def test_what_was_measured_before_travels_with_it() -> None:
    desk = desk_of()
    desk.recording.latencies[1] = LATENCY
    desk.begin()
    assert desk.hand_out().latency == LATENCY


def test_a_fault_of_the_samplers_thread_is_the_searchs() -> None:
    class Stopped(Recording):
        def flush(self) -> None:
            if len(self.records) > 2:
                raise RecordingStopped("no more")
            super().flush()

    spec = job_spec()
    space, recording = space_of(spec), Stopped()
    thread = ThreadPoolExecutor(1)
    asking = Asking(spec, Sampler(spec, space, ()), recording, thread)
    search = Search(spec, space, (), lambda: orders(slots=4), recording, asking, tuple)
    search.next(), search.next()
    with pytest.raises(RecordingStopped):
        search.next()


def test_neither_a_report_nor_a_cancel_waits_for_the_sampler() -> None:
    """The sampler's thread is held up while a trial measures and the job is given up."""
    held_up = threading.Event()
    thread = ThreadPoolExecutor(1)
    desk = desk_of(thread)
    desk.begin()
    second = desk.hand_out()
    assert thread.submit(int).result() == 0, "the third is reserved"
    thread.submit(held_up.wait)
    desk.search.receive([stop(0, VALUES)])
    assert desk.hand_out().number == 2
    desk.search.begin(second.number, 1)
    measure = Measure(number=1, attempt=1, values={"params": 1.0}, latency=LATENCY)
    assert desk.search.receive([measure]) is Decision.GO_ON
    desk.search.abandon(TrialReason.CANCELLED)
    held_up.set()
    thread.shutdown()


def run_to_the_end_of(desk: Desk, handed: list[int]) -> list[int]:
    ended = 0
    while (found := desk.search.next()) is not Nothing.MORE:
        if isinstance(found, Assignment):
            handed.append(found.number)
        else:
            desk.search.receive([stop(handed[ended], VALUES)])
            ended += 1
    return handed


def as_known(reserve: Reserve, state: TrialState | None) -> KnownTrial:
    """A trial on record: reserved, and whether it has gone any further."""
    return KnownTrial(
        number=reserve.number,
        state=state or TrialState.RESERVED,
        reason=None,
        parameters=reserve.parameters,
        seed=reserve.seed,
        attempts=0 if state is None else 1,
        values={} if state is None else VALUES,
        latency=None,
        reports=(),
    )
