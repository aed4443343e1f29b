"""Optuna's parameters as numbers on axes, a row for each trial."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from searchspace.levels import Numbers
from workers.search.parzen import Axis, Categories, Floats, Interval, Positions


@dataclass(frozen=True, slots=True)
class Scale:
    """How a distribution's values lie on an axis: by logarithm, or from `low` in steps."""

    distribution: BaseDistribution
    axis: Axis
    log: bool = False
    low: float = 0.0
    step: float = 1.0

    @staticmethod
    def of(distribution: BaseDistribution) -> "Scale":
        """The scale of a distribution.

        Raises:
            ValueError: integers on a logarithmic scale, which no space here has.
        """
        match distribution:
            case CategoricalDistribution(choices=choices):
                return Scale(distribution, Categories(len(choices)))
            case FloatDistribution(step=None, log=True, low=low, high=high):
                return Scale(distribution, Interval(math.log(low), math.log(high)), log=True)
            case FloatDistribution(step=None, low=low, high=high):
                return Scale(distribution, Interval(low, high))
            case (
                FloatDistribution(log=False, low=low, high=high, step=step)
                | IntDistribution(log=False, low=low, high=high, step=step)
            ) if step is not None:
                count = round((high - low) / step) + 1
                return Scale(distribution, Positions(count), low=low, step=step)
            case _:
                raise ValueError(f"no axis for {distribution}")

    def to_axis(self, value: Any) -> float:
        internal = self.distribution.to_internal_repr(value)
        return math.log(internal) if self.log else (internal - self.low) / self.step

    def from_axis(self, coordinate: float) -> Any:
        internal = math.exp(coordinate) if self.log else self.low + coordinate * self.step
        if isinstance(self.distribution, FloatDistribution):
            # Rounding may step over the ends.
            internal = min(max(internal, self.distribution.low), self.distribution.high)
        return self.distribution.to_external_repr(internal)


class Observations:
    """Every trial's parameters, by its number; one with nothing to choose is left out."""

    def __init__(self) -> None:
        self._columns: dict[str, int] = {}
        self._scales: dict[str, Scale] = {}
        # NaN where a trial makes no use of a parameter.
        self._values: Floats = np.full((64, 32), np.nan)

    def know(self, name: str, distribution: BaseDistribution) -> Scale:
        """The scale of a parameter, which may be new."""
        if name not in self._columns:
            self._scales[name] = Scale.of(distribution)
            self._columns[name] = len(self._columns)
        return self._scales[name]

    def write(
        self,
        number: int,
        parameters: Mapping[str, Any],
        distributions: Mapping[str, BaseDistribution],
    ) -> None:
        for name, distribution in distributions.items():
            if not distribution.single():
                coordinate = self.know(name, distribution).to_axis(parameters[name])
                self._make_room(number + 1, len(self._columns))
                self._values[number, self._columns[name]] = coordinate

    def read(self, names: Sequence[str], numbers: Numbers) -> Floats:
        """Trials x names, of the trials that make use of all of them."""
        columns = np.array([self._columns[name] for name in names])
        rows: Floats = self._values[numbers[:, None], columns]
        return rows[~np.isnan(rows).any(axis=1)]

    def scale(self, name: str) -> Scale:
        return self._scales[name]

    def _make_room(self, rows: int, columns: int) -> None:
        needed, have = np.array([rows, columns]), np.array(self._values.shape)
        if (needed > have).any():
            more = np.where(needed > have, 2 * needed - have, 0)
            padding = [(0, int(n)) for n in more]
            self._values = np.pad(self._values, padding, constant_values=np.nan)
