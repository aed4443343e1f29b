"""Points moved until their architecture keeps the constraints."""

import numpy as np
import pytest

from searchspace.bounds import cost_bounds
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN
from searchspace.dimensions import RandomSuggest
from searchspace.limits import analytic_values
from searchspace.objectives import Constraint, Metric, analytic_violations
from searchspace.presets import PRESETS
from searchspace.repair import excess, repair
from searchspace.space import Space
from tests.searchspace.conftest import MakeSpace, MakeSpec


@pytest.mark.parametrize("preset", PRESETS)
def test_a_repaired_point_is_a_point_that_keeps_every_constraint(
    preset: str, make_space: MakeSpace
) -> None:
    space = make_space("cifar10", preset=preset)
    bounds = cost_bounds(space)
    constraints = [
        Constraint(metric=Metric.PARAMS, max=bounds.params[0] * 3),
        Constraint(metric=Metric.MACS, min=bounds.macs[0] * 1.2, max=bounds.macs[0] * 6),
        # Not known before training, so that it decides nothing here.
        Constraint(metric=Metric.LATENCY_MS, max=1e-9),
    ]
    generator = RandomSuggest(np.random.default_rng(1))
    repaired = 0
    for _ in range(10):
        sampled = space.sample(generator)
        found = repair(space, constraints, sampled)
        assert found is not None
        values = analytic_values(architecture_cost(space.decode(found).architecture))
        assert analytic_violations(constraints, values) == ()
        assert space.check(found) == found
        repaired += found != sampled
    assert repaired > 0


def test_a_point_that_keeps_the_constraints_is_left_alone(make_space: MakeSpace) -> None:
    space = make_space()
    constraints = [Constraint(metric=Metric.PARAMS, max=cost_bounds(space).params[1])]
    sampled = space.sample(RandomSuggest(np.random.default_rng(0)))
    assert repair(space, constraints, sampled) == sampled
    assert repair(space, [], sampled) == sampled


def test_the_tightest_satisfiable_constraint_is_reached(make_space: MakeSpace) -> None:
    space = make_space(preset="tiny")
    low, high = cost_bounds(space).params
    sampled = space.sample(RandomSuggest(np.random.default_rng(0)))
    for bound in (
        Constraint(metric=Metric.PARAMS, max=low),
        Constraint(metric=Metric.PARAMS, min=high),
    ):
        found = repair(space, [bound], sampled)
        assert found is not None
        assert excess([bound], space.decode(found)) == 0


@pytest.mark.parametrize("bound", [{"max": 10}, {"min": 10_000_000}])
def test_what_no_point_can_keep_is_not_repaired(
    bound: dict[str, float], make_space: MakeSpace
) -> None:
    space = make_space(preset="tiny")
    sampled = space.sample(RandomSuggest(np.random.default_rng(0)))
    assert repair(space, [Constraint(metric=Metric.PARAMS, **bound)], sampled) is None


def test_training_hyperparameters_are_left_alone(make_space: MakeSpace) -> None:
    space = make_space(preset="tiny")
    sampled = space.sample(RandomSuggest(np.random.default_rng(0)))
    tight = [Constraint(metric=Metric.PARAMS, max=cost_bounds(space).params[0])]
    found = repair(space, tight, sampled)
    assert found is not None
    assert found["training.learning_rate"] == sampled["training.learning_rate"]


def test_elastic_points_are_repaired_until_some_ranks_keep_the_constraint(
    make_spec: MakeSpec,
) -> None:
    head = {"kinds": ["tcl"], "ranks": {"policy": "elastic"}}
    bare = Space(make_spec(space={"head": head}), KNOWN["cifar10"])
    low = cost_bounds(bare).params[0]
    bound = {"metric": "params", "max": low}
    space = Space(make_spec(space={"head": head}, constraints=[bound]), KNOWN["cifar10"])
    sampled = space.sample(RandomSuggest(np.random.default_rng(0)))
    constraints = [Constraint.model_validate(bound)]
    assert excess(constraints, space.decode(sampled)) > 0

    found = repair(space, constraints, sampled)

    assert found is not None
    assert space.decode(found).architecture.head.ranks == (1, 1, 1)
    assert architecture_cost(space.decode(found).architecture).params == low
