"""What all figures are made of: a chart, the same as a table, and what has to be said beside it.

A chart is a Plotly figure as plain values; the package itself is not loaded. Colours are such as
can be told apart on light and on dark ground; text, grid and ground are the viewer's own.
Traces are of SVG alone: Plotly's WebGL traces make code at run time, which the pages' content
security policy forbids. So builders bound what they draw, and say what they leave out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, TypeVar

from searchspace.architecture import Architecture, BlockKind, Stage
from searchspace.objectives import Metric
from service.lifecycle import TrialPurpose

Thing = TypeVar("Thing")
Value = bool | int | float | str | None
Trace = dict[str, Any]

BLUE, ORANGE, GREY, RED, PURPLE, GREEN = (
    "#4c8dff", "#d97706", "#8a94a6", "#dc4444", "#a070e0", "#2f9e5f",
)  # fmt: skip
SERIES = (BLUE, ORANGE, GREEN, PURPLE, RED, "#0f9fb5", "#b8860b", "#d05a9b")

LABELS = {
    Metric.ACCURACY: "validation accuracy",
    Metric.PARAMS: "parameters",
    Metric.LATENCY_MS: "latency, fastest run (ms)",
    Metric.MACS: "multiply-accumulates per image",
    Metric.SIZE_BYTES: "weights (bytes)",
}
UNITS = {
    Metric.ACCURACY: "fraction",
    Metric.PARAMS: "count",
    Metric.LATENCY_MS: "ms",
    Metric.MACS: "count",
    Metric.SIZE_BYTES: "bytes",
}
TICKS = {
    Metric.ACCURACY: ".1~%",
    Metric.PARAMS: "~s",
    Metric.LATENCY_MS: "~g",
    Metric.MACS: "~s",
    Metric.SIZE_BYTES: "~s",
}
EXACT = {
    Metric.ACCURACY: ".2%",
    Metric.PARAMS: ",d",
    Metric.LATENCY_MS: ".3~g",
    Metric.MACS: ",d",
    Metric.SIZE_BYTES: ",d",
}
BY_FACTORS = frozenset({Metric.PARAMS, Metric.MACS, Metric.SIZE_BYTES})
"""Metrics that are compared by their ratio, and so drawn on a logarithmic axis."""


@dataclass(frozen=True, slots=True)
class Column:
    """kind: `trial`, `model` or `job` where the cells are numbers or ids of such; else a metric's
    name, or empty."""

    name: str
    unit: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...] = ()
    rows: Sequence[Sequence[Value]] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """notes: what was left out, and how to read the chart. empty: why there is nothing to see."""

    data: Sequence[Trace] = ()
    layout: Mapping[str, Any] = field(default_factory=dict)
    table: Table = field(default_factory=Table)
    notes: tuple[str, ...] = ()
    empty: str | None = None


@dataclass(frozen=True, slots=True)
class ModelPoint:
    """One measured model, as charts see it."""

    id: str
    trial: int
    head: str
    ranks: tuple[int, ...] | None
    values: Mapping[str, float]
    feasible: bool
    on_front: bool
    purpose: TrialPurpose = TrialPurpose.SEARCH
    subject: str | None = None
    """The baseline's name, or the id of the model that it trains longer; of the search, none."""


def metric_column(metric: Metric) -> Column:
    return Column(metric.value, UNITS[metric], metric.value)


def metric_axis(metric: Metric) -> dict[str, Any]:
    axis = {
        "title": {"text": LABELS[metric]},
        "tickformat": TICKS[metric],
        "hoverformat": EXACT[metric],
    }
    return axis | ({"type": "log", "dtick": "D2"} if metric in BY_FACTORS else {"type": "linear"})


def points(role: str, name: str, **trace: Any) -> Trace:
    """A scatter trace. role: what it is, for programs, in `meta`."""
    return {"type": "scatter", "mode": "markers", "name": name, "meta": {"role": role}, **trace}


def spread_out(things: Sequence[Thing], most: int) -> list[Thing]:
    """At most so many of them, evenly from the first to the last."""
    if len(things) <= most:
        return list(things)
    if most <= 1:
        return list(things[-most:]) if most else []
    step = (len(things) - 1) / (most - 1)
    return [things[round(index * step)] for index in range(most)]


def left_out(drawn: int, total: int, what: str) -> tuple[str, ...]:
    """What a chart says when it shows some of many."""
    if drawn >= total:
        return ()
    return (f"{drawn:,} of {total:,} {what} are drawn, spread evenly; the trials table has all.",)


def plain(text: str) -> str:
    """A person's words, of which Plotly would take some for markup."""
    return escape(text, quote=False)


def ranks_text(ranks: Sequence[int] | None) -> str:
    return "×".join(map(str, ranks)) if ranks else ""


def head_text(head: str, ranks: Sequence[int] | None) -> str:
    return f"{head} {ranks_text(ranks)}".strip()


def architecture_text(architecture: Architecture) -> str:
    """An architecture in one line: `stem 16 · residual 2×16 · mbconv 1×32 k5 e4 se · tcl 8×2×2`."""
    stages = map(_stage_text, architecture.stages)
    head = head_text(architecture.head.kind.value, architecture.head.ranks)
    return " · ".join([f"stem {architecture.stem.width}", *stages, head])


def _stage_text(stage: Stage) -> str:
    text = f"{stage.block.value} {stage.depth}×{stage.width}"
    if stage.block is BlockKind.MBCONV:
        text += f" k{stage.kernel} e{stage.expansion}"
    return text + (" se" if stage.squeeze_excite else "")
