"""Replies about jobs."""

from datetime import datetime
from typing import Any

from service.api.schemas.reply import Reply
from service.lifecycle import Desired, JobReason, JobState
from service.team.quotas import Quotas


class Budget(Reply):
    """The budget in force: a person may have enlarged the spec's."""

    trials: int
    wall_clock_seconds: float | None


class TrialCounts(Reply):
    """total: the trials the search may have; finished: those that ended, in whatever way.

    running: baselines and retrainings included.
    rejected: sampled points that broke a constraint before training, and so became no trials.
    """

    total: int
    finished: int
    running: int
    pruned: int
    failed: int
    rejected: int


class ExtraTrials(Reply):
    """Baselines and retrainings, on top of the budget. left: those still to end, at most."""

    finished: int
    left: int


class WarmStart(Reply):
    """What the sampler began with: results of earlier jobs and those that the spec's `known` lists.

    dropped: complete trials of earlier jobs that are no points of this space, or too many.
    """

    observations: int
    dropped: int


class Job(Reply):
    """queue_position: place among the queued jobs of all teams, counted from 1, while it is queued.

    In a long queue it may be some seconds old, and of a job just posted what it is at the latest.
    last_event: number of its newest event, which the stream goes on after as `Last-Event-ID`.
    """

    id: str
    name: str
    team: str
    owner: str
    state: JobState
    reason: JobReason | None
    detail: str | None
    desired: Desired
    priority: int
    tags: dict[str, str]
    epoch: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    queue_position: int | None
    budget: Budget
    trials: TrialCounts
    extra_trials: ExtraTrials
    warm_start: WarmStart
    hypervolume: float
    front_size: int
    front_revision: int
    last_event: int
    spec: dict[str, Any]


class Outlook(Reply):
    """How long a job may go on, by the pace of its trials so far.

    remaining_seconds: of running, at the slots that it has had; null where nothing tells.
    """

    job_id: str
    at: datetime
    seconds_run: float
    trials_left: int
    remaining_seconds: float | None


class JobPage(Reply):
    items: list[Job]
    next_cursor: str | None


class Quota(Reply):
    """Whether the team may post the job now, and why it may not."""

    allowed: bool
    limits: Quotas
    queued_jobs: int
    stored_bytes: int
    reason: str | None


class DryRun(Reply):
    """What would become of a job that is valid.

    document: what was posted, as it was read.
    space_size: how many architectures the space holds.
    extra_trials: baselines and retrainings, at most, on top of `trials`.
    estimated_start: if nothing else is posted; null where nothing is known to tell it from.
    """

    valid: bool
    document: dict[str, Any]
    space_size: int
    params_min: int
    params_max: int
    trials: int
    extra_trials: int
    quota: Quota
    queue_position: int
    estimated_start: datetime | None
