"""How a job comes along: its hypervolume, and its trials' learning curves."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from service.figures.chart import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    Column,
    Figure,
    Table,
    Trace,
    points,
    spread_out,
)
from service.lifecycle import TrialState

MOST_REVISIONS = 500
MOST_ROWS = 100
MOST_CURVES = 60
MOST_OF_FRONT = 20
MOST_UNDER_WAY = 12
MARKS = 6
"""On an axis, about."""


class Against(StrEnum):
    """What a job's progress is drawn over."""

    TRIALS = "trials"
    """Trials of the search that have ended."""
    TIME = "time"
    """Time since the job began."""


class Measured(StrEnum):
    """What a learning curve shows."""

    ACCURACY = "accuracy"
    LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Revision:
    """The front after one of its changes."""

    at: datetime
    trials: int
    hypervolume: float
    front_size: int


@dataclass(frozen=True, slots=True)
class Progress:
    """trials: of the search that have ended by now. since: when the job began; None: not yet."""

    revisions: Sequence[Revision]
    trials: int
    since: datetime | None


def hypervolume_figure(progress: Progress, against: Against) -> Figure:
    """Hypervolume and size of the front, revision by revision, as steps up to the present."""
    if not progress.revisions or progress.since is None:
        return Figure(empty="The front is empty as yet: no trial has ended with a feasible model.")
    shown = spread_out(progress.revisions, MOST_REVISIONS)
    title, x = _over(progress, shown, against)
    if against is Against.TRIALS and progress.trials > x[-1]:
        # The front has stood still since.
        x, shown = [*x, progress.trials], [*shown, shown[-1]]
    line = {"mode": "lines", "x": x}
    rows = spread_out(progress.revisions, MOST_ROWS)
    notes = () if len(shown) >= len(progress.revisions) else (
        f"{len(shown)} of {len(progress.revisions):,} changes of the front are drawn.",
    )  # fmt: skip
    return Figure(
        data=[
            points(
                "hypervolume", "hypervolume", **line, y=[each.hypervolume for each in shown],
                line={"shape": "hv", "color": BLUE, "width": 2},
            ),
            points(
                "size", "models on the front", **line, y=[each.front_size for each in shown],
                yaxis="y2", line={"shape": "hv", "color": ORANGE, "width": 1.5, "dash": "dot"},
            ),
        ],
        layout={
            "xaxis": {"title": {"text": title}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": "hypervolume"}, "tickformat": "~g"},
            "yaxis2": {
                "title": {"text": "models on the front"}, "overlaying": "y", "side": "right",
                "rangemode": "tozero", "showgrid": False, "tickformat": "d",
                # Models are whole, unlike the marks that another axis would have it share.
                "tickmode": "linear", "tick0": 0, "dtick": _whole_step(shown),
            },
            "hovermode": "x unified",
        },
        table=Table(
            (
                Column("trials ended"),
                Column("hypervolume", "product of the objectives' units"),
                Column("models on the front"),
            ),
            [[each.trials, each.hypervolume, each.front_size] for each in rows],
        ),
        notes=notes,
    )  # fmt: skip


def _whole_step(shown: Sequence[Revision]) -> int:
    return max(1, math.ceil(max(each.front_size for each in shown) / MARKS))


def _over(
    progress: Progress, shown: Sequence[Revision], against: Against
) -> tuple[str, list[float]]:
    if against is Against.TRIALS:
        return "trials ended", [each.trials for each in shown]
    assert progress.since is not None
    seconds = [max(0.0, (each.at - progress.since).total_seconds()) for each in shown]
    unit, size = next(
        (unit, size)
        for unit, size in (("hours", 3600), ("minutes", 60), ("seconds", 1))
        if seconds[-1] >= 2 * size or size == 1
    )
    return f"{unit} since the start", [each / size for each in seconds]


@dataclass(frozen=True, slots=True)
class Epoch:
    """A training epoch of one trial, counted from 1."""

    training_epoch: int
    accuracy: float
    loss: float


@dataclass(frozen=True, slots=True)
class Run:
    """A trial as its learning curve's line shows it."""

    number: int
    state: TrialState
    on_front: bool


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    line: Mapping[str, Any]
    symbol: str = "circle"
    size: int = 4


STYLES = {
    "front": _Style("on the front", {"color": BLUE, "width": 2}, size=5),
    "complete": _Style("complete", {"color": GREY, "width": 1}),
    "running": _Style("under way", {"color": GREEN, "width": 2}, "circle-open", 6),
    "pruned": _Style(
        "stopped early", {"color": PURPLE, "width": 1.2, "dash": "dash"}, "square-open"
    ),
    "failed": _Style("failed or cancelled", {"color": RED, "width": 1.2, "dash": "dot"}, "x", 6),
}


def worth_drawing(runs: Sequence[Run], wanted: Sequence[int]) -> list[Run]:
    """At most MOST_CURVES and the wanted ones: some of the front, the newest under way, and others
    spread evenly."""
    front = spread_out([run for run in runs if run.on_front], MOST_OF_FRONT)
    under_way = [run for run in runs if _group(run) == "running"][-MOST_UNDER_WAY:]
    asked = [run for run in runs if run.number in wanted]
    chosen = {run.number: run for run in (*front, *under_way, *asked)}
    rest = [run for run in runs if run.number not in chosen]
    others = spread_out(rest, max(0, MOST_CURVES - len(chosen)))
    return sorted([*chosen.values(), *others], key=lambda run: run.number)


def curves_figure(
    runs: Sequence[Run], curves: Mapping[int, Sequence[Epoch]], total: int, measured: Measured
) -> Figure:
    """A line for each of the given trials that has reported.

    customdata of each point: its trial's number. total: trials that the job has.
    """
    told = [run for run in runs if curves.get(run.number)]
    if not told:
        return Figure(empty="No trial has ended a training epoch yet.")
    is_accuracy = measured is Measured.ACCURACY
    traces = [_group_lines(group, told, curves, measured) for group in reversed(STYLES)]
    said = (
        f"{len(told):,} of {total:,} trials are drawn: of the front, those under way, and others "
        "spread evenly."
    )
    return Figure(
        data=[trace for trace in traces if trace["x"]],
        layout={
            "xaxis": epoch_axis(max(epoch.training_epoch for c in curves.values() for epoch in c)),
            "yaxis": {
                "title": {"text": "validation accuracy" if is_accuracy else "training loss"},
                "tickformat": ".1~%" if is_accuracy else "~g",
                "hoverformat": ".2%" if is_accuracy else ".4~g",
            },
            "hovermode": "closest",
        },
        table=Table(
            (
                Column("trial", kind="trial"),
                Column("state", kind="state"),
                Column("training epochs"),
                Column("last accuracy", "fraction", "accuracy"),
                Column("best accuracy", "fraction", "accuracy"),
                Column("last loss"),
            ),
            [_curve_row(run, curves[run.number]) for run in told],
        ),
        notes=(said,) if len(runs) < total else (),
    )


def epoch_axis(last: int) -> dict[str, Any]:
    """Whole training epochs, each of few with a tick of its own."""
    axis: dict[str, Any] = {"title": {"text": "training epoch"}, "tickformat": "~d"}
    return axis | ({"dtick": 1} if last <= 12 else {})


def _group(run: Run) -> str:
    match run.state:
        case TrialState.COMPLETE:
            return "front" if run.on_front else "complete"
        case TrialState.PRUNED:
            return "pruned"
        case TrialState.FAILED | TrialState.CANCELLED:
            return "failed"
        case TrialState.RESERVED | TrialState.RUNNING | TrialState.SUSPENDED:
            return "running"


def _group_lines(
    group: str, told: Sequence[Run], curves: Mapping[int, Sequence[Epoch]], measured: Measured
) -> Trace:
    """All curves of one kind as one trace, broken between trials."""
    style = STYLES[group]
    x: list[int | None] = []
    y: list[float | None] = []
    trials: list[list[int] | None] = []
    for run in told:
        if _group(run) != group:
            continue
        curve = curves[run.number]
        x += [*(epoch.training_epoch for epoch in curve), None]
        y += [*(getattr(epoch, measured.value) for epoch in curve), None]
        trials += [*([run.number] for _ in curve), None]
    return points(
        group,
        style.name,
        mode="lines+markers",
        x=x,
        y=y,
        customdata=trials,
        line=dict(style.line),
        marker={"symbol": style.symbol, "size": style.size, "color": style.line["color"]},
        hovertemplate=f"trial %{{customdata[0]}} · {style.name}<br>"
        f"epoch %{{x}}: %{{y}}<extra></extra>",
    )


def _curve_row(run: Run, curve: Sequence[Epoch]) -> list[Any]:
    return [
        run.number,
        run.state.value,
        curve[-1].training_epoch,
        curve[-1].accuracy,
        max(epoch.accuracy for epoch in curve),
        curve[-1].loss,
    ]
