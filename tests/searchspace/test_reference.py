import pytest

from searchspace.bounds import Bounds
from searchspace.objectives import Constraint, Direction, Objective
from searchspace.reference import reference_point

BOUNDS = Bounds(params=(100, 1000), macs=(2_000, 4_000_000))


def reference(objective: Objective | str, *constraints: Constraint) -> float:
    given = Objective.model_validate(objective)
    (value,) = reference_point([given], constraints, BOUNDS)
    return value


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("accuracy", 0.0),
        ("params", 1001.0),
        ("macs", 4_000_001.0),
        ("size_bytes", 4001.0),
        ("latency_ms", 3.0),
    ],
)
def test_the_worst_of_the_space_still_counts(metric: str, value: float) -> None:
    assert reference(metric) == value


@pytest.mark.parametrize(
    ("metric", "value"),
    [("accuracy", 1.0), ("params", 99.0), ("latency_ms", -1.0)],
)
def test_an_objective_turned_round_has_its_worst_at_the_other_end(
    metric: str, value: float
) -> None:
    natural = Objective(metric=metric)
    turned = Direction.MINIMIZE if natural.maximized else Direction.MAXIMIZE
    assert reference(Objective(metric=metric, direction=turned)) == value


def test_a_tighter_constraint_moves_it_and_a_looser_one_does_not() -> None:
    assert reference("params", Constraint(metric="params", max=500.0)) == 501.0
    assert reference("params", Constraint(metric="params", max=5000.0)) == 1001.0
    assert reference("params", Constraint(metric="macs", max=1.0)) == 1001.0
    maximized = Objective(metric="params", direction="maximize")
    assert reference(maximized, Constraint(metric="params", min=200.0)) == 199.0


def test_what_a_constraint_allows_of_latency_counts_whatever_the_estimate() -> None:
    assert reference("latency_ms", Constraint(metric="latency_ms", max=50.0)) == 51.0
    assert reference("latency_ms", Constraint(metric="latency_ms", max=0.5)) == 1.5


def test_the_objectives_own_reference_comes_first() -> None:
    objective = Objective(metric="params", reference=7.0)
    assert reference(objective, Constraint(metric="params", max=500.0)) == 7.0
    objectives = [Objective(metric="accuracy", reference=0.5), Objective(metric="latency_ms")]
    assert reference_point(objectives, [], BOUNDS) == (0.5, 3.0)
