"""Our TPE against Optuna's: the same trials and seed lead to the same suggestions."""

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
import pytest
from numpy.random import Generator
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.trial import TrialState

from searchspace.cost import architecture_cost
from searchspace.dimensions import RandomSuggest, Value
from searchspace.space import Space
from tests.runner.builders import job_spec, space_of
from workers.search.observations import Scale
from workers.search.sampler import distribution
from workers.search.tpe import GroupedTPE

DIRECTIONS = ("maximize", "minimize", "minimize")

optuna.logging.set_verbosity(optuna.logging.WARNING)


def optunas(seed: int) -> BaseSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True)


def studies(objectives: int, seed: int) -> tuple[optuna.Study, optuna.Study]:
    directions = DIRECTIONS[:objectives]
    theirs, ours = (
        optuna.create_study(directions=directions, sampler=sampler)
        for sampler in (optunas(seed), GroupedTPE(seed))
    )
    return theirs, ours


def alike(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    return theirs.keys() == ours.keys() and all(
        math.isclose(value, ours[name], rel_tol=1e-6)
        if isinstance(value, float)
        else value == ours[name]
        for name, value in theirs.items()
    )


def ended(space: Space, parameters: Mapping[str, Value], objectives: int, rng: Generator) -> Any:
    """A trial that has ended in any way; wide, deep networks are accurate, slow and large."""
    cost = architecture_cost(space.decode(parameters).architecture)
    accuracy = 1 - 1 / (1 + cost.macs / 1e6) + 0.02 * rng.normal()
    values = [accuracy, float(cost.params), cost.macs / 1e6 * (1 + 0.3 * rng.random())]
    states = [TrialState.COMPLETE] * 8 + [TrialState.PRUNED, TrialState.FAIL]
    state = states[rng.integers(len(states))]
    chosen = {n: d for n, d in space.dimensions.items() if n in parameters}
    distributions = {n: distribution(d) for n, d in chosen.items() if distribution(d)}
    return optuna.create_trial(
        state=state,
        values=values[:objectives] if state is TrialState.COMPLETE else None,
        params={
            n: chosen[n].values.index(parameters[n])  # type: ignore[union-attr]  # integers are positions
            if isinstance(d, IntDistribution)
            else parameters[n]
            for n, d in distributions.items()
        },
        distributions=distributions,  # type: ignore[arg-type]  # None was filtered out above
        constraints={"budget": float(rng.integers(-3, 2))},
    )


@pytest.mark.parametrize("objectives", [1, 2, 3])
def test_suggestions_are_those_of_optunas_tpe(objectives: int) -> None:
    """From the first random trials on, in a conditional space, whatever became of the trials."""
    space = space_of(job_spec(space={"preset": "small"}))
    theirs, ours = studies(objectives, seed=objectives)
    rng = np.random.default_rng(objectives)
    different = 0
    for _ in range(36):
        asked = [(study, study.ask()) for study in (theirs, ours)]
        suggested, ours_suggested = (space.sample(trial) for _, trial in asked)
        different += not alike(suggested, ours_suggested)
        for study, trial in asked:
            study.tell(trial, state=TrialState.FAIL)
        for parameters in (suggested, *(space.sample(RandomSuggest(rng)) for _ in range(4))):
            trial = ended(space, parameters, objectives, rng)
            theirs.add_trial(trial)
            ours.add_trial(trial)
    # Two candidates may be equally good but for rounding.
    assert different <= 1


def define(trial: optuna.Trial) -> list[float]:
    x = trial.suggest_float("x", 1e-3, 1.0, log=True)
    y = trial.suggest_int("y", 0, 5)
    z = trial.suggest_categorical("z", ["a", "b", "c"])
    w = trial.suggest_float("w", -1.0, 1.0, step=0.25)
    return [x + y / 5 + w, y - math.log(x) + (z == "b") + w * w]


def test_running_trials_count_as_they_do_for_optunas_tpe() -> None:
    """Three workers: each asks while the others' trials run."""
    theirs, ours = studies(2, seed=0)
    running: list[list[tuple[optuna.Study, optuna.Trial, list[float]]]] = []
    for _ in range(40):
        asked = [(s, t, define(t)) for s, t in ((s, s.ask()) for s in (theirs, ours))]
        assert alike(asked[0][1].params, asked[1][1].params)
        running.append(asked)
        if len(running) == 3:
            # Not in the order in which they were asked for.
            for study, trial, values in running.pop(1):
                study.tell(trial, values)


def test_what_ended_between_two_asks_is_in_the_second() -> None:
    """A late trial from the middle of the study is not overlooked."""
    sampler = GroupedTPE(0)
    study = optuna.create_study(directions=DIRECTIONS[1:], sampler=sampler)
    late = study.ask()
    values = define(late)
    for _ in range(15):
        trial = study.ask()
        study.tell(trial, define(trial))
    study.tell(late, values)
    define(study.ask())
    assert sampler._ended is not None
    assert late.number in sampler._ended


def test_the_study_may_change_while_a_trial_is_being_sampled() -> None:
    """What a trial is sampled from stays what it was at its first parameter."""
    theirs, ours = studies(2, seed=0)
    for study in (theirs, ours):
        for _ in range(12):
            trial = study.ask()
            study.tell(trial, define(trial))
    sampled = []
    for study in (theirs, ours):
        asking = study.ask()
        asking.suggest_float("x", 1e-3, 1.0, log=True)
        study.add_trial(study.get_trials()[0])
        define(asking)
        sampled.append(asking.params)
    assert alike(*sampled)


def test_an_axis_that_no_space_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no axis"):
        Scale.of(IntDistribution(1, 8, log=True))


def test_values_survive_their_axis() -> None:
    for given, values in (
        (CategoricalDistribution((False, True)), (False, True)),
        (IntDistribution(2, 10, step=4), (2, 6, 10)),
        (FloatDistribution(0.0, 1.0, step=0.25), (0.0, 0.75, 1.0)),
        (FloatDistribution(-2.0, 1.0), (-2.0, 0.3, 1.0)),
    ):
        scale = Scale.of(given)
        assert tuple(scale.from_axis(scale.to_axis(value)) for value in values) == values
    scale = Scale.of(FloatDistribution(1e-5, 1e-1, log=True))
    assert scale.from_axis(scale.to_axis(1e-5)) == 1e-5
    assert scale.from_axis(math.log(0.1) + 1e-12) == 0.1
    assert math.isclose(scale.from_axis(scale.to_axis(3e-3)), 3e-3)
