"""Which models of one elastic training to deliver: pure decisions.

A model per allowed triple of ranks would be hundreds, most of them beaten by others of the same
training. Latency takes a second to measure, so few are measured, chosen by what is known before.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from searchspace.objectives import Constraint, Metric, Objective, feasible, losses
from searchspace.pareto import Points, non_dominated
from searchspace.subset import by_volume

MAX_MODELS = 16

Values = Mapping[str, float]
"""Metrics of one model."""


def shortlist(
    models: Sequence[Values], objectives: Sequence[Objective], constraints: Sequence[Constraint]
) -> list[int]:
    """Indices of the models whose latency is worth measuring, at most MAX_MODELS.

    They are taken from the non-dominated that keep every constraint but those on latency (all,
    where none does): the best in each objective, then what adds most hypervolume to those before.
    MACs, which grow with every rank as latency does, stand for it.
    """
    known = [limit for limit in constraints if limit.metric is not Metric.LATENCY_MS]
    standing = [{**model, Metric.LATENCY_MS: model[Metric.MACS]} for model in models]
    kept, points = _best(standing, objectives, known)
    ends = [int(np.lexsort((*points.T, column))[0]) for column in points.T]
    ordered = by_volume(_scaled(points), len(points), np.full(points.shape[1], 1.1))
    # A dict keeps the first of each.
    chosen = dict.fromkeys([*ends, *ordered.tolist()])
    return [kept[index] for index in chosen][:MAX_MODELS]


def own_front(
    models: Sequence[Values],
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    reference_point: Sequence[float],
) -> list[int]:
    """Indices of the non-dominated feasible models, or of all where none is feasible.

    First comes the one that dominates the most volume by itself, which is what the sampler is
    told of the trial; then the others, the most accurate first.

    reference_point: the job's, in the objectives' own units and order.
    """
    kept, points = _best(models, objectives, constraints)
    metrics = (objective.metric for objective in objectives)
    bound = losses(objectives, dict(zip(metrics, reference_point, strict=True)))
    volumes = np.prod(np.maximum(bound - points, 0.0), axis=1)
    places = sorted(range(len(kept)), key=lambda place: -models[kept[place]][Metric.ACCURACY])
    primary = max(places, key=lambda place: float(volumes[place]))
    return [kept[primary], *(kept[place] for place in places if place != primary)]


def _best(
    models: Sequence[Values], objectives: Sequence[Objective], constraints: Sequence[Constraint]
) -> tuple[list[int], Points]:
    """Indices and losses of the non-dominated; of models with equal losses, the first."""
    allowed = [i for i, model in enumerate(models) if feasible(constraints, model)]
    indices = allowed or list(range(len(models)))
    points = np.array([losses(objectives, models[i]) for i in indices], dtype=np.float64)
    _, first = np.unique(points, axis=0, return_index=True)
    best = np.sort(first[non_dominated(points[first])])
    return [indices[i] for i in best], points[best]


def _scaled(points: Points) -> Points:
    # Objectives differ by orders of magnitude; volumes compare only on one scale.
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    scaled: Points = (points - low) / np.where(span > 0, span, 1.0)
    return scaled
