"""The front over two metrics, with what it dominates, where the constraints allow, and baselines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from searchspace.architecture import Architecture, HeadKind
from searchspace.cost import architecture_cost
from searchspace.objectives import Constraint, Metric, Objective
from service.figures.chart import (
    BLUE,
    BY_FACTORS,
    EXACT,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    TICKS,
    UNITS,
    Column,
    Figure,
    ModelPoint,
    Table,
    Trace,
    architecture_text,
    head_text,
    left_out,
    metric_axis,
    metric_column,
    points,
    ranks_text,
    spread_out,
)
from service.lifecycle import TrialPurpose

MOST_DOMINATED = 1500
MOST_STOPPED = 500
MOST_CURVES = 20

HEADS = {
    HeadKind.GAP: ("triangle-left-open", "under a GAP head, counted"),
    HeadKind.FLATTEN: ("triangle-right-open", "under a flattened head, counted"),
}
COUNTED = frozenset(f"{kind.value} head" for kind in HEADS)
ABOUT_COUNTED = (
    "The legend can show what each TCL model would cost under another head: counted, not trained, "
    "at the TCL model's own accuracy."
)


@dataclass(frozen=True, slots=True)
class Axes:
    """color: a third metric, or None."""

    x: Metric
    y: Metric
    color: Metric | None

    @classmethod
    def of(cls, objectives: Sequence[Objective]) -> "Axes":
        """The first objective upwards, the second to the right, the third as colour."""
        metrics = [objective.metric for objective in objectives]
        rest = [metric for metric in (Metric.PARAMS, Metric.ACCURACY) if metric not in metrics]
        y, x, *others = [*metrics, *rest]
        return cls(x, y, others[0] if len(metrics) > 2 else None)

    @property
    def shown(self) -> tuple[Metric, ...]:
        return (self.x, self.y) if self.color is None else (self.x, self.y, self.color)


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to draw of one job.

    models: all that were measured, those of the front among them, by trial and place in it.
    architectures: of the front's models, by their ids; not of torchvision's networks.
    stopped: values of trials stopped early, by number.
    """

    models: Sequence[ModelPoint]
    architectures: Mapping[str, Architecture]
    knee: str | None
    stopped: Mapping[int, Mapping[str, float]]


def front_figure(
    objectives: Sequence[Objective], constraints: Sequence[Constraint], shown: Shown, axes: Axes
) -> Figure:
    """customdata of each point: its trial's number, its model's id, and what it is in words."""
    models = [model for model in shown.models if _has(model.values, axes.shown)]
    own = [model for model in models if model.purpose is TrialPurpose.SEARCH]
    front = [model for model in own if model.on_front]
    others = [model for model in own if not model.on_front]
    beaten = spread_out([model for model in others if model.feasible], MOST_DOMINATED)
    breaking = spread_out([model for model in others if not model.feasible], MOST_DOMINATED // 3)
    stopped = [
        (number, values) for number, values in shown.stopped.items() if _has(values, axes.shown)
    ]
    some_stopped = spread_out(stopped, MOST_STOPPED)
    if not models and not stopped:
        return Figure(
            empty="No model has been measured yet; the first trial that ends brings one."
        )
    curves = _rank_curves(own)
    traces = [
        _lines(curves[:MOST_CURVES], axes),
        _stopped(some_stopped, axes),
        _cloud("dominated", "dominated", beaten, axes, {"size": 6, "color": GREY, "opacity": 0.5}),
        _cloud(
            "infeasible",
            "breaks a constraint",
            breaking,
            axes,
            {"size": 7, "color": RED, "opacity": 0.6, "symbol": "circle-open"},
        ),
        *_other_heads(front, shown.architectures, axes),
        _baselines([m for m in models if m.purpose is TrialPurpose.BASELINE], axes),
        _cloud(
            "retrained",
            "trained longer",
            [model for model in models if model.purpose is TrialPurpose.RETRAIN],
            axes,
            {"size": 11, "symbol": "star", "color": ORANGE},
        ),
        _members(front, shown.architectures, axes),
        _knee([model for model in front if model.id == shown.knee], axes),
    ]
    limits = [limit for limit in constraints if limit.metric in (axes.x, axes.y)]
    drawn = [
        (v[axes.x], v[axes.y]) for v in chain((m.values for m in models), (v for _, v in stopped))
    ]
    drawn_count = len(beaten) + len(breaking) + len(some_stopped)
    data = [trace for trace in traces if trace["x"]]
    counted = any(trace["meta"]["role"] in COUNTED for trace in data)
    return Figure(
        data=data,
        layout={
            "xaxis": metric_axis(axes.x),
            "yaxis": metric_axis(axes.y),
            "hovermode": "closest",
            "shapes": _feasible_region(limits, axes, drawn),
        },
        table=_table(front, shown.knee, [objective.metric for objective in objectives], axes),
        notes=(
            *left_out(drawn_count, len(others) + len(stopped), "points off the front"),
            *_allowed(limits),
            *_curves_left_out(curves),
            *((ABOUT_COUNTED,) if counted else ()),
        ),
    )


def _has(values: Mapping[str, float], metrics: Iterable[Metric]) -> bool:
    return all(metric in values for metric in metrics)


def _place(models: Sequence[ModelPoint], axes: Axes) -> dict[str, Any]:
    return {
        "x": [model.values[axes.x] for model in models],
        "y": [model.values[axes.y] for model in models],
        "customdata": [
            [model.trial, model.id, head_text(model.head, model.ranks)] for model in models
        ],
    }


def _hover(axes: Axes, first: str) -> dict[str, Any]:
    x, y = (f"%{{{name}:{EXACT[metric]}}}" for name, metric in (("x", axes.x), ("y", axes.y)))
    lines = (first, f"{axes.y.value} {y}", f"{axes.x.value} {x}")
    return {"hovertemplate": "<br>".join(lines) + "<extra></extra>"}


def _cloud(
    role: str, name: str, models: Sequence[ModelPoint], axes: Axes, marker: dict[str, Any]
) -> Trace:
    hover = _hover(axes, f"{name} · trial %{{customdata[0]}} · %{{customdata[2]}}")
    return points(role, name, **_place(models, axes), **hover, marker=marker)


def _stopped(trials: Sequence[tuple[int, Mapping[str, float]]], axes: Axes) -> Trace:
    return points(
        "stopped",
        "stopped early",
        x=[values[axes.x] for _, values in trials],
        y=[values[axes.y] for _, values in trials],
        customdata=[[number, None, "stopped early"] for number, _ in trials],
        marker={"size": 6, "color": PURPLE, "opacity": 0.45, "symbol": "x-thin-open"},
        **_hover(axes, "stopped early · trial %{customdata[0]}"),
    )


def _members(
    front: Sequence[ModelPoint], architectures: Mapping[str, Architecture], axes: Axes
) -> Trace:
    marker: dict[str, Any] = {"size": 12, "color": BLUE, "line": {"width": 1, "color": GREY}}
    first = "front · trial %{customdata[0]}<br>%{text}"
    if axes.color is not None:
        unit = UNITS[axes.color].replace("count", "").replace("fraction", "")
        title = axes.color.value.removesuffix("_ms").replace("_", " ") + (unit and f"<br>({unit})")
        marker |= {
            "color": [model.values[axes.color] for model in front],
            "colorscale": "Viridis",
            "colorbar": {
                "title": {"text": title},
                "thickness": 12,
                "tickformat": TICKS[axes.color],
            },
        }
        first += f"<br>{axes.color.value} %{{marker.color:{EXACT[axes.color]}}}"
    return points(
        "front",
        "front",
        **_place(front, axes),
        text=[
            architecture_text(architectures[model.id])
            if model.id in architectures
            else head_text(model.head, model.ranks)
            for model in front
        ],
        marker=marker,
        **_hover(axes, first),
    )


def _knee(found: Sequence[ModelPoint], axes: Axes) -> Trace:
    ring = {"size": 22, "symbol": "circle-open", "color": RED, "line": {"width": 3}}
    return points("knee", "knee", **_place(found, axes), hoverinfo="skip", marker=ring)


def _baselines(models: Sequence[ModelPoint], axes: Axes) -> Trace:
    return points(
        "baseline",
        "baselines",
        **_place(models, axes) | {"customdata": [[m.trial, m.id, m.subject] for m in models]},
        mode="markers+text",
        text=[model.subject for model in models],
        textposition="top center",
        marker={"size": 11, "symbol": "diamond", "color": ORANGE},
        **_hover(axes, "%{customdata[2]} · trial %{customdata[0]}"),
    )


def _other_heads(
    front: Sequence[ModelPoint], architectures: Mapping[str, Architecture], axes: Axes
) -> list[Trace]:
    """What each TCL model of the front would cost under a head without ranks.

    Only against accuracy, which is the TCL model's own: nothing of the kind was trained.
    """
    costs = [metric for metric in (axes.x, axes.y) if metric in BY_FACTORS]
    if len(costs) != 1 or Metric.ACCURACY not in (axes.x, axes.y):
        return []
    (cost,) = costs
    contracted = [m for m in front if m.head == HeadKind.TCL and m.id in architectures]
    traces = []
    for kind, (symbol, name) in HEADS.items():
        moved = [
            {**model.values, cost.value: _cost(architectures[model.id].with_head(kind), cost)}
            for model in contracted
        ]
        trace = points(
            f"{kind.value} head",
            name,
            x=[values[axes.x] for values in moved],
            y=[values[axes.y] for values in moved],
            customdata=[[model.trial, model.id, name] for model in contracted],
            marker={"size": 9, "symbol": symbol, "color": ORANGE},
            visible="legendonly",
            **_hover(axes, "%{customdata[2]}<br>of trial %{customdata[0]}"),
        )
        traces.append(trace)
    return traces


def _cost(architecture: Architecture, metric: Metric) -> int:
    cost = architecture_cost(architecture)
    known = {
        Metric.PARAMS: cost.params,
        Metric.MACS: cost.macs,
        Metric.SIZE_BYTES: cost.size_bytes,
    }
    return known[metric]


def _rank_curves(models: Sequence[ModelPoint]) -> list[list[ModelPoint]]:
    """The models of each trial that has several, the trials of the front first, and the newest."""
    by_trial: dict[int, list[ModelPoint]] = defaultdict(list)
    for model in models:
        by_trial[model.trial].append(model)
    several = [found for found in by_trial.values() if len(found) > 1]
    return sorted(several, key=lambda found: (not any(m.on_front for m in found), -found[0].trial))


def _lines(curves: Sequence[Sequence[ModelPoint]], axes: Axes) -> Trace:
    x: list[float | None] = []
    y: list[float | None] = []
    trials: list[list[int] | None] = []
    for curve in curves:
        ordered = sorted(curve, key=lambda model: (model.values[axes.x], model.values[axes.y]))
        x += [*(model.values[axes.x] for model in ordered), None]
        y += [*(model.values[axes.y] for model in ordered), None]
        trials += [*([model.trial] for model in ordered), None]
    return points(
        "rank curve", "ranks of one trial", mode="lines", x=x, y=y, customdata=trials,
        line={"width": 1.5, "color": BLUE, "dash": "dot"}, hoverinfo="skip", opacity=0.7,
    )  # fmt: skip


def _curves_left_out(curves: Sequence[object]) -> tuple[str, ...]:
    if len(curves) <= MOST_CURVES:
        return ()
    return (f"Of {len(curves):,} trials with several ranks, {MOST_CURVES} have their line drawn.",)


def _feasible_region(
    limits: Sequence[Constraint], axes: Axes, drawn: Sequence[tuple[float, float]]
) -> list[dict[str, Any]]:
    """A rectangle as large as what is drawn, cut by the constraints; and a line for each."""
    if not limits or not drawn:
        return []
    ends: dict[Metric, tuple[float, float]] = {
        metric: _stretched([point[index] for point in drawn], metric)
        for index, metric in enumerate((axes.x, axes.y))
    }
    bounds = dict(ends)
    lines = []
    for limit in limits:
        low, high = bounds[limit.metric]
        bounds[limit.metric] = (
            low if limit.min is None else max(low, limit.min),
            high if limit.max is None else min(high, limit.max),
        )
        lines += [
            _limit_line(limit.metric, value, axes)
            for value in (limit.min, limit.max)
            if value is not None and ends[limit.metric][0] <= value <= ends[limit.metric][1]
        ]
    (left, right), (low, high) = bounds[axes.x], bounds[axes.y]
    if left > right or low > high:
        return lines
    region = {
        "type": "rect", "x0": left, "x1": right, "y0": low, "y1": high,
        "layer": "below", "line": {"width": 0}, "fillcolor": "rgba(47,158,95,0.10)",
    }  # fmt: skip
    return [region, *lines]


def _limit_line(metric: Metric, value: float, axes: Axes) -> dict[str, Any]:
    line = {"type": "line", "layer": "below", "line": {"width": 1.5, "dash": "dash", "color": RED}}
    if metric is axes.x:
        return line | {"x0": value, "x1": value, "yref": "paper", "y0": 0, "y1": 1}
    return line | {"xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value}


def _stretched(values: Sequence[float], metric: Metric) -> tuple[float, float]:
    """A little beyond the least and the greatest, in the axis's own measure."""
    low, high = min(values), max(values)
    if metric in BY_FACTORS:
        return low / 1.15, high * 1.15
    margin = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    return low - margin, high + margin


def _allowed(limits: Sequence[Constraint]) -> tuple[str, ...]:
    bounds = []
    for limit in limits:
        low = "" if limit.min is None else f"{limit.min:,g} ≤ "
        high = "" if limit.max is None else f" ≤ {limit.max:,g}"
        bounds.append(f"{low}{limit.metric.value}{high}")
    return (f"Shaded is what the constraints allow: {', '.join(bounds)}.",) if bounds else ()


def _table(
    front: Sequence[ModelPoint], knee: str | None, objectives: Sequence[Metric], axes: Axes
) -> Table:
    metrics = list(dict.fromkeys([*objectives, *axes.shown]))
    first, descending = metrics[0], metrics[0] is Metric.ACCURACY
    ordered = sorted(front, key=lambda model: model.values.get(first, 0.0), reverse=descending)
    return Table(
        (
            Column("trial", kind="trial"),
            Column("model", kind="model"),
            *map(metric_column, metrics),
            Column("head"),
            Column("ranks", "channels × height × width"),
            Column("knee"),
        ),
        [
            [
                model.trial,
                model.id,
                *(model.values.get(metric) for metric in metrics),
                model.head,
                ranks_text(model.ranks),
                model.id == knee,
            ]
            for model in ordered
        ],
    )
