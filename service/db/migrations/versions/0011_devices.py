"""People's own devices, and the models that wait to be measured on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)
TURN = ["state", "dataset_key", "team", "owner", "priority", "boost", "id", "cpus", "gpus"]
ASKED_FOR = ["team", "profile", "batch_size", "threads", "subject"]


def upgrade() -> None:
    op.add_column("jobs", sa.Column("device", sa.String(64), nullable=True))
    op.drop_index("ix_jobs_turn", "jobs")
    op.create_index("ix_jobs_turn", "jobs", [*TURN, "concurrency", "device"])
    op.create_table(
        "devices",
        sa.Column("team", sa.String(100), nullable=False),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("system", DOCUMENT, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("team", "profile", name="pk_devices"),
        sa.ForeignKeyConstraint(["team"], ["teams.name"], name="fk_devices_team"),
    )
    op.create_table(
        "measurements",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("team", sa.String(100), nullable=False),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("batch_size", sa.Integer, nullable=False),
        sa.Column("threads", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("agent", sa.String(64), nullable=True),
        sa.Column("leased_until", TIME, nullable=True),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("detail", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_measurements"),
        sa.ForeignKeyConstraint(["team"], ["teams.name"], name="fk_measurements_team"),
        sa.UniqueConstraint(*ASKED_FOR, name=f"uq_measurements_{'_'.join(ASKED_FOR)}"),
        sa.CheckConstraint(
            "state IN ('waiting', 'leased', 'failed')", name=op.f("ck_measurements_state")
        ),
    )
    for column in ("model", "reference"):
        op.create_index(f"ix_measurements_{column}", "measurements", [column])
