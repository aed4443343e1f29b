"""Trials that take the result of another one, and points that never became trials."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trials", sa.Column("copy_of", sa.Integer, nullable=True))
    op.add_column(
        "jobs",
        sa.Column("trials_rejected", sa.Integer, nullable=False, server_default=sa.text("0")),
    )
