"""People's own devices: what waits to be measured on them, and which agent has it in hand.

A model is asked for by the trials that wait for its latency, again and again until it is there,
and so is handed out only while somebody asks. An agent holds it under a lease: one that dies loses
nothing, for the next claim gets the model when the lease is over. After some leases in vain the
model counts as one that the device cannot measure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from searchspace.spec import LatencySpec, Precision
from service.artifacts.deposit import referable
from service.db.tables import DeviceRow, JobRow, LatencyRow, MeasurementRow
from service.db.upsert import upsert
from service.devices.protocol import DeviceClaim, Leased, Task
from service.errors import Conflict, NotFound, Unprocessable
from service.ids import new_measurement_id
from service.protocol import Latency, Measured, Measuring
from service.settings import Settings
from service.trials.recall import latencies_of, profile_key

ATTEMPTS = 3
"""Leases in vain after which a model counts as one that the device cannot measure."""
ASKED = timedelta(seconds=60)
"""A model that no trial has asked for in so long is handed out no more."""
NOTED = timedelta(seconds=10)
"""How exactly it is known when a trial asked last: each note is a write."""


def ask(session: Session, job: JobRow, asked: Measuring, at: datetime) -> Measured:
    """The latency that a trial of an owned job waits for, or what has become of it.

    A failure is told once; whoever asks again has it tried again.

    Raises:
        Unprocessable: the job's latencies are not those of a device.
        Conflict: `artifact_missing`: a file was not uploaded before.
    """
    spec = LatencySpec.model_validate(job.spec["latency"])
    if spec.device is None:
        raise Unprocessable("the job's trials measure for themselves")
    known = latencies_of(session, profile_key(job.team, spec), [asked.subject])
    if known:
        return Measured(latency=known[asked.subject])
    row = session.scalar(_asked_for(job.team, spec, asked.subject).with_for_update())
    if row is None:
        _store(session, job.team, spec, asked, at)
    elif row.state == "failed":
        session.delete(row)
        return Measured(failed=row.detail)
    elif row.asked_at < at - NOTED:
        row.asked_at = at
    return Measured()


def claim(
    session: Session, team: str, request: DeviceClaim, at: datetime, settings: Settings
) -> Task | None:
    """Note that an agent is there, and lease it the model that has waited longest, if any does.

    Asked again by an agent that holds one already, for the reply was lost, it gives the same.
    """
    _note_device(session, team, request, at)
    own = and_(MeasurementRow.state == "leased", MeasurementRow.agent == request.agent)
    row = session.scalar(_of_device(team, request.profile).where(own).with_for_update())
    while row is None:
        row = session.scalar(_free(team, request.profile, at))
        if row is None:
            return None
        if row.attempts >= ATTEMPTS:
            _fail(row, f"{ATTEMPTS} times its agent fell silent while it measured this model")
            session.flush()
            row = None
        else:
            row.state, row.agent, row.attempts = "leased", request.agent, row.attempts + 1
    row.leased_until = at + timedelta(seconds=settings.device_lease_seconds)
    session.flush()
    return Task(
        id=row.id,
        attempt=row.attempts,
        model=row.model,
        reference=row.reference,
        batch_size=row.batch_size,
        threads=row.threads,
        lease_seconds=settings.device_lease_seconds,
    )


def file_of(session: Session, team: str, measurement_id: str, part: str) -> str:
    """The hash of a leased model's file, or of the reference's.

    Raises:
        NotFound: nothing of that id is leased to anybody of the team.
    """
    row = session.get(MeasurementRow, measurement_id)
    if row is None or row.team != team or row.state != "leased":
        raise NotFound("there is no such measurement")
    return row.model if part == "model" else row.reference


def renew(
    session: Session, team: str, measurement_id: str, lease: Leased, at: datetime, seconds: float
) -> None:
    """Give an agent more time. Raises Conflict as `report` does."""
    row = _held(session, team, measurement_id, lease)
    row.leased_until = at + timedelta(seconds=seconds)
    _note_alive(session, row, at)


def report(
    session: Session,
    team: str,
    measurement_id: str,
    lease: Leased,
    latency: Latency,
    at: datetime,
) -> None:
    """Put a measured latency on record.

    Raises:
        Conflict: `stale_lease`: the model is another agent's by now, or was measured already.
    """
    row = _held(session, team, measurement_id, lease)
    spec = LatencySpec(
        profile=row.profile,
        batch_size=row.batch_size,
        threads=row.threads,
        precision=Precision(row.precision),
    )
    found = {
        "architecture_digest": row.subject,
        "profile": profile_key(team, spec),
        "latency": latency.model_dump(),
        "measured_at": at,
    }
    upsert(session, LatencyRow, [found])
    _note_alive(session, row, at)
    session.delete(row)


def refuse(session: Session, team: str, measurement_id: str, lease: Leased, detail: str) -> None:
    """An agent could not measure the model. Raises Conflict as `report` does."""
    row = _held(session, team, measurement_id, lease)
    if row.attempts >= ATTEMPTS:
        _fail(row, detail)
    else:
        _give_back(row)


def release(session: Session, team: str, measurement_id: str, lease: Leased) -> None:
    """An agent ends, through no fault of the model's. Raises Conflict as `report` does."""
    row = _held(session, team, measurement_id, lease)
    _give_back(row)
    row.attempts -= 1


def devices_of(session: Session, team: str) -> Sequence[DeviceRow]:
    """The team's devices, the one heard of last first."""
    query = select(DeviceRow).where(DeviceRow.team == team)
    return session.scalars(query.order_by(DeviceRow.seen_at.desc(), DeviceRow.profile)).all()


def _store(session: Session, team: str, spec: LatencySpec, asked: Measuring, at: datetime) -> None:
    files = {asked.model, asked.reference}
    # Locked, so that a collection of them waits until the row that needs them is there.
    if missing := files - set(session.scalars(referable(files))):
        raise Conflict(f"{min(missing)} was not uploaded", code="artifact_missing")
    row = {
        "id": new_measurement_id(at),
        "team": team,
        "profile": spec.profile,
        "batch_size": spec.batch_size,
        "threads": spec.threads,
        "precision": spec.precision.value,
        "subject": asked.subject,
        "model": asked.model,
        "reference": asked.reference,
        "state": "waiting",
        "attempts": 0,
        "asked_at": at,
    }
    # Another trial may be asking for the very same at this moment.
    upsert(session, MeasurementRow, [row])


def _asked_for(team: str, spec: LatencySpec, subject: str) -> Select[Any]:
    return _of_device(team, spec.profile).where(
        MeasurementRow.batch_size == spec.batch_size,
        MeasurementRow.threads == spec.threads,
        MeasurementRow.precision == spec.precision.value,
        MeasurementRow.subject == subject,
    )


def _free(team: str, profile: str, at: datetime) -> Select[Any]:
    """What is handed out next."""
    free = or_(
        MeasurementRow.state == "waiting",
        and_(MeasurementRow.state == "leased", MeasurementRow.leased_until <= at),
    )
    query = _of_device(team, profile).where(free, MeasurementRow.asked_at >= at - ASKED)
    return query.order_by(MeasurementRow.id).limit(1).with_for_update(skip_locked=True)


def _of_device(team: str, profile: str) -> Select[Any]:
    return select(MeasurementRow).where(
        MeasurementRow.team == team, MeasurementRow.profile == profile
    )


def _held(session: Session, team: str, measurement_id: str, lease: Leased) -> MeasurementRow:
    query = select(MeasurementRow).where(
        MeasurementRow.id == measurement_id,
        MeasurementRow.team == team,
        MeasurementRow.state == "leased",
        MeasurementRow.agent == lease.agent,
        MeasurementRow.attempts == lease.attempt,
    )
    row = session.scalar(query.with_for_update())
    if row is None:
        raise Conflict("this lease is over", code="stale_lease")
    return row


def _give_back(row: MeasurementRow) -> None:
    row.state, row.agent, row.leased_until = "waiting", None, None


def _fail(row: MeasurementRow, detail: str) -> None:
    row.state, row.agent, row.leased_until, row.detail = "failed", None, None, detail


def _note_device(session: Session, team: str, request: DeviceClaim, at: datetime) -> None:
    row = {
        "team": team,
        "profile": request.profile,
        "system": request.system.model_dump(),
        "seen_at": at,
    }
    upsert(session, DeviceRow, [row], replacing=("system", "seen_at"))


def _note_alive(session: Session, row: MeasurementRow, at: datetime) -> None:
    session.get_one(DeviceRow, (row.team, row.profile)).seen_at = at
