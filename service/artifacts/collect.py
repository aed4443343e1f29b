"""Removal of checkpoints that nothing names any more."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Select, exists, select

from service.artifacts.deposit import condemn, forget
from service.artifacts.port import ArtifactStore
from service.db.engine import Database
from service.db.tables import (
    ArtifactRow,
    ExportRow,
    JobRow,
    MeasurementRow,
    ModelRow,
    TrialReportRow,
    TrialRow,
)
from service.db.upsert import upsert
from service.errors import Unavailable
from service.lifecycle import TRIAL_TERMINAL, ArtifactState

logger = logging.getLogger(__name__)

BATCH = 100


def collect(database: Database, store: ArtifactStore, before: datetime) -> Iterator[int]:
    """Delete what was stored before a time and belongs to no job, model, live trial or device.

    Yields the number of deleted artifacts, some at a time. What cannot be deleted is left for the
    next time and holds up nothing.
    """
    store.abandon(before)
    _adopt(database, store, before)
    last = ""
    while batch := _candidates(database, before, last):
        last = batch[-1]
        yield _delete(database, store, before, batch)


def _adopt(database: Database, store: ArtifactStore, before: datetime) -> None:
    """Give a row to bytes without one: nothing is deleted that was not condemned before."""
    names = store.names(before)
    while batch := list(islice(names, BATCH)):
        with database.read() as session:
            query = select(ArtifactRow.sha256).where(ArtifactRow.sha256.in_(batch))
            rowless = set(batch) - set(session.scalars(query))
        if rowless:
            stored_at = before - timedelta(microseconds=1)
            found = {"size": 0, "created_at": stored_at, "state": ArtifactState.COMING}
            with database.write() as session:
                upsert(
                    session, ArtifactRow, [{"sha256": name, **found} for name in sorted(rowless)]
                )


def _candidates(database: Database, before: datetime, after: str) -> Sequence[str]:
    """The next unreferenced artifacts by name. Many rows are looked through, so nothing waits."""
    query = unreferenced(before).where(ArtifactRow.sha256 > after)
    with database.read() as session:
        return session.scalars(query.order_by(ArtifactRow.sha256).limit(BATCH)).all()


def _delete(
    database: Database, store: ArtifactStore, before: datetime, batch: Sequence[str]
) -> int:
    with database.write() as session:
        named = select(ArtifactRow.sha256).where(ArtifactRow.sha256.in_(batch))
        mine = session.scalars(named.with_for_update(skip_locked=True)).all()
        # Once more, now that nobody can begin to refer to them: somebody may have before.
        condemned = session.scalars(unreferenced(before).where(ArtifactRow.sha256.in_(mine))).all()
        condemn(session, condemned)
    # Whoever dies here leaves them condemned, and so to the next pass.
    gone = [sha256 for sha256 in condemned if _deleted(store, sha256)]
    with database.write() as session:
        forget(session, gone)
    return len(gone)


def _deleted(store: ArtifactStore, sha256: str) -> bool:
    try:
        store.delete(sha256)
    except Unavailable as error:
        logger.warning("cannot delete artifact %s: %s", sha256, error)
        return False
    return True


def unreferenced(before: datetime) -> Select[str]:
    """What came in before a time and belongs to nothing that is kept."""
    of_model = exists().where(ModelRow.checkpoint == ArtifactRow.sha256)
    of_export = exists().where(ExportRow.sha256 == ArtifactRow.sha256)
    of_measured_model = exists().where(MeasurementRow.model == ArtifactRow.sha256)
    of_reference = exists().where(MeasurementRow.reference == ArtifactRow.sha256)
    of_job = exists().where(JobRow.weights == ArtifactRow.sha256)
    of_live_trial = exists().where(
        TrialReportRow.checkpoint == ArtifactRow.sha256,
        TrialRow.job_id == TrialReportRow.job_id,
        TrialRow.number == TrialReportRow.number,
        TrialRow.state.not_in(TRIAL_TERMINAL),
    )
    return select(ArtifactRow.sha256).where(
        ArtifactRow.created_at < before,
        ~of_model,
        ~of_export,
        ~of_measured_model,
        ~of_reference,
        ~of_job,
        ~of_live_trial,
    )
