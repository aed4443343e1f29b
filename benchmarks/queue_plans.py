"""Whether an index answers every statement when a million trials are stored, and how quickly."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from benchmarks.queue_seed import BEGAN, SEEDER, planned, spec
from benchmarks.report import Figure, at_most
from service.clock import DatabaseClock
from service.db.engine import Database
from service.db.migrate import migrate
from service.jobs.submit import submit
from service.team.access import bootstrap
from tests.api.served import serving
from tests.api.statements import full_scans, watched
from tests.api.whole_day import live_through

TRIALS_EACH = 10_000
FILLED = frozenset({"trials", "models", "trial_reports", "events", "audit"})
"""Tables with a row for each trial; of a hundred jobs all may well be read."""

_NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last) "
)
_TRIALS = (
    "INSERT INTO trials (job_id, number, state, parameters, architecture, architecture_digest, "
    "seed, {values}, attempts, created_at) "
    + _NUMBERS
    + "SELECT jobs.id, n, 'complete', {document}, {document}, 'digest', n, {document}, 1, "
    "jobs.created_at FROM jobs, numbers"
)
_MODELS = (
    "INSERT INTO models (id, job_id, trial_number, position, head, architecture, "
    "architecture_digest, {values}, latency, checkpoint, checkpoint_bytes, feasible, front_from, "
    "front_until, created_at) "
    "SELECT 'mdl_' || substr(job_id, 33) || number, job_id, number, 0, 'gap', {document}, "
    "'digest', {document}, {document}, substr(job_id, 33) || number, 4, true, "
    "CASE WHEN number % 50 = 0 THEN number / 50 + 1 END, "
    "CASE WHEN number % 100 = 0 THEN number / 50 + 2 END, created_at FROM trials"
)
_REPORTS = (
    "INSERT INTO trial_reports (job_id, number, training_epoch, attempt, accuracy, loss, seconds, "
    "at) SELECT job_id, number, 1, 1, 0.5, 0.5, 0.5, created_at FROM trials"
)
_EVENTS = (
    "INSERT INTO events (job_id, sequence, kind, body, at) "
    "SELECT job_id, number + 2, 'trial.state', {document}, created_at FROM trials"
)
_AUDIT = (
    "INSERT INTO audit (id, at, team, actor, token_id, action, object, body, request_id) "
    "SELECT 'aud_' || substr(job_id, 33) || number, created_at, 'default', "
    "'actor ' || (number % 100), 'tok_0', 'job.change', job_id, {document}, 'req_0' FROM trials"
)


def plans(url: str, rows: int) -> Iterator[Figure]:
    """Everything a day asks, with so many trials stored besides."""
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory)
        database = Database(url)
        migrate(database)
        bootstrap(database, DatabaseClock(), data_dir)
        fill(database, rows)
        database.close()
        with serving(data_dir, url) as served:
            engine = served.parts.database.engine
            with watched(engine) as statements, _timed(engine) as slowest:
                live_through(served)
            scans = [
                statement
                for statement, parameters in statements.items()
                if FILLED.intersection(full_scans(engine, statement, parameters))
            ]
    for statement in scans:
        print(f"reads a whole table: {statement}", flush=True)
    statement, seconds = max(slowest.items(), key=lambda each: each[1])
    print(f"slowest: {statement}", flush=True)
    yield Figure(f"statements asked with {rows} trials", len(statements))
    yield at_most("of these, statements that read a whole table", len(scans), 0)
    yield Figure(f"slowest statement with {rows} trials, ms", 1000 * seconds)


def fill(database: Database, rows: int) -> None:
    """So many finished trials in an empty database, of jobs of 10,000 each."""
    job = planned(spec("filled", TRIALS_EACH))
    with database.write() as session:
        if session.get_bind().dialect.name == "postgresql":
            # A million rows take longer than any statement of the service may.
            session.execute(text("SET LOCAL statement_timeout = 0"))
        for _ in range(max(1, rows // TRIALS_EACH)):
            row, _ = submit(session, job, SEEDER, BEGAN, key=None, body_sha256="")
            row.state, row.reason, row.finished_at = "succeeded", "budget_spent", BEGAN
        session.flush()
        postgresql = session.get_bind().dialect.name == "postgresql"
        words = {"document": "'{}'::jsonb" if postgresql else "'{}'", "values": '"values"'}
        connection = session.connection()
        last = {"last": min(rows, TRIALS_EACH) - 1}
        for statement, values in (
            (_TRIALS, last),
            (_MODELS, {}),
            (_REPORTS, {}),
            (_EVENTS, {}),
            (_AUDIT, {}),
        ):
            # The only colons that are no parameters are those of a cast.
            sql = statement.format(**words).replace("::", "\\:\\:")
            connection.execute(text(sql), values)
    if postgresql:
        with database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
            # The pool has it back.
            connection.execute(text("RESET statement_timeout"))


@contextmanager
def _timed(engine: Engine) -> Iterator[dict[str, float]]:
    """The longest that each query took."""
    found: dict[str, float] = {}

    def begin(connection: Connection, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def end(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        seconds = time.perf_counter() - connection.info.get("began", time.perf_counter())
        found[statement] = max(seconds, found.get(statement, 0.0))

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", begin)
        event.remove(engine, "after_cursor_execute", end)
