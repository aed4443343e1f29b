"""The rows of artifacts that come and go, so that uploads and collections of the same bytes can cross.

No transaction waits for the store. So an upload announces its bytes, puts them in place, and then
says that they are there; a collection condemns bytes, deletes them, and then forgets them. What was
announced lately is not old enough to be condemned, what is condemned cannot be announced, and only
what is there can be referred to.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from service.db.tables import ArtifactRow
from service.db.upsert import upsert
from service.errors import Unavailable
from service.lifecycle import ArtifactState


def announce(session: Session, sha256: str, at: datetime) -> None:
    """Say that these bytes are about to be put in place.

    Raises:
        Unavailable: the same bytes are being deleted.
    """
    row = {"sha256": sha256, "size": 0, "created_at": at, "state": ArtifactState.COMING}
    upsert(session, ArtifactRow, [row], replacing=("created_at",))
    state = session.scalar(select(ArtifactRow.state).where(ArtifactRow.sha256 == sha256))
    if state == ArtifactState.CONDEMNED:
        raise Unavailable("the same bytes are being deleted", retry_after=1)


def settle(session: Session, sha256: str, size: int, at: datetime) -> None:
    """Say that announced bytes are in place, and from now on may be referred to."""
    there = update(ArtifactRow).where(
        ArtifactRow.sha256 == sha256, ArtifactRow.state != ArtifactState.CONDEMNED
    )
    changed = session.execute(
        there.values(state=ArtifactState.STORED, size=size, created_at=at).returning(
            ArtifactRow.sha256
        )
    )
    if changed.first() is None:
        raise Unavailable("the bytes were too long on their way", retry_after=1)


def referable(digests: Collection[str]) -> Select[str, int]:
    """Those of the artifacts that are in place, with their sizes, kept from collection until commit."""
    return (
        select(ArtifactRow.sha256, ArtifactRow.size)
        .where(ArtifactRow.sha256.in_(digests), ArtifactRow.state == ArtifactState.STORED)
        .with_for_update(read=True)
    )


def condemn(session: Session, digests: Sequence[str]) -> None:
    """Let nobody refer to them or bring them any more; their rows are locked by the caller."""
    these = update(ArtifactRow).where(ArtifactRow.sha256.in_(digests))
    session.execute(these.values(state=ArtifactState.CONDEMNED))


def forget(session: Session, digests: Sequence[str]) -> None:
    """Remove the rows of condemned artifacts whose bytes are gone."""
    session.execute(delete(ArtifactRow).where(ArtifactRow.sha256.in_(digests)))
