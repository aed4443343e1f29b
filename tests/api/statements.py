"""Every statement that a service sends to its database, and whether an index answers it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, text

from service.db.tables import (
    ArtifactRow,
    AuditRow,
    EventRow,
    FrontRevisionRow,
    IdempotencyRow,
    JobRow,
    JobTagRow,
    LatencyRow,
    ModelRow,
    PointRow,
    TrialReportRow,
    TrialRow,
)

GROWING = frozenset(
    row.__tablename__
    for row in (
        ArtifactRow,
        AuditRow,
        EventRow,
        FrontRevisionRow,
        IdempotencyRow,
        JobRow,
        JobTagRow,
        LatencyRow,
        ModelRow,
        PointRow,
        TrialReportRow,
        TrialRow,
    )
)
"""Tables with a row for each thing that was ever done; the others have one for each team, say."""

Statements = dict[str, Any]
"""Text, with one set of the parameters that it was sent with."""


@contextmanager
def watched(engine: Engine) -> Iterator[Statements]:
    """Collects what is sent meanwhile: each query, update and deletion once."""
    found: Statements = {}

    def see(
        _: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and not _reads_all(
            statement
        ):
            found.setdefault(statement, parameters[0] if many else parameters)

    event.listen(engine, "before_cursor_execute", see)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", see)


def _reads_all(statement: str) -> bool:
    """Whether reading everything is what the statement is for."""
    # Once an hour all that is stored is compared with all that names it.
    collecting = statement.startswith("SELECT artifacts.sha256")
    # A page of all there is reads no further than its end.
    newest = "WHERE" not in statement and "LIMIT" in statement
    return collecting or newest


def unmeasured(engine: Engine) -> Engine:
    """Where to ask for plans that depend on no table's present size."""
    if engine.dialect.name != "sqlite":
        return engine
    # SQLite plans by what it was last told of the sizes: by nothing, in a copy that is empty.
    copy = create_engine("sqlite://", module=engine.dialect.dbapi, poolclass=StaticPool)
    with engine.connect() as real, copy.begin() as empty:
        schema = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
        for statement in real.exec_driver_sql(schema).scalars():
            empty.exec_driver_sql(statement)
    return copy


def full_scans(engine: Engine, statement: str, parameters: Any) -> list[str]:
    """The growing tables of which a statement reads every row.

    Few rows are read quickest one after another, and joined so; which says nothing of many, so that
    PostgreSQL may do it only where it knows no other way.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return [table for row in rows for table in _scanned_by_sqlite(row[3], statement)]
        for way in ("seqscan", "hashjoin", "mergejoin"):
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        return list(_scanned_by_postgresql(plan.scalar_one()[0]["Plan"]))


def _scanned_by_sqlite(detail: str, statement: str) -> Iterator[str]:
    if match := re.match(r"SCAN (\w+)", detail):
        alias = match[1]
        # The plan names aliases where the statement does.
        named = re.search(rf"(\w+) AS {alias}\b", statement)
        table = named[1] if named else alias
        if table in GROWING:
            yield table


def _scanned_by_postgresql(node: dict[str, Any]) -> Iterator[str]:
    sequential = node["Node Type"] == "Seq Scan"
    aimless = "Index" in node["Node Type"] and not node.keys() & {"Index Cond", "Recheck Cond"}
    if (sequential or aimless) and node.get("Relation Name") in GROWING:
        yield node["Relation Name"]
    for inner in node.get("Plans", ()):
        yield from _scanned_by_postgresql(inner)
