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

PICKS = 100
"""So many points are chosen one by one; what others add beside those is under a hundredth."""


def by_volume(values: ArrayLike, count: int, reference: ArrayLike) -> NDArray[np.intp]:
    """Indices of `count` points, in the order of choice; duplicates come after all distinct ones.

    After the first PICKS, the order is that of what each other point may add beside those. Gains
    are exact up to three objectives; beyond, where exact ones cost seconds, they are counted on a
    fixed sample of the volume. `reference` is strictly worse than every point.

    Raises:
        ValueError: more points are asked for than there are, or a value is not finite.
    """
    points = as_points(values)
    if not 0 <= count <= len(points):
        raise ValueError(f"{count} of {len(points)} points cannot be chosen")
    distinct, first = np.unique(points, axis=0, return_index=True)
    bound = as_points([np.ravel(reference)])[0]
    choose = _exactly if distinct.shape[1] <= EXACT_OBJECTIVES else _by_samples
    chosen = first[choose(distinct, bound, min(count, len(distinct)))]
    again = np.setdiff1d(np.arange(len(points)), first)
    return np.concatenate([chosen, again[: count - len(chosen)]])


def _exactly(points: Points, bound: Points, count: int) -> list[int]:
    volume = _Heights(points, bound)
    alone = np.prod(bound - points, axis=1)
    at_most = alone.copy()
    chosen: list[int] = []
    for _ in range(min(count, PICKS)):
        if chosen:
            _look_again(volume, at_most)
        taken = int(np.argmax(at_most))
        chosen.append(taken)
        volume.take(taken)
        # Nothing adds more to all that were taken than to the latest of them alone.
        beside = alone - np.prod(bound - np.maximum(points, points[taken]), axis=1)
        at_most = np.minimum(at_most, beside)
        at_most[taken] = -np.inf
    return [*chosen, *_descending(at_most)][:count]


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
    gains = np.count_nonzero(dominated, axis=1)
    chosen: list[int] = []
    for _ in range(min(count, PICKS)):
        taken = int(np.argmax(gains))
        chosen.append(taken)
        dominated = dominated[:, ~dominated[taken]]
        gains = np.count_nonzero(dominated, axis=1)
        gains[chosen] = -1
    return [*chosen, *_descending(gains)][:count]


def _descending(gains: NDArray[np.float64] | NDArray[np.intp]) -> list[int]:
    """Indices from the largest gain down; those taken, without any, come last."""
    return [int(index) for index in np.argsort(-gains, kind="stable")]


class _Heights:
    """Exact volume of up to three objectives: the lowest height over each cell of a grid.

    The grid lies under two of the objectives; its lines go through the points that were taken.
    """

    def __init__(self, points: Points, bound: Points) -> None:
        missing = EXACT_OBJECTIVES - points.shape[1]
        points = np.hstack([points, np.zeros((len(points), missing))])
        bound = np.append(bound, np.ones(missing))
        # The objective with the most values stands upright, so that the grid has few lines.
        upright = int(np.argmax([len(np.unique(column)) for column in points.T]))
        across = [axis for axis in range(EXACT_OBJECTIVES) if axis != upright]
        self._heights = points[:, upright].tolist()
        self._places = points[:, across].tolist()
        # Cell i of an axis ends at edge i and begins at the one before.
        self._edges = [bound[[axis]] for axis in across]
        self._lowest = np.full((1, 1), bound[upright])

    def gain(self, index: int) -> float:
        (i, along), (j, up) = (
            self._widths(*side) for side in zip(self._edges, self._places[index], strict=True)
        )
        above = self._lowest[i:, j:] - self._heights[index]
        np.maximum(above, 0.0, out=above)
        return float(along @ above @ up)

    def take(self, index: int) -> None:
        corner = [0, 0]
        for axis, place in enumerate(self._places[index]):
            edges = self._edges[axis]
            cell = int(edges.searchsorted(place, side="right"))
            if cell == 0 or edges[cell - 1] != place:
                self._edges[axis] = np.insert(edges, cell, place)
                # The new line cuts the cell in two of equal height.
                cells = np.arange(len(edges) + 1)
                cells[cell + 1 :] -= 1
                self._lowest = self._lowest.take(cells, axis=axis)
                cell += 1
            corner[axis] = cell
        reached = self._lowest[corner[0] :, corner[1] :]
        np.minimum(reached, self._heights[index], out=reached)

    @staticmethod
    def _widths(edges: Points, place: float) -> tuple[int, Points]:
        """The cell that `place` lies in, and what is beyond it of that cell and of all later."""
        cell = int(edges.searchsorted(place, side="right"))
        widths = edges[cell:].copy()
        widths[1:] -= edges[cell:-1]
        widths[0] -= place
        return cell, widths
