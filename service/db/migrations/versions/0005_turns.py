"""What decides whose turn it is, as columns of the jobs, and an index that holds them all."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.Column("dataset_key", sa.String(100), nullable=False, server_default=sa.text("''"))
    op.add_column("jobs", key)
    for name, kind, default in (
        ("cpus", sa.Float, "1"),
        ("gpus", sa.Float, "0"),
        ("concurrency", sa.Integer, "1"),
    ):
        default_text = sa.text(default)
        op.add_column("jobs", sa.Column(name, kind, nullable=False, server_default=default_text))
    op.execute(_fill(op.get_bind().dialect.name))
    columns = ["state", "dataset_key", "team", "owner", "priority", "boost", "id"]
    op.create_index("ix_jobs_turn", "jobs", [*columns, "cpus", "gpus", "concurrency"])


def _fill(dialect: str) -> str:
    if dialect == "postgresql":
        return (
            "UPDATE jobs SET dataset_key = dataset->>'key', "
            "cpus = (spec#>>'{resources,cpus}')::float, "
            "gpus = (spec#>>'{resources,gpus}')::float, "
            "concurrency = (spec#>>'{resources,concurrency}')::integer"
        )
    return (
        "UPDATE jobs SET dataset_key = json_extract(dataset, '$.key'), "
        "cpus = json_extract(spec, '$.resources.cpus'), "
        "gpus = json_extract(spec, '$.resources.gpus'), "
        "concurrency = json_extract(spec, '$.resources.concurrency')"
    )
