"""What the table of curves says of architectures that are not in it.

Gaussian processes over a few features of the architecture and its training, each with a linear and
a smooth part; what ranks do to an elastic training's accuracy is a ridge regression over its whole
curves. `errors` says how far off this is, by leaving rows out.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from benchmarks.curves.plan import Stratum, space_of
from benchmarks.curves.table import Row
from searchspace.architecture import Architecture, BlockKind, HeadKind, Ranks
from searchspace.cost import architecture_cost, head_cost, stage_cost
from searchspace.space import Point
from searchspace.spec import RankPolicy

FOLDS = 5
SETTLED = 1e-3
"""Accuracies are kept this far from 0 and 1, where a logit has no end."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prediction:
    """One training. accuracies, cpu_seconds: after, and of, each training epoch."""

    accuracies: tuple[float, ...]
    cpu_seconds: float
    latency_ms: float


class Surrogate:
    """Fitted on some rows of the table; those that diverged are left out."""

    def __init__(self, rows: Sequence[Row]) -> None:
        rows = [row for row in rows if not row.diverged]
        points = [point_of(row) for row in rows]
        seen = np.array([features(point) for point in points])
        self._curves = _fitted(seen, [_logits(_accuracies(row)) for row in rows])
        self._seconds = _fitted(seen, [[math.log(_epoch_seconds(row))] for row in rows])
        self._latency = _fitted(seen, [[math.log(row.latency.min)] for row in rows])
        elastic = [(row, point) for row, point in zip(rows, points, strict=True) if row.curve]
        self._drop = _fitted_drop(elastic)
        kept = [row.smallest_latency.min / row.latency.min for row in rows if row.smallest_latency]
        self._kept_latency = float(np.median(kept)) if kept else 1.0
        self.scoring_seconds = _median([row.curve_cpu_seconds for row in rows if row.curve])
        per_latency = [row.measuring_cpu_seconds / (2 if row.curve else 1) for row in rows]
        self.measuring_seconds = _median(per_latency)

    def predict(self, point: Point) -> Prediction:
        x = np.array([features(point)])
        return Prediction(
            accuracies=tuple(_from_logits(self._curves.predict(x)[0])),
            cpu_seconds=math.exp(float(np.ravel(self._seconds.predict(x))[0])),
            latency_ms=math.exp(float(np.ravel(self._latency.predict(x))[0])),
        )

    def curve(self, point: Point, last: float) -> dict[Ranks, float]:
        """Accuracies of an elastic training's triples, whose largest has `last` at the end."""
        assert point.ranks is not None
        triples = list(point.ranks.triples())
        if self._drop is None:
            return dict.fromkeys(triples, last)
        x = np.array([_rank_features(point, ranks) for ranks in triples])
        dropped = np.minimum(self._drop.predict(x), 0.0) + _logits([last])[0]
        return dict(zip(triples, _from_logits(dropped), strict=True))

    def latencies(self, point: Point, largest: float) -> dict[Ranks, float]:
        """Between the largest and the smallest triple latency grows with the head's work."""
        grid = point.ranks
        assert grid is not None
        work = {ranks: _head_macs(point.architecture, ranks) for ranks in grid.triples()}
        most, least = work[grid.largest], work[grid.smallest]
        lost = largest * (1 - self._kept_latency)
        return {
            ranks: largest - lost * (most - macs) / max(1, most - least)
            for ranks, macs in work.items()
        }


def point_of(row: Row) -> Point:
    elastic = row.stratum is Stratum.ELASTIC
    space = space_of(RankPolicy.ELASTIC if elastic else RankPolicy.SEARCHED)
    return space.decode(row.parameters)


def features(point: Point) -> list[float]:
    """Of an architecture, of how it is trained, and of its head."""
    architecture, hyper = point.architecture, point.hyperparameters
    trained = point.ranks.largest if point.ranks else architecture.head.ranks
    if trained is not None:
        architecture = architecture.with_head(HeadKind.TCL, trained)
    cost = architecture_cost(architecture)
    rate = math.log10(hyper.learning_rate)
    kind = architecture.head.kind
    found = [math.log(cost.params), math.log(cost.macs), rate, rate**2]
    found += [float(kind is each) for each in HeadKind]
    found += [float(point.ranks is not None)]
    found += [math.log2(rank) for rank in trained or (1, 1, 1)]
    shapes = architecture.shapes
    for entering, stage in zip(shapes, architecture.stages, strict=False):
        macs = stage_cost(stage, entering).macs
        mbconv = stage.block is BlockKind.MBCONV
        found += [
            math.log(macs),
            math.log2(stage.width),
            float(stage.depth),
            float(mbconv),
            float(stage.squeeze_excite),
            float(mbconv and stage.kernel == 5),
            float(mbconv) * math.log2(stage.expansion),
        ]
    return found


def _fitted(x: Vector, y: Sequence[Sequence[float]]) -> Pipeline:
    kernel = (
        ConstantKernel(1.0) * RBF(6.0, (1.0, 100.0))
        + ConstantKernel(0.1) * DotProduct(1.0)
        + WhiteKernel(0.1, (1e-4, 2.0))
    )
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
    pipeline = make_pipeline(StandardScaler(), process)
    with warnings.catch_warnings():
        # A kernel's part that does not help ends at its bound.
        warnings.simplefilter("ignore", ConvergenceWarning)
        pipeline.fit(x, np.array(y))
    return pipeline


def _fitted_drop(rows: Sequence[tuple[Row, Point]]) -> Pipeline | None:
    """Logits that a triple loses to the largest of the same training."""
    if not rows:
        return None
    x, y = [], []
    for row, point in rows:
        scored = {each.ranks: each.accuracy for each in row.curve}
        assert row.ranks is not None
        of_largest = _logits([scored[row.ranks]])[0]
        for ranks, accuracy in scored.items():
            x.append(_rank_features(point, ranks))
            y.append(_logits([accuracy])[0] - of_largest)
    pipeline = make_pipeline(StandardScaler(), PolynomialFeatures(2), Ridge(1.0))
    pipeline.fit(np.array(x), np.array(y))
    return pipeline


def _rank_features(point: Point, ranks: Ranks) -> list[float]:
    assert point.ranks is not None
    largest = point.ranks.largest
    found = [math.log2(rank / most) for rank, most in zip(ranks, largest, strict=True)]
    found += [math.log2(rank) for rank in ranks]
    return [*found, math.log10(point.hyperparameters.learning_rate)]


def _head_macs(architecture: Architecture, ranks: Ranks) -> int:
    head = architecture.with_head(HeadKind.TCL, ranks).head
    return head_cost(head, architecture.feature_map, architecture.classes).macs


def _accuracies(row: Row) -> list[float]:
    return [epoch.accuracy for epoch in row.epochs]


def _epoch_seconds(row: Row) -> float:
    return _median([epoch.cpu_seconds for epoch in row.epochs])


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else 0.0


def _logits(accuracies: Sequence[float]) -> Vector:
    inside = np.clip(np.array(accuracies), SETTLED, 1 - SETTLED)
    logits: Vector = np.log(inside / (1 - inside))
    return logits


def _from_logits(logits: Vector) -> list[float]:
    return [float(value) for value in 1 / (1 + np.exp(-logits))]


# Errors


@dataclass(frozen=True, slots=True)
class Errors:
    """Of one thing that is predicted of rows that were left out.

    error: mean absolute; relative where relative says so. rank_correlation: Spearman's.
    """

    name: str
    error: float
    rank_correlation: float


def errors(rows: Sequence[Row]) -> list[Errors]:
    """By five-fold cross-validation over whole rows."""
    rows = [row for row in rows if not row.diverged]
    pairs: dict[str, list[tuple[float, float]]] = {}
    folds = min(FOLDS, len(rows))
    for fold in range(folds):
        surrogate = Surrogate([row for i, row in enumerate(rows) if i % folds != fold])
        for row in rows[fold::folds]:
            for name, pair in _compared(surrogate, row):
                pairs.setdefault(name, []).append(pair)
    return [_errors(name, np.array(found)) for name, found in pairs.items()]


def _compared(surrogate: Surrogate, row: Row) -> list[tuple[str, tuple[float, float]]]:
    """Name, what is predicted, what was measured."""
    point = point_of(row)
    told = surrogate.predict(point)
    found = [
        ("accuracy", (told.accuracies[-1], row.epochs[-1].accuracy)),
        ("accuracy after the first training epoch", (told.accuracies[0], row.epochs[0].accuracy)),
        ("log CPU-s", (math.log(told.cpu_seconds), math.log(_epoch_seconds(row)))),
        ("log latency", (math.log(told.latency_ms), math.log(row.latency.min))),
    ]
    if row.curve:
        curve = surrogate.curve(point, told.accuracies[-1])
        found += [
            ("accuracy of an elastic triple", (curve[each.ranks], each.accuracy))
            for each in row.curve
        ]
    return found


def _errors(name: str, pairs: Vector) -> Errors:
    predicted, measured = pairs.T
    correlation = float(spearmanr(predicted, measured).statistic) if len(pairs) > 2 else math.nan
    return Errors(name, float(np.abs(predicted - measured).mean()), correlation)
