"""Every table. Enums are strings, times are aware UTC, names of constraints are fixed.

These rows are the only truth: Optuna's study and Ray's state are rebuilt from them.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from service.lifecycle import ArtifactState, Desired, JobState, TrialPurpose, TrialState


class Utc(TypeDecorator[datetime]):
    """Aware UTC times, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    __table__: ClassVar[Table]

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it as a class attribute
        datetime: Utc,
        dict[str, Any]: Document,
        list[Any]: Document,
        str: Text,
    }


Id = String(40)
Sha256 = String(64)


class TeamRow(Base):
    __tablename__ = "teams"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    quotas: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    retention_days: Mapped[int | None]
    """Jobs that ended longer ago are deleted; None keeps them."""


class MemberRow(Base):
    """A person of a team; tokens may be theirs, and are no good without them."""

    __tablename__ = "members"

    team: Mapped[str] = mapped_column(ForeignKey("teams.name"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]


class TokenRow(Base):
    """A bearer token: only its hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    team: Mapped[str] = mapped_column(ForeignKey("teams.name"))
    role: Mapped[str] = mapped_column(String(16))
    token_sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    member: Mapped[str | None] = mapped_column(String(100))
    """The team's member whose token it is; None for a token that is nobody's in particular."""
    scopes: Mapped[list[Any] | None]
    """What the token may be used for; None for all that its role may."""


class JobRow(Base):
    """One job. `spec` never changes; budget, priority and tags are what a person may change."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_priority_id", "state", "priority", "id"),
        Index("ix_jobs_team_id_id", "team", "id"),
        Index("ix_jobs_team_state", "team", "state"),
        # Holds all that decides whose turn it is.
        Index(
            "ix_jobs_turn",
            "state",
            "dataset_key",
            "team",
            "owner",
            "priority",
            "boost",
            "id",
            "cpus",
            "gpus",
            "concurrency",
            "device",
            "custom",
        ),
        CheckConstraint(
            "state IN (" + ", ".join(f"'{state}'" for state in JobState) + ")", name="state"
        ),
        CheckConstraint(
            "desired IN (" + ", ".join(f"'{desired}'" for desired in Desired) + ")", name="desired"
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    """Ordered by time of creation."""
    team: Mapped[str] = mapped_column(ForeignKey("teams.name"))
    owner: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(100))
    spec: Mapped[dict[str, Any]]
    dataset: Mapped[dict[str, Any]]
    """DatasetInfo as it was when the job was posted."""
    reference_point: Mapped[list[Any]]
    """In the objectives' own units and order."""
    tags: Mapped[dict[str, Any]]
    priority: Mapped[int]
    budget_trials: Mapped[int]
    wall_clock_seconds: Mapped[float | None] = mapped_column(Float)

    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str | None]
    desired: Mapped[str] = mapped_column(String(16))
    desired_at: Mapped[datetime | None]
    """When a person last wanted something else of a job that a runner held."""
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]

    epoch: Mapped[int]
    """The fencing number: every claim and every rescue adds one."""
    dispatcher: Mapped[str | None] = mapped_column(String(64))
    cluster: Mapped[str | None] = mapped_column(String(200))
    handle: Mapped[str | None] = mapped_column(String(100))
    runner: Mapped[str | None] = mapped_column(String(200))
    runner_token_sha256: Mapped[str | None] = mapped_column(Sha256)
    lease_until: Mapped[datetime | None]
    running_since: Mapped[datetime | None]
    """When this epoch's runner said hello."""
    wall_clock_used: Mapped[float] = mapped_column(Float)
    """Seconds of all earlier epochs."""
    crashes: Mapped[int]
    """Runners lost since a trial last finished."""

    trials_total: Mapped[int]
    """Trials of the search; so are those finished, failed and pruned."""
    trials_finished: Mapped[int]
    """Trials in a terminal state."""
    trials_failed: Mapped[int]
    trials_pruned: Mapped[int]
    events: Mapped[int]
    """Sequence number of the last event."""
    front_revision: Mapped[int]
    front_size: Mapped[int]
    hypervolume: Mapped[float] = mapped_column(Float)
    points_waiting: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """People's own points that no trial has been made of yet."""
    slots: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Trials that its runner may run now; none while nobody drives it."""
    boost: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Priority that it has gained by waiting, kept from then on."""
    waiting_since: Mapped[datetime | None]
    """Since when it could go on and has had no slots."""
    stored_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Of its models' checkpoints and other forms."""
    # What every claim asks of the spec and the data set, so that it need not read their documents.
    dataset_key: Mapped[str] = mapped_column(String(100), default="", server_default=text("''"))
    cpus: Mapped[float] = mapped_column(Float, default=1.0, server_default=text("1"))
    """Of each trial; so are `gpus`."""
    gpus: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"))
    concurrency: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    """Most trials at once."""
    extras_total: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Trials that are no part of the search: they come on top of the budget."""
    extras_finished: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    extras_left: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many of them are still to end, at most."""
    observations: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Results from outside that its sampler begins with."""
    observations_dropped: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Results of the jobs it starts from that are no points of its space."""
    trials_rejected: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Sampled points that broke a constraint, and so never became trials."""
    device: Mapped[str | None] = mapped_column(String(64))
    """Profile of the device that measures its models; none where the trials' machines do."""
    traceparent: Mapped[str | None] = mapped_column(String(55))
    """The trace that all of the job's work is a part of (W3C Trace Context); none where it has none."""
    weights: Mapped[str | None] = mapped_column(Sha256, index=True)
    """What its trials begin with; none where they begin with nothing."""
    custom: Mapped[dict[str, Any] | None]
    """Custom resources of each trial, in order of their names; none where it needs none."""


class WarmStartRow(Base):
    """What a job's sampler was told before its first trial: parameters and values from outside."""

    __tablename__ = "warm_starts"

    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    observations: Mapped[list[Any]]


class JobTagRow(Base):
    __tablename__ = "job_tags"
    __table_args__ = (Index("ix_job_tags_key_value", "key", "value"),)

    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(256), primary_key=True)
    value: Mapped[str] = mapped_column(String(256))


class IdempotencyRow(Base):
    """What a key was first used for."""

    __tablename__ = "idempotency_keys"

    team: Mapped[str] = mapped_column(ForeignKey("teams.name"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_sha256: Mapped[str] = mapped_column(Sha256)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


class TrialRow(Base):
    __tablename__ = "trials"
    __table_args__ = (
        CheckConstraint(
            "state IN (" + ", ".join(f"'{state}'" for state in TrialState) + ")", name="state"
        ),
        CheckConstraint("number >= 0", name="number"),
        Index("ix_trials_job_id_state_number", "job_id", "state", "number"),
        # Few of a job's trials are no part of its search.
        Index(
            "ix_trials_extra",
            "job_id",
            "purpose",
            "number",
            sqlite_where=text("subject IS NOT NULL"),
            postgresql_where=text("subject IS NOT NULL"),
        ),
    )

    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str | None]
    parameters: Mapped[dict[str, Any]]
    architecture: Mapped[dict[str, Any]]
    architecture_digest: Mapped[str] = mapped_column(Sha256)
    seed: Mapped[int] = mapped_column(BigInteger)
    values: Mapped[dict[str, Any]]
    latency: Mapped[dict[str, Any] | None]
    measured_attempt: Mapped[int | None]
    """The attempt that `latency` comes from."""
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    purpose: Mapped[str] = mapped_column(
        String(16), default=TrialPurpose.SEARCH.value, server_default=text("'search'")
    )
    subject: Mapped[str | None] = mapped_column(String(40))
    """A baseline's name, or the id of the model that is trained anew; of the search, none."""
    copy_of: Mapped[int | None]
    """The trial of the same point whose result it took, without training."""


class PointRow(Base):
    """A point that a person gave a job; `trial_number` is the trial made of it."""

    __tablename__ = "points"
    __table_args__ = (Index("ix_points_job_id_trial_number_id", "job_id", "trial_number", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    """Ordered by time of creation."""
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    parameters: Mapped[dict[str, Any]]
    owner: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    trial_number: Mapped[int | None]


class TrialReportRow(Base):
    """One training epoch of one attempt."""

    __tablename__ = "trial_reports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["job_id", "number"], ["trials.job_id", "trials.number"], ondelete="CASCADE"
        ),
    )

    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    training_epoch: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    accuracy: Mapped[float] = mapped_column(Float)
    loss: Mapped[float] = mapped_column(Float)
    seconds: Mapped[float] = mapped_column(Float)
    checkpoint: Mapped[str | None] = mapped_column(Sha256, index=True)
    at: Mapped[datetime]


class ModelRow(Base):
    """One measured (trial, ranks). On the front in revisions front_from <= r < front_until."""

    __tablename__ = "models"
    __table_args__ = (
        ForeignKeyConstraint(
            ["job_id", "trial_number"], ["trials.job_id", "trials.number"], ondelete="CASCADE"
        ),
        UniqueConstraint("job_id", "trial_number", "position"),
        Index("ix_models_job_id_front_until_front_from", "job_id", "front_until", "front_from"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id)
    trial_number: Mapped[int]
    position: Mapped[int]
    """Place within the trial's models."""
    head: Mapped[str] = mapped_column(String(16))
    ranks: Mapped[list[Any] | None]
    architecture: Mapped[dict[str, Any]]
    architecture_digest: Mapped[str] = mapped_column(Sha256)
    values: Mapped[dict[str, Any]]
    latency: Mapped[dict[str, Any]]
    checkpoint: Mapped[str] = mapped_column(Sha256, index=True)
    checkpoint_bytes: Mapped[int] = mapped_column(BigInteger)
    feasible: Mapped[bool]
    front_from: Mapped[int | None]
    front_until: Mapped[int | None]
    created_at: Mapped[datetime]


class ExportRow(Base):
    """Another form of a model than its checkpoint."""

    __tablename__ = "exports"

    model_id: Mapped[str] = mapped_column(
        ForeignKey("models.id", ondelete="CASCADE"), primary_key=True
    )
    form: Mapped[str] = mapped_column(String(16), primary_key=True)
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    accuracy: Mapped[float | None] = mapped_column(Float)
    """Its own on the validation part; None where it is the model's."""
    latency: Mapped[dict[str, Any] | None]


class FrontRevisionRow(Base):
    """The front after one change of it."""

    __tablename__ = "front_revisions"

    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    trials_finished: Mapped[int]
    hypervolume: Mapped[float] = mapped_column(Float)
    front_size: Mapped[int]


class EventRow(Base):
    """What happened to a job: a gap-free sequence, written with the change it tells of."""

    __tablename__ = "events"

    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class LatencyRow(Base):
    """A measured latency: a property of (architecture, device profile), measured once."""

    __tablename__ = "latencies"

    architecture_digest: Mapped[str] = mapped_column(Sha256, primary_key=True)
    profile: Mapped[str] = mapped_column(String(200), primary_key=True)
    latency: Mapped[dict[str, Any]]
    measured_at: Mapped[datetime]


class ArtifactRow(Base):
    """Bytes in the artifact store, named by their hash."""

    __tablename__ = "artifacts"

    sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    """When they last came in, or were announced."""
    state: Mapped[str] = mapped_column(
        String(16), default=ArtifactState.STORED, server_default=text("'stored'")
    )


class WeightsRow(Base):
    """Weights that a team has brought along, for as long as their bytes are there."""

    __tablename__ = "weights"

    team: Mapped[str] = mapped_column(ForeignKey("teams.name"), primary_key=True)
    sha256: Mapped[str] = mapped_column(
        ForeignKey("artifacts.sha256", ondelete="CASCADE"), primary_key=True, index=True
    )
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class DispatcherRow(Base):
    """A boot of a dispatcher, as it last reported itself."""

    __tablename__ = "dispatchers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    cluster: Mapped[str] = mapped_column(String(200))
    nodes: Mapped[list[Any]]
    datasets: Mapped[list[Any]]
    seen_at: Mapped[datetime]


class DeviceRow(Base):
    """A device profile of a team, as its agent last reported itself."""

    __tablename__ = "devices"

    team: Mapped[str] = mapped_column(ForeignKey("teams.name"), primary_key=True)
    profile: Mapped[str] = mapped_column(String(64), primary_key=True)
    system: Mapped[dict[str, Any]]
    """What it is: machine, CPUs, versions."""
    seen_at: Mapped[datetime]


class MeasurementRow(Base):
    """A model that waits for its latency on a device, or is being measured there.

    It is gone once its latency is on record, or once nobody has asked for it for long.
    """

    __tablename__ = "measurements"
    __table_args__ = (
        UniqueConstraint(
            "team", "profile", "batch_size", "threads", "precision", "subject", name="asked_for"
        ),
        CheckConstraint("state IN ('waiting', 'leased', 'failed')", name="state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    """Ordered by time of creation."""
    team: Mapped[str] = mapped_column(ForeignKey("teams.name"))
    profile: Mapped[str] = mapped_column(String(64))
    batch_size: Mapped[int]
    threads: Mapped[int]
    precision: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(Sha256)
    """Under what the latency goes on record: an architecture's digest, or a file's hash."""
    model: Mapped[str] = mapped_column(Sha256, index=True)
    """Hash of the ONNX file; so is `reference`, of the reference model's."""
    reference: Mapped[str] = mapped_column(Sha256, index=True)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    """Leases that were given out; the last one's number is what its agent proves it by."""
    agent: Mapped[str | None] = mapped_column(String(64))
    leased_until: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    """When a trial last waited for it."""
    detail: Mapped[str | None]


class CopyRow(Base):
    """A running copy of the service."""

    __tablename__ = "copies"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    seen_at: Mapped[datetime]
    """When it last looked after the leases."""
    rescue_from: Mapped[datetime]
    """Until then runners may have had no chance to renew with it."""


class AuditRow(Base):
    """Who did what: one row for each change that a person made, never changed or deleted."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_team_id", "team", "id"),
        # Of each filter: the newest of many that it lets past, without walking through the others.
        Index("ix_audit_action_id", "action", "id"),
        Index("ix_audit_actor_id", "actor", "id"),
        Index("ix_audit_object_id", "object", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    """Ordered by time."""
    at: Mapped[datetime]
    team: Mapped[str] = mapped_column(String(100))
    """The team whose thing was changed."""
    actor: Mapped[str] = mapped_column(String(100))
    token_id: Mapped[str] = mapped_column(Id)
    action: Mapped[str] = mapped_column(String(40))
    """What was done, as `job.cancel`."""
    object: Mapped[str] = mapped_column(String(200))
    """Id or name of what it was done to."""
    body: Mapped[dict[str, Any]]
    request_id: Mapped[str] = mapped_column(Id)


class WebhookRow(Base):
    """An address that is told of a team's events."""

    __tablename__ = "webhooks"
    __table_args__ = (Index("ix_webhooks_team", "team"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    team: Mapped[str] = mapped_column(ForeignKey("teams.name"))
    url: Mapped[str] = mapped_column(String(2000))
    secret: Mapped[str] = mapped_column(String(100))
    """Signs what is sent, so it is kept as it is; shown once."""
    events: Mapped[list[Any]]
    """Kinds of events that are sent."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    detail: Mapped[str | None]
    """Why it was disabled, or how the last try failed."""
    leased_until: Mapped[datetime | None]
    """Until then one copy of the service delivers to it; in the past, when it last had its turn."""


class WebhookCursorRow(Base):
    """How far a webhook has been told of one job, while there is more to tell."""

    __tablename__ = "webhook_cursors"

    webhook_id: Mapped[str] = mapped_column(
        ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True
    )
    job_id: Mapped[str] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    sequence: Mapped[int]
    """Every event up to this one was delivered, is not wanted or was before the webhook."""
    attempts: Mapped[int]
    """Failed tries at the next one."""
    next_at: Mapped[datetime | None]
    """When the next try is due."""
