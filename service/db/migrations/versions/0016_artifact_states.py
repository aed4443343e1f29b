"""Where the bytes of each artifact are; all that there were are stored."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    state = sa.Column("state", sa.String(16), nullable=False, server_default=sa.text("'stored'"))
    op.add_column("artifacts", state)
