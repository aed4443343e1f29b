"""The precision in which a device measures a model.

What waits to be measured is made anew: the trials that wait for it ask again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ASKED_FOR = ["team", "profile", "batch_size", "threads", "precision", "subject"]


def upgrade() -> None:
    op.drop_table("measurements")
    op.create_table(
        "measurements",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("team", sa.String(100), nullable=False),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("batch_size", sa.Integer, nullable=False),
        sa.Column("threads", sa.Integer, nullable=False),
        sa.Column("precision", sa.String(8), nullable=False),
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
        sa.UniqueConstraint(*ASKED_FOR, name="asked_for"),
        sa.CheckConstraint(
            "state IN ('waiting', 'leased', 'failed')", name=op.f("ck_measurements_state")
        ),
    )
    for column in ("model", "reference"):
        op.create_index(f"ix_measurements_{column}", "measurements", [column])
