"""Which models of one training are delivered, and which of them the sampler is told."""

import numpy as np
import pytest

from searchspace.curve import MAX_MODELS, own_front, shortlist
from searchspace.objectives import Constraint, Objective
from searchspace.pareto import non_dominated

THREE = tuple(Objective(metric=metric) for metric in ("accuracy", "params", "latency_ms"))
REFERENCE = (0.0, 1000.0, 10.0)


def model(accuracy: float, params: float, macs: float, **values: float) -> dict[str, float]:
    measured = {"accuracy": accuracy, "params": params, "macs": macs, "size_bytes": 4 * params}
    return measured | values


def measured(accuracy: float, params: float, ms: float) -> dict[str, float]:
    return model(accuracy, params, 1.0, latency_ms=ms)


def test_macs_stand_for_the_latency_that_nobody_has_measured() -> None:
    models = [model(0.9, 100, 50), model(0.8, 100, 40), model(0.8, 100, 60)]
    assert sorted(shortlist(models, THREE, ())) == [0, 1]
    without = (Objective(metric="accuracy"), Objective(metric="params"))
    assert shortlist(models, without, ()) == [0]


def test_of_equal_models_one_is_measured() -> None:
    models = [model(0.9, 100, 50), model(0.9, 100, 50), model(0.7, 90, 50)]
    assert sorted(shortlist(models, THREE, ())) == [0, 2]


def test_a_long_front_is_cut_and_keeps_its_ends() -> None:
    many = [model(1 - 1 / (2 + i), 100 + i, 1000 + 7 * i) for i in range(100)]
    chosen = shortlist(many, THREE, ())
    assert len(chosen) == len(set(chosen)) == MAX_MODELS
    assert {0, 99} <= set(chosen)
    assert shortlist(many, THREE, ()) == chosen


@pytest.mark.parametrize("seed", range(5))
def test_what_is_measured_is_not_dominated(seed: int) -> None:
    drawn = np.random.default_rng(seed).integers(1, 30, (200, 3))
    models = [model(a / 30, p, m) for a, p, m in drawn.tolist()]
    chosen = shortlist(models, THREE, ())
    points = np.column_stack([-drawn[:, 0], drawn[:, 1], drawn[:, 2]])
    assert non_dominated(points)[chosen].all()
    assert len(chosen) == min(MAX_MODELS, len(np.unique(points[non_dominated(points)], axis=0)))


def test_infeasible_models_are_left_out_while_there_are_others() -> None:
    models = [model(0.9, 100, 50), model(0.8, 80, 40), model(0.7, 60, 30)]
    at_most = Constraint(metric="params", max=80)
    assert sorted(shortlist(models, THREE, [at_most])) == [1, 2]
    assert sorted(shortlist(models, THREE, [Constraint(metric="params", max=1)])) == [0, 1, 2]
    accurate = Constraint(metric="accuracy", min=0.75)
    assert shortlist(models, THREE, [at_most, accurate]) == [1]
    fast = Constraint(metric="latency_ms", max=1e-9)
    assert sorted(shortlist(models, THREE, [fast])) == [0, 1, 2], "not measured yet"


def test_the_own_front_begins_with_the_model_that_dominates_most() -> None:
    models = [measured(0.95, 990, 1.0), measured(0.9, 100, 1.0), measured(0.5, 90, 1.0)]
    assert own_front(models, THREE, (), REFERENCE) == [1, 0, 2]


def test_where_none_dominates_anything_the_most_accurate_is_first() -> None:
    models = [measured(0.5, 2000, 1.0), measured(0.9, 3000, 1.0), measured(0.7, 2500, 1.0)]
    assert own_front(models, THREE, (), REFERENCE) == [1, 2, 0]


def test_latency_once_measured_decides() -> None:
    models = [measured(0.9, 100, 2.0), measured(0.9, 100, 1.0), measured(0.8, 99, 3.0)]
    assert own_front(models, THREE, (), REFERENCE) == [1, 2]
    fast = Constraint(metric="latency_ms", max=1.5)
    assert own_front(models, THREE, [fast], REFERENCE) == [1]


def test_objectives_may_be_turned_round_and_one_is_enough() -> None:
    models = [measured(0.9, 100, 2.0), measured(0.8, 200, 1.0)]
    largest = (Objective(metric="params", direction="maximize"),)
    assert own_front(models, largest, (), (0.0,)) == [1]
    assert shortlist(models, largest, ()) == [1]
