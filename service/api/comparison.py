"""Jobs side by side over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints
from pydantic_core import to_json

from searchspace.errors import Problem
from service.api.deps import ThisService, Viewer
from service.api.figure_replies import ComparisonReply, figure_document
from service.api.kept import DRAWN, WhatAsked, kept_reply
from service.db.tables import JobRow
from service.errors import Unprocessable
from service.figures.charted import read_rival
from service.figures.comparison import Standing, compare
from service.jobs.lookup import find_job

router = APIRouter(prefix="/comparison", tags=["figures"])

MOST_JOBS = 8

Jobs = Annotated[
    list[Annotated[str, StringConstraints(max_length=100)]],
    Query(min_length=2, max_length=MOST_JOBS, description="A job's id; repeated, each once."),
]


@router.get("", response_model=ComparisonReply, responses=DRAWN)
def get_comparison(parts: ThisService, caller: Viewer, asked: WhatAsked, job: Jobs) -> Response:
    """The fronts of several jobs over what all of them improve, under one reference point.

    Jobs with other objectives are compared in those that they share; `remarks` say what is not.
    """
    if len(set(job)) < len(job):
        problems = [Problem("/query/job", "each job once")]
        raise Unprocessable("a job is not compared with itself", problems=problems)
    with parts.database.read() as session:
        rows = [find_job(session, caller.team, job_id) for job_id in job]

        def write() -> bytes:
            compared = compare([read_rival(session, row) for row in rows])
            return to_json(
                {
                    "objectives": compared.objectives,
                    "reference": compared.reference,
                    "jobs": [
                        _standing(row, standing)
                        for row, standing in zip(rows, compared.standings, strict=True)
                    ],
                    "remarks": compared.remarks,
                    "figure": figure_document(rows[0].id, "comparison", compared.figure),
                }
            )

        return kept_reply(parts.replies, asked, _version(rows), write)


def _version(rows: Sequence[JobRow]) -> str:
    """What the comparison depends on, job by job."""
    of_each = (f"{row.id}-{row.front_revision}-{row.trials_finished}-{row.state}" for row in rows)
    return f"comparison-{'-'.join(of_each)}"


def _standing(row: JobRow, standing: Standing) -> dict[str, Any]:
    return {
        "job_id": row.id,
        "name": row.name,
        "state": row.state,
        "dataset": row.dataset_key,
        "objectives": row.spec["objectives"],
        "trials_finished": row.trials_finished,
        "hypervolume": standing.hypervolume,
        "models": standing.models,
        "best": standing.best,
        "knee": standing.knee,
    }
