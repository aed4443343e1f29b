"""What a trial is for; trials that come on top of a job's budget are counted apart."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COUNTS = ("extras_total", "extras_finished", "extras_left")


def upgrade() -> None:
    purpose = sa.Column(
        "purpose", sa.String(16), nullable=False, server_default=sa.text("'search'")
    )
    op.add_column("trials", purpose)
    op.add_column("trials", sa.Column("subject", sa.String(40), nullable=True))
    extra = sa.text("subject IS NOT NULL")
    op.create_index(
        "ix_trials_extra",
        "trials",
        ["job_id", "purpose", "number"],
        sqlite_where=extra,
        postgresql_where=extra,
    )
    for count in COUNTS:
        op.add_column(
            "jobs", sa.Column(count, sa.Integer, nullable=False, server_default=sa.text("0"))
        )
