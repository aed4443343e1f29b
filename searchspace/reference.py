"""The worst point that still counts towards a job's hypervolume."""

from collections.abc import Iterable, Sequence

from searchspace.bounds import Bounds
from searchspace.objectives import ANALYTIC, Constraint, Metric, Objective

MACS_PER_MS = 2e6
"""Multiply-accumulates that any machine manages in a millisecond: a slow one, so that no model of
the space is cut off."""


def reference_point(
    objectives: Sequence[Objective], constraints: Iterable[Constraint], bounds: Bounds
) -> tuple[float, ...]:
    """One value per objective, in its own unit; a model counts where it is strictly better.

    An objective's own `reference` comes first. Otherwise it is just beyond the worst value that
    can be met: what the space can cost, or what a constraint still allows where that is tighter.
    Accuracy ends at 0 and 1 themselves.
    """
    limits = tuple(constraints)
    return tuple(
        objective.reference
        if objective.reference is not None
        else _worst(objective, limits, bounds)
        for objective in objectives
    )


def _worst(objective: Objective, constraints: Sequence[Constraint], bounds: Bounds) -> float:
    low, high = _reach(objective.metric, constraints, bounds)
    beyond = 0.0 if objective.metric is Metric.ACCURACY else 1.0
    return low - beyond if objective.maximized else high + beyond


def _reach(
    metric: Metric, constraints: Sequence[Constraint], bounds: Bounds
) -> tuple[float, float]:
    """Least and most that a feasible model can have."""
    low, high = _bounds(metric, bounds)
    if metric is Metric.ACCURACY:
        return low, high
    mine = [constraint for constraint in constraints if constraint.metric is metric]
    low = max([low, *(c.min for c in mine if c.min is not None)])
    if metric in ANALYTIC:
        high = min([high, *(c.max for c in mine if c.max is not None)])
    else:
        # The estimate is no bound: a constraint, even a looser one, is what counts.
        high = min([c.max for c in mine if c.max is not None], default=high)
    return low, high


def _bounds(metric: Metric, bounds: Bounds) -> tuple[float, float]:
    match metric:
        case Metric.ACCURACY:
            return 0.0, 1.0
        case Metric.LATENCY_MS:
            return 0.0, bounds.macs[1] / MACS_PER_MS
        case _:
            return bounds.of(metric)
