"""Replies about trials."""

from datetime import datetime
from typing import Any

from pydantic import Field

from searchspace.baselines import BaselineName
from service.api.schemas.models import Model, Part
from service.api.schemas.reply import Reply, Values
from service.lifecycle import TrialPurpose, TrialReason, TrialState
from service.protocol import Latency


class Trial(Reply):
    """values: those of its first model once it has finished; an elastic trial has several, whose
    architectures differ from its own in their ranks.
    baseline: the network that the trial trains to compare the front to; null for any other.
    retrain_of: the model of the front that the trial trains longer; null for any other.
    copy_of: the trial of the same point whose result and models it took, without training.
    """

    number: int
    purpose: TrialPurpose
    baseline: BaselineName | None
    retrain_of: str | None
    state: TrialState
    reason: TrialReason | None
    detail: str | None
    parameters: dict[str, bool | int | float | str]
    architecture: dict[str, Any]
    architecture_digest: str
    values: Values
    latency: Latency | None
    attempts: int
    copy_of: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class TrialPage(Reply):
    items: list[Trial]
    next_cursor: str | None


class WaitingPoint(Reply):
    """A person's own point; `waiting` counts those of the job that wait, this one included."""

    id: str
    job_id: str
    parameters: dict[str, bool | int | float | str]
    waiting: int


class CurvePoint(Reply):
    """One training epoch, counted from 1."""

    training_epoch: int
    accuracy: float
    loss: float
    seconds: float


class TrialDetail(Trial):
    """parts: of its architecture; none of a baseline's network."""

    curve: list[CurvePoint]
    models: list[Model]
    parts: list[Part] = Field([])
