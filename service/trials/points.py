"""Points that people give a job: checked, kept in order, handed to its runner, each once.

A point comes on top of the job's budget, which grows by one trial. So it never takes a place from
the sampler, and a runner that spends its budget meanwhile leaves room for it.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from searchspace.compression import space_of
from searchspace.cost import architecture_cost
from searchspace.datasets import DatasetInfo
from searchspace.errors import InvalidDocument, Problem
from searchspace.limits import analytic_values
from searchspace.objectives import analytic_violations
from searchspace.spec import MAX_TRIALS, JobSpec
from service.db.tables import JobRow, PointRow
from service.errors import Conflict, Unprocessable
from service.ids import new_point_id
from service.lifecycle import TERMINAL
from service.protocol import GivenPoint, Reserve
from service.trials.extras import expect_retrainings

MAX_WAITING = 100
"""Most points that wait in one job."""
IN_ORDERS = 8
"""Points that one reply carries; the runner hears of the next ones as it takes these."""


def check_point(
    spec: Mapping[str, object], dataset: Mapping[str, object], parameters: object
) -> dict[str, bool | int | float | str]:
    """A person's parameters as a point of a stored job's space.

    Raises:
        InvalidDocument: they are no point of the space, with a pointer to every faulty one.
        Unprocessable: `unsatisfiable`: the point breaks a constraint that is known beforehand.
    """
    if not isinstance(parameters, Mapping):
        raise InvalidDocument.at("/parameters", "must be an object")
    parsed = JobSpec.parse(spec)
    space = space_of(parsed, DatasetInfo.model_validate(dataset))
    checked = space.check(parameters)
    values = analytic_values(architecture_cost(space.decode(checked).architecture))
    broken = analytic_violations(parsed.constraints, values)
    if broken:
        named = ", ".join(f"{c.metric.value} would be {values[c.metric]:g}" for c in broken)
        message = f"breaks a constraint of the job: {named}"
        problem = Problem("/parameters", message)
        raise Unprocessable(message, code="unsatisfiable", problems=[problem])
    return checked


def give(
    session: Session,
    job: JobRow,
    parameters: Mapping[str, bool | int | float | str],
    owner: str,
    at: datetime,
) -> PointRow:
    """Keep a checked point for the runner of a locked job.

    Raises:
        Conflict: `job_state`: the job has ended; `points`: too many wait already, or the job has
            as many trials as any may.
    """
    if job.state in TERMINAL:
        raise Conflict(f"a {job.state} job runs no more points", code="job_state")
    if job.points_waiting >= MAX_WAITING:
        raise Conflict(f"{MAX_WAITING} points are waiting already", code="points")
    if job.budget_trials >= MAX_TRIALS:
        raise Conflict(f"a job has at most {MAX_TRIALS} trials", code="points")
    row = PointRow(
        id=new_point_id(at),
        job_id=job.id,
        parameters=dict(parameters),
        owner=owner,
        created_at=at,
        trial_number=None,
    )
    session.add(row)
    job.points_waiting += 1
    job.budget_trials += 1
    expect_retrainings(job)
    session.flush()
    return row


def waiting(session: Session, job: JobRow) -> tuple[GivenPoint, ...]:
    """The points that come next, the oldest first."""
    if not job.points_waiting:
        return ()
    query = (
        select(PointRow.id, PointRow.parameters)
        .where(PointRow.job_id == job.id, PointRow.trial_number.is_(None))
        .order_by(PointRow.id)
        .limit(IN_ORDERS)
    )
    return tuple(GivenPoint(id=id_, parameters=found) for id_, found in session.execute(query))


def take(session: Session, job: JobRow, record: Reserve) -> None:
    """Mark a held job's point as the trial that a new reservation makes of it.

    Raises:
        Conflict: `record_conflict`: no such point waits, or it has other parameters.
    """
    taken = session.execute(
        update(PointRow)
        .where(
            PointRow.job_id == job.id,
            PointRow.id == record.point,
            PointRow.trial_number.is_(None),
        )
        .values(trial_number=record.number)
        .returning(PointRow.parameters)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None or taken[0] != record.parameters:
        raise Conflict(f"trial {record.number} is no point that waits", code="record_conflict")
    job.points_waiting -= 1
