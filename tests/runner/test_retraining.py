"""When a search trains its winners longer, and which of them are left to do."""

import pytest

from searchspace.space import Space
from service.protocol import (
    Desired,
    KnownTrial,
    Reserve,
    TrialPurpose,
    TrialReason,
    TrialState,
    Winner,
)
from tests.runner.builders import VALUES, Desk, job_spec, orders, report, space_of, stop
from workers.assignment import Assignment
from workers.search.extras import retrain_seeds
from workers.search.search import Nothing

TEST = {"test_accuracy": 0.4}


def winner(space: Space, model_id: str) -> Winner:
    """A model whose ranks are not those of its trial's own point."""
    parameters = space.baseline_parameters
    for name, dimension in space.dimensions.items():
        parameters.setdefault(name, dimension.first)
    parameters["head.kind"] = "tcl"
    architecture = space.decode(parameters).architecture
    assert architecture.head.ranks is not None
    architecture = architecture.with_head(architecture.head.kind, (1, 1, 1))
    return Winner(
        model_id=model_id,
        parameters=parameters,
        architecture=architecture.model_dump(mode="json"),
    )


@pytest.fixture
def desk() -> Desk:
    retrain = {"models": 2, "training_epochs": 9, "seeds": 2}
    desk = Desk(job_spec(retrain=retrain, budget={"training_epochs": 3, "trial_seconds": 30}))
    desk.orders = orders(trials=2)
    desk.winners = tuple(winner(space_of(desk.spec), name) for name in ("mdl_a", "mdl_b"))
    return desk


def end(desk: Desk, assignment: Assignment) -> None:
    more = TEST if assignment.purpose is TrialPurpose.RETRAIN else {}
    desk.search.receive([stop(assignment.number, VALUES | more)])


def search_to_the_end(desk: Desk) -> None:
    for assignment in [desk.begin(), desk.begin()]:
        end(desk, assignment)


def reservations(desk: Desk) -> list[Reserve]:
    return [record for record in desk.recording.records if isinstance(record, Reserve)]


def test_it_waits_for_the_last_trial_of_the_search(desk: Desk) -> None:
    first, second = desk.begin(), desk.begin()
    end(desk, first)
    assert desk.search.next() is Nothing.NOW
    assert desk.search.outcome() is None
    assert desk.unstored_when_asked is None
    end(desk, second)
    assert desk.begin().purpose is TrialPurpose.RETRAIN
    assert desk.unstored_when_asked == 0, "what was recorded last counts too"


def test_every_winner_is_trained_once_before_any_is_a_second_time(desk: Desk) -> None:
    search_to_the_end(desk)
    while isinstance(assignment := desk.search.next(), Assignment):
        desk.search.begin(assignment.number, assignment.attempt)
        end(desk, assignment)
    made = [(r.number, r.subject, r.seed) for r in reservations(desk)[2:]]
    one, two = retrain_seeds(desk.spec)
    assert made == [(2, "mdl_a", one), (3, "mdl_b", one), (4, "mdl_a", two), (5, "mdl_b", two)]
    assert not {one, two} & {r.seed for r in reservations(desk)[:2]}
    assert desk.search.outcome() == "budget_spent"
    assert desk.search.trials == 2


def test_it_trains_the_winners_own_architecture_longer(desk: Desk) -> None:
    search_to_the_end(desk)
    assignment = desk.hand_out()
    assert assignment.architecture.model_dump(mode="json") == desk.winners[0].architecture
    assert (assignment.training_epochs, assignment.seconds_left) == (9, 90)


def test_a_winner_of_an_elastic_trial_is_trained_alone() -> None:
    space = {"preset": "tiny", "head": {"kinds": ["tcl"], "ranks": {"policy": "elastic"}}}
    retrain = {"models": 1, "training_epochs": 9, "seeds": 1}
    desk = Desk(job_spec(space=space, retrain=retrain))
    desk.orders = orders(trials=1)
    desk.winners = (winner(space_of(desk.spec), "mdl_a"),)
    searched = desk.begin()
    assert searched.ranks is not None
    end(desk, searched)
    assignment = desk.hand_out()
    assert assignment.ranks is None
    assert assignment.trained.model_dump(mode="json") == desk.winners[0].architecture


def test_no_rung_and_no_sampler_hears_of_it(desk: Desk) -> None:
    search_to_the_end(desk)
    assignment = desk.begin()
    desk.search.receive([report(assignment.number, 1, 0.0), stop(assignment.number, VALUES)])
    assert desk.last_stop().reason is TrialReason.FINISHED


def test_a_restarted_runner_goes_on_with_it_and_makes_none_twice(desk: Desk) -> None:
    search_to_the_end(desk)
    done, begun = desk.begin(), desk.begin()
    end(desk, done)
    states = {done.number: TrialState.COMPLETE, begun.number: TrialState.RUNNING}
    known = tuple(
        KnownTrial(
            **r.model_dump(include={"number", "parameters", "seed", "purpose", "subject"}),
            architecture=r.architecture if r.subject else None,
            state=states.get(r.number, TrialState.COMPLETE),
            reason=None,
            attempts=1,
            values=VALUES,
            latency=None,
            reports=(),
        )
        for r in reservations(desk)
    )
    again = Desk(desk.spec, known)
    again.orders, again.winners = orders(trials=2, slots=9), desk.winners
    resumed = again.hand_out()
    assert resumed == begun.model_copy(update={"attempt": 2})
    while isinstance(again.search.next(), Assignment):
        pass
    second = retrain_seeds(desk.spec)[1]
    made = [(r.number, r.subject, r.seed) for r in reservations(again)]
    assert made == [(4, "mdl_a", second), (5, "mdl_b", second)]


def test_a_search_that_goes_on_may_come_to_other_winners(desk: Desk) -> None:
    search_to_the_end(desk)
    end(desk, desk.begin())
    desk.orders = orders(trials=3)
    more = desk.begin()
    assert more.purpose is TrialPurpose.SEARCH
    desk.winners = (winner(space_of(desk.spec), "mdl_c"), desk.winners[0])
    end(desk, more)
    left = []
    while isinstance(assignment := desk.search.next(), Assignment):
        desk.search.begin(assignment.number, assignment.attempt)
        end(desk, assignment)
        left.append(reservations(desk)[-1].subject)
    assert left == ["mdl_c", "mdl_c", "mdl_a"], "one of mdl_a's two seeds was done"


def test_without_winners_the_search_is_over(desk: Desk) -> None:
    desk.winners = ()
    search_to_the_end(desk)
    assert desk.search.outcome() is None, "nobody has asked for them yet"
    assert desk.search.next() is Nothing.MORE
    assert desk.search.outcome() == "budget_spent"


def test_it_is_suspended_like_any_other_trial(desk: Desk) -> None:
    search_to_the_end(desk)
    assignment = desk.begin()
    desk.orders = orders(trials=2, desired=Desired.PAUSE)
    kept = report(assignment.number, 4, 0.5, checkpoint="a" * 64)
    desk.search.receive([kept])
    assert desk.last_stop().reason is TrialReason.PAUSED
    desk.orders = orders(trials=2)
    again = desk.hand_out()
    assert (again.number, again.attempt, again.purpose) == (2, 2, TrialPurpose.RETRAIN)
    assert again.resume is not None
    assert again.resume.training_epoch == 4
