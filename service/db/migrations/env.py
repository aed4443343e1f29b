"""Alembic's entry point. The caller's connection holds the transaction and the lock."""

from alembic import context

from service.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
