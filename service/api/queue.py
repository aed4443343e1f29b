"""The queue over HTTP: who runs, who waits, and why."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.api.deps import ThisService, Viewer
from service.api.problems import responses
from service.api.schemas.queue import Queue, QueuedJob, RunningJob, Slots
from service.db.tables import JobRow
from service.jobs.ground import live_devices, live_dispatchers
from service.jobs.lookup import count_running_trials
from service.queue.standing import Heard, Standing, queued, running, slots

router = APIRouter(prefix="/queue", tags=["queue"])

Most = Annotated[int, Query(ge=1, le=10_000, description="Most queued jobs to show.")]


@router.get("", responses=responses(401, 403, 503))
def get_queue(parts: ThisService, caller: Viewer, limit: Most = 1000) -> Queue:
    """The team's jobs in the one queue; positions count the jobs of every team."""
    with parts.database.read() as session:
        at = parts.clock.now(session)
        dispatchers = live_dispatchers(session, parts.settings, at)
        jobs = running(session, caller.team)
        trials = count_running_trials(session, [job.id for job in jobs])
        total, busy = slots(session, dispatchers)
        heard = Heard(dispatchers, live_devices(session, parts.settings, at, caller.team))
        standings, waiting = queued(session, caller.team, heard, at, limit)
        return Queue(
            running=[_running(job, trials.get(job.id, 0)) for job in jobs],
            queued=[_queued(standing) for standing in standings],
            queued_total=waiting,
            slots=Slots(total=total, busy=busy),
        )


def _running(job: JobRow, trials: int) -> RunningJob:
    return RunningJob(
        job_id=job.id,
        name=job.name,
        team=job.team,
        owner=job.owner,
        priority=job.priority,
        state=job.state,
        desired=job.desired,
        started_at=job.started_at,
        slots=job.slots,
        trials_running=trials,
    )


def _queued(standing: Standing) -> QueuedJob:
    job = standing.job
    return QueuedJob(
        job_id=job.id,
        name=job.name,
        team=job.team,
        owner=job.owner,
        position=standing.position,
        priority=job.priority,
        boost=job.boost,
        why=standing.why,
        reason=standing.reason,
        owner_slots=standing.owner_slots,
        estimated_start=standing.estimated_start,
    )
