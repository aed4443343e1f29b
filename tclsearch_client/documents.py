"""What the service answers with, typed. Times are RFC 3339 in UTC; units are those of the spec.

States and reasons are plain text and unknown fields are kept, so that an older client reads a newer
service's answers.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

ENDED = frozenset({"succeeded", "failed", "cancelled"})
"""States of a job that nothing follows, unless a person retries or extends it."""

Values = Mapping[str, int | float]
"""Metric to value: accuracy as a fraction, latency in milliseconds, counts as whole numbers."""
Parameters = Mapping[str, bool | int | float | str]


class Document(BaseModel):
    """One answer; fields that this client does not know are kept beside those that it does."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Budget(Document):
    """The budget in force, which a person may have enlarged."""

    trials: int
    wall_clock_seconds: float | None = None


class TrialCounts(Document):
    """total: the trials the job may have; finished: those that ended, in whatever way.

    rejected: sampled points that broke a constraint before training, and so became no trials.
    """

    total: int
    finished: int
    running: int
    pruned: int
    failed: int
    rejected: int = 0


class ExtraTrials(Document):
    """Baselines and retrainings, on top of the budget. left: those still to end, at most."""

    finished: int = 0
    left: int = 0


class WarmStart(Document):
    """What the sampler began with; dropped: results that are no points of this space."""

    observations: int = 0
    dropped: int = 0


class Job(Document):
    """One search. queue_position: counted from 1, while it is queued.

    last_event: number of its newest event: `watch(job.id, after=job.last_event)` tells what follows.
    """

    id: str
    name: str
    team: str
    owner: str
    state: str
    reason: str | None = None
    detail: str | None = None
    desired: str
    priority: int
    tags: Mapping[str, str] = {}
    epoch: int
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    queue_position: int | None = None
    budget: Budget
    trials: TrialCounts
    extra_trials: ExtraTrials = ExtraTrials()
    warm_start: WarmStart = WarmStart()
    hypervolume: float
    front_size: int
    front_revision: int = 0
    last_event: int = 0
    spec: Mapping[str, Any]

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def objectives(self) -> tuple[str, ...]:
        """The metrics that matter, in the spec's order."""
        return metrics_of(self.spec["objectives"])


class DryRun(Document):
    """What would become of a job that is valid.

    space_size: architectures in the space; extra_trials: on top of `trials`, at most.
    """

    valid: bool
    space_size: int
    params_min: int
    params_max: int
    trials: int
    extra_trials: int = 0
    quota: Mapping[str, Any]
    queue_position: int | None = None
    estimated_start: datetime | None = None


class Latency(Document):
    """Milliseconds of one model; reference: those of the fixed reference model beside it."""

    min: float
    median: float
    p90: float
    runs: int
    reference: float


class Checkpoint(Document):
    """size: bytes; url: path of the download on the server."""

    sha256: str
    size: int
    url: str


class Model(Document):
    """One measured (trial, ranks). ranks: channels, height, width; None where the head has none."""

    id: str
    trial_number: int
    head: str
    ranks: tuple[int, int, int] | None = None
    values: Values
    latency: Latency | None = None
    feasible: bool = True
    on_front: bool = False
    parameters: Parameters
    architecture: Mapping[str, Any]
    architecture_digest: str = ""
    checkpoint: Checkpoint
    created_at: datetime | None = None


class Baselines(Document):
    """Parameters of the same backbone under the heads that need no ranks."""

    gap_params: int
    flatten_params: int


class Retraining(Document):
    """One training anew of a model of the front, by one seed, as a trial of its own.

    accuracy: on the validation part; test_accuracy: on the test part, scored once, at its end.
    model_id: what it delivered; None before it is complete.
    """

    seed: int
    training_epochs: int
    trial_number: int
    state: str
    accuracy: float | None = None
    test_accuracy: float | None = None
    model_id: str | None = None
    checkpoint: Checkpoint | None = None


class Spread(Document):
    """std: between seeds, of the sample; None of a single one."""

    mean: float
    std: float | None = None


class RetrainedSummary(Document):
    """Of the trainings anew of one model that are complete."""

    seeds: int
    training_epochs: int
    accuracy: Spread
    test_accuracy: Spread


class ExportLink(Document):
    """A form of a model. accuracy, latency_ms: of these very bytes, where they may differ."""

    sha256: str
    size: int
    url: str
    accuracy: float
    latency_ms: float


class ModelDetail(Model):
    """baselines: None for a network that has no other heads.

    retrained: this model's trainings anew, seed by seed; retrain_of: the model that this one is
    a training anew of.
    """

    baselines: Baselines | None = None
    exports: Mapping[str, ExportLink] = {}
    retrain_of: str | None = None
    retrained: Sequence[Retraining] = ()
    retrained_summary: RetrainedSummary | None = None


class Trial(Document):
    """One architecture with its hyperparameters, and what became of it.

    purpose: `search`, or why it was trained beside the search; baseline: the network that it is;
    retrain_of: id of the model that it trains longer.
    copy_of: the trial of the same point whose result and models it took, without training.
    """

    number: int
    purpose: str = "search"
    baseline: str | None = None
    retrain_of: str | None = None
    state: str
    reason: str | None = None
    detail: str | None = None
    parameters: Parameters
    architecture: Mapping[str, Any]
    architecture_digest: str
    values: Values
    latency: Latency | None = None
    attempts: int
    copy_of: int | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class TrialTable(Document):
    """Every trial of a job, column by column; `number` counts up, and the others go along with it.

    events: how many the job had had; `watch(job_id, after=table.events)` tells what has changed since.
    values: by metric; None where it was not measured.
    """

    job_id: str
    events: int
    number: Sequence[int]
    state: Sequence[str]
    attempts: Sequence[int]
    values: Mapping[str, Sequence[float | None]]

    def values_of(self, row: int) -> Values:
        """What was measured of the trial in a row, counted from 0."""
        cells = ((metric, column[row]) for metric, column in self.values.items())
        return {metric: value for metric, value in cells if value is not None}


class CurvePoint(Document):
    """One training epoch, counted from 1; accuracy is a fraction."""

    training_epoch: int
    accuracy: float
    loss: float
    seconds: float


class TrialDetail(Trial):
    curve: Sequence[CurvePoint]
    models: Sequence[Model]


class WaitingPoint(Document):
    """A point that was given; waiting: how many of the job's wait, this one included."""

    id: str
    job_id: str
    parameters: Parameters
    waiting: int


class BaselineModel(Document):
    """A well-known network, trained to compare the front to; never part of it."""

    baseline: str
    id: str
    trial_number: int
    values: Values
    checkpoint: Checkpoint


class Front(Document):
    """The non-dominated feasible models of a job, as of one revision.

    reference_point: the worst values that count towards the hypervolume, in objective order.
    knee: id of the model nearest to the ideal one; None while the front is empty.
    """

    job_id: str
    revision: int = 0
    objectives: Sequence[str | Mapping[str, Any]]
    reference_point: Sequence[float]
    hypervolume: float
    knee: str | None = None
    models: Sequence[Model]
    baselines: Sequence[BaselineModel] = ()
    retrained: Mapping[str, RetrainedSummary] = {}

    @property
    def metrics(self) -> tuple[str, ...]:
        return metrics_of(self.objectives)


class FrontPoint(Document):
    """The front after one change of it."""

    at: datetime
    revision: int = 0
    trials_finished: int
    hypervolume: float
    front_size: int


class FrontHistory(Document):
    items: Sequence[FrontPoint]


class Outlook(Document):
    """How long a job may go on, by the pace of its trials so far.

    remaining_seconds: of running, from `at`, at the slots that it has had; None where nothing tells.
    """

    at: datetime
    seconds_run: float
    trials_left: int
    remaining_seconds: float | None


class StoredWeights(Document):
    """Weights that a compression can begin with. size: in bytes. tensors: how many there are."""

    sha256: str
    size: int
    tensors: int


class FigureColumn(Document):
    name: str
    unit: str | None = None


class FigureTable(Document):
    """What a chart shows, cell by cell."""

    columns: Sequence[FigureColumn]
    rows: Sequence[Sequence[Any]]


class Figure(Document):
    """A chart of the dashboard: `plotly.graph_objects.Figure(data, layout)` draws it.

    notes: what was left out, and how to read it. empty: why there is nothing to see.
    """

    figure: str
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    table: FigureTable
    notes: Sequence[str]
    empty: str | None


class Event(Document):
    """One event of a job: its number within the job, its kind, and what it says.

    event: `job.state`, `trial.state`, `trial.report` or `front.changed`.
    data: the event's own fields, with the time `at`.
    """

    id: int
    event: str
    data: Mapping[str, Any]


def metrics_of(objectives: Sequence[str | Mapping[str, Any]]) -> tuple[str, ...]:
    """The metrics of objectives, which are written short or in full."""
    return tuple(o if isinstance(o, str) else str(o["metric"]) for o in objectives)
