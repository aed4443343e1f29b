"""Weights that people bring along: checked before they are stored, a team's own, kept while used.

The bytes are an artifact like any other. What a job names is kept as long as the job; what none
names is collected like everything that nothing refers to (`service.artifacts.collect`), and its row with it.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from searchspace.tensorfile import MOST_BYTES, BadTensorFile, TensorFile, read_header
from service.artifacts.deposit import announce, referable, settle
from service.artifacts.port import ArtifactStore, Upload
from service.db.tables import TeamRow, WeightsRow
from service.db.upsert import upsert
from service.errors import Forbidden, Unprocessable
from service.team.quotas import Quotas, stored_bytes


class CheckedUpload:
    """A safetensors file on its way in, whose header is looked at before anything is kept."""

    def __init__(self, upload: Upload, sha256: str) -> None:
        self._upload = upload
        self._sha256 = sha256
        self._head = bytearray()
        self._size = 0

    def write(self, chunk: bytes) -> None:
        """Raises TooLarge beyond the store's limit."""
        self._upload.write(chunk)
        self._size += len(chunk)
        self._head += chunk[: MOST_BYTES - len(self._head)]

    def seal(self) -> TensorFile:
        """End the bytes; what they say of themselves.

        Raises:
            Unprocessable: `digest_mismatch`, or `weights`: they are no well-formed safetensors file.
        """
        self._upload.seal()
        try:
            return read_header(bytes(self._head), self._size)
        except BadTensorFile as error:
            raise Unprocessable(f"not a safetensors file: {error}", code="weights") from None

    def announce(self, session: Session, team: str, at: datetime) -> None:
        """Say that the sealed bytes are about to be put in place.

        Raises:
            Forbidden: `quota`: the team stores as much as it may.
        """
        _require_storage(session, team)
        announce(session, self._sha256, at)

    def keep(self) -> None:
        """Put them in place."""
        self._upload.keep()

    def settle(self, session: Session, team: str, at: datetime) -> int:
        """Make them the team's; their number."""
        settle(session, self._sha256, self._size, at)
        row = {"team": team, "sha256": self._sha256, "size": self._size, "created_at": at}
        upsert(session, WeightsRow, [row], replacing=("created_at",))
        return self._size


def read_weights(store: ArtifactStore, sha256: str) -> TensorFile:
    """What stored weights say of themselves.

    Raises what the store does for bytes that are not there or have changed, and BadTensorFile.
    """
    with store.open(sha256) as file:
        head = file.read(MOST_BYTES)
        file.seek(0, 2)
        return read_header(head, file.tell())


def has_weights(session: Session, team: str, sha256: str) -> bool:
    """Whether the team has brought these along, and they are still there."""
    return session.get(WeightsRow, (team, sha256)) is not None


def hold_weights(session: Session, sha256: str) -> int:
    """Keep weights from being collected until the commit; their size in bytes.

    Raises:
        Unprocessable: `weights`: they are gone.
    """
    found = session.execute(referable([sha256])).first()
    if found is None:
        raise Unprocessable("the weights are not stored here any more", code="weights")
    return int(found.size)


def _require_storage(session: Session, team: str) -> None:
    limit = Quotas.model_validate(session.get_one(TeamRow, team).quotas).stored_bytes
    if limit is None:
        return
    mine = select(func.coalesce(func.sum(WeightsRow.size), 0)).where(WeightsRow.team == team)
    stored = stored_bytes(session, team) + int(session.scalars(mine).one())
    if stored >= limit:
        message = f"the team's models and weights take up {stored} bytes, and its quota is {limit}"
        raise Forbidden(message, code="quota")
