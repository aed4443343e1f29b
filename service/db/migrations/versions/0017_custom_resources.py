"""What trials need of their nodes beside CPUs and GPUs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TURN = ["state", "dataset_key", "team", "owner", "priority", "boost", "id", "cpus", "gpus"]


def upgrade() -> None:
    op.add_column("jobs", sa.Column("custom", DOCUMENT, nullable=True))
    op.drop_index("ix_jobs_turn", "jobs")
    op.create_index("ix_jobs_turn", "jobs", [*TURN, "concurrency", "device", "custom"])
