import math

import numpy as np
import pytest

from searchspace.cost import architecture_cost
from searchspace.dimensions import RandomSuggest
from searchspace.limits import analytic_values
from service.protocol import (
    GivenPoint,
    JobReason,
    Measure,
    Report,
    Reserve,
    TrialReason,
    TrialState,
)
from tests.runner.builders import (
    LATENCY,
    VALUES,
    Desk,
    job_spec,
    known_trial,
    orders,
    report,
    space_of,
    stop,
)
from workers.search.search import Decision, Nothing


@pytest.fixture
def desk() -> Desk:
    return Desk(job_spec(early_stopping={"name": "none"}))


def test_a_trial_is_recorded_before_it_is_handed_out(desk: Desk) -> None:
    assignment = desk.hand_out()

    reserve = desk.recording.records[0]
    assert isinstance(reserve, Reserve)
    assert reserve.architecture_digest == assignment.architecture.digest
    assert desk.recording.flushed == 1


def test_no_more_trials_than_slots_run_at_once(desk: Desk) -> None:
    first, _ = desk.hand_out(), desk.hand_out()
    assert desk.search.next() is Nothing.NOW

    desk.search.receive([stop(first.number, VALUES)])
    assert desk.hand_out().number == 2


def test_fewer_slots_granted_later_are_kept_to(desk: Desk) -> None:
    first = desk.hand_out()
    desk.orders = orders(slots=1)
    assert desk.search.next() is Nothing.NOW

    desk.search.receive([stop(first.number, VALUES)])
    assert desk.hand_out().number == 1


def test_the_budget_is_spent_exactly_and_may_grow_meanwhile(desk: Desk) -> None:
    desk.orders = orders(trials=1)
    only = desk.hand_out()
    assert desk.search.next() is Nothing.NOW

    desk.search.receive([stop(only.number, VALUES)])
    assert desk.search.next() is Nothing.MORE
    assert desk.search.outcome() is JobReason.BUDGET_SPENT

    desk.orders = orders(trials=2)
    assert desk.hand_out().number == 1


def test_a_known_latency_travels_with_the_assignment(desk: Desk) -> None:
    desk.recording.latencies[0] = LATENCY
    assert desk.hand_out().latency == LATENCY


def test_an_interrupted_trial_goes_first_and_on_from_its_last_kept_state(desk: Desk) -> None:
    desk.hand_out()
    interrupted = known_trial(
        desk,
        state=TrialState.SUSPENDED,
        attempts=2,
        reports=(
            report(0, 1, 0.3, checkpoint="a" * 64),
            report(0, 2, 0.4, checkpoint="b" * 64),
            report(0, 3, 0.5),
        ),
    )
    restarted = Desk(job_spec(), (interrupted,))

    assignment = restarted.hand_out()
    assert (assignment.number, assignment.attempt) == (0, 3)
    assert assignment.resume is not None
    assert assignment.resume.checkpoint == "b" * 64
    assert assignment.resume.training_epoch == 2
    assert not restarted.recording.records, "it was reserved long ago"
    assert restarted.hand_out().number == 1


def test_finished_trials_are_not_run_again(desk: Desk) -> None:
    desk.hand_out()
    done = known_trial(desk, state=TrialState.COMPLETE, values=VALUES)
    assert Desk(job_spec(), (done,)).hand_out().number == 1


def test_what_was_measured_first_is_kept_with_the_end(desk: Desk) -> None:
    number = desk.hand_out().number
    values = {"params": 100.0, "latency_ms": 1.0}
    desk.search.receive([Measure(number=number, attempt=1, values=values, latency=LATENCY)])
    desk.search.lose(number, 1, TrialReason.CRASH, "killed")

    assert desk.last_stop().reason is TrialReason.CRASH
    assert desk.last_stop().values == values


@pytest.mark.parametrize("missing", ["accuracy", "latency_ms"])
def test_a_trial_without_a_usable_objective_fails(desk: Desk, missing: str) -> None:
    number = desk.hand_out().number
    values = {name: value for name, value in VALUES.items() if name != missing}
    assert desk.search.receive([stop(number, values)]) is Decision.STOP

    assert desk.last_stop().reason is TrialReason.BAD_METRIC
    assert missing in desk.last_stop().detail


def test_messages_of_a_trial_that_was_stopped_are_ignored(desk: Desk) -> None:
    number = desk.hand_out().number
    desk.search.lose(number, 1, TrialReason.CRASH, "")
    recorded = len(desk.recording.records)

    desk.search.receive([report(number, 1, 0.5)])
    desk.search.lose(number, 1, TrialReason.CRASH, "")
    assert len(desk.recording.records) == recorded


def test_a_search_whose_trials_all_failed_says_so(desk: Desk) -> None:
    desk.orders = orders(trials=2)
    for _ in range(2):
        desk.search.lose(desk.hand_out().number, 1, TrialReason.EXCEPTION, "")
    assert desk.search.outcome() is JobReason.EVERY_TRIAL_FAILED


def test_one_good_trial_makes_the_search_good(desk: Desk) -> None:
    desk.orders = orders(trials=2)
    desk.search.lose(desk.hand_out().number, 1, TrialReason.EXCEPTION, "")
    desk.search.receive([stop(desk.hand_out().number, VALUES)])
    assert desk.search.outcome() is JobReason.BUDGET_SPENT


def test_an_abandoned_search_suspends_what_runs_and_hands_out_no_more(desk: Desk) -> None:
    desk.begin(), desk.begin()
    desk.search.abandon(TrialReason.INTERRUPTED)

    stops = [r for r in desk.recording.records if r.kind == "stop"]
    assert [(s.number, s.reason) for s in stops] == [
        (0, TrialReason.INTERRUPTED),
        (1, TrialReason.INTERRUPTED),
    ]
    assert desk.search.next() is Nothing.NOW


class TestEarlyStopping:
    """Rungs after training epochs 1 and 3 of 6; a third goes on."""

    @pytest.fixture
    def desk(self) -> Desk:
        desk = Desk(job_spec())
        desk.orders = orders(slots=4, trials=8)
        return desk

    def reach(self, desk: Desk, accuracy: float) -> tuple[int, Decision]:
        """Every trial costs the same, so that accuracy alone decides."""
        number = desk.hand_out().number
        values = {"params": 100.0, "latency_ms": 1.0}
        desk.search.receive([Measure(number=number, attempt=1, values=values, latency=LATENCY)])
        return number, desk.search.receive([report(number, 1, accuracy)])

    def test_the_dominated_are_stopped_with_what_they_measured(self, desk: Desk) -> None:
        best, decision = self.reach(desk, 0.9)
        assert decision is Decision.GO_ON
        worse, decision = self.reach(desk, 0.5)
        assert decision is Decision.STOP

        assert desk.last_stop().number == worse
        assert desk.last_stop().reason is TrialReason.EARLY_STOPPED
        assert desk.last_stop().values == {**VALUES, "accuracy": 0.5}
        assert desk.search.receive([report(best, 2, 0.4)]) is Decision.GO_ON, "no rung there"

    def test_rungs_are_rebuilt_from_recorded_reports(self, desk: Desk) -> None:
        self.reach(desk, 0.9)
        before = known_trial(
            desk,
            state=TrialState.COMPLETE,
            values=VALUES | {"accuracy": 0.95},
            reports=(report(0, 1, 0.9),),
        )
        restarted = Desk(job_spec(), (before,))
        _, decision = self.reach(restarted, 0.5)
        assert decision is Decision.STOP

    def test_one_that_breaks_a_constraint_for_good_is_behind_the_others(self) -> None:
        constraints = [{"metric": "latency_ms", "max": 0.5}]
        desk = Desk(job_spec(objectives=["accuracy"], constraints=constraints))
        desk.orders = orders(slots=4, trials=8)
        _, decision = self.reach(desk, 0.9)
        assert decision is Decision.GO_ON, "it is the first"
        number = desk.hand_out().number
        values = {"params": 100.0, "latency_ms": 0.5}
        desk.search.receive([Measure(number=number, attempt=1, values=values, latency=LATENCY)])
        assert desk.search.receive([report(number, 1, 0.1)]) is Decision.GO_ON
        _, decision = self.reach(desk, 0.95)
        assert decision is Decision.STOP, "the most accurate, and slower than allowed"

    def test_the_spec_says_what_is_promoted(self) -> None:
        """Of a front, the net prefers an end where volume prefers what lies between."""

        def middle(promotion: str) -> Decision:
            desk = Desk(
                job_spec(
                    objectives=["accuracy", "latency_ms"],
                    early_stopping={"promotion": promotion},
                )
            )
            desk.orders = orders(slots=4, trials=8)
            decision = Decision.GO_ON
            for accuracy, latency in ((0.9, 1.0), (0.3, 0.1), (0.8, 0.2)):
                number = desk.hand_out().number
                values = {"params": 100.0, "latency_ms": latency}
                measured = Measure(number=number, attempt=1, values=values, latency=LATENCY)
                desk.search.receive([measured])
                decision = desk.search.receive([report(number, 1, accuracy)])
            return decision

        assert middle("non_domination") is Decision.GO_ON
        assert middle("epsilon_net") is Decision.STOP

    def test_a_trial_that_lacks_a_measurement_is_not_compared(self, desk: Desk) -> None:
        self.reach(desk, 0.9)
        number = desk.hand_out().number
        assert desk.search.receive([report(number, 1, 0.1)]) is Decision.GO_ON


def test_a_trial_reports_only_what_a_trial_knows(desk: Desk) -> None:
    desk.hand_out()
    reserve = desk.recording.records[0]
    with pytest.raises(ValueError, match="reserve"):
        desk.search.receive([reserve])


def test_infinite_values_are_refused_by_the_wire() -> None:
    with pytest.raises(ValueError, match="finite"):
        stop(0, {"accuracy": math.inf})
    with pytest.raises(ValueError, match="finite"):
        Report(number=0, attempt=1, training_epoch=1, accuracy=0.5, loss=math.nan, seconds=1)


def given_point(desk: Desk, seed: int) -> GivenPoint:
    suggest = RandomSuggest(np.random.default_rng(seed))
    return GivenPoint(id=f"pnt_{seed}", parameters=space_of(desk.spec).sample(suggest))


def test_a_persons_point_goes_before_the_samplers_and_once(desk: Desk) -> None:
    given = given_point(desk, 1)
    desk.orders = orders(points=(given,))
    assert desk.hand_out().number == 0
    # The next orders were on their way when the reservation was made.
    assert desk.hand_out().number == 1
    first, second = (r for r in desk.recording.records if isinstance(r, Reserve))
    assert (first.point, first.parameters) == (given.id, given.parameters)
    assert second.point is None


def test_a_persons_point_is_run_though_the_sampler_finds_none() -> None:
    constraints = [{"metric": "params", "max": 1500}, {"metric": "macs", "min": 7_000_000}]
    desk = Desk(job_spec(constraints=constraints))
    assert desk.search.next() is Nothing.MORE
    desk.orders = orders(points=(given_point(desk, 1),))
    assert desk.hand_out().number == 0


ONE_BACKBONE = {
    "preset": "tiny",
    "stages": [{"blocks": ["residual"], "depths": [1], "widths": [8], "squeeze_excite": [False]}],
    "head": {"kinds": ["tcl"], "ranks": {"policy": "elastic"}},
}


def test_the_latency_of_an_elastic_trials_largest_ranks_is_not_its_last_word() -> None:
    constraints = [{"metric": "latency_ms", "max": 0.5}]
    desk = Desk(job_spec(space=ONE_BACKBONE, objectives=["accuracy"], constraints=constraints))
    desk.orders = orders(slots=4, trials=8)
    decisions = []
    for accuracy, latency in ((0.5, 0.5), (0.9, 1.0)):
        number = desk.begin().number
        values = {"params": 100.0, "latency_ms": latency}
        desk.search.receive([Measure(number=number, attempt=1, values=values, latency=LATENCY)])
        decisions.append(desk.search.receive([report(number, 1, accuracy)]))
    assert decisions == [Decision.GO_ON, Decision.GO_ON]


def test_an_elastic_trial_is_told_what_it_covers() -> None:
    assignment = Desk(job_spec(space=ONE_BACKBONE)).hand_out()
    assert assignment.ranks is not None
    assert assignment.trained.head.ranks == assignment.ranks.largest == (8, 8, 8)
    searched = Desk(job_spec()).hand_out()
    assert searched.ranks is None
    assert searched.trained == searched.architecture


def test_rungs_compare_an_elastic_trial_by_its_largest_ranks_whatever_it_ended_with() -> None:
    halving = {"name": "successive_halving", "min_training_epochs": 1, "reduction_factor": 2}
    spec = job_spec(space=ONE_BACKBONE, objectives=["params"], early_stopping=halving)
    desk = Desk(spec)
    first = desk.begin()
    values = analytic_values(architecture_cost(first.architecture))
    measured = Measure(number=0, attempt=1, values=values, latency=LATENCY)
    told = report(0, 1, 0.5)
    desk.search.receive([measured])
    desk.search.receive([told])
    small = {"accuracy": 0.4, "params": 1.0, "latency_ms": 0.1}
    desk.search.receive([stop(0, small)])
    ended = known_trial(
        desk, state=TrialState.COMPLETE, values=values | small, latency=LATENCY, reports=(told,)
    )

    for search in (desk, Desk(spec, (ended,))):
        second = search.begin()
        search.search.receive([measured.model_copy(update={"number": second.number})])
        decision = search.search.receive([report(second.number, 1, 0.5)])
        assert decision is Decision.GO_ON, "as good as the first"


def test_an_elastic_trial_that_is_to_leave_after_its_last_epoch_has_ended_instead() -> None:
    spec = job_spec(space=ONE_BACKBONE, budget={"training_epochs": 2})
    desk = Desk(spec)
    number = desk.begin().number
    desk.search.receive([report(number, 1, 0.4)])
    desk.orders = orders(slots=0)
    last = report(number, 2, 0.5)
    assert desk.search.receive([last]) is Decision.KEEP

    # What comes next is no kept state but what it delivers, which took a step of its own.
    desk.search.receive([stop(number, VALUES)])

    assert desk.recording.records[-2:] == [last, desk.last_stop()]
    assert desk.last_stop().reason is TrialReason.FINISHED
    assert desk.search.at_rest()
