"""Other forms of a model than its checkpoint, each measured for itself."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("model_id", sa.String(40), nullable=False),
        sa.Column("form", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("accuracy", sa.Float, nullable=True),
        sa.Column("latency", DOCUMENT, nullable=True),
        sa.PrimaryKeyConstraint("model_id", "form", name="pk_exports"),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], ondelete="CASCADE", name="fk_exports_model_id"
        ),
    )
    op.create_index("ix_exports_sha256", "exports", ["sha256"])
