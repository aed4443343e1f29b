"""What the parameters have to do with the results: parallel coordinates, and importances."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from searchspace.objectives import Metric
from service.figures.chart import (
    SERIES,
    Column,
    Figure,
    Table,
    Trace,
    Value,
    left_out,
    metric_column,
    points,
    spread_out,
)

MOST_LINES = 200
MOST_BARS = 15
MOST_LABELS = 6
IMPORTANCE = (
    "PED-ANOVA (Watanabe et al. 2023): how much a parameter decides whether a trial is among the "
    "best in that objective. Conditional parameters count where they are used."
)
UNUSED = -0.12
"""Height of what a trial makes no use of: below the axis."""
SHADES = ("#5b4bb7", "#2f7bb6", "#1f9e89", "#7fae2e", "#d9a400")
"""Five steps of a scale, from the least to the greatest."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A complete trial of the search."""

    number: int
    parameters: Mapping[str, Value]
    values: Mapping[str, float]
    on_front: bool


def parallel_figure(
    trials: Sequence[Tried],
    names: Sequence[str],
    metrics: Sequence[Metric],
    color: Metric,
    wanted: Sequence[int],
) -> Figure:
    """A line per trial over every parameter that was varied, and over the objectives.

    Drawn as plain lines: Plotly's own parallel coordinates need WebGL. Each axis is scaled to what
    occurs; what a trial makes no use of is below it. customdata of each point: the trial's number.

    names: of the parameters, in order. wanted: trials to draw in any case.
    """
    usable = [t for t in trials if all(metric in t.values for metric in (*metrics, color))]
    if len(usable) < 2:
        return Figure(empty="Parallel coordinates need two complete trials at least.")
    kept = {t.number for t in spread_out([t for t in usable if t.on_front], MOST_LINES // 2)}
    kept |= {t.number for t in usable if t.number in wanted}
    rest = [t for t in usable if t.number not in kept]
    kept |= {t.number for t in spread_out(rest, max(0, MOST_LINES - len(kept)))}
    drawn = [t for t in usable if t.number in kept]
    axes = [
        *(axis for name in names if (axis := _parameter_axis(name, usable)) is not None),
        *(_metric_axis(metric, usable) for metric in metrics),
    ]
    shown_metrics = dict.fromkeys([*metrics, color])
    return Figure(
        data=[*_shaded_lines(drawn, axes, color), _labels(axes)],
        layout={
            "xaxis": {
                "tickmode": "array",
                "tickvals": list(range(len(axes))),
                "ticktext": [axis.name for axis in axes],
                "tickangle": 35,
                "range": [-0.4, len(axes) - 0.4],
                "showgrid": True,
                "zeroline": False,
            },
            "yaxis": {"visible": False, "range": [UNUSED - 0.05, 1.08]},
            "hovermode": "closest",
        },
        table=Table(
            (
                Column("trial", kind="trial"),
                *map(metric_column, shown_metrics),
                *(Column(axis.name) for axis in axes if not axis.is_metric),
            ),
            [
                [
                    trial.number,
                    *(trial.values[metric] for metric in shown_metrics),
                    *(trial.parameters.get(axis.name) for axis in axes if not axis.is_metric),
                ]
                for trial in drawn
            ],
        ),
        notes=(
            *left_out(len(drawn), len(usable), "complete trials"),
            "Below an axis: the trial makes no use of that parameter.",
            "Parameters that never varied are not shown.",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """heights: of values between 0 and 1. labels: some values, by their heights."""

    name: str
    heights: Mapping[Value, float]
    labels: Mapping[float, str]
    is_metric: bool = False

    def height(self, trial: Tried) -> float:
        value = trial.values[self.name] if self.is_metric else trial.parameters.get(self.name)
        return UNUSED if value is None else self.heights[value]

    def text(self, trial: Tried) -> str:
        value = trial.values[self.name] if self.is_metric else trial.parameters.get(self.name)
        return "not used" if value is None else _short(value, self.name)


def _parameter_axis(name: str, trials: Sequence[Tried]) -> _Axis | None:
    """None for a parameter that is the same wherever it is used at all, and used everywhere."""
    found = [trial.parameters.get(name) for trial in trials]
    values = {value for value in found if value is not None}
    if len(values) < 2 and (None not in found or not values):
        return None
    return _axis(name, values)


def _metric_axis(metric: Metric, trials: Sequence[Tried]) -> _Axis:
    return _axis(metric.value, {trial.values[metric] for trial in trials}, is_metric=True)


def _axis(name: str, values: set[Any], *, is_metric: bool = False) -> _Axis:
    if any(isinstance(value, bool | str) for value in values):
        ordered: list[Any] = sorted(values, key=str)
        heights = {value: index / max(1, len(ordered) - 1) for index, value in enumerate(ordered)}
    else:
        ordered = sorted(values)
        low, high = ordered[0], ordered[-1]
        by_factors = low > 0 and high / low > 50
        measure = math.log if by_factors else float
        span = measure(high) - measure(low)
        heights = {v: (measure(v) - measure(low)) / span if span else 0.5 for v in ordered}
    named = ordered if len(ordered) <= MOST_LABELS else [ordered[0], ordered[-1]]
    return _Axis(name, heights, {heights[v]: _short(v, name) for v in named}, is_metric)


def _short(value: Value, name: str) -> str:
    if isinstance(value, float):
        return f"{value:.2%}" if name == Metric.ACCURACY else f"{value:.3g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shaded_lines(trials: Sequence[Tried], axes: Sequence[_Axis], color: Metric) -> list[Trace]:
    """A trace for each fifth of the trials by `color`, broken between them."""
    ordered = sorted(trial.values[color] for trial in trials)
    cuts = sorted({ordered[len(ordered) * step // len(SHADES)] for step in range(1, len(SHADES))})
    groups: list[list[Tried]] = [[] for _ in range(len(cuts) + 1)]
    for trial in trials:
        groups[bisect_left(cuts, trial.values[color])].append(trial)
    groups = [group for group in groups if group]
    traces = []
    for index, group in enumerate(groups):
        low, high = (end(t.values[color] for t in group) for end in (min, max))
        name = f"{color.value} {_short(low, color)} – {_short(high, color)}"
        shade = SHADES[round(index * (len(SHADES) - 1) / max(1, len(groups) - 1))]
        traces.append(_broken_lines(name, group, axes, shade))
    return traces


def _broken_lines(name: str, group: Sequence[Tried], axes: Sequence[_Axis], shade: str) -> Trace:
    x: list[int | None] = []
    y: list[float | None] = []
    about: list[list[Any] | None] = []
    for trial in group:
        x += [*range(len(axes)), None]
        y += [*(round(axis.height(trial), 4) for axis in axes), None]
        about += [*([trial.number, axis.name, axis.text(trial)] for axis in axes), None]
    return points(
        "lines", name, mode="lines", x=x, y=y, customdata=about, opacity=0.55,
        line={"color": shade, "width": 1.2},
        hovertemplate="trial %{customdata[0]}<br>%{customdata[1]}: %{customdata[2]}<extra></extra>",
    )  # fmt: skip


def _labels(axes: Sequence[_Axis]) -> Trace:
    placed = [(i, height, text) for i, a in enumerate(axes) for height, text in a.labels.items()]
    return points(
        "labels", "values", mode="text", hoverinfo="skip", showlegend=False,
        x=[at for at, _, _ in placed], y=[height for _, height, _ in placed],
        text=[text for _, _, text in placed], textposition="middle right", textfont={"size": 10},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Importances:
    """Shares that sum to 1 for each objective, by parameter; and of how many trials."""

    shares: Mapping[str, Mapping[str, float]]
    trials: int


def importances_figure(found: Importances, complete: int) -> Figure:
    """Bars of the parameters that matter most, for each objective.

    complete: trials there were to look at, of which some may have been left out.
    """
    names = {name for shares in found.shares.values() for name in shares}
    if not names:
        return Figure(empty="No parameter was varied, so none can matter.")
    total = {name: sum(s.get(name, 0.0) for s in found.shares.values()) for name in names}
    ordered = sorted(names, key=lambda name: (-total[name], name))
    shown = ordered[:MOST_BARS][::-1]
    said = f"Told from {found.trials:,} of {complete:,} complete trials."
    return Figure(
        data=[
            {
                "type": "bar",
                "orientation": "h",
                "name": objective,
                "meta": {"role": "importance"},
                "x": [shares.get(name, 0.0) for name in shown],
                "y": shown,
                "marker": {"color": SERIES[index % len(SERIES)]},
                "hovertemplate": f"{objective}: %{{y}} %{{x:.1%}}<extra></extra>",
            }
            for index, (objective, shares) in enumerate(found.shares.items())
        ],
        layout={
            "barmode": "group",
            "xaxis": {"title": {"text": "share of the importance"}, "tickformat": ".0%"},
            "yaxis": {"automargin": True},
        },
        table=Table(
            (Column("parameter"), *(Column(name, "share") for name in found.shares)),
            [[name, *(s.get(name, 0.0) for s in found.shares.values())] for name in ordered],
        ),
        notes=(IMPORTANCE, said, *_bars_left_out(len(ordered))),
    )


def _bars_left_out(names: int) -> tuple[str, ...]:
    if names <= MOST_BARS:
        return ()
    return (f"The {MOST_BARS} that matter most are drawn; the table has all {names}.",)
