"""What the public API answers with. Times are RFC 3339 in UTC; units are those of the spec."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from searchspace.baselines import BaselineName
from searchspace.datasets import DatasetInfo
from searchspace.spec import ExportFormat
from service.events.journal import EventKind
from service.lifecycle import (
    Desired,
    JobReason,
    JobState,
    TrialPurpose,
    TrialReason,
    TrialState,
)
from service.operations.findings import Level
from service.protocol import Latency
from service.queue.standing import Why
from service.team.access import Role, Scope
from service.team.audit import Action
from service.team.quotas import Quotas

Values = dict[str, int | float]
"""Metric to value: accuracy as a fraction, latency in milliseconds, counts as whole numbers."""
ObjectiveForm = str | dict[str, Any]


class Reply(BaseModel):
    model_config = ConfigDict(frozen=True)


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
    parts: list[Part] = []


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
    parts: list[Part] = []


class BaselineModel(Reply):
    """A baseline's trained network; its checkpoint is downloaded as any other model's."""

    baseline: BaselineName
    id: str
    trial_number: int
    values: Values
    latency: Latency
    architecture: dict[str, Any]
    checkpoint: CheckpointLink


class FrontReply(Reply):
    """The non-dominated feasible models of a job, as of one revision.

    reference_point: the worst values that count towards the hypervolume, in objective order.
    knee: id of the model nearest to the ideal one; null while the front is empty.
    baselines: what has been measured of each, which is never part of the front.
    retrained: what came of training models of the front longer, by the models' ids.
    """

    job_id: str
    revision: int
    objectives: list[ObjectiveForm]
    reference_point: list[float]
    hypervolume: float
    knee: str | None
    models: list[Model]
    baselines: list[BaselineModel] = []
    retrained: dict[str, RetrainedSummary] = {}


class FrontPoint(Reply):
    """The front after one change of it."""

    at: datetime
    revision: int
    trials_finished: int
    hypervolume: float
    front_size: int


class FrontHistory(Reply):
    items: list[FrontPoint]


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


class ClusterNode(Reply):
    """What one machine offers to trials."""

    cpus: float
    gpus: float
    custom: dict[str, float] = Field(
        default_factory=dict,
        exclude_if=lambda value: not value,
        description="What else it offers, by name; left out where that is nothing.",
    )


class Cluster(Reply):
    """A Ray cluster, as one of its dispatchers reported it last; alive: whether that was lately.

    datasets: keys of those that its trials find there.
    """

    name: str
    alive: bool
    nodes: list[ClusterNode]
    datasets: list[str]
    seen_at: datetime


class Dispatcher(Reply):
    """One boot of a dispatcher, and when it was heard of last."""

    id: str
    cluster: str
    alive: bool
    seen_at: datetime


class Device(Reply):
    """A device that measures models' latency, as its agent last reported it."""

    profile: str
    alive: bool
    seen_at: datetime
    machine: str
    system: str
    python: str
    onnxruntime: str
    cpus: int


class DeviceList(Reply):
    items: list[Device]
    next_cursor: None = None


class Clusters(Reply):
    """ray_dashboard_url: for administrators of every team, where the operator has set it."""

    clusters: list[Cluster]
    dispatchers: list[Dispatcher]
    slots: Slots
    ray_dashboard_url: str | None


class Dataset(Reply):
    """A data set and whether jobs can be posted on it; `command` brings one that is absent."""

    name: str
    folder: str | None
    available: bool
    command: str | None
    info: DatasetInfo


class Datasets(Reply):
    items: list[Dataset]
    next_cursor: None = None


class SpacePreset(Reply):
    """A preset on the images of one data set: what it stands for, and how large that is."""

    preset: str
    dataset: str
    space: dict[str, Any]
    space_size: int
    params_min: int
    params_max: int


class Spaces(Reply):
    items: list[SpacePreset]
    next_cursor: None = None


class Sampler(Reply):
    name: str
    description: str


class Samplers(Reply):
    items: list[Sampler]
    next_cursor: None = None


class Me(Reply):
    """The caller.

    name: the owner of what is posted: the member, or the token's name where it is nobody's.
    role: the smaller one of the token's and the member's. scopes: null for all that it may.
    """

    name: str
    team: str
    role: str
    token_id: str
    member: str | None
    scopes: list[Scope] | None


class QuotaUse(Reply):
    """What a team takes up now; slots: CPUs that its running jobs may use."""

    running_jobs: int
    slots: float
    queued_jobs: int
    stored_bytes: int


class Team(Reply):
    """retention_days: jobs that ended longer ago are deleted; null keeps them."""

    name: str
    quotas: Quotas
    use: QuotaUse
    retention_days: int | None
    created_at: datetime


class TeamPage(Reply):
    items: list[Team]
    next_cursor: str | None


class Member(Reply):
    """role: the most that any token of theirs is good for."""

    team: str
    name: str
    role: Role
    created_at: datetime


class MemberPage(Reply):
    items: list[Member]
    next_cursor: str | None


class Token(Reply):
    """expires_at: null for a token that lasts until it is revoked.

    member: whose it is; null for nobody's in particular. scopes: null for all that its role may.
    """

    id: str
    name: str
    team: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    member: str | None
    scopes: list[Scope] | None


class IssuedToken(Token):
    """token: the text to send, shown here and nowhere else."""

    token: str


class TokenPage(Reply):
    items: list[Token]
    next_cursor: str | None


class AuditEntry(Reply):
    """One change that a person made.

    team: whose thing was changed; actor: name of who did it, by the token `token_id`.
    object: id or name of what was changed; body: what is to be known of the change.
    request_id: that of the request, as it was answered and as the log has it.
    """

    id: str
    at: datetime
    team: str
    actor: str
    token_id: str
    action: Action
    object: str
    body: dict[str, Any]
    request_id: str


class AuditPage(Reply):
    items: list[AuditEntry]
    next_cursor: str | None


class Webhook(Reply):
    """An address that is told of the team's events.

    disabled_at: since when nothing is sent, because nothing got through for a day.
    detail: how the last try failed; null once one got through.
    """

    id: str
    url: str
    events: list[EventKind]
    created_at: datetime
    disabled_at: datetime | None
    detail: str | None


class IssuedWebhook(Webhook):
    """secret: signs what is sent, shown here and nowhere else."""

    secret: str


class WebhookPage(Reply):
    items: list[Webhook]
    next_cursor: str | None


class WebhookTest(Reply):
    """What became of an event that was made up; detail: why it was not delivered."""

    delivered: bool
    detail: str | None


class Finding(Reply):
    """One thing that was looked at: check is its stable name, what how it is.

    why: what follows from that. mend: the command or change that puts it right. Both are empty
    where all is well.
    """

    check: str
    level: Level
    what: str
    why: str
    mend: str


class Diagnosis(Reply):
    """at: by the database's clock, null where it cannot be asked. healthy: nothing is an error."""

    at: datetime | None
    healthy: bool
    findings: list[Finding]


class StoredWeights(Reply):
    """size: in bytes. tensors: how many there are."""

    sha256: str
    size: int
    tensors: int


class Health(Reply):
    status: str


class Ready(Reply):
    """dispatcher: whether one is alive; jobs wait while none is."""

    status: str
    database: bool
    migrations: bool
    dispatcher: bool
