"""Replies about the queue of all teams."""

from datetime import datetime

from pydantic import Field

from service.api.schemas.reply import Reply
from service.lifecycle import Desired, JobState
from service.queue.standing import Why


class QueuedJob(Reply):
    job_id: str
    name: str
    team: str
    owner: str
    position: int
    priority: int
    boost: int = Field(description="Priority that the job has gained by waiting.")
    why: Why
    reason: str = Field(description="Why the job is not running yet, in words.")
    owner_slots: float = Field(description="CPUs that the owner's running jobs hold now.")
    estimated_start: datetime | None = Field(
        description="If nothing else is posted; null where nothing is known to tell it from."
    )


class RunningJob(Reply):
    job_id: str
    name: str
    team: str
    owner: str
    priority: int
    state: JobState
    desired: Desired
    started_at: datetime | None
    slots: int = Field(description="Trials that the job may run at once now.")
    trials_running: int


class Slots(Reply):
    """How many trials of one CPU the cluster can run at once, and how many do."""

    total: int
    busy: int


class Queue(Reply):
    running: list[RunningJob]
    queued: list[QueuedJob]
    queued_total: int = Field(description="How many wait, whether they are shown or not.")
    slots: Slots
