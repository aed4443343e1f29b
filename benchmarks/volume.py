"""The one yardstick of the comparisons of searches: a share of the volume between best and worst.

Over accuracy, log params and log latency: half as many parameters are as good a step for a small
model as for a large one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from searchspace.pareto import Points, hypervolume

MARGIN = 1.01
"""The reference lies just beyond the worst, so that extremes count too."""

Losses = tuple[float, ...]


def losses(values: Mapping[str, float]) -> Losses:
    """Everything to be minimised."""
    return -values["accuracy"], math.log(values["params"]), math.log(values["latency_ms"])


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    best: Points
    worst: Points

    @classmethod
    def around(cls, points: Iterable[Losses]) -> "Box":
        array = np.array(list(points))
        return cls(array.min(axis=0), array.max(axis=0))

    def volume(self, points: Sequence[Losses]) -> float:
        """Between 0 and 1."""
        if not points:
            return 0.0
        scaled = (np.array(points) - self.best) / (self.worst - self.best)
        # Better than what the box was drawn around is as good as its best.
        inside = np.maximum(scaled, 0.0)
        return hypervolume(inside, np.full(inside.shape[1], MARGIN)) / MARGIN ** inside.shape[1]
