"""An index that finds a front among many models that never were on it."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_models_job_id_front_until_front_from",
        "models",
        ["job_id", "front_until", "front_from"],
    )
    op.drop_index("ix_models_job_id_front_until", "models")
