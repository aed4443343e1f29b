"""Points that come again, and points that are hopeless before they are trained."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from searchspace.dimensions import Value
from searchspace.spec import JobSpec
from service.protocol import (
    GivenPoint,
    JobReason,
    KnownTrial,
    Latency,
    Reserve,
    Start,
    Stop,
    TrialReason,
    TrialState,
)
from tests.runner.builders import LATENCY, VALUES, Desk, job_spec, orders, space_of, stop
from workers.assignment import Assignment
from workers.search.sampler import NoFeasiblePoint, Sampler
from workers.search.search import COPIES_AT_ONCE, Nothing

FIXED = {"learning_rate": 0.01, "weight_decay": 0.01, "label_smoothing": 0.05}


def four_points(duplicates: str, **changes: Any) -> JobSpec:
    """A job whose space holds four points."""
    stage = {"blocks": ["residual"], "depths": [1], "widths": [8, 16], "squeeze_excite": [False]}
    space = {
        "preset": "tiny",
        "stem_widths": [8],
        "stages": [stage],
        "head": {"kinds": ["gap", "flatten"]},
        "training": FIXED,
    }
    sampler = {"name": "random", "duplicates": duplicates}
    return job_spec(space=space, sampler=sampler, early_stopping={"name": "none"}, **changes)


def desk_of(spec: JobSpec, known: tuple[KnownTrial, ...] = ()) -> Desk:
    desk = Desk(spec, known)
    desk.orders = orders(slots=100, trials=100)
    return desk


def reservations(desk: Desk) -> list[Reserve]:
    return [record for record in desk.recording.records if isinstance(record, Reserve)]


def known_of(desk: Desk, state: TrialState) -> tuple[KnownTrial, ...]:
    """What is on record of a desk's trials, all in one state."""
    return tuple(
        KnownTrial(
            number=reserve.number,
            state=state,
            reason=None,
            parameters=reserve.parameters,
            seed=reserve.seed,
            attempts=1,
            values=VALUES,
            latency=None,
            reports=(),
        )
        for reserve in reservations(desk)
    )


def digests(desk: Desk) -> list[str]:
    return [reserve.architecture_digest for reserve in reservations(desk)]


class TestResample:
    def test_every_trial_has_another_point_those_under_way_included(self) -> None:
        desk = desk_of(four_points("resample"))
        for _ in range(4):
            desk.hand_out()
        assert len(set(digests(desk))) == 4

    @pytest.mark.parametrize(
        "state",
        [TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED],
    )
    def test_a_restarted_runner_knows_what_was_tried(self, state: TrialState) -> None:
        first = desk_of(four_points("resample"))
        for _ in range(3):
            first.hand_out()
        second = desk_of(four_points("resample"), known_of(first, state))
        handed = [second.hand_out() for _ in range(4 if state is TrialState.RUNNING else 1)]
        assert handed[-1].architecture.digest not in digests(first)

    def test_what_was_cancelled_may_come_again(self) -> None:
        first = desk_of(four_points("resample"))
        for _ in range(4):
            first.hand_out()
        second = desk_of(four_points("resample"), known_of(first, TrialState.CANCELLED))
        for _ in range(4):
            second.hand_out()
        assert set(digests(second)) == set(digests(first))

    def test_where_everything_was_tried_a_point_is_trained_again_with_another_seed(self) -> None:
        desk = desk_of(four_points("resample"))
        handed = [desk.hand_out() for _ in range(6)]
        assert len(set(digests(desk))) == 4
        assert len({assignment.seed for assignment in handed}) == 6

    def test_a_persons_own_point_is_run_all_the_same(self) -> None:
        desk = desk_of(four_points("resample"))
        first = desk.hand_out()
        parameters = reservations(desk)[0].parameters
        point = GivenPoint(id="pnt_1", parameters=parameters)
        desk.orders = orders(slots=100, trials=100, points=(point,))
        again = desk.hand_out()
        assert again.architecture == first.architecture
        assert again.seed != first.seed


def test_reseed_trains_what_the_sampler_asks_for() -> None:
    desk = desk_of(four_points("reseed"))
    handed = [desk.hand_out() for _ in range(12)]
    asked = Sampler(four_points("reseed"), space_of(desk.spec), ())
    wanted = [asked.ask(number).parameters for number in range(12)]
    assert [reserve.parameters for reserve in reservations(desk)] == wanted
    assert len(set(digests(desk))) < 12
    assert len({assignment.seed for assignment in handed}) == 12


class TestReuse:
    def complete_all(self, desk: Desk) -> None:
        """Train each of the four points once."""
        desk.orders = orders(slots=4, trials=100)
        numbers = [desk.begin().number for _ in range(4)]
        desk.search.receive(
            [stop(number, VALUES | {"accuracy": number / 10}) for number in numbers]
        )

    def test_a_point_with_a_result_becomes_a_complete_trial_untrained(self) -> None:
        desk = desk_of(four_points("reuse"))
        self.complete_all(desk)
        trained = {r.number: r.parameters for r in reservations(desk)}
        before = len(desk.recording.records)
        desk.search.next()
        records = desk.recording.records[before:]
        assert len({r.copy_of for r in records if isinstance(r, Stop)}) > 1
        for reserve, start, end in zip(records[::3], records[1::3], records[2::3], strict=True):
            assert isinstance(reserve, Reserve)
            assert isinstance(start, Start)
            assert isinstance(end, Stop)
            assert end.copy_of is not None
            assert reserve.parameters == trained[end.copy_of]
            assert (end.reason, end.models) == (TrialReason.FINISHED, ())
            assert end.values == VALUES | {"accuracy": end.copy_of / 10}
            assert {reserve.number, start.number} == {end.number}
        assert desk.recording.flushed == len(desk.recording.records)

    def test_copies_spend_the_budget_and_end_the_search(self) -> None:
        desk = desk_of(four_points("reuse"))
        self.complete_all(desk)
        desk.orders = orders(slots=1, trials=desk.search.trials + 5)
        assert desk.search.next() is Nothing.MORE
        assert desk.search.outcome() is JobReason.BUDGET_SPENT
        numbers = [reserve.number for reserve in reservations(desk)]
        assert numbers == list(range(desk.orders.trials))

    def test_others_have_their_turn_between_many_copies(self) -> None:
        desk = desk_of(four_points("reuse"))
        self.complete_all(desk)
        before = desk.search.trials
        assert desk.search.next() is Nothing.NOW
        assert desk.search.trials == before + COPIES_AT_ONCE

    def test_a_restarted_runner_takes_recorded_results(self) -> None:
        first = desk_of(four_points("resample"))
        for _ in range(4):
            first.hand_out()
        second = desk_of(four_points("reuse"), known_of(first, TrialState.COMPLETE))
        assert second.search.next() is Nothing.NOW
        known = {trial.number: trial for trial in known_of(first, TrialState.COMPLETE)}
        stops = [record for record in second.recording.records if isinstance(record, Stop)]
        for reserve, end in zip(reservations(second), stops, strict=True):
            assert end.copy_of is not None
            assert known[end.copy_of].parameters == reserve.parameters

    def test_without_a_result_another_point_is_asked_for(self) -> None:
        desk = desk_of(four_points("reuse"))
        for _ in range(4):
            desk.hand_out()
        assert len(set(digests(desk))) == 4


SLOW = Latency(min=9.0, median=9.1, p90=9.3, runs=250, reference=0.5)
QUICK = [{"metric": "latency_ms", "max": 1.0}]


class Measured:
    """Latencies on record; keeps what was asked for."""

    def __init__(self, known: Mapping[str, Latency]) -> None:
        self.known = known
        self.asked: list[Collection[str]] = []

    def __call__(self, wanted: Collection[str]) -> Mapping[str, Latency]:
        self.asked.append(wanted)
        return {digest: self.known[digest] for digest in wanted if digest in self.known}


def all_points() -> dict[str, dict[str, Value]]:
    """The four points by digest."""
    desk = desk_of(four_points("resample"))
    for _ in range(4):
        desk.hand_out()
    return {r.architecture_digest: dict(r.parameters) for r in reservations(desk)}


class TestHopeless:
    @pytest.mark.parametrize("name", ["random", "tpe"])
    def test_what_was_measured_as_too_slow_is_never_suggested(self, name: str) -> None:
        *slow, quick = all_points()
        measured = Measured(dict.fromkeys(slow, SLOW) | {quick: LATENCY})
        spec = four_points("reseed", constraints=QUICK)
        sampler_spec = spec.sampler.model_copy(update={"name": name})
        spec = spec.model_copy(update={"sampler": sampler_spec})
        sampler = Sampler(spec, space_of(spec), (), recall=measured)
        suggested = [sampler.ask(number) for number in range(12)]
        assert {s.point.architecture.digest for s in suggested} == {quick}
        assert sum(s.rejected for s in suggested) > 0

    def test_nobody_is_asked_without_a_constraint_on_latency(self) -> None:
        measured = Measured({})
        spec = four_points("reseed", constraints=[{"metric": "params", "max": 1e6}])
        Sampler(spec, space_of(spec), (), recall=measured).ask(0)
        assert measured.asked == []

    def test_an_elastic_head_is_not_judged_by_its_largest_ranks(self) -> None:
        space = {"preset": "tiny", "head": {"kinds": ["tcl"], "ranks": {"policy": "elastic"}}}
        spec = job_spec(space=space, constraints=QUICK)
        measured = Measured({})
        Sampler(spec, space_of(spec), (), recall=measured).ask(0)
        assert measured.asked == []

    def test_where_everything_was_measured_as_too_slow_the_search_ends_and_says_so(self) -> None:
        spec = four_points("resample", constraints=QUICK)
        desk = Desk(spec, recall=Measured(dict.fromkeys(all_points(), SLOW)))
        assert desk.search.next() is Nothing.MORE
        assert desk.search.outcome() is JobReason.NO_FEASIBLE_POINT
        assert desk.search.rejected == 3

    def test_a_slow_point_is_not_what_an_exhausted_space_falls_back_on(self) -> None:
        *slow, quick = all_points()
        spec = four_points("resample", constraints=QUICK)
        measured = Measured(dict.fromkeys(slow, SLOW))
        sampler = Sampler(spec, space_of(spec), (), recall=measured)
        for number in range(4):
            assert sampler.ask(number).point.architecture.digest == quick

    def test_a_reservation_tells_how_many_were_rejected_since_the_one_before(self) -> None:
        spec = job_spec(
            constraints=[{"metric": "params", "max": 4000}], sampler={"name": "random"}
        )
        desk = desk_of(spec)
        for _ in range(8):
            assert isinstance(desk.search.next(), Assignment)
            assert desk.search.rejected == 0
        asked = Sampler(spec, space_of(spec), ())
        assert [r.rejected for r in reservations(desk)] == [
            asked.ask(number).rejected for number in range(8)
        ]
        assert sum(r.rejected for r in reservations(desk)) > 0

    def test_no_feasible_point_says_how_many_were_tried(self) -> None:
        constraints = [{"metric": "params", "max": 1500}, {"metric": "macs", "min": 7_000_000}]
        spec = job_spec(constraints=constraints)
        with pytest.raises(NoFeasiblePoint) as none:
            Sampler(spec, space_of(spec), ()).ask(0)
        assert none.value.rejected == 3
