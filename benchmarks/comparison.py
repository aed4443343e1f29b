"""How searches are compared, for real and in simulated time: what each found for how much.

Hypervolume is a share of a box, over accuracy, log params and log latency: half as many parameters
are as good a step for a small model as for a large one.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.report import Figure, at_most
from searchspace.pareto import Points, hypervolume

RAY_TUNE = "ray tune + optuna"
SYNE_TUNE = "syne tune moasha"
PEERS = (RAY_TUNE, "optuna tpe", "optuna nsga2", SYNE_TUNE)
OURS = "ours"
NOT_ELASTIC = "ours, not elastic"
NO_STOPPING = "ours, no early stopping"
NEITHER = "ours, neither"
ARMS = (*PEERS, OURS, NOT_ELASTIC, NO_STOPPING, NEITHER)

GOALS = {RAY_TUNE: 1 / 5, SYNE_TUNE: 1 / 3}
"""Of ours: the share of a peer's CPU time."""

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


@dataclass(frozen=True, slots=True)
class Course:
    """One search: each model that it found, with the CPU-seconds that were used until then."""

    box: Box
    costs: Sequence[float]
    models: Sequence[Losses]

    @property
    def end(self) -> float:
        """Hypervolume of all that was found."""
        return self.at(math.inf)

    def at(self, cost: float) -> float:
        """Hypervolume of what was found for that much."""
        paired = zip(self.models, self.costs, strict=True)
        return self.box.volume([model for model, its in paired if its <= cost])

    def cost_of(self, target: float) -> float:
        """CPU-seconds until the hypervolume was `target`; infinite where it never was."""
        costs = sorted(set(self.costs))
        # It only grows, so that halves can be left out.
        low, high = 0, len(costs)
        while low < high:
            middle = (low + high) // 2
            # Rounding must not take from a search its own last value.
            if self.at(costs[middle]) >= target - 1e-12:
                high = middle
            else:
                low = middle + 1
        return costs[low] if low < len(costs) else math.inf


def figures(courses: Mapping[str, Sequence[Course]]) -> list[Figure]:
    """courses: of each arm, seed by seed. Medians of what is compared within a seed."""
    ends = {arm: [course.end for course in its] for arm, its in courses.items()}
    best = [max(found) for found in zip(*(ends[peer] for peer in PEERS), strict=True)]
    found = []
    for arm, its in courses.items():
        found.append(Figure(f"{arm}: hypervolume at the end, mean", statistics.mean(ends[arm])))
        found.append(Figure(f"{arm}: standard error", standard_error(ends[arm])))
        costs = [course.cost_of(target) for course, target in zip(its, best, strict=True)]
        name = f"{arm}: CPU-s to the best peer's last hypervolume"
        found.append(Figure(name, statistics.median(costs)))
    for peer in PEERS:
        ratios = [
            ours.cost_of(target) / course.cost_of(course.end)
            for ours, target, course in zip(courses[OURS], best, courses[peer], strict=True)
            if course.models
        ]
        name = f"ours to the best peer's last hypervolume / {peer} to its own, CPU-s"
        ratio = statistics.median(ratios) if ratios else math.nan
        goal = GOALS.get(peer)
        found.append(Figure(name, ratio) if goal is None else at_most(name, ratio, goal))
    return found


def standard_error(values: Sequence[float]) -> float:
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
