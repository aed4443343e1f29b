"""Asynchronous successive halving for several objectives: pure decisions.

A trial that reaches a rung goes on when it is among the best 1/factor of all that have reached
it, the own place included. Trials that will break a constraint whatever they learn come last, the
least violation first. The others' places are by non-domination rank, and within a rank by the
spec's `promotion`: hypervolume contribution, or the epsilon net of Schmucker et al. 2021
("Multi-objective asynchronous successive halving").
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from searchspace.objectives import Constraint, Metric
from searchspace.pareto import Points, contributions, domination_ranks
from searchspace.spec import EarlyStopping, NoEarlyStopping, Promotion, SuccessiveHalving

Vector = tuple[float, ...]
"""Objectives of one trial, every entry to be minimised."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What a trial had measured at a rung. violation: see `lasting_violation`."""

    losses: Vector
    violation: float = 0.0


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


def lasting_violation(constraints: Sequence[Constraint], values: Mapping[str, float]) -> float:
    """By how much a trial breaks constraints that more training cannot mend, each relative to its
    value; 0 for none.

    Accuracy still changes, so what is asked of it says nothing yet.
    """
    return sum(
        constraint.violation(values[constraint.metric]) / max(1.0, abs(values[constraint.metric]))
        for constraint in constraints
        if constraint.metric is not Metric.ACCURACY and constraint.metric in values
    )


def goes_on(reached: Sequence[Reached], own: int, halving: SuccessiveHalving) -> bool:
    """Whether the trial at index `own` of all that have reached the rung is trained further."""
    behind = place(reached, own, halving.promotion)
    return behind < math.ceil(len(reached) / halving.reduction_factor)


def place(reached: Sequence[Reached], own: int, promotion: Promotion) -> int:
    """How many of `reached` are better than the one at index `own`; equal ones share a place."""
    violation = reached[own].violation
    if violation > 0:
        return sum(other.violation < violation for other in reached)
    keeping = [index for index, other in enumerate(reached) if other.violation == 0]
    points = np.asarray([reached[index].losses for index in keeping], dtype=np.float64)
    at = keeping.index(own)
    ranks = domination_ranks(points)
    peers = np.flatnonzero(ranks == ranks[at])
    front, self_ = points[peers], int(np.flatnonzero(peers == at)[0])
    within = _by_contribution if promotion is Promotion.NON_DOMINATION else _by_epsilon_net
    return int((ranks < ranks[at]).sum()) + within(_scaled(front), self_)


def epsilon_net(points: Points) -> list[int]:
    """Indices in an order in which each point is the farthest from all before it (Clarkson 2006).

    Begins with the least in the first objective. Ties go to the lexicographically least point, so
    that the order of the points decides nothing.

    points: n x m, all different.
    """
    left = np.lexsort(points.T[::-1])
    order, left = [int(left[0])], left[1:]
    distance = np.full(len(left), np.inf)
    while len(left):
        step = np.linalg.norm(points[left] - points[order[-1]], axis=1)
        distance = np.minimum(distance, step)
        # argmax takes the first of equals, and `left` stays in lexicographic order.
        farthest = int(np.argmax(distance))
        order.append(int(left[farthest]))
        left, distance = np.delete(left, farthest), np.delete(distance, farthest)
    return order


def _by_contribution(front: Points, own: int) -> int:
    if len(front) == 1:
        return 0
    # The reference 1.1 lies a tenth beyond the worst, so that extremes contribute too.
    gains = contributions(front, np.full(front.shape[1], 1.1))
    return int((gains > gains[own]).sum())


def _by_epsilon_net(front: Points, own: int) -> int:
    different, which, copies = np.unique(front, axis=0, return_inverse=True, return_counts=True)
    order = epsilon_net(different)
    before = order[: order.index(int(which.ravel()[own]))]
    return int(copies[before].sum())


def _scaled(points: Points) -> Points:
    # Objectives differ by orders of magnitude; volumes and distances compare only on one scale.
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    scaled: Points = (points - low) / np.where(span > 0, span, 1.0)
    return scaled
