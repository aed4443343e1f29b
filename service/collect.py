"""Removal of checkpoints that nothing names any more."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from service.artifacts import ArtifactStore
from service.db.engine import Database
from service.db.tables import ArtifactRow, ModelRow, TrialReportRow, TrialRow
from service.lifecycle import TRIAL_TERMINAL

BATCH = 100


def collect(database: Database, store: ArtifactStore, before: datetime) -> int:
    """Delete what was stored before a time and belongs to no model and no live trial.

    Returns:
        How many artifacts were deleted.
    """
    store.abandon(before)
    deleted = 0
    while True:
        with database.write() as session:
            batch = _unreferenced(session, before)
            session.execute(delete(ArtifactRow).where(ArtifactRow.sha256.in_(batch)))
            # Before the commit: the rows' locks keep new uploads of the same bytes waiting.
            _delete(store, batch)
        deleted += len(batch)
        if len(batch) < BATCH:
            return deleted + _collect_rowless(database, store, before)


def _unreferenced(session: Session, before: datetime) -> list[str]:
    of_model = exists().where(ModelRow.checkpoint == ArtifactRow.sha256)
    of_live_trial = exists().where(
        TrialReportRow.checkpoint == ArtifactRow.sha256,
        TrialRow.job_id == TrialReportRow.job_id,
        TrialRow.number == TrialReportRow.number,
        TrialRow.state.not_in(TRIAL_TERMINAL),
    )
    query = select(ArtifactRow.sha256).where(
        ArtifactRow.created_at < before, ~of_model, ~of_live_trial
    )
    return list(session.scalars(query.limit(BATCH).with_for_update(skip_locked=True)))


def _collect_rowless(database: Database, store: ArtifactStore, before: datetime) -> int:
    """Bytes without a row: their upload crashed between the two."""
    deleted = 0
    names = store.names(before)
    while batch := set(islice(names, BATCH)):
        with database.read() as session:
            query = select(ArtifactRow.sha256).where(ArtifactRow.sha256.in_(batch))
            batch -= set(session.scalars(query))
        _delete(store, batch)
        deleted += len(batch)
    return deleted


def _delete(store: ArtifactStore, names: Iterable[str]) -> None:
    for sha256 in names:
        store.delete(sha256)
