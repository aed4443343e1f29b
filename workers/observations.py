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
from workers.parzen import Axis, Categories, Floats, Interval, Positions


@dataclass(frozen=True, slots=True)
class Scale:
    """How a distribution's values lie on an axis.

    Raises:
        ValueError: an integer on a logarithmic scale, which no space here has.
    """

    distribution: BaseDistribution
    axis: Axis

    @staticmethod
    def of(distribution: BaseDistribution) -> "Scale":
        match distribution:
            case CategoricalDistribution(choices=choices):
                return Scale(distribution, Categories(len(choices)))
            case FloatDistribution(step=None, log=True, low=low, high=high):
                return Scale(distribution, Interval(math.log(low), math.log(high)))
            case FloatDistribution(step=None, low=low, high=high):
                return Scale(distribution, Interval(low, high))
            case FloatDistribution() | IntDistribution() if not distribution.log:
                assert distribution.step is not None
                steps = (distribution.high - distribution.low) / distribution.step
                return Scale(distribution, Positions(round(steps) + 1))
            case _:
                raise ValueError(f"no axis for {distribution}")

    def to_axis(self, value: Any) -> float:
        internal = self.distribution.to_internal_repr(value)
        match self.distribution:
            case FloatDistribution(log=True):
                return math.log(internal)
            case FloatDistribution(step=step, low=low) | IntDistribution(step=step, low=low):
                return internal if step is None else (internal - low) / step
            case _:
                return internal

    def from_axis(self, coordinate: float) -> Any:
        match self.distribution:
            case FloatDistribution(log=True, low=low, high=high):
                # The logarithm's rounding may step over the ends.
                coordinate = min(max(math.exp(coordinate), low), high)
            case FloatDistribution(step=step, low=low) | IntDistribution(step=step, low=low):
                coordinate = coordinate if step is None else low + coordinate * step
            case _:
                pass
        return self.distribution.to_external_repr(coordinate)


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
