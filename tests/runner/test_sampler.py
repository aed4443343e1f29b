import warnings
from collections.abc import Callable

import optuna
import pytest
from optuna.trial import TrialState as OptunaState

from searchspace.cost import architecture_cost
from searchspace.dimensions import Value
from searchspace.pareto import hypervolume
from searchspace.spec import JobSpec
from service.protocol import KnownTrial, Observation, TrialState
from tests.runner.builders import job_spec, space_of
from workers.search.sampler import NoFeasiblePoint, Sampler, Suggestion

NAMES = ("tpe", "nsga2", "nsga3", "gp", "random")

optuna.logging.set_verbosity(optuna.logging.WARNING)


def values_of(suggestion: Suggestion) -> dict[str, float]:
    """A cheap stand-in for training: wide, deep networks are accurate, slow and large."""
    cost = architecture_cost(suggestion.point.architecture)
    return {
        "accuracy": 1 - 1 / (1 + cost.macs / 1e5),
        "params": float(cost.params),
        "latency_ms": cost.macs / 1e6,
    }


def known(number: int, suggestion: Suggestion, state: TrialState) -> KnownTrial:
    return KnownTrial(
        number=number,
        state=state,
        reason=None,
        parameters=suggestion.parameters,
        seed=0,
        attempts=1,
        values=values_of(suggestion),
        latency=None,
        reports=(),
    )


def run(
    spec: JobSpec, trials: int, state_of: Callable[[int], TrialState]
) -> tuple[Sampler, list[KnownTrial]]:
    sampler = Sampler(spec, space_of(spec), ())
    history = []
    for number in range(trials):
        trial = known(number, sampler.ask(number), state_of(number))
        sampler.tell(number, trial.state, trial.values)
        history.append(trial)
    return sampler, history


def every_end(number: int) -> TrialState:
    ends = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED, TrialState.COMPLETE)
    return ends[number % len(ends)]


@pytest.mark.parametrize("name", NAMES)
def test_every_sampler_is_multi_objective_and_takes_every_end(name: str) -> None:
    spec = job_spec(sampler={"name": name}, budget={"trials": 14})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, history = run(spec, 14, every_end)
    assert len({str(trial.parameters) for trial in history}) > 10


@pytest.mark.parametrize("name", NAMES)
def test_the_same_rows_and_seed_lead_to_the_same_next_parameters(name: str) -> None:
    spec = job_spec(sampler={"name": name, "seed": 3}, budget={"trials": 14})
    _, history = run(spec, 12, every_end)
    first, second = (Sampler(spec, space_of(spec), history).ask(12) for _ in range(2))
    assert first.parameters == second.parameters


def test_another_seed_leads_elsewhere() -> None:
    asked = [
        Sampler(spec, space_of(spec), ()).ask(0).parameters
        for spec in (job_spec(sampler={"seed": seed}) for seed in (0, 1))
    ]
    assert asked[0] != asked[1]


def test_constraints_are_kept_before_anything_is_trained() -> None:
    spec = job_spec(constraints=[{"metric": "params", "max": 4000}])
    _, history = run(spec, 12, lambda _: TrialState.COMPLETE)
    assert all(trial.values["params"] <= 4000 for trial in history)


def test_a_constraint_that_nothing_meets_is_noticed() -> None:
    # Each alone can be met, so that only sampling finds out.
    spec = job_spec(
        constraints=[{"metric": "params", "max": 1500}, {"metric": "macs", "min": 7_000_000}]
    )
    with pytest.raises(NoFeasiblePoint):
        Sampler(spec, space_of(spec), ()).ask(0)


def test_a_trial_of_an_earlier_runner_can_still_end() -> None:
    spec = job_spec()
    _, history = run(spec, 3, lambda _: TrialState.RUNNING)
    restarted = Sampler(spec, space_of(spec), history)
    for trial in history:
        restarted.tell(trial.number, TrialState.COMPLETE, trial.values)
    assert restarted.ask(3).parameters


@pytest.mark.parametrize("name", ["tpe", "nsga2"])
def test_what_is_told_is_learned_from(name: str) -> None:
    """Over several seeds the sampler's front is worth more than that of random points."""

    def worth(sampler_name: str) -> float:
        total = 0.0
        for seed in range(3):
            spec = job_spec(
                sampler={"name": sampler_name, "seed": seed},
                objectives=["accuracy", "params"],
                budget={"trials": 60},
            )
            _, history = run(spec, 60, lambda _: TrialState.COMPLETE)
            points = [(-t.values["accuracy"], t.values["params"] / 40_000) for t in history]
            total += hypervolume(points, (0.0, 1.0))
        return total

    assert worth(name) > worth("random")


@pytest.mark.parametrize("name", ["tpe", "nsga2", "nsga3", "random"])
def test_results_from_outside_come_before_the_first_trial(name: str) -> None:
    """They are learned from, and are no trials: numbers and seeds are those of a cold start."""
    spec = job_spec(sampler={"name": name}, constraints=[{"metric": "latency_ms", "max": 0.1}])
    _, history = run(spec, 24, every_end)
    outside = [
        Observation(parameters=trial.parameters, values=trial.values)
        for trial in history
        if trial.state is TrialState.COMPLETE
    ]

    def first_of(observations: list[Observation]) -> dict[str, Value]:
        return Sampler(spec, space_of(spec), (), observations).ask(0).parameters

    assert first_of(outside) == first_of(outside)
    if name != "random":
        assert first_of(outside) != first_of([])
    told = Sampler(spec, space_of(spec), (), outside)._study.get_trials()
    assert [trial.values for trial in told] == [list(o.values.values()) for o in outside]
    assert [trial.constraints for trial in told] == [
        {"0.latency_ms": max(0.0, o.values["latency_ms"] - 0.1)} for o in outside
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_point_from_elsewhere_is_learned_from(name: str) -> None:
    """After it is told, the study is the one that a restarted runner rebuilds."""
    spec = job_spec(sampler={"name": name, "seed": 3}, budget={"trials": 14})
    given = Sampler(spec, space_of(spec), ()).ask(0).parameters
    sampler = Sampler(spec, space_of(spec), ())
    taken = known(0, sampler.take(0, given), TrialState.COMPLETE)
    assert taken.parameters == given
    sampler.tell(0, taken.state, taken.values)
    (trial,) = sampler._study.get_trials(states=[OptunaState.COMPLETE])
    (rebuilt,) = Sampler(spec, space_of(spec), [taken])._study.get_trials()
    assert (trial.params, trial.values) == (rebuilt.params, rebuilt.values)
    assert sampler.ask(1).parameters


@pytest.mark.parametrize("name", NAMES)
def test_every_trial_under_way_is_a_running_one_to_the_sampler(name: str) -> None:
    """Asked for, given by a person, or left over from an earlier runner."""
    spec = job_spec(sampler={"name": name})
    other = Sampler(spec, space_of(spec), ())
    left_over = known(0, other.ask(0), TrialState.RUNNING)
    sampler = Sampler(spec, space_of(spec), [left_over])
    sampler.take(1, other.ask(1).parameters)
    sampler.ask(2)
    for number, still_running in ((0, 2), (1, 1), (2, 0)):
        sampler.tell(number, TrialState.COMPLETE, left_over.values)
        running = sampler._study.get_trials(states=[OptunaState.RUNNING])
        assert len(running) == still_running
    assert len(sampler._study.get_trials(states=[OptunaState.COMPLETE])) == 3


def test_what_is_under_way_changes_what_is_suggested_next() -> None:
    """The same rows, but for trials that run in one job and have failed in the other."""
    spec = job_spec(budget={"trials": 60})
    sampler, history = run(spec, 30, lambda _: TrialState.COMPLETE)
    suggestion = sampler.ask(30)

    def next_after(state: TrialState) -> dict[str, Value]:
        others = [known(number, suggestion, state) for number in range(30, 36)]
        return Sampler(spec, space_of(spec), [*history, *others]).ask(36).parameters

    assert next_after(TrialState.RUNNING) != next_after(TrialState.FAILED)
