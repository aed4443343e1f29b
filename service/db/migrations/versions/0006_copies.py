"""The running copies of the service, which judge leases together."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "copies",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("rescue_from", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_copies"),
    )
