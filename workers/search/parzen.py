"""Mixtures of product kernels over ordinal, categorical and real axes: TPE's density model.

The arithmetic is that of Optuna's multivariate TPE (Bergstra et al. 2011; Falkner et al. 2018), so
that the same observations and random numbers give the same candidates. What differs is its cost:
ordinal and categorical kernels are rows of a small table, and the normal integrals are SciPy's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri_exp

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

MOST_PARTS = 100.0
"""No kernel is narrower than its axis cut into this many parts, or into one for each kernel."""


@dataclass(frozen=True, slots=True)
class Categories:
    """Unordered alternatives 0..count-1."""

    count: int


@dataclass(frozen=True, slots=True)
class Positions:
    """Ordered alternatives 0..count-1."""

    count: int

    @property
    def low(self) -> float:
        return -0.5

    @property
    def high(self) -> float:
        return self.count - 0.5


@dataclass(frozen=True, slots=True)
class Interval:
    """Reals within low and high."""

    low: float
    high: float


Axis = Categories | Positions | Interval


class Axes:
    """The axes of one group of parameters, by kind, for all mixtures over them."""

    def __init__(self, axes: Sequence[Axis]) -> None:
        def columns(*kinds: type[Axis]) -> Indices:
            return np.array([i for i, axis in enumerate(axes) if isinstance(axis, kinds)], np.intp)

        self.categories = columns(Categories)
        self.positions = columns(Positions)
        self.intervals = columns(Interval)
        self.normal = columns(Positions, Interval)
        self.counts = np.array([0 if isinstance(axis, Interval) else axis.count for axis in axes])
        bounds = [(0.0, 0.0) if isinstance(a, Categories) else (a.low, a.high) for a in axes]
        self.low, self.high = np.array(bounds).T
        self.most_values = max(1, int(self.counts.max()))

    def __len__(self) -> int:
        return len(self.counts)


class Mixture:
    """One kernel around each observation and a wide prior.

    observations: n x axes. weights: one for each observation; the prior's is 1.
    """

    def __init__(self, axes: Axes, observations: Floats, weights: Floats) -> None:
        weights = np.append(weights, 1.0) if len(observations) else np.ones(1)
        self._weights = weights / weights.sum()
        self._axes = axes
        self._kernels: list[_CategoryKernels | _NormalKernels] = []
        if len(axes.categories):
            self._kernels.append(_CategoryKernels(axes, observations))
        if len(axes.normal):
            self._kernels.append(_NormalKernels(axes, observations))

    def sample(self, rng: np.random.RandomState, count: int) -> Floats:
        """`count` x axes points."""
        active = rng.choice(len(self._weights), p=self._weights, size=count)
        points = np.empty((count, len(self._axes)))
        for kernels in self._kernels:
            kernels.sample(rng, active, points)
        return points

    def log_density(self, points: Floats) -> Floats:
        """Natural logarithm of the density at each point."""
        # Kernels down, points across: a table's row is one block of memory.
        terms = np.repeat(np.log(self._weights)[:, None], len(points), axis=1)
        for kernels in self._kernels:
            kernels.add_log_density(points, terms)
        top = terms.max(axis=0)
        terms -= top
        np.exp(terms, out=terms)
        total: Floats = np.log(terms.sum(axis=0)) + top
        return total


class _Table:
    """Logarithms for each different kernel and value; most kernels of an axis are alike.

    rows: log-probabilities, rows x values. axis_of: each row's axis. codes: kernels x axes, rows.
    """

    def __init__(self, rows: Floats, axis_of: Indices, codes: Indices) -> None:
        self._rows, self._axis_of, self._codes = rows, axis_of, codes

    def add_log_density(self, points: Floats, terms: Floats) -> None:
        values = points.T.astype(np.intp)[self._axis_of]
        at_points = np.take_along_axis(self._rows, values, axis=1)
        for codes in self._codes.T:
            terms += at_points.take(codes, axis=0)


class _CategoryKernels(_Table):
    """Each spreads one part in (kernels) over all categories; the prior, all of it."""

    def __init__(self, axes: Axes, observations: Floats) -> None:
        columns, values, kernels = axes.categories, axes.most_values, len(observations) + 1
        self._columns = columns
        counts = axes.counts[columns][:, None, None]
        rows = (1.0 + kernels * np.eye(values + 1, values)) / (kernels + counts)
        rows[:, -1] = 1.0 / counts[:, 0]
        # Rounding must not lead beyond an axis's last category.
        self._reached = np.where(np.arange(values) < counts - 1, np.cumsum(rows, axis=2), 1.0)
        codes = np.full((kernels, len(columns)), values)
        codes[:-1] = observations[:, columns]
        self._choice = codes
        super().__init__(
            np.log(rows).reshape(-1, values),
            np.repeat(columns, values + 1),
            codes + np.arange(len(columns)) * (values + 1),
        )

    def sample(self, rng: np.random.RandomState, active: Indices, points: Floats) -> None:
        """Write these axes' coordinates of points, each from its active kernel."""
        axes = np.arange(len(self._reached))[:, None]
        reached = self._reached[axes, self._choice[active].T]
        quantiles = rng.uniform(size=(*reached.shape[:2], 1))
        points[:, self._columns] = (reached < quantiles).sum(axis=2).T


class _NormalKernels:
    """Normals cut to their axis, each as wide as the gap to its further neighbour."""

    def __init__(self, axes: Axes, observations: Floats) -> None:
        self._axes = axes
        widest = axes.high - axes.low
        self.narrowest = widest / min(MOST_PARTS, len(observations) + 2.0)
        self.centres = np.vstack([observations, 0.5 * (axes.low + axes.high)])
        gaps = _gaps(observations, axes.low, axes.high)
        self.widths = np.vstack([np.clip(gaps, self.narrowest, widest), widest])
        self._at_positions = _table(axes, self) if len(axes.positions) else None

    def sample(self, rng: np.random.RandomState, active: Indices, points: Floats) -> None:
        """Write these axes' coordinates of points, each from its active kernel."""
        columns = self._axes.normal
        centres, widths = (a[active[:, None], columns].T for a in (self.centres, self.widths))
        low, high = (a[columns][:, None] for a in (self._axes.low, self._axes.high))
        cut_low, cut_high = (low - centres) / widths, (high - centres) / widths
        drawn = _quantile(rng.uniform(size=centres.shape), cut_low, cut_high) * widths + centres
        points[:, columns] = np.clip(drawn, low, high).T
        positions = self._axes.positions
        last = self._axes.counts[positions] - 1
        points[:, positions] = np.clip(np.round(points[:, positions]), 0, last)

    def add_log_density(self, points: Floats, terms: Floats) -> None:
        if self._at_positions is not None:
            self._at_positions.add_log_density(points, terms)
        for i in self._axes.intervals:
            centres, widths = self.centres[:, i], self.widths[:, i]
            low, high = self._axes.low[i], self._axes.high[i]
            scale = np.log(widths) + 0.5 * np.log(2 * np.pi)
            scale += _log_mass((low - centres) / widths, (high - centres) / widths)
            scaled = (points[:, i] - centres[:, None]) / widths[:, None]
            terms += -0.5 * scaled * scaled - scale[:, None]


def _table(axes: Axes, normals: _NormalKernels) -> _Table:
    """Normals on positions: the narrowest of each position, and the few that are wider."""
    columns, values = axes.positions, axes.most_values
    centres, widths = normals.centres[:, columns], normals.widths[:, columns]
    narrowest = normals.narrowest[columns]
    positions = np.arange(values, dtype=float)
    wide = np.nonzero(widths != narrowest)
    codes = centres.astype(np.intp) + np.arange(len(columns)) * values
    codes[wide] = len(columns) * values + np.arange(len(wide[0]))
    axis_of = np.append(np.repeat(np.arange(len(columns)), values), wide[1])
    centre = np.append(np.tile(positions, len(columns)), centres[wide])[:, None]
    width = np.append(np.repeat(narrowest, values), widths[wide])[:, None]
    low, high = (a[columns][axis_of][:, None] for a in (axes.low, axes.high))
    # The last column is what the axis cuts a kernel to.
    masses = _log_mass(
        np.hstack([positions - 0.5 - centre, low - centre]) / width,
        np.hstack([positions + 0.5 - centre, high - centre]) / width,
    )
    return _Table(masses[:, :-1] - masses[:, -1:], columns[axis_of], codes)


def _gaps(observed: Floats, low: Floats, high: Floats) -> Floats:
    """Distance of each observation to its further neighbour; the ends count for a lone one.

    Axis by axis; of no meaning where there are categories.
    """
    order = np.argsort(observed, axis=0)
    ascending = np.take_along_axis(observed, order, axis=0)
    between = np.diff(np.vstack([low, ascending, high]), axis=0)
    further = np.maximum(between[:-1], between[1:])
    if len(observed) >= 2:
        further[0], further[-1] = between[1], between[-2]
    gaps = np.empty_like(further)
    np.put_along_axis(gaps, order, further, axis=0)
    return gaps


def _log_mass(low: Floats, high: Floats) -> Floats:
    """Log of the standard normal's mass within an interval.

    The right tail is mirrored, for integrals are exact on the left alone; around 0, the mass
    outside is subtracted.
    """
    mirrored = low > 0
    low, high = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    log_low, log_high = log_ndtr(low), log_ndtr(high)
    tail = log_high + np.log1p(-np.exp(log_low - log_high))
    central = np.log1p(-ndtr(low) - ndtr(-np.maximum(high, 0.0)))
    mass: Floats = np.where(high <= 0, tail, central)
    return mass


def _quantile(quantiles: Floats, low: Floats, high: Floats) -> Floats:
    """Where the standard normal cut to an interval reaches the quantiles."""
    mass = _log_mass(low, high)
    left = ndtri_exp(np.logaddexp(log_ndtr(low), np.log(quantiles) + mass))
    right = -ndtri_exp(np.logaddexp(log_ndtr(-high), np.log1p(-quantiles) + mass))
    reached: Floats = np.where(low < 0, left, right)
    return reached
