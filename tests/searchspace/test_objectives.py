"""Objectives, constraints and the reference point."""

import math

import pytest

from searchspace.bounds import Bounds
from searchspace.objectives import (
    Constraint,
    Direction,
    Metric,
    Objective,
    analytic_violations,
    feasible,
    losses,
)
from searchspace.reference import reference_point

ACCURACY = Objective(metric=Metric.ACCURACY)
PARAMS = Objective(metric=Metric.PARAMS)
LATENCY = Objective(metric=Metric.LATENCY_MS)
BOUNDS = Bounds(params=(100, 5_000), macs=(10_000, 8_000_000))


def test_losses_are_minimised_whatever_the_direction() -> None:
    values = {"accuracy": 0.75, "params": 1200.0, "latency_ms": 0.5}
    assert losses([ACCURACY, PARAMS, LATENCY], values) == (-0.75, 1200.0, 0.5)
    against_nature = Objective(metric=Metric.PARAMS, direction=Direction.MAXIMIZE)
    assert losses([against_nature], values) == (-1200.0,)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_no_loss(value: float) -> None:
    with pytest.raises(ValueError, match="accuracy"):
        losses([PARAMS, ACCURACY], {"params": 1.0, "accuracy": value})


def test_a_missing_value_is_no_loss() -> None:
    with pytest.raises(ValueError, match="params"):
        losses([ACCURACY, PARAMS], {"accuracy": 0.5})


def test_bounds_of_a_constraint_are_inclusive() -> None:
    within = Constraint(metric=Metric.PARAMS, min=10, max=20)
    assert [within.violation(v) for v in (9, 10, 20, 23)] == [1, 0, 0, 3]


def test_feasible_needs_every_constraint_and_every_value() -> None:
    constraints = [
        Constraint(metric=Metric.PARAMS, max=1000),
        Constraint(metric=Metric.ACCURACY, min=0.5),
    ]
    assert feasible(constraints, {"params": 1000.0, "accuracy": 0.5})
    assert not feasible(constraints, {"params": 1001.0, "accuracy": 0.5})
    assert not feasible(constraints, {"params": 1000.0, "accuracy": 0.49})
    assert not feasible(constraints, {"params": 1000.0})
    assert not feasible(constraints, {"params": 1000.0, "accuracy": math.nan})
    assert feasible([], {})


def test_only_what_is_known_before_training_is_an_analytic_violation() -> None:
    params = Constraint(metric=Metric.PARAMS, max=10)
    macs = Constraint(metric=Metric.MACS, min=5)
    latency = Constraint(metric=Metric.LATENCY_MS, max=0.001)
    values = {"params": 11.0, "macs": 5.0}
    assert analytic_violations([params, macs, latency], values) == (params,)


def test_reference_lies_just_beyond_what_the_space_costs() -> None:
    point = reference_point([ACCURACY, PARAMS, LATENCY], [], BOUNDS)
    assert point[:2] == (0.0, 5_001.0)
    # 8 million MACs at 2 million a millisecond, and one millisecond beyond
    assert point[2] == 5.0


def test_a_tighter_constraint_moves_the_reference() -> None:
    limits = [
        Constraint(metric=Metric.PARAMS, max=800),
        Constraint(metric=Metric.PARAMS, max=90_000),
        Constraint(metric=Metric.LATENCY_MS, max=20),
    ]
    assert reference_point([PARAMS, LATENCY], limits, BOUNDS) == (801.0, 21.0)


def test_a_maximised_cost_is_referred_to_its_least() -> None:
    most_params = Objective(metric=Metric.PARAMS, direction=Direction.MAXIMIZE)
    assert reference_point([most_params], [], BOUNDS) == (99.0,)
    at_least = [Constraint(metric=Metric.PARAMS, min=500)]
    assert reference_point([most_params], at_least, BOUNDS) == (499.0,)
    worst_accuracy = Objective(metric=Metric.ACCURACY, direction=Direction.MINIMIZE)
    assert reference_point([worst_accuracy], [], BOUNDS) == (1.0,)


def test_a_persons_own_reference_comes_first() -> None:
    own = Objective(metric=Metric.PARAMS, reference=123.0)
    tighter = [Constraint(metric=Metric.PARAMS, max=50)]
    assert reference_point([own, ACCURACY], tighter, BOUNDS) == (123.0, 0.0)


def test_size_in_bytes_is_four_times_the_parameters() -> None:
    size = Objective(metric=Metric.SIZE_BYTES)
    assert reference_point([size], [], BOUNDS) == (20_001.0,)
