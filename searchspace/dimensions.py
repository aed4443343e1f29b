"""One choice of the space each, written against a `suggest_*` protocol (Optuna's trials fit it)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from numpy.random import Generator

Value = bool | int | float | str


class Suggest(Protocol):
    """What samples a point: an Optuna trial, a seeded generator, or recorded parameters."""

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value: ...

    def suggest_int(self, name: str, low: int, high: int) -> int: ...

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float: ...


class RandomSuggest:
    """Samples every dimension uniformly (or log-uniformly) from a seeded generator."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        return choices[int(self._generator.integers(len(choices)))]

    def suggest_int(self, name: str, low: int, high: int) -> int:
        return int(self._generator.integers(low, high, endpoint=True))

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float:
        if not log:
            return float(self._generator.uniform(low, high))
        sampled = math.exp(self._generator.uniform(math.log(low), math.log(high)))
        # The logarithm's rounding may step over the ends.
        return min(max(sampled, low), high)


@dataclass(frozen=True, slots=True)
class Choice:
    """Unordered alternatives."""

    name: str
    values: tuple[Value, ...]

    def suggest(self, suggest: Suggest) -> Value:
        if len(self.values) == 1:
            return self.values[0]
        return suggest.suggest_categorical(self.name, self.values)

    @property
    def first(self) -> Value:
        return self.values[0]

    @property
    def last(self) -> Value:
        return self.values[-1]

    def fault(self, value: object) -> str | None:
        return _not_among(value, self.values)


@dataclass(frozen=True, slots=True)
class Ordinal:
    """Ascending integers, or texts for what ascends, sampled by position: a sampler sees their order."""

    name: str
    values: tuple[int, ...] | tuple[str, ...]

    def suggest(self, suggest: Suggest) -> Value:
        if len(self.values) == 1:
            return self.values[0]
        return self.values[suggest.suggest_int(self.name, 0, len(self.values) - 1)]

    @property
    def first(self) -> Value:
        return self.values[0]

    @property
    def last(self) -> Value:
        return self.values[-1]

    def fault(self, value: object) -> str | None:
        return _not_among(value, self.values)


@dataclass(frozen=True, slots=True)
class Real:
    """An interval of reals."""

    name: str
    low: float
    high: float
    log: bool

    def suggest(self, suggest: Suggest) -> Value:
        return suggest.suggest_float(self.name, self.low, self.high, log=self.log)

    @property
    def first(self) -> Value:
        return self.low

    @property
    def last(self) -> Value:
        return self.high

    @property
    def middle(self) -> Value:
        return math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2

    def fault(self, value: object) -> str | None:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
            or not self.low <= value <= self.high
        ):
            return f"must be a number within {self.low} and {self.high}"
        return None


Dimension = Choice | Ordinal | Real


def _not_among(value: object, values: tuple[Value, ...]) -> str | None:
    # `True == 1` in Python, so the types are compared too.
    if any(value == allowed and type(value) is type(allowed) for allowed in values):
        return None
    return f"must be one of {', '.join(str(v) for v in values)}"
