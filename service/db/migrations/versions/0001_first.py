"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)
SHA256 = sa.String(64)
ID = sa.String(40)


def upgrade() -> None:
    _access()
    _jobs()
    _about_jobs()
    _trials()
    _models()
    _clusters()


def _access() -> None:
    op.create_table(
        "teams",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("quotas", DOCUMENT, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_teams"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("team", sa.String(100), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("token_sha256", SHA256, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["team"], ["teams.name"], name="fk_tokens_team"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("token_sha256", name="uq_tokens_token_sha256"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("team", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("spec", DOCUMENT, nullable=False),
        sa.Column("dataset", DOCUMENT, nullable=False),
        sa.Column("reference_point", DOCUMENT, nullable=False),
        sa.Column("tags", DOCUMENT, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("budget_trials", sa.Integer, nullable=False),
        sa.Column("wall_clock_seconds", sa.Float(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("desired", sa.String(16), nullable=False),
        sa.Column("desired_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("dispatcher", sa.String(64), nullable=True),
        sa.Column("cluster", sa.String(200), nullable=True),
        sa.Column("handle", sa.String(100), nullable=True),
        sa.Column("runner", sa.String(200), nullable=True),
        sa.Column("runner_token_sha256", SHA256, nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("running_since", TIME, nullable=True),
        sa.Column("wall_clock_used", sa.Float(), nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("trials_total", sa.Integer, nullable=False),
        sa.Column("trials_finished", sa.Integer, nullable=False),
        sa.Column("trials_failed", sa.Integer, nullable=False),
        sa.Column("trials_pruned", sa.Integer, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("front_revision", sa.Integer, nullable=False),
        sa.Column("front_size", sa.Integer, nullable=False),
        sa.Column("hypervolume", sa.Float(), nullable=False),
        sa.CheckConstraint("desired IN ('run', 'pause', 'cancel')", name=op.f("ck_jobs_desired")),
        sa.CheckConstraint(
            "state IN ('queued', 'starting', 'running', 'paused', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_jobs_state"),
        ),
        sa.ForeignKeyConstraint(["team"], ["teams.name"], name="fk_jobs_team"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_state_priority_id", "jobs", ["state", "priority", "id"])
    op.create_index("ix_jobs_team_id_id", "jobs", ["team", "id"])


def _about_jobs() -> None:
    op.create_table(
        "job_tags",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("key", sa.String(256), nullable=False),
        sa.Column("value", sa.String(256), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_tags_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "key", name="pk_job_tags"),
    )
    op.create_index("ix_job_tags_key_value", "job_tags", ["key", "value"])
    op.create_table(
        "idempotency_keys",
        sa.Column("team", sa.String(100), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("body_sha256", SHA256, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_idempotency_keys_job_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team"], ["teams.name"], name="fk_idempotency_keys_team"),
        sa.PrimaryKeyConstraint("team", "key", name="pk_idempotency_keys"),
    )
    op.create_table(
        "events",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_events_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "sequence", name="pk_events"),
    )


def _trials() -> None:
    op.create_table(
        "trials",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("parameters", DOCUMENT, nullable=False),
        sa.Column("architecture", DOCUMENT, nullable=False),
        sa.Column("architecture_digest", SHA256, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("values", DOCUMENT, nullable=False),
        sa.Column("latency", DOCUMENT, nullable=True),
        sa.Column("measured_attempt", sa.Integer, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('reserved', 'running', 'complete', 'pruned', 'failed', 'cancelled', 'suspended')",
            name=op.f("ck_trials_state"),
        ),
        sa.CheckConstraint("number >= 0", name=op.f("ck_trials_number")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_trials_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_trials"),
    )
    op.create_index("ix_trials_job_id_state_number", "trials", ["job_id", "state", "number"])
    op.create_table(
        "trial_reports",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("training_epoch", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("accuracy", sa.Float(), nullable=False),
        sa.Column("loss", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("checkpoint", SHA256, nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id", "number"],
            ["trials.job_id", "trials.number"],
            name="fk_trial_reports_job_id_number",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "job_id", "number", "training_epoch", "attempt", name="pk_trial_reports"
        ),
    )
    op.create_index("ix_trial_reports_checkpoint", "trial_reports", ["checkpoint"])


def _models() -> None:
    op.create_table(
        "models",
        sa.Column("id", ID, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("trial_number", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("head", sa.String(16), nullable=False),
        sa.Column("ranks", DOCUMENT, nullable=True),
        sa.Column("architecture", DOCUMENT, nullable=False),
        sa.Column("architecture_digest", SHA256, nullable=False),
        sa.Column("values", DOCUMENT, nullable=False),
        sa.Column("latency", DOCUMENT, nullable=False),
        sa.Column("checkpoint", SHA256, nullable=False),
        sa.Column("checkpoint_bytes", sa.BigInteger, nullable=False),
        sa.Column("feasible", sa.Boolean(), nullable=False),
        sa.Column("front_from", sa.Integer, nullable=True),
        sa.Column("front_until", sa.Integer, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id", "trial_number"],
            ["trials.job_id", "trials.number"],
            name="fk_models_job_id_trial_number",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_models"),
        sa.UniqueConstraint(
            "job_id", "trial_number", "position", name="uq_models_job_id_trial_number_position"
        ),
    )
    op.create_index("ix_models_checkpoint", "models", ["checkpoint"])
    op.create_index("ix_models_job_id_front_until", "models", ["job_id", "front_until"])
    op.create_table(
        "front_revisions",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("trials_finished", sa.Integer, nullable=False),
        sa.Column("hypervolume", sa.Float(), nullable=False),
        sa.Column("front_size", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_front_revisions_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "revision", name="pk_front_revisions"),
    )
    op.create_table(
        "artifacts",
        sa.Column("sha256", SHA256, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_artifacts"),
    )


def _clusters() -> None:
    op.create_table(
        "latencies",
        sa.Column("architecture_digest", SHA256, nullable=False),
        sa.Column("profile", sa.String(200), nullable=False),
        sa.Column("latency", DOCUMENT, nullable=False),
        sa.Column("measured_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("architecture_digest", "profile", name="pk_latencies"),
    )
    op.create_table(
        "dispatchers",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("cluster", sa.String(200), nullable=False),
        sa.Column("nodes", DOCUMENT, nullable=False),
        sa.Column("datasets", DOCUMENT, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dispatchers"),
    )
