"""Figures of a job and of its trials over HTTP: the charts of the pages, for any client."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic_core import to_json
from sqlalchemy.orm import Session

from searchspace.compression import space_of
from searchspace.datasets import DatasetInfo
from searchspace.errors import Problem
from searchspace.objectives import Metric, Objective
from searchspace.space import Space
from searchspace.spec import JobSpec
from service.api.deps import Parts, ThisService, Viewer
from service.api.figure_replies import FigureReply, TrialTable, figure_document
from service.api.kept import DRAWN, Asked, WhatAsked, kept_reply
from service.db.tables import JobRow
from service.errors import Unprocessable
from service.figures.chart import Figure
from service.figures.charted import (
    points_of_trial,
    read_curves,
    read_progress,
    read_rows,
    read_runs,
    read_shown,
    read_tried,
)
from service.figures.front import Axes, front_figure
from service.figures.importance import NotComputed, Question
from service.figures.parameters import Importances, importances_figure, parallel_figure
from service.figures.progress import (
    Against,
    Epoch,
    Measured,
    curves_figure,
    hypervolume_figure,
    worth_drawing,
)
from service.figures.trial import curve_figure, latency_figure, ranks_figure
from service.front.revisions import Goals
from service.jobs.lookup import find_curve, find_job, find_trial
from service.team.access import Caller

router = APIRouter(prefix="/jobs/{job_id}", tags=["figures"])

MOST_WANTED = 8
TrialNumber = Annotated[int, Path(ge=0, lt=2**31)]
Wanted = Annotated[
    list[Annotated[int, Query(ge=0, lt=2**31)]],
    Query(max_length=MOST_WANTED, description="A trial to draw in any case; repeated."),
]
AnyMetric = Annotated[Metric | None, Query(description="One of the metrics of a model.")]
Color = Annotated[
    Metric | None, Query(description="A third metric, as colour; of three objectives, the third.")
]


@router.get("/figures/front", response_model=FigureReply, responses=DRAWN)
def get_front_figure(
    parts: ThisService,
    caller: Viewer,
    asked: WhatAsked,
    job_id: str,
    x: AnyMetric = None,
    y: AnyMetric = None,
    color: Color = None,
) -> Response:
    """The front over two metrics, what it dominates, where the constraints allow, and baselines."""

    def version(job: JobRow) -> str:
        axes = _axes(job, x, y, color)
        metrics = ".".join([axes.x, axes.y, axes.color or "none"])
        return f"{job.front_revision}-{job.trials_finished}-{job.extras_finished}-{metrics}"

    def draw(session: Session, job: JobRow) -> Figure:
        goals = Goals.of(job)
        shown = read_shown(session, job)
        return front_figure(goals.objectives, goals.constraints, shown, _axes(job, x, y, color))

    return _figure(parts, caller, asked, job_id, "front", version, draw)


@router.get("/figures/hypervolume", response_model=FigureReply, responses=DRAWN)
def get_hypervolume_figure(
    parts: ThisService,
    caller: Viewer,
    asked: WhatAsked,
    job_id: str,
    against: Against = Against.TRIALS,
) -> Response:
    """Hypervolume and size of the front, over the trials that ended or over time."""

    def version(job: JobRow) -> str:
        return f"{job.front_revision}-{job.trials_finished}-{against}"

    def draw(session: Session, job: JobRow) -> Figure:
        return hypervolume_figure(read_progress(session, job), against)

    return _figure(parts, caller, asked, job_id, "hypervolume", version, draw)


@router.get("/figures/curves", response_model=FigureReply, responses=DRAWN)
def get_curves_figure(
    parts: ThisService,
    caller: Viewer,
    asked: WhatAsked,
    job_id: str,
    metric: Measured = Measured.ACCURACY,
    trial: Wanted = [],  # noqa: B006  FastAPI copies a default
) -> Response:
    """Learning curves of some trials: of the front, those under way, and others spread evenly."""

    def version(job: JobRow) -> str:
        return f"{job.events}-{metric}-{_named(trial)}"

    def draw(session: Session, job: JobRow) -> Figure:
        runs = read_runs(session, job_id)
        chosen = worth_drawing(runs, trial)
        curves = read_curves(session, job_id, [run.number for run in chosen])
        return curves_figure(chosen, curves, len(runs), metric)

    return _figure(parts, caller, asked, job_id, "curves", version, draw)


@router.get("/figures/parallel", response_model=FigureReply, responses=DRAWN)
def get_parallel_figure(
    parts: ThisService,
    caller: Viewer,
    asked: WhatAsked,
    job_id: str,
    color: Annotated[
        Metric | None, Query(description="What colours the lines; the first objective by default.")
    ] = None,
    trial: Wanted = [],  # noqa: B006  FastAPI copies a default
) -> Response:
    """Parallel coordinates of complete trials: every parameter that was varied, and objectives."""

    def version(job: JobRow) -> str:
        shade = color or "first"
        return f"{job.front_revision}-{job.trials_finished}-{shade}-{_named(trial)}"

    def draw(session: Session, job: JobRow) -> Figure:
        metrics = [objective.metric for objective in Goals.of(job).objectives]
        names = list(_space(job).dimensions)
        tried = read_tried(session, job_id)
        return parallel_figure(tried, names, metrics, color or metrics[0], trial)

    return _figure(parts, caller, asked, job_id, "parallel", version, draw)


@router.get("/figures/importances", response_model=FigureReply, responses=DRAWN)
def get_importances_figure(
    parts: ThisService, caller: Viewer, asked: WhatAsked, job_id: str
) -> Response:
    """How much each parameter decides on each objective, by Optuna's PED-ANOVA.

    It tells of nearly all trials that have ended: it is computed anew when there are 5 % more.
    """
    with parts.database.read() as session:
        job = find_job(session, caller.team, job_id)
        known = parts.importance.known(job_id, job.trials_finished)
        tried = [] if known is not None else read_tried(session, job_id)
    if known is None:
        question = Question(
            job.spec,
            job.dataset,
            [{"parameters": each.parameters, "values": each.values} for each in tried],
        )
        try:
            known = parts.importance.compute(job_id, job.trials_finished, question)
        except NotComputed as why:
            # Not kept: the next one who asks may be told more.
            body = _written(job_id, "importances", Figure(empty=str(why)))
            return Response(body, media_type="application/json")
    account = known

    def write() -> bytes:
        found = Importances(account.shares, account.trials)
        return _written(job_id, "importances", importances_figure(found, account.complete))

    name = f"{job_id}-importances-{account.ended}"
    return kept_reply(parts.replies, asked, name, write)


@router.get("/trials/{number}/figures/curve", response_model=FigureReply, responses=DRAWN)
def get_trial_curve_figure(
    parts: ThisService, caller: Viewer, asked: WhatAsked, job_id: str, number: TrialNumber
) -> Response:
    """The learning curve of one trial."""

    def draw(session: Session, job: JobRow) -> Figure:
        curve = find_curve(session, job_id, number)
        epochs = [Epoch(row.training_epoch, row.accuracy, row.loss) for row in curve]
        return curve_figure(epochs, [row.seconds for row in curve])

    return _trial_figure(parts, caller, asked, job_id, number, "curve", draw)


@router.get("/trials/{number}/figures/latency", response_model=FigureReply, responses=DRAWN)
def get_trial_latency_figure(
    parts: ThisService, caller: Viewer, asked: WhatAsked, job_id: str, number: TrialNumber
) -> Response:
    """The latency of one trial's model, statistic by statistic."""

    def draw(session: Session, job: JobRow) -> Figure:
        return latency_figure(find_trial(session, job_id, number).latency)

    return _trial_figure(parts, caller, asked, job_id, number, "latency", draw)


@router.get("/trials/{number}/figures/ranks", response_model=FigureReply, responses=DRAWN)
def get_trial_ranks_figure(
    parts: ThisService, caller: Viewer, asked: WhatAsked, job_id: str, number: TrialNumber
) -> Response:
    """The models of one trial by their ranks, as a heat map of their accuracy."""

    def draw(session: Session, job: JobRow) -> Figure:
        return ranks_figure(points_of_trial(session, job_id, number))

    return _trial_figure(parts, caller, asked, job_id, number, "ranks", draw)


@router.get("/trial-table", response_model=TrialTable, responses=DRAWN)
def get_trial_table(parts: ThisService, caller: Viewer, asked: WhatAsked, job_id: str) -> Response:
    """All trials at once, column by column: what a table of thousands is made of."""
    with parts.database.read() as session:
        job = find_job(session, caller.team, job_id)

        def write() -> bytes:
            return to_json(_columns(job, read_rows(session, job_id)))

        return kept_reply(parts.replies, asked, f"{job_id}-trials-{job.events}", write)


def _figure(
    parts: Parts,
    caller: Caller,
    asked: Asked,
    job_id: str,
    figure: str,
    version: Callable[[JobRow], str],
    draw: Callable[[Session, JobRow], Figure],
) -> Response:
    """version: of a job as it is now, what names the figure's bytes for good."""
    with parts.database.read() as session:
        job = find_job(session, caller.team, job_id)

        def write() -> bytes:
            return _written(job_id, figure, draw(session, job))

        return kept_reply(parts.replies, asked, f"{job_id}-{figure}-{version(job)}", write)


def _trial_figure(
    parts: Parts,
    caller: Caller,
    asked: Asked,
    job_id: str,
    number: int,
    figure: str,
    draw: Callable[[Session, JobRow], Figure],
) -> Response:
    with parts.database.read() as session:
        job = find_job(session, caller.team, job_id)
        find_trial(session, job_id, number)

        def write() -> bytes:
            return _written(job_id, figure, draw(session, job))

        name = f"{job_id}-trial-{number}-{figure}-{job.events}"
        return kept_reply(parts.replies, asked, name, write)


def _written(job_id: str, name: str, figure: Figure) -> bytes:
    return to_json(figure_document(job_id, name, figure))


def _axes(job: JobRow, x: Metric | None, y: Metric | None, color: Metric | None) -> Axes:
    """Raises Unprocessable where both axes are of one metric."""
    usual = Axes.of([Objective.model_validate(each) for each in job.spec["objectives"]])
    if x is None and y is None:
        return Axes(usual.x, usual.y, color or usual.color)
    chosen_y = y or (usual.y if usual.y is not x else usual.x)
    chosen_x = x or (usual.x if usual.x is not chosen_y else usual.y)
    if chosen_x is chosen_y:
        raise Unprocessable(
            "both axes are of one metric",
            problems=[Problem("/query/x", "must be another metric than `y`")],
        )
    third = usual.color if usual.color not in (chosen_x, chosen_y) else None
    return Axes(chosen_x, chosen_y, color or third)


def _space(job: JobRow) -> Space:
    return space_of(JobSpec.model_validate(job.spec), DatasetInfo.model_validate(job.dataset))


def _named(trials: Sequence[int]) -> str:
    return ".".join(map(str, sorted(set(trials)))) or "none"


def _columns(job: JobRow, rows: Sequence[Any]) -> dict[str, Any]:
    """A TrialTable as plain values."""
    same = ("number", "state", "reason", "purpose", "subject", "attempts", "head")
    return {
        "job_id": job.id,
        "events": job.events,
        **{name: [row[name] for row in rows] for name in same},
        "seconds": [
            (row["finished_at"] - row["started_at"]).total_seconds()
            if row["finished_at"] and row["started_at"]
            else None
            for row in rows
        ],
        "values": {metric: [row["values"].get(metric) for row in rows] for metric in Metric},
    }
