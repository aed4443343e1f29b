"""Dominance, fronts and hypervolume. Every objective is minimised; arrays in, arrays out.

Points are n x m arrays of finite numbers. One point dominates another when it is no worse in every
objective and better in at least one; equal points do not dominate each other, so duplicates share
their place.
"""

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]

PAIRWISE = 128
"""So few points are compared quicker all at once than one after another."""


def as_points(values: ArrayLike) -> Points:
    """Checked n x m points.

    Raises:
        ValueError: not two-dimensional, no objective, or NaN or an infinity among the values.
    """
    points = np.asarray(values, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] == 0:
        raise ValueError(f"points must be an n x m array, not of shape {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("points must be finite: NaN and infinities have no place on a front")
    return points


def non_dominated(values: ArrayLike) -> NDArray[np.bool_]:
    """Mask of the points that no other point dominates, in O(n x front size)."""
    points = as_points(values)
    if len(points) <= PAIRWISE:
        return _not_beaten(points)
    mask = np.zeros(len(points), dtype=bool)
    # In lexicographic order a point can only be dominated by an earlier one.
    left = np.lexsort(points.T[::-1])
    while left.size:
        first, left = left[0], left[1:]
        mask[first] = True
        left = left[~dominates(points[first], points[left])]
    return mask


def joined(front: ArrayLike, points: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks of the members that stay on a front, and of the points that join it.

    Neither the front's members nor those that join dominate each other; O(new x front size).
    """
    members, new = as_points(front), as_points(points)
    joining = non_dominated(new)
    for index in np.flatnonzero(joining):
        joining[index] = not dominates(members, new[index]).any()
    staying = np.ones(len(members), dtype=bool)
    for index in np.flatnonzero(joining):
        staying &= ~dominates(new[index], members)
    return staying, joining


def domination_ranks(values: ArrayLike) -> NDArray[np.int64]:
    """Rank 0 for the front, 1 for the front of the rest, and so on (Deb et al. 2002)."""
    points = as_points(values)
    ranks = np.full(len(points), -1, dtype=np.int64)
    rank = 0
    while (left := np.flatnonzero(ranks < 0)).size:
        ranks[left[non_dominated(points[left])]] = rank
        rank += 1
    return ranks


def hypervolume(values: ArrayLike, reference: ArrayLike) -> float:
    """Volume dominated by the points and bounded by `reference` (the worst point that counts).

    Points that are not strictly better than the reference in every objective add nothing.
    Exact: a sweep over a staircase for up to three objectives, and beyond them slice by slice,
    each counted by what it adds to those before (WFG, While et al. 2012).

    Raises:
        ValueError: the reference has another length than a point, or a value is not finite.
    """
    points = as_points(values)
    bound = _bound(reference, points)
    return _volume(_inside(points, bound), bound)


def added(values: ArrayLike, new: ArrayLike, reference: ArrayLike) -> float:
    """Volume that new points add to that of a front: how a front's hypervolume is kept up to date.

    The cost is that of the few members that a new point shares volume with.
    """
    points = as_points(values)
    bound = _bound(reference, points)
    front = _inside(points, bound)
    volume = 0.0
    for point in _inside(as_points(new), bound):
        volume += _exclusive(point, front, bound)
        front = np.vstack([front, point])
    return volume


def contributions(values: ArrayLike, reference: ArrayLike) -> Points:
    """Hypervolume that would be lost without each point."""
    points = as_points(values)
    bound = _bound(reference, points)
    counting = np.flatnonzero(np.all(points < bound, axis=1))
    lost = np.zeros(len(points))
    for index in counting:
        others = points[counting[counting != index]]
        lost[index] = _exclusive(points[index], others, bound)
    return lost


def knee(values: ArrayLike) -> int:
    """Index of the point nearest to the ideal one, each objective scaled to the points' range.

    Raises:
        ValueError: there are no points.
    """
    points = as_points(values)
    if not len(points):
        raise ValueError("no points, no knee")
    best = points.min(axis=0)
    span = np.where(np.ptp(points, axis=0) > 0, np.ptp(points, axis=0), 1.0)
    return int(np.argmin((((points - best) / span) ** 2).sum(axis=1)))


def dominates(better: Points, worse: Points) -> NDArray[np.bool_]:
    """Row by row, where either side may be a single point."""
    no_worse: NDArray[np.bool_] = np.all(better <= worse, axis=-1)
    somewhere_better: NDArray[np.bool_] = np.any(better < worse, axis=-1)
    return no_worse & somewhere_better


def _not_beaten(points: Points) -> NDArray[np.bool_]:
    # Column by column: reductions over a short last axis take most of the time otherwise.
    no_worse: NDArray[np.bool_] = np.logical_and.reduce(
        [np.less_equal.outer(column, column) for column in points.T]
    )
    # Equal points are no worse than each other, and neither beats the other.
    beaten: NDArray[np.bool_] = np.any(no_worse & ~no_worse.T, axis=0)
    return ~beaten


def _bound(reference: ArrayLike, points: Points) -> Points:
    bound: Points = as_points([np.ravel(reference)])[0]
    if bound.shape[0] != points.shape[1]:
        raise ValueError(f"reference of {bound.shape[0]} values for {points.shape[1]} objectives")
    return bound


def _inside(points: Points, bound: Points) -> Points:
    inside: Points = points[np.all(points < bound, axis=1)]
    return inside


def _volume(points: Points, bound: Points) -> float:
    if not len(points):
        return 0.0
    if points.shape[1] == 1:
        return float(bound[0] - points[:, 0].min())
    if points.shape[1] == 2:
        return _area(points, bound)
    points = points[np.argsort(points[:, -1], kind="stable")]
    if points.shape[1] == 3:
        return _sweep(points, bound)
    heights = bound[-1] - points[:, -1]
    flat, floor = points[:, :-1], bound[:-1]
    return float(sum(h * _exclusive(flat[i], flat[:i], floor) for i, h in enumerate(heights)))


def _exclusive(point: Points, others: Points, bound: Points) -> float:
    """Volume of one point that no other has; all of them within the bound."""
    box = float(np.prod(bound - point))
    shared = np.maximum(others, point)
    return max(0.0, box - _volume(shared[non_dominated(shared)], bound))


def _area(points: Points, bound: Points) -> float:
    points = points[np.lexsort((points[:, 1], points[:, 0]))]
    lows = np.minimum.accumulate(points[:, 1])
    above = np.append(bound[1], lows[:-1])
    gains = np.maximum(above - lows, 0.0)
    return float(((bound[0] - points[:, 0]) * gains).sum())


def _sweep(points: Points, bound: Points) -> float:
    """Volume of points in the order of their third objective.

    The first two, so far, are a staircase: `xs` rises, `ys` falls, and each step reaches to the
    next one's x.
    """
    right, top, end = bound.tolist()
    xs, ys = [-np.inf, right], [top, -np.inf]
    volume = 0.0
    for x, y, z in points.tolist():
        at = until = bisect_left(xs, x)
        if ys[at - 1] <= y or (xs[at] == x and ys[at] <= y):
            continue
        gain = (xs[at] - x) * (ys[at - 1] - y)
        while ys[until] >= y:
            gain += (xs[until + 1] - xs[until]) * (ys[until] - y)
            until += 1
        xs[at:until], ys[at:until] = [x], [y]
        volume += gain * (end - z)
    return volume
