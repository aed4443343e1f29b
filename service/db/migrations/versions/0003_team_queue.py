"""Slots granted, members, scopes, retention, the audit trail and webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
ID = sa.String(40)
NAME = sa.String(100)
TIME = sa.DateTime(timezone=True)
NONE_YET = sa.text("0")


def upgrade() -> None:
    _jobs()
    _people()
    _audit()
    _webhooks()


def _jobs() -> None:
    op.add_column("jobs", sa.Column("slots", sa.Integer, nullable=False, server_default=NONE_YET))
    op.add_column("jobs", sa.Column("boost", sa.Integer, nullable=False, server_default=NONE_YET))
    op.add_column("jobs", sa.Column("waiting_since", TIME, nullable=True))
    op.add_column(
        "jobs", sa.Column("stored_bytes", sa.BigInteger, nullable=False, server_default=NONE_YET)
    )
    op.create_index("ix_jobs_team_state", "jobs", ["team", "state"])
    op.execute(
        "UPDATE jobs SET stored_bytes = coalesce("
        "(SELECT sum(checkpoint_bytes) FROM models WHERE models.job_id = jobs.id), 0)"
    )
    op.execute("UPDATE jobs SET waiting_since = created_at WHERE state = 'queued'")


def _people() -> None:
    op.add_column("teams", sa.Column("retention_days", sa.Integer, nullable=True))
    op.add_column("tokens", sa.Column("member", NAME, nullable=True))
    op.add_column("tokens", sa.Column("scopes", DOCUMENT, nullable=True))
    op.create_table(
        "members",
        sa.Column("team", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["team"], ["teams.name"], name="fk_members_team"),
        sa.PrimaryKeyConstraint("team", "name", name="pk_members"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("team", NAME, nullable=False),
        sa.Column("actor", NAME, nullable=False),
        sa.Column("token_id", ID, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("object", sa.String(200), nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_team_id", "audit", ["team", "id"])


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", ID, nullable=False),
        sa.Column("team", NAME, nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("secret", NAME, nullable=False),
        sa.Column("events", DOCUMENT, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME, nullable=True),
        sa.Column("detail", sa.Text, nullable=True),
        sa.Column("leased_until", TIME, nullable=True),
        sa.ForeignKeyConstraint(["team"], ["teams.name"], name="fk_webhooks_team"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_team", "webhooks", ["team"])
    op.create_table(
        "webhook_cursors",
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhooks.id"],
            name="fk_webhook_cursors_webhook_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_webhook_cursors_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("webhook_id", "job_id", name="pk_webhook_cursors"),
    )
