"""What happened to a job: a sequence without gaps, written in the transaction of the change.

The stream, webhooks and the audit view read events and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from service.db.tables import EventRow, JobRow
from service.lifecycle import TERMINAL, TrialReason, TrialState
from service.webhooks.outbox import owe

# Built once and on the bare tables, as in `service.trials.recall`.
_INSERT = insert(EventRow.__table__)
_jobs = JobRow.__table__.c
_HEADS = select(_jobs.id, _jobs.events, _jobs.state).where(
    _jobs.id.in_(bindparam("job_ids", expanding=True))
)


class EventKind(StrEnum):
    JOB_STATE = "job.state"
    TRIAL_STATE = "trial.state"
    TRIAL_REPORT = "trial.report"
    FRONT_CHANGED = "front.changed"


TELLABLE = frozenset({EventKind.JOB_STATE, EventKind.TRIAL_STATE, EventKind.FRONT_CHANGED})
"""What webhooks can be told; reports are too many, and the stream has them."""


@dataclass(frozen=True, slots=True)
class Event:
    kind: EventKind
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """Events in order; `last`: none follows them, for the job has ended or is gone."""

    events: Sequence[EventRow] = ()
    last: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """How far a job has come: its last event's sequence number, and whether the job has ended."""

    sequence: int
    ended: bool

    @classmethod
    def of(cls, job: JobRow) -> "Head":
        return cls(job.events, job.state in TERMINAL)


def append(
    session: Session, job: JobRow, kind: EventKind, body: Mapping[str, Any], at: datetime
) -> None:
    """Write the job's next event; `job` is stored already, and locked."""
    append_all(session, job, [Event(kind, body)], at)


def append_all(session: Session, job: JobRow, events: Sequence[Event], at: datetime) -> None:
    """Write the job's next events in one statement, and owe them to the team's webhooks."""
    if not events:
        return
    session.connection().execute(
        _INSERT,
        [
            {
                "job_id": job.id,
                "sequence": sequence,
                "kind": event.kind.value,
                "body": event.body,
                "at": at,
            }
            for sequence, event in enumerate(events, start=job.events + 1)
        ],
    )
    if kinds := TELLABLE & {event.kind for event in events}:
        owe(session, job, kinds, before=job.events, at=at)
    job.events += len(events)


def heads(session: Session, job_ids: Sequence[str]) -> dict[str, Head]:
    """The heads of several jobs by id; jobs that are gone are left out."""
    rows = session.connection().execute(_HEADS, {"job_ids": job_ids})
    return {job_id: Head(sequence, state in TERMINAL) for job_id, sequence, state in rows}


def news(session: Session, job_id: str, after: int, limit: int) -> News:
    """The first `limit` events of a job after the one of sequence `after`."""
    head = session.execute(select(JobRow.events, JobRow.state).where(JobRow.id == job_id)).first()
    if head is None:
        return News(last=True)
    last_sequence, state = head
    if last_sequence <= after:
        return News(last=state in TERMINAL)
    query = select(EventRow).where(EventRow.job_id == job_id, EventRow.sequence > after)
    found = session.scalars(query.order_by(EventRow.sequence).limit(limit)).all()
    return News(found, last=state in TERMINAL and found[-1].sequence == last_sequence)


def job_state(job: JobRow) -> Event:
    """The job's state as it is now."""
    body = {
        "state": job.state,
        "reason": job.reason,
        "detail": job.detail,
        "desired": job.desired,
        "epoch": job.epoch,
    }
    return Event(EventKind.JOB_STATE, body)


def trial_state(
    number: int,
    state: TrialState,
    reason: TrialReason | None,
    attempt: int,
    values: Mapping[str, float],
) -> Event:
    body = {
        "number": number,
        "state": state.value,
        "reason": None if reason is None else reason.value,
        "attempt": attempt,
        "values": values,
    }
    return Event(EventKind.TRIAL_STATE, body)
