"""Replies about models, and the parts they are made of."""

from datetime import datetime
from typing import Any

from pydantic import Field

from searchspace.baselines import BaselineName
from searchspace.spec import ExportFormat
from service.api.schemas.reply import Reply, Values
from service.lifecycle import TrialState
from service.protocol import Latency


class CheckpointLink(Reply):
    """size: bytes; url: path of the download on this server."""

    sha256: str
    size: int
    url: str


class Model(Reply):
    """One measured (trial, ranks)."""

    id: str
    trial_number: int
    head: str
    ranks: tuple[int, int, int] | None
    values: Values
    latency: Latency
    feasible: bool
    on_front: bool
    parameters: dict[str, bool | int | float | str]
    architecture: dict[str, Any]
    architecture_digest: str
    checkpoint: CheckpointLink
    created_at: datetime


class Baselines(Reply):
    """Parameters of the same backbone under the heads that need no ranks."""

    gap_params: int
    flatten_params: int


class PartShape(Reply):
    """What a part gives on, of one image."""

    channels: int
    height: int
    width: int


class Part(Reply):
    """Stem, a stage or the head of an architecture, counted without building it.

    output: null for the head, which gives one number per class. macs: of one image.
    """

    part: str
    output: PartShape | None
    params: int
    macs: int


class Retraining(Reply):
    """One training anew of a model of the front, by one seed, as a trial of its own.

    accuracy: on the validation part; test_accuracy: on the test part, scored once, at its end.
    model_id: what it delivered, with the checkpoint; null before it is complete.
    """

    seed: int
    training_epochs: int
    trial_number: int
    state: TrialState
    accuracy: float | None
    test_accuracy: float | None
    model_id: str | None
    checkpoint: CheckpointLink | None


class Spread(Reply):
    """std: between seeds, of the sample; null of a single one."""

    mean: float
    std: float | None


class RetrainedSummary(Reply):
    """Of the trainings anew of one model that are complete."""

    seeds: int
    training_epochs: int
    accuracy: Spread
    test_accuracy: Spread


class ExportLink(Reply):
    """A form of a model. accuracy, latency_ms: of these very bytes, where they may differ.

    size: bytes; url: path of the download on this server.
    """

    sha256: str
    size: int
    url: str
    accuracy: float
    latency_ms: float
    latency: Latency


class ModelDetail(Model):
    """baselines: null for a network that has no other heads.

    retrained: this model's trainings anew, seed by seed; retrained_summary: of those that are
    complete. retrain_of: the model of the front that this one is a training anew of.
    parts: of its architecture; none of a network that has no other heads.
    """

    baselines: Baselines | None
    exports: dict[ExportFormat, ExportLink]
    retrain_of: str | None
    retrained: list[Retraining]
    retrained_summary: RetrainedSummary | None
    parts: list[Part] = Field([])


class BaselineModel(Reply):
    """A baseline's trained network; its checkpoint is downloaded as any other model's."""

    baseline: BaselineName
    id: str
    trial_number: int
    values: Values
    latency: Latency
    architecture: dict[str, Any]
    checkpoint: CheckpointLink
