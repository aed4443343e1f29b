"""Inserting what may be there already, in the dialect of the database."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db.tables import Base


def upsert(
    session: Session,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    replacing: tuple[str, ...] = (),
) -> None:
    """Insert rows; where one's primary key is taken, replace those columns and no others."""
    if rows:
        dialect = session.get_bind().dialect.name
        session.connection().execute(
            _statement(dialect, table, replacing), [dict(row) for row in rows]
        )


@cache
def _statement(dialect: str, table: type[Base], replacing: tuple[str, ...]) -> Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table.__table__)
    if replacing:
        key = [column.name for column in table.__table__.primary_key]
        new = {column: statement.excluded[column] for column in replacing}
        return statement.on_conflict_do_update(index_elements=key, set_=new)
    return statement.on_conflict_do_nothing()
