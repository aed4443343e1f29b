"""What happened to a job: a sequence without gaps, written in the transaction of the change.

The stream, webhooks and the audit view read events and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service.db.tables import EventRow, JobRow
from service.lifecycle import TERMINAL, TrialReason, TrialState
from service.outbox import owe

_INSERT = insert(EventRow.__table__)


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


NOTHING_NEW = News()


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
