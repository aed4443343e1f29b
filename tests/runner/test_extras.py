"""Baselines as a search hands them out: first, apart from its budget, and of no influence on it."""

from searchspace.baselines import BaselineName
from service.protocol import KnownTrial, Reserve, Stop, TrialPurpose, TrialReason, TrialState
from tests.runner.builders import VALUES, Desk, job_spec, known_trial, orders, report, stop
from workers.assignment import Assignment
from workers.search.search import Decision, Nothing

TWO = ("mobilenet_v2_x0_5", "squeezenet1_1")


def desk_of(*baselines: str, **changes: object) -> Desk:
    return Desk(job_spec(baselines=list(baselines), **changes))


def reservations(desk: Desk) -> list[Reserve]:
    return [record for record in desk.recording.records if isinstance(record, Reserve)]


def run_to_the_end(desk: Desk) -> None:
    """Every trial completes, one after the other."""
    while isinstance(assignment := desk.search.next(), Assignment):
        desk.search.begin(assignment.number, assignment.attempt)
        values = VALUES | {"params": 100.0 + assignment.seed % 3}
        desk.search.receive([stop(assignment.number, values)])
    assert assignment is Nothing.MORE


def as_known(reserve: Reserve, state: TrialState) -> KnownTrial:
    return KnownTrial(
        **reserve.model_dump(include={"number", "parameters", "seed", "purpose", "subject"}),
        architecture=reserve.architecture if reserve.subject else None,
        state=state,
        reason=None,
        attempts=1,
        values=VALUES,
        latency=None,
        reports=(),
    )


def test_baselines_come_first_and_on_top_of_the_budget() -> None:
    desk = desk_of(*TWO)
    desk.orders = orders(slots=1, trials=3)
    run_to_the_end(desk)
    made = reservations(desk)
    assert [record.subject for record in made] == [*TWO, None, None, None]
    assert [record.number for record in made] == [0, 1, 2, 3, 4]
    assert desk.search.trials == 3
    assert desk.search.outcome() == "budget_spent"


def test_the_search_is_the_same_one_without_them() -> None:
    made = []
    for baselines in ((), TWO):
        desk = desk_of(*baselines)
        desk.orders = orders(slots=1, trials=30)
        run_to_the_end(desk)
        searched = [r for r in reservations(desk) if r.purpose is TrialPurpose.SEARCH]
        made.append([(r.parameters, r.seed, r.architecture_digest) for r in searched])
    assert made[0] == made[1]


def test_a_restarted_runner_rebuilds_the_same_search() -> None:
    known = []
    for baselines in ((), TWO):
        desk = desk_of(*baselines)
        desk.orders = orders(slots=1, trials=12)
        run_to_the_end(desk)
        history = [as_known(record, TrialState.COMPLETE) for record in reservations(desk)]
        again = Desk(desk.spec, tuple(history))
        again.orders = orders(slots=1, trials=13)
        known.append(again.hand_out().model_dump(exclude={"number"}))
    assert known[0] == known[1]


def test_no_rung_stops_a_baseline_and_none_counts_there() -> None:
    halving = {"name": "successive_halving", "min_training_epochs": 1, "reduction_factor": 2}
    desk = desk_of("squeezenet1_1", early_stopping=halving, budget={"training_epochs": 4})
    desk.orders = orders(slots=5, trials=4)
    baseline, one, two, poor = (desk.begin() for _ in range(4))
    bad = {"params": 1e9, "latency_ms": 1e9}
    for assignment, values in ((one, {}), (two, {}), (baseline, bad), (poor, bad)):
        measured = {"params": 1.0 + assignment.number, "latency_ms": 1.0, **values}
        desk.search._underway[assignment.number].values |= measured
    assert desk.search.receive([report(one.number, 1, 0.9)]) is Decision.GO_ON
    assert desk.search.receive([report(two.number, 1, 0.8)]) is not Decision.KEEP
    assert desk.search.receive([report(baseline.number, 1, 0.1)]) is Decision.GO_ON
    assert desk.search.receive([report(poor.number, 1, 0.1)]) is Decision.STOP
    assert desk.last_stop().reason is TrialReason.EARLY_STOPPED


def test_a_restarted_runners_rungs_leave_baselines_out() -> None:
    halving = {"name": "successive_halving", "min_training_epochs": 1, "reduction_factor": 2}
    desk = desk_of("squeezenet1_1", early_stopping=halving, budget={"training_epochs": 4})
    desk.begin()
    (reserve,) = reservations(desk)
    best = {"accuracy": 0.99, "params": 1.0, "latency_ms": 0.1}
    known = as_known(reserve, TrialState.COMPLETE).model_copy(
        update={"values": best, "reports": (report(0, 1, 0.99),)}
    )
    again = Desk(desk.spec, (known,))
    poor = again.begin()
    measured = {"params": 100.0, "latency_ms": 1.0}
    again.search._underway[poor.number].values |= measured
    assert again.search.receive([report(poor.number, 1, 0.1)]) is Decision.GO_ON


def test_a_baseline_that_a_runner_left_goes_on_as_what_it_was() -> None:
    first = desk_of("mnasnet0_5")
    begun = first.begin()
    (reserve,) = reservations(first)
    running = as_known(reserve, TrialState.RUNNING)
    second = Desk(first.spec, (running,))
    again = second.hand_out()
    assert again.architecture == begun.architecture
    assert again.hyperparameters == begun.hyperparameters
    assert (again.number, again.attempt, again.seed) == (0, 2, begun.seed)
    assert second.hand_out().number == 1, "and the search begins"


def test_one_that_was_cancelled_is_made_anew_and_one_that_failed_is_not() -> None:
    desk = desk_of(*TWO)
    for _ in TWO:
        desk.hand_out()
    made = reservations(desk)
    known = (as_known(made[0], TrialState.CANCELLED), as_known(made[1], TrialState.FAILED))
    again = Desk(desk.spec, known)
    again.orders = orders(slots=1, trials=1)
    run_to_the_end(again)
    assert [(r.number, r.subject) for r in reservations(again)] == [(2, TWO[0]), (3, None)]


def test_a_failed_baseline_makes_no_failed_search() -> None:
    desk = desk_of("squeezenet1_1")
    desk.orders = orders(slots=1, trials=1)
    desk.begin()
    desk.search.lose(0, 1, TrialReason.CRASH, "killed")
    assert isinstance(desk.recording.records[-1], Stop)
    run_to_the_end(desk)
    assert desk.search.outcome() == "budget_spent"


def test_it_is_trained_by_the_middle_of_what_is_searched() -> None:
    training = {"learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}, "weight_decay": 0.02}
    desk = desk_of(BaselineName.EFFICIENTNET_B0, space={"preset": "tiny", "training": training})
    assignment = desk.hand_out()
    assert assignment.learning_rate == 1e-3
    assert assignment.weight_decay == 0.02
    assert known_trial(desk).parameters == {"training.learning_rate": 1e-3}
