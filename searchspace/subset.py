"""The few points of many that together dominate the most volume, chosen greedily.

Greedy choice reaches at least 1 - 1/e of the best possible volume (Guerreiro et al. 2016). What a
candidate adds only shrinks while others are taken, so that at each step most candidates need no
new look.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from searchspace.pareto import Points, as_points

EXACT_OBJECTIVES = 3
SAMPLES = 4096


def most_volume(values: ArrayLike, count: int, reference: ArrayLike) -> NDArray[np.intp]:
    """Indices of `count` points, ascending; duplicates come after all distinct points.

    Exact gains up to three objectives; beyond, where exact ones cost seconds, gains are counted on
    a fixed sample of the volume. `reference` is strictly worse than every point.

    Raises:
        ValueError: more points are asked for than there are, or a value is not finite.
    """
    points = as_points(values)
    if not 0 <= count <= len(points):
        raise ValueError(f"{count} of {len(points)} points cannot be chosen")
    distinct, first = np.unique(points, axis=0, return_index=True)
    if len(distinct) <= count:
        again = np.setdiff1d(np.arange(len(points)), first)
        return np.sort(np.concatenate([first, again[: count - len(first)]]))
    bound = as_points([np.ravel(reference)])[0]
    choose = _exactly if distinct.shape[1] <= EXACT_OBJECTIVES else _by_samples
    return np.sort(first[choose(distinct, bound, count)])


def _exactly(points: Points, bound: Points, count: int) -> list[int]:
    volume = _Heights(points, bound)
    alone = np.prod(bound - points, axis=1)
    at_most = alone.copy()
    chosen: list[int] = []
    for _ in range(count):
        taken = int(np.argmax(at_most))
        chosen.append(taken)
        volume.take(taken)
        # Nothing adds more to all that were taken than to the latest of them alone.
        beside = alone - np.prod(bound - np.maximum(points, points[taken]), axis=1)
        at_most = np.minimum(at_most, beside)
        at_most[taken] = -np.inf
        if len(chosen) < count:
            _look_again(volume, at_most)
    return chosen


def _look_again(volume: "_Heights", at_most: Points) -> None:
    """Make the largest of the upper bounds exact, and as few others as that takes."""
    most = 0.0
    for index in np.argsort(-at_most):
        if at_most[index] < most:
            break
        at_most[index] = volume.gain(index)
        most = max(most, at_most[index])


def _by_samples(points: Points, bound: Points, count: int) -> list[int]:
    """Volume counted on points spread evenly at random, the same ones every time."""
    best = points.min(axis=0)
    samples = best + np.random.default_rng(0).random((SAMPLES, len(bound))) * (bound - best)
    dominated = np.array([(point <= samples).all(axis=1) for point in points])
    chosen: list[int] = []
    left = np.ones(len(points), dtype=bool)
    while len(chosen) < count:
        gains = np.where(left, np.count_nonzero(dominated, axis=1), -1)
        taken = int(np.argmax(gains))
        chosen.append(taken)
        left[taken] = False
        dominated = dominated[:, ~dominated[taken]]
    return chosen


class _Heights:
    """Exact volume of up to three objectives: the lowest height over each cell of a grid.

    The grid lies under two of the objectives, with lines through the candidates.
    """

    def __init__(self, points: Points, bound: Points) -> None:
        missing = EXACT_OBJECTIVES - points.shape[1]
        points = np.hstack([points, np.zeros((len(points), missing))])
        bound = np.append(bound, np.ones(missing))
        lines = [np.unique(column, return_inverse=True) for column in points.T]
        # The objective with the most values stands upright, so that the grid is small.
        upright = int(np.argmax([len(values) for values, _ in lines]))
        self._height = points[:, upright]
        across = [axis for axis in range(EXACT_OBJECTIVES) if axis != upright]
        self._widths = [np.diff(np.append(lines[axis][0], bound[axis])) for axis in across]
        self._cells = np.column_stack([lines[axis][1] for axis in across])
        self._lowest = np.full([len(width) for width in self._widths], bound[upright])

    def gain(self, index: np.intp) -> float:
        i, j = self._cells[index]
        above = self._lowest[i:, j:] - self._height[index]
        np.maximum(above, 0.0, out=above)
        return float(self._widths[0][i:] @ above @ self._widths[1][j:])

    def take(self, index: int) -> None:
        i, j = self._cells[index]
        reached = self._lowest[i:, j:]
        np.minimum(reached, self._height[index], out=reached)
