"""Points near another one: the nearest that keeps the analytic constraints, and all around it."""

from collections.abc import Iterator, Mapping, Sequence

from numpy.random import Generator

from searchspace.cost import architecture_cost
from searchspace.dimensions import Choice, Ordinal, Value
from searchspace.limits import cost_excess
from searchspace.objectives import Constraint
from searchspace.space import Point, Space

MAX_MOVES = 200
MAX_NEAR = 500
MAX_STEPS = 16
"""As far as one looks around a point."""


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
            for moved in neighbours(space, current)
        ]
        best, moved = min(moves, key=lambda move: move[0], default=(left, current))
        if best >= left:
            return None
        left, current = best, moved
    return None


def around(
    space: Space,
    constraints: Sequence[Constraint],
    parameters: Mapping[str, Value],
    generator: Generator,
) -> Iterator[list[dict[str, Value]]]:
    """The points one change away that keep every analytic constraint, in random order; then those
    around one of them, and so on."""
    current = dict(parameters)
    for _ in range(MAX_STEPS):
        near = [
            moved
            for moved in neighbours(space, current)
            if excess(constraints, space.decode(moved)) == 0
        ]
        if not near:
            return
        near = [near[index] for index in generator.permutation(len(near))[:MAX_NEAR]]
        yield near
        current = near[0]


def neighbours(space: Space, parameters: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
    """Every point that differs in one choice, and in those that come into use with it."""
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
