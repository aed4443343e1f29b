"""What a new job's sampler is told before its first trial: earlier jobs' results, and a person's.

They are looked up once, when the job is posted, and kept with it. So every one of its runners is told
the same, whatever becomes of the earlier jobs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from searchspace.compression import space_of
from searchspace.datasets import DatasetInfo
from searchspace.errors import Problem, json_pointer
from searchspace.space import Space
from searchspace.spec import JobSpec
from searchspace.warm_start import carried_over, incomparable
from service.db.tables import JobRow, TrialRow, WarmStartRow
from service.errors import Unprocessable
from service.lifecycle import TrialPurpose, TrialState
from service.protocol import Observation

MAX_EARLIER = 5000
"""Most results of earlier jobs, shared equally between them; of each, its latest trials."""


@dataclass(frozen=True, slots=True)
class WarmStart:
    """dropped: complete trials of earlier jobs that are no points of the job's space, or too many."""

    observations: tuple[Observation, ...] = ()
    dropped: int = 0


COLD = WarmStart()


def gather(session: Session, team: str, spec: JobSpec, dataset: DatasetInfo) -> WarmStart:
    """What a team's job of a resolved spec begins with.

    Raises:
        Unprocessable: `warm_start`: the team has no such job, or its values cannot be compared.
    """
    earlier = [_find(session, team, job_id) for job_id in spec.warm_start]
    _refuse(_faults(spec, dataset, earlier))
    space = space_of(spec, dataset)
    found: list[Observation] = []
    dropped = 0
    for job in earlier:
        if job is not None:
            fitting, others = _of_job(session, job, space, MAX_EARLIER // len(earlier))
            found += fitting
            dropped += others
    found += [
        Observation(parameters=known.parameters, values=known.values) for known in spec.known
    ]
    return WarmStart(tuple(found), dropped)


def row_of(job_id: str, start: WarmStart) -> dict[str, Any]:
    """The row that keeps it."""
    observations = [observation.model_dump() for observation in start.observations]
    return {"job_id": job_id, "observations": observations}


def observations_of(session: Session, job: JobRow) -> tuple[Observation, ...]:
    if not job.observations:
        return ()
    row = session.get_one(WarmStartRow, job.id)
    return tuple(Observation.model_validate(each) for each in row.observations)


def _find(session: Session, team: str, job_id: str) -> JobRow | None:
    return session.scalar(select(JobRow).where(JobRow.id == job_id, JobRow.team == team))


def _faults(
    spec: JobSpec, dataset: DatasetInfo, earlier: Iterable[JobRow | None]
) -> Iterator[Problem]:
    for index, job in enumerate(earlier):
        if job is None:
            fault: str | None = "there is no such job"
        else:
            its_dataset = DatasetInfo.model_validate(job.dataset)
            fault = incomparable(spec, dataset, JobSpec.parse(job.spec), its_dataset)
        if fault is not None:
            yield Problem(json_pointer(("warm_start", index)), fault)


def _of_job(
    session: Session, job: JobRow, space: Space, most: int
) -> tuple[list[Observation], int]:
    """The latest complete trials of a job that are points of the space, and how many are not."""
    complete = (
        TrialRow.job_id == job.id,
        TrialRow.state == TrialState.COMPLETE,
        TrialRow.purpose == TrialPurpose.SEARCH,
        # A copy says what its first trial has said.
        TrialRow.copy_of.is_(None),
    )
    latest = select(TrialRow.parameters, TrialRow.values).where(*complete)
    rows = session.execute(latest.order_by(TrialRow.number.desc()).limit(most)).all()
    total = session.scalars(select(func.count()).select_from(TrialRow).where(*complete)).one()
    source = JobSpec.parse(job.spec).space
    fitting = []
    for parameters, values in reversed(rows):
        carried = carried_over(parameters, source, space)
        if carried is not None:
            fitting.append(Observation(parameters=carried, values=values))
    return fitting, total - len(fitting)


def _refuse(faults: Iterable[Problem]) -> None:
    found = tuple(faults)
    if found:
        first = f"{found[0].pointer}: {found[0].message}"
        raise Unprocessable(first, code="warm_start", problems=found)
