"""Asynchronous successive halving for several objectives: pure decisions.

A trial that reaches a rung goes on when it is among the best 1/factor of all that have reached
it, the own place included. Places are by non-domination rank, ties by hypervolume contribution
within the rank (cf. Schmucker et al. 2021, "Multi-objective asynchronous successive halving").
"""

import math
from collections.abc import Sequence

import numpy as np

from searchspace.pareto import Points, contributions, domination_ranks
from searchspace.spec import EarlyStopping, NoEarlyStopping

Vector = tuple[float, ...]
"""Objectives of one trial, every entry to be minimised."""


def rungs(early_stopping: EarlyStopping, training_epochs: int) -> tuple[int, ...]:
    """The training epochs after which a trial may be stopped; never the last."""
    if isinstance(early_stopping, NoEarlyStopping):
        return ()
    levels = []
    level = early_stopping.min_training_epochs
    while level < training_epochs:
        levels.append(level)
        level *= early_stopping.reduction_factor
    return tuple(levels)


def goes_on(reached: Sequence[Vector], own: int, factor: int) -> bool:
    """Whether the trial at index `own` of all that have reached the rung is trained further."""
    return place(reached, own) < math.ceil(len(reached) / factor)


def place(reached: Sequence[Vector], own: int) -> int:
    """How many of `reached` are better than the one at index `own`."""
    points = np.asarray(reached, dtype=np.float64)
    ranks = domination_ranks(points)
    better = int((ranks < ranks[own]).sum())
    peers = np.flatnonzero(ranks == ranks[own])
    if len(peers) == 1:
        return better
    gains = contributions(_scaled(points[peers]), np.full(points.shape[1], 1.1))
    own_gain = gains[np.flatnonzero(peers == own)[0]]
    return better + int((gains > own_gain).sum())


def _scaled(points: Points) -> Points:
    # Objectives differ by orders of magnitude; contributions compare only on one scale. The
    # reference 1.1 lies a tenth beyond the worst, so that extremes contribute too.
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    scaled: Points = (points - low) / np.where(span > 0, span, 1.0)
    return scaled
