"""Dominance, fronts and hypervolume. Every objective is minimised; arrays in, arrays out.

Points are n x m arrays of finite numbers. One point dominates another when it is no worse in every
objective and better in at least one; equal points do not dominate each other, so duplicates share
their place.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]


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
    # In lexicographic order a point can only be dominated by an earlier one.
    order = np.lexsort(points.T[::-1])
    mask = np.zeros(len(points), dtype=bool)
    front = np.empty((0, points.shape[1]))
    for index in order:
        if not _dominates(front, points[index]).any():
            mask[index] = True
            front = np.vstack([front, points[index]])
    return mask


def joined(front: ArrayLike, points: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks of the members that stay on a front, and of the points that join it.

    Neither the front's members nor those that join dominate each other; O(new x front size).
    """
    members, new = as_points(front), as_points(points)
    joining = non_dominated(new)
    for index in np.flatnonzero(joining):
        joining[index] = not _dominates(members, new[index]).any()
    staying = np.ones(len(members), dtype=bool)
    for index in np.flatnonzero(joining):
        staying &= ~_dominates(new[index], members)
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
    Exact, by slicing along the last objective (HSO, While et al. 2006).

    Raises:
        ValueError: the reference has another length than a point, or a value is not finite.
    """
    points = as_points(values)
    bound = as_points([np.ravel(reference)])[0]
    if bound.shape[0] != points.shape[1]:
        raise ValueError(f"reference of {bound.shape[0]} values for {points.shape[1]} objectives")
    inside = points[(points < bound).all(axis=1)]
    return _volume(inside, bound)


def contributions(values: ArrayLike, reference: ArrayLike) -> Points:
    """Hypervolume that would be lost without each point."""
    points = as_points(values)
    whole = hypervolume(points, reference)
    rest = (np.delete(points, i, axis=0) for i in range(len(points)))
    return np.array([whole - hypervolume(others, reference) for others in rest])


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


def _dominates(better: Points, worse: Points) -> NDArray[np.bool_]:
    """Row by row, where either side may be a single point."""
    no_worse: NDArray[np.bool_] = np.all(better <= worse, axis=-1)
    somewhere_better: NDArray[np.bool_] = np.any(better < worse, axis=-1)
    return no_worse & somewhere_better


def _volume(points: Points, bound: Points) -> float:
    if not len(points):
        return 0.0
    if points.shape[1] == 1:
        return float(bound[0] - points[:, 0].min())
    if points.shape[1] == 2:
        return _area(points, bound)
    points = points[non_dominated(points)]
    points = points[np.argsort(points[:, -1], kind="stable")]
    tops = np.append(points[1:, -1], bound[-1])
    heights = tops - points[:, -1]
    slices = (_volume(points[: i + 1, :-1], bound[:-1]) for i in range(len(points)))
    return float(sum(h * area for h, area in zip(heights, slices, strict=True) if h > 0))


def _area(points: Points, bound: Points) -> float:
    points = points[np.lexsort((points[:, 1], points[:, 0]))]
    lows = np.minimum.accumulate(points[:, 1])
    above = np.append(bound[1], lows[:-1])
    gains = np.maximum(above - lows, 0.0)
    return float(((bound[0] - points[:, 0]) * gains).sum())
