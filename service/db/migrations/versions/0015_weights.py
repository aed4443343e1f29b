"""Weights that people bring along, and the jobs that begin with some."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("weights", sa.String(64), nullable=True))
    op.create_index("ix_jobs_weights", "jobs", ["weights"])
    op.create_table(
        "weights",
        sa.Column("team", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team", "sha256", name="pk_weights"),
        sa.ForeignKeyConstraint(["team"], ["teams.name"], name="fk_weights_team"),
        sa.ForeignKeyConstraint(
            ["sha256"], ["artifacts.sha256"], name="fk_weights_sha256", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_weights_sha256", "weights", ["sha256"])
