"""What a job's sampler is told before its first trial."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NONE = sa.text("0")


def upgrade() -> None:
    op.add_column(
        "jobs", sa.Column("observations", sa.Integer, nullable=False, server_default=NONE)
    )
    op.add_column(
        "jobs", sa.Column("observations_dropped", sa.Integer, nullable=False, server_default=NONE)
    )
    op.create_table(
        "warm_starts",
        sa.Column("job_id", sa.String(40), nullable=False),
        sa.Column("observations", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_warm_starts_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name="pk_warm_starts"),
    )
