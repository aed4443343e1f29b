"""Inserting what may be there already, in the dialect of the database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.db.tables import Base


def upsert(
    session: Session,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    replacing: Sequence[str] = (),
) -> None:
    """Insert rows; where one's primary key is taken, replace those columns and no others."""
    if not rows:
        return
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    statement = postgresql.insert(table) if on_postgresql else sqlite.insert(table)
    if replacing:
        key = [column.name for column in table.__table__.primary_key]
        new = {column: statement.excluded[column] for column in replacing}
        statement = statement.on_conflict_do_update(index_elements=key, set_=new)
    else:
        statement = statement.on_conflict_do_nothing()
    session.execute(statement, [dict(row) for row in rows])
