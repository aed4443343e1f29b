"""An index for each filter of the audit trail."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FILTERS = ("action", "actor", "object")


def upgrade() -> None:
    for column in FILTERS:
        op.create_index(f"ix_audit_{column}_id", "audit", [column, "id"])
