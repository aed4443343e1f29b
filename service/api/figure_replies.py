"""Figures as the public API answers with them: for Plotly, and the same as tables."""

from typing import Any

from pydantic import Field

from service.api.schemas.reply import ObjectiveForm, Reply, Values
from service.figures.chart import Figure


class FigureColumn(Reply):
    """kind: `trial`, `model` or `job` where cells are numbers or ids of such, or a metric's name."""

    name: str
    unit: str
    kind: str


class FigureTable(Reply):
    columns: list[FigureColumn]
    rows: list[list[bool | int | float | str | None]]


class FigureReply(Reply):
    """A chart: `data` and `layout` are Plotly's, but for the viewer's own colours.

    What `meta.role` of a trace says stays the same; so does `customdata`, whose first entries are a
    trial's number and, where there is one, a model's id. table: what the chart shows, for whoever
    cannot see it. notes: what was left out, and how to read it. empty: why there is nothing to see.
    """

    job_id: str
    figure: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    table: FigureTable
    notes: list[str]
    empty: str | None


class TrialTable(Reply):
    """Every trial of a job, column by column; `number` counts up, and all others go along with it.

    events: how many the job had had; from there on its stream tells what has changed.
    values: by metric; null where it was not measured. head: null where it was not sampled.
    seconds: from a trial's start to its end.
    """

    job_id: str
    events: int
    number: list[int]
    state: list[str]
    reason: list[str | None]
    purpose: list[str]
    subject: list[str | None]
    attempts: list[int]
    head: list[str | None]
    seconds: list[float | None]
    values: dict[str, list[float | None]]


class Standing(Reply):
    """hypervolume: under the shared reference; null where the jobs have no objective in common.

    models: of its front that nothing beats in the common objectives. best: by objective.
    """

    job_id: str
    name: str
    state: str
    dataset: str
    objectives: list[ObjectiveForm]
    trials_finished: int
    hypervolume: float | None
    models: int
    best: dict[str, str]
    knee: str | None


class ComparisonReply(Reply):
    """objectives: what all jobs improve alike. reference: the worst value of each that counts.

    remarks: in which way the jobs are not alike.
    """

    objectives: list[ObjectiveForm]
    reference: Values = Field(description="By metric.")
    jobs: list[Standing]
    remarks: list[str]
    figure: FigureReply


def figure_document(job_id: str, name: str, figure: Figure) -> dict[str, Any]:
    """A FigureReply as plain values: checking thousands of points would take most of the time."""
    return {
        "job_id": job_id,
        "figure": name,
        "data": figure.data,
        "layout": figure.layout,
        "table": figure.table,
        "notes": figure.notes,
        "empty": figure.empty,
    }
