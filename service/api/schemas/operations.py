"""Replies about the state of the service, and about what was brought to it."""

from datetime import datetime

from service.api.schemas.reply import Reply
from service.operations.findings import Level


class Finding(Reply):
    """One thing that was looked at: check is its stable name, what how it is.

    why: what follows from that. mend: the command or change that puts it right. Both are empty
    where all is well.
    """

    check: str
    level: Level
    what: str
    why: str
    mend: str


class Diagnosis(Reply):
    """at: by the database's clock, null where it cannot be asked. healthy: nothing is an error."""

    at: datetime | None
    healthy: bool
    findings: list[Finding]


class StoredWeights(Reply):
    """size: in bytes. tensors: how many there are."""

    sha256: str
    size: int
    tensors: int


class Health(Reply):
    status: str


class Ready(Reply):
    """dispatcher: whether one is alive; jobs wait while none is."""

    status: str
    database: bool
    migrations: bool
    dispatcher: bool
