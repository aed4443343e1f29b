"""Indexes for fronts among many models, for keys of posts, and for jobs that have begun."""

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
    op.create_index("ix_idempotency_keys_job_id", "idempotency_keys", ["job_id"])
    op.create_index("ix_jobs_started_at", "jobs", ["started_at"])
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
