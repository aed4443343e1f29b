"""Trainings that take no time: what the surrogate says of a point, with the noise of validation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.curves.plan import TRAIN_SIZE, job_spec
from benchmarks.curves.record import VALIDATION_FRACTION
from benchmarks.curves.surrogate import Prediction, Surrogate
from searchspace.architecture import HeadKind, Ranks
from searchspace.cost import architecture_cost
from searchspace.curve import own_front, shortlist
from searchspace.limits import analytic_values
from searchspace.objectives import Metric
from searchspace.ranks import costs
from searchspace.space import Point
from searchspace.spec import RankPolicy

VALIDATION_IMAGES = round(TRAIN_SIZE * VALIDATION_FRACTION)

Values = dict[str, float]


@dataclass(frozen=True, slots=True)
class Delivered:
    """One model. seen: its values as a search learns them. true: with the accuracy behind them."""

    seen: Values
    true: Values


class Training:
    """One trial: what its steps cost in CPU-seconds, and what they say."""

    def __init__(
        self, point: Point, surrogate: Surrogate, reference: Sequence[float], seed: int
    ) -> None:
        self._point = point
        self._surrogate = surrogate
        self._reference = reference
        self._told: Prediction = surrogate.predict(point)
        self._random = np.random.default_rng(seed)
        cost = architecture_cost(point.architecture)
        latency = self._told.latency_ms
        if point.ranks is not None:
            ranks = point.architecture.head.ranks
            assert ranks is not None
            latency = surrogate.latencies(point, latency)[ranks]
        self.first: Values = {**analytic_values(cost), Metric.LATENCY_MS: latency}
        self.measuring_seconds = surrogate.measuring_seconds
        self.epoch_seconds = self._told.cpu_seconds

    def accuracy(self, training_epoch: int) -> float:
        """As validation shows it."""
        return self._noisy(self._told.accuracies[training_epoch - 1])

    def deliver(self, last: float) -> tuple[list[Delivered], float]:
        """The trained models, the one that the sampler hears of first, and what that took.

        last: the accuracy that the last training epoch showed.
        """
        if self._point.ranks is None:
            seen = {**self.first, Metric.ACCURACY: last}
            true = {**self.first, Metric.ACCURACY: self._told.accuracies[-1]}
            return [Delivered(seen, true)], 0.0
        return self._deliver_ranks()

    def _deliver_ranks(self) -> tuple[list[Delivered], float]:
        """As `workers.trials.delivery` does: some are measured, and the best of these are delivered."""
        spec, surrogate = job_spec(RankPolicy.ELASTIC), self._surrogate
        assert self._point.ranks is not None
        backbone = self._point.architecture.with_head(HeadKind.GAP)
        found = costs(backbone, self._point.ranks)
        latencies = surrogate.latencies(self._point, self._told.latency_ms)
        true = surrogate.curve(self._point, self._told.accuracies[-1])
        triples: list[Ranks] = list(found)
        models: list[Values] = [
            {**analytic_values(found[ranks]), Metric.ACCURACY: self._noisy(true[ranks])}
            for ranks in triples
        ]
        chosen = shortlist(models, spec.objectives, ())
        seen = [{**models[i], Metric.LATENCY_MS: latencies[triples[i]]} for i in chosen]
        best = own_front(seen, spec.objectives, (), self._reference)
        delivered = [
            Delivered(seen[i], {**seen[i], Metric.ACCURACY: true[triples[chosen[i]]]})
            for i in best
        ]
        took = surrogate.scoring_seconds + len(chosen) * surrogate.measuring_seconds
        return delivered, took

    def _noisy(self, accuracy: float) -> float:
        spread = math.sqrt(accuracy * (1 - accuracy) / VALIDATION_IMAGES)
        return min(1.0, max(0.0, accuracy + spread * float(self._random.normal())))
