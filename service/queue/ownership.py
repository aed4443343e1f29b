"""Who owns a job: claim, lease, release and rescue.

An owner is known by the job's epoch, which every claim and every loss increases. `hold` is the
fence that each owner write passes: it finds the job by id, epoch and owned state and locks its
row until the transaction ends, so a runner that has lost its job changes nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.orm import Session

from searchspace.datasets import BUNDLED
from service.db.engine import lock_name
from service.db.tables import DispatcherRow, JobRow
from service.errors import Conflict, StaleEpoch, Unauthorized, Unprocessable
from service.ids import print_handle
from service.jobs.moves import move_job, seconds_run
from service.lifecycle import (
    OWNED,
    Desired,
    JobReason,
    JobState,
    job_state_after,
    reason_after_crash,
    reason_after_release,
)
from service.protocol import Claim, ClaimRequest, Held, Orders
from service.queue.allotment import grant, next_in_line, owned
from service.queue.clusters import capacity
from service.queue.slots import entitled, share_out
from service.settings import Settings
from service.team.access import RunnerToken, require_secret, runner_token
from service.team.quotas import barriers, slot_limits
from service.trials.points import waiting

RESTORED_EPOCHS = 1000
"""More than a job is claimed between a backup and its restoration."""
_VERDICTS = frozenset({JobReason.RUNNER_LOST, JobReason.POISON})
"""Reasons that the control plane finds; no runner gives them."""

_NOTHING_LEFT = frozenset(
    {JobReason.BUDGET_SPENT, JobReason.EVERY_TRIAL_FAILED, JobReason.NO_FEASIBLE_POINT}
)
"""Reasons for which a runner leaves that has found nothing more to run."""

# Every owner's request runs these, so they are built once: building costs more than running.
_AT_EPOCH = select(JobRow).where(
    JobRow.id == bindparam("job_id"),
    JobRow.epoch == bindparam("epoch"),
    JobRow.state.in_(OWNED),
)
_HOLD = _AT_EPOCH.with_for_update()


def claim(
    session: Session,
    request: ClaimRequest,
    at: datetime,
    settings: Settings,
    on_given: Callable[[float], None] = lambda waited: None,
) -> Claim | None:
    """Share the cluster's slots out, and give a dispatcher the next job in line that gets one.

    None when nothing is queued that the cluster has the data for, the team's quotas allow and a
    slot is there for: a free one, or one of a job that is less urgent or has more than its share.

    on_given: told for how many seconds the job has waited.

    Raises:
        Conflict: the dispatcher has not told yet what its cluster offers.
    """
    dispatcher = session.get(DispatcherRow, request.dispatcher)
    if dispatcher is None or dispatcher.cluster != request.cluster:
        raise Conflict("send a beat before the first claim", code="unknown_dispatcher")
    # Teams are counted over all clusters, so that two of them must not count at once.
    lock_name(session, "claims")
    datasets = BUNDLED | {info["key"] for info in dispatcher.datasets}
    offered = capacity(session, request.cluster)
    since = at - timedelta(seconds=settings.device_alive_seconds)
    running = owned(session, request.cluster, since)
    limits = slot_limits(session, request.cluster)
    if len(running) < offered.runners:
        barred = barriers(session)
        in_line = next_in_line(session, datasets, barred, running, offered, since)
        for waiting, slots in entitled(in_line, offered, running, limits):
            job = _lock_queued(session, waiting.job_id)
            if job is not None:
                grant(session, running, slots, at)
                on_given((at - (job.waiting_since or at)).total_seconds())
                return _give(session, job, request, slots[job.id], at, settings)
    grant(session, running, share_out(offered, running, limits), at)
    return None


def hold(session: Session, token: RunnerToken) -> JobRow:
    """The job of a runner that still owns it, locked until the transaction ends.

    Raises:
        StaleEpoch: the job has gone on without this runner, or has ended.
        Unauthorized: the token was never given out.
    """
    return _proven(session, token, session.scalar(_HOLD, _fence(token.job_id, token.epoch)))


def require_owner(session: Session, token: RunnerToken) -> JobRow:
    """The fence for reading alone. Raises as `hold` does."""
    return _proven(session, token, session.scalar(_AT_EPOCH, _fence(token.job_id, token.epoch)))


def hello(
    session: Session,
    token: RunnerToken,
    runner: str,
    at: datetime,
    settings: Settings,
    own_sha256: str | None = None,
) -> JobRow:
    """The runner is up: `starting` becomes `running`. Saying it twice changes nothing.

    own_sha256: of the runner's own token, which takes the place of the claim's.

    Raises:
        Conflict: another process holds this very claim already.
    """
    job = session.scalar(_HOLD, _fence(token.job_id, token.epoch))
    if job is not None and own_sha256 is not None and job.runner_token_sha256 == own_sha256:
        # Said again: the claim's token is void by now, and nobody else knows this hash.
        token = replace(token, sha256=own_sha256)
    job = _proven(session, token, job)
    if job.state == JobState.RUNNING:
        if job.runner != runner:
            raise Conflict(f"{job.runner} runs this claim already", code="already_running")
        return job
    job.runner = runner
    job.runner_token_sha256 = own_sha256 or token.sha256
    job.running_since = at
    job.started_at = job.started_at or at
    _extend_lease(job, at, settings)
    move_job(session, job, JobState.RUNNING, at)
    return job


def renew(session: Session, token: RunnerToken, at: datetime, settings: Settings) -> JobRow:
    """Extend the runner's lease; every owner write does."""
    job = hold(session, token)
    _extend_lease(job, at, settings)
    return job


def orders(session: Session, job: JobRow, at: datetime, settings: Settings) -> Orders:
    """What the owner of `job` is to do now."""
    return Orders(
        desired=Desired(job.desired),
        slots=job.slots,
        trials=job.budget_trials,
        wall_clock_seconds=job.wall_clock_seconds,
        wall_clock_used=seconds_run(job, at),
        lease_seconds=settings.lease_seconds,
        renew_after_seconds=settings.renew_after_seconds,
        points=waiting(session, job),
        give_way=_is_idle(job, at, settings),
    )


def finish(
    session: Session,
    token: RunnerToken,
    reason: JobReason,
    detail: str,
    at: datetime,
    trials: int | None = None,
    rejected: int = 0,
) -> None:
    """The runner gives its job up. Sent again after a lost reply, it changes nothing.

    trials: how many the runner took for the whole budget.
    rejected: sampled points that it has not told of yet.

    Raises:
        Unprocessable: a reason that is not a runner's to give.
    """
    if reason in _VERDICTS:
        raise Unprocessable(f"{reason} is not for a runner to say")
    try:
        job = hold(session, token)
    except StaleEpoch:
        # Every other way of losing a job adds an epoch.
        given_up = session.get_one(JobRow, token.job_id)
        if given_up.epoch != token.epoch:
            raise
        require_secret(token, given_up.runner_token_sha256)
        return
    job.trials_rejected += rejected
    if _goes_on(job, reason, trials, at):
        # More came when the runner was leaving already; the next one sees to it.
        reason = JobReason.INTERRUPTED
    if reason in _NOTHING_LEFT:
        job.extras_left = 0
    reason = reason_after_release(reason, Desired(job.desired))
    move_job(session, job, job_state_after(reason), at, reason, detail or None)


def lost(
    session: Session,
    job_id: str,
    epoch: int,
    detail: str,
    at: datetime,
    *,
    launched: bool = True,
) -> None:
    """The runner of one epoch is known to be dead, or never to have been launched.

    Raises:
        StaleEpoch: that epoch is over.
    """
    job = session.scalar(_HOLD, _fence(job_id, epoch))
    if job is None:
        raise StaleEpoch(job_id, epoch)
    _take_back(session, job, detail, at, launched=launched or job.state != JobState.STARTING)


def rescue(session: Session, at: datetime) -> tuple[str, ...]:
    """Take back every job whose lease has run out; their ids."""
    expired = _owned(JobRow.lease_until < at).with_for_update(skip_locked=True)
    jobs = session.scalars(expired).all()
    for job in jobs:
        _take_back(session, job, "the runner's lease ran out", at)
    return tuple(job.id for job in jobs)


def recall(session: Session, at: datetime) -> None:
    """Take every job from its runner: the database was restored from an earlier state of it.

    Epochs leap past all that may have been given out since, so that who holds one is told to stop.
    """
    session.execute(update(JobRow).values(epoch=JobRow.epoch + RESTORED_EPOCHS))
    for job in session.scalars(_owned()).all():
        _take_back(session, job, "restored from a backup", at, launched=False)


def force_cancels(session: Session, at: datetime, grace_seconds: float) -> tuple[str, ...]:
    """Cancel every job whose runner has ignored a cancel for too long; their ids."""
    since = at - timedelta(seconds=grace_seconds)
    ignored = _owned(JobRow.desired == Desired.CANCEL, JobRow.desired_at < since)
    jobs = session.scalars(ignored.with_for_update(skip_locked=True)).all()
    for job in jobs:
        job.epoch += 1
        move_job(session, job, JobState.CANCELLED, at, JobReason.CANCELLED)
    return tuple(job.id for job in jobs)


def held(session: Session, cluster: str, at: datetime, settings: Settings) -> tuple[Held, ...]:
    """The jobs that runners on a cluster should be driving now."""
    return tuple(
        Held(
            job_id=job.id,
            epoch=job.epoch,
            handle=job.handle,
            state=JobState(job.state),
            desired=Desired(job.desired),
            starting_seconds=_seconds_since_claim(job, at, settings),
        )
        for job in session.scalars(_owned(JobRow.cluster == cluster))
        if job.handle is not None
    )


def _seconds_since_claim(job: JobRow, at: datetime, settings: Settings) -> float | None:
    """None once the runner has said hello, which extends the lease as nothing before does."""
    if job.state != JobState.STARTING or job.lease_until is None:
        return None
    left = (job.lease_until - at).total_seconds()
    return max(0.0, settings.lease_seconds - left)


def _goes_on(job: JobRow, reason: JobReason, trials: int | None, at: datetime) -> bool:
    """Whether what a runner took for spent has been enlarged meanwhile."""
    if reason is JobReason.BUDGET_SPENT:
        return bool(job.points_waiting) or (trials is not None and trials < job.budget_trials)
    limit = job.wall_clock_seconds
    out_of_time = limit is not None and seconds_run(job, at) >= limit
    return reason is JobReason.WALL_CLOCK_SPENT and not out_of_time


def _fence(job_id: str, epoch: int) -> dict[str, object]:
    return {"job_id": job_id, "epoch": epoch}


def _owned(*conditions: ColumnElement[bool]) -> Select[JobRow]:
    return select(JobRow).where(JobRow.state.in_(OWNED), *conditions)


def _proven(session: Session, token: RunnerToken, job: JobRow | None) -> JobRow:
    if job is None:
        current = session.scalar(select(JobRow.epoch).where(JobRow.id == token.job_id))
        if current is None or current < token.epoch:
            raise Unauthorized
        raise StaleEpoch(token.job_id, token.epoch)
    require_secret(token, job.runner_token_sha256)
    return job


def _lock_queued(session: Session, job_id: str) -> JobRow | None:
    query = select(JobRow).where(JobRow.id == job_id, JobRow.state == JobState.QUEUED)
    return session.scalar(query.with_for_update(skip_locked=True))


def _give(
    session: Session,
    job: JobRow,
    request: ClaimRequest,
    slots: int,
    at: datetime,
    settings: Settings,
) -> Claim:
    job.epoch += 1
    job.slots = slots
    job.waiting_since = None
    secret, token = runner_token(job.id, job.epoch)
    job.runner_token_sha256 = token.sha256
    job.handle = print_handle(job.id, job.epoch)
    job.dispatcher = request.dispatcher
    job.cluster = request.cluster
    job.runner = None
    _extend_lease(job, at, settings)
    move_job(session, job, JobState.STARTING, at)
    return Claim(
        job_id=job.id,
        epoch=job.epoch,
        handle=job.handle,
        runner_token=secret,
        gpus=job.spec["resources"]["gpus"],
        traceparent=job.traceparent,
    )


def _is_idle(job: JobRow, at: datetime, settings: Settings) -> bool:
    since = job.waiting_since
    return since is not None and at - since >= timedelta(seconds=settings.idle_runner_seconds)


def _extend_lease(job: JobRow, at: datetime, settings: Settings) -> None:
    job.lease_until = at + timedelta(seconds=settings.lease_seconds)


def _take_back(
    session: Session, job: JobRow, detail: str, at: datetime, *, launched: bool = True
) -> None:
    # From here on, a runner that is alive after all writes nothing.
    job.epoch += 1
    if launched:
        job.crashes += 1
        reason = reason_after_crash(job.crashes, Desired(job.desired))
    else:
        reason = reason_after_release(JobReason.INTERRUPTED, Desired(job.desired))
    move_job(session, job, job_state_after(reason), at, reason, detail or None)
