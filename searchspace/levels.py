"""Non-domination levels that are kept up to date point by point, and the best part of them."""

import numpy as np
from numpy.typing import NDArray

from searchspace.pareto import Points, as_points, dominates
from searchspace.subset import by_volume

Numbers = NDArray[np.int64]

SPARE = 16
"""How many more of a level are put in order than are asked for; somebody will soon ask."""


class Levels:
    """Numbered points by non-domination level: 0 for the front, 1 for the front of the rest ...

    Adding one costs a comparison with a few levels, not a new sort of all (Li et al. 2017).
    """

    def __init__(self, objectives: int) -> None:
        self._numbers: list[Numbers] = []
        self._points: list[Points] = []
        self._no_points = np.empty((0, objectives))
        self._tied = b""
        self._by_volume = np.empty(0, dtype=np.int64)

    def __len__(self) -> int:
        return sum(len(numbers) for numbers in self._numbers)

    def add(self, number: int, losses: tuple[float, ...]) -> None:
        """One more point, to be minimised in every objective.

        Raises:
            ValueError: a loss is not finite.
        """
        points = as_points([losses])
        numbers = np.array([number], dtype=np.int64)
        level = self._level_of(points[0])
        while len(numbers):
            if level == len(self._points):
                self._numbers.append(np.empty(0, dtype=np.int64))
                self._points.append(self._no_points)
            here, losses_here = self._numbers[level], self._points[level]
            # Those that the newcomers dominate move on one level, with what those dominate there.
            beaten = dominates(points[:, None], losses_here[None]).any(axis=0)
            self._numbers[level] = np.concatenate([here[~beaten], numbers])
            self._points[level] = np.concatenate([losses_here[~beaten], points])
            numbers, points = here[beaten], losses_here[beaten]
            level += 1

    def levels(self) -> list[Numbers]:
        """The numbers on each level, ascending."""
        return [np.sort(numbers) for numbers in self._numbers]

    def best(self, count: int) -> Numbers:
        """Numbers of the `count` best points, ascending: whole levels, then part of the next.

        That part is the one that dominates the most volume. Its order is remembered: most new
        points do not come to lie on that level.
        """
        chosen: list[Numbers] = []
        for numbers, points in zip(self._numbers, self._points, strict=True):
            if count <= 0:
                break
            whole = len(numbers) <= count
            chosen.append(numbers if whole else self._part(numbers, points, count))
            count -= len(numbers)
        return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *chosen]))

    def _part(self, numbers: Numbers, points: Points, count: int) -> Numbers:
        order = np.argsort(numbers)
        tied = numbers[order].tobytes()
        if tied != self._tied or len(self._by_volume) < count:
            ordered = points[order]
            some_more = min(count + SPARE, len(numbers))
            chosen = by_volume(ordered, some_more, _beyond(ordered))
            self._tied, self._by_volume = tied, numbers[order][chosen]
        return self._by_volume[:count]

    def _level_of(self, point: Points) -> int:
        """The first level where nothing dominates the point; on all before it, something does."""
        low, high = 0, len(self._points)
        while low < high:
            middle = (low + high) // 2
            if dominates(self._points[middle], point).any():
                low = middle + 1
            else:
                high = middle
        return low


def _beyond(points: Points) -> Points:
    """A reference a tenth worse than the worst of the points in each objective."""
    worst = points.max(axis=0)
    beyond: Points = np.maximum(1.1 * worst, 0.9 * worst)
    beyond[beyond == 0] = 1e-12
    return beyond
