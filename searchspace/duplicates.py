"""Points that a search has had before, and what is done when one comes again: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from searchspace.space import Hyperparameters, Point
from searchspace.spec import Duplicates

Key = tuple[str, Hyperparameters]


@dataclass(frozen=True, slots=True)
class Result:
    """What a complete trial measured."""

    number: int
    values: Mapping[str, float]


class Treatment(Enum):
    TRAIN = "train it, with a seed of its own"
    COPY = "take the earlier trial's result"
    ASK_AGAIN = "ask for another point"


class Seen:
    """The points of a search's trials. What is trained makes a point: its architecture, and how.

    So two choices of ranks that a narrow feature map cuts to the same ones are one point.
    """

    def __init__(self, policy: Duplicates) -> None:
        self._policy = policy
        self._keys: set[Key] = set()
        self._results: dict[Key, Result] = {}

    def note(self, point: Point, result: Result | None = None) -> None:
        """A trial has the point; with a result once it is complete, of which the first counts."""
        self._keys.add(_key(point))
        if result is not None:
            self._results.setdefault(_key(point), result)

    def __contains__(self, point: Point) -> bool:
        return _key(point) in self._keys

    def result(self, point: Point) -> Result | None:
        return self._results.get(_key(point))

    def treat(self, point: Point) -> Treatment:
        """What becomes of a point that the sampler suggests."""
        if self._policy is Duplicates.RESEED or point not in self:
            return Treatment.TRAIN
        # What is still under way, was stopped early or has failed has no result to take.
        if self._policy is Duplicates.REUSE and self.result(point) is not None:
            return Treatment.COPY
        return Treatment.ASK_AGAIN


def _key(point: Point) -> Key:
    return point.architecture.digest, point.hyperparameters
