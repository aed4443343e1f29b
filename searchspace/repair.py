"""Moves a point that breaks analytic constraints to a nearby one that keeps them."""

from collections.abc import Iterator, Mapping, Sequence

from searchspace.cost import architecture_cost
from searchspace.dimensions import Choice, Ordinal, Value
from searchspace.limits import cost_excess
from searchspace.objectives import Constraint
from searchspace.space import Point, Space

MAX_MOVES = 200


def excess(constraints: Sequence[Constraint], point: Point) -> float:
    """Sum of the relative violations of the analytic constraints; 0 when all hold."""
    return cost_excess(constraints, architecture_cost(point.architecture))


def repair(
    space: Space, constraints: Sequence[Constraint], parameters: Mapping[str, Value]
) -> dict[str, Value] | None:
    """The parameters after the fewest greedy single changes that keep every analytic constraint.

    Each move changes the one dimension that lowers the violation most. None when no single change
    helps any more, which, cost being nearly monotone in every dimension, is rare.
    """
    current = dict(parameters)
    left = excess(constraints, space.decode(current))
    for _ in range(MAX_MOVES):
        if left == 0:
            return current
        moves = [
            (excess(constraints, space.decode(moved)), moved)
            for moved in _neighbours(space, current)
        ]
        best, moved = min(moves, key=lambda move: move[0], default=(left, current))
        if best >= left:
            return None
        left, current = best, moved
    return None


def _neighbours(space: Space, parameters: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
    for name, dimension in space.dimensions.items():
        if name not in parameters or not isinstance(dimension, Choice | Ordinal):
            continue
        for value in dimension.values:
            if value == parameters[name]:
                continue
            moved = space.complete({**parameters, name: value})
            yield moved
            # What came into use has its smallest values; from there alone, a larger cost may be
            # behind a smaller one.
            if fresh := moved.keys() - parameters.keys():
                yield moved | {other: space.dimensions[other].last for other in fresh}
