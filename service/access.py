"""Who asks: bearer tokens of people and dispatchers, and those of runners.

A token is shown once; only its SHA-256 is stored. 256 random bits need no slow hash.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from service.clock import Clock
from service.db.engine import Database, lock_name
from service.db.tables import TeamRow, TokenRow
from service.errors import Unauthorized
from service.ids import new_token_id

DEFAULT_TEAM = "default"
# Every request asks this, so it is built once and on the bare table.
_tokens = TokenRow.__table__.c
_BY_HASH = select(
    _tokens.id, _tokens.name, _tokens.team, _tokens.role, _tokens.expires_at, _tokens.revoked_at
).where(_tokens.token_sha256 == bindparam("token_sha256"))
_RUNNER_TOKEN = re.compile(r"tcr_(job_[0-9a-f]{32})_([1-9][0-9]{0,9})_[A-Za-z0-9_-]{43}")


class Role(StrEnum):
    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"
    DISPATCHER = "dispatcher"
    """Given to dispatchers alone: claims jobs of every team, and reads nothing else."""

    def covers(self, needed: "Role") -> bool:
        """Whether this role may do what `needed` may."""
        if Role.DISPATCHER in (self, needed):
            return self is needed
        ladder = (Role.VIEWER, Role.EDITOR, Role.ADMIN)
        return ladder.index(self) >= ladder.index(needed)


@dataclass(frozen=True, slots=True)
class Caller:
    """A person's or a dispatcher's token that was found good."""

    token_id: str
    name: str
    team: str
    role: Role


@dataclass(frozen=True, slots=True)
class RunnerToken:
    """What a runner's token says; the fence in `service.queue` finds out whether it is true."""

    job_id: str
    epoch: int
    sha256: str

    @classmethod
    def parse(cls, token: str) -> "RunnerToken":
        """Raises Unauthorized for anything that no claim can have given out."""
        match = _RUNNER_TOKEN.fullmatch(token)
        if match is None:
            raise Unauthorized
        return cls(match[1], int(match[2]), token_sha256(token))


def runner_token(job_id: str, epoch: int) -> tuple[str, RunnerToken]:
    """A token for one claim: its text, and what is kept of it.

    The text names the claim, so that a runner which comes late is told 409 and not 401.
    """
    text = f"tcr_{job_id}_{epoch}_{secrets.token_urlsafe(32)}"
    return text, RunnerToken.parse(text)


def require_secret(token: RunnerToken, stored_sha256: str | None) -> None:
    """Raises Unauthorized unless the token is the very one that was given out."""
    if not hmac.compare_digest(token.sha256, stored_sha256 or ""):
        raise Unauthorized


def authenticate(session: Session, token: str, at: datetime) -> Caller:
    """The caller behind a bearer token.

    Raises:
        Unauthorized: unknown, expired or revoked.
    """
    found = session.connection().execute(_BY_HASH, {"token_sha256": token_sha256(token)})
    row = found.one_or_none()
    if row is None or row.revoked_at is not None:
        raise Unauthorized
    if row.expires_at is not None and row.expires_at <= at:
        raise Unauthorized
    return Caller(row.id, row.name, row.team, Role(row.role))


def create_token(
    session: Session,
    *,
    name: str,
    team: str,
    role: Role,
    at: datetime,
    expires_at: datetime | None = None,
) -> tuple[TokenRow, str]:
    """A new token: its row, and the text that is never to be had again."""
    token = "tcl_" + secrets.token_urlsafe(32)
    row = TokenRow(
        id=new_token_id(at),
        name=name,
        team=team,
        role=role.value,
        token_sha256=token_sha256(token),
        created_at=at,
        expires_at=expires_at,
        revoked_at=None,
    )
    session.add(row)
    session.flush()
    return row, token


def bootstrap(database: Database, clock: Clock, data_dir: Path) -> None:
    """Make the default team, and the tokens of administrator and dispatcher as files.

    A token that is good is left alone, even where its file is gone. So a revoked one of the
    dispatcher's is replaced at the next start, and nobody stays locked out for good.
    """
    with database.write() as session:
        lock_name(session, "bootstrap")
        at = clock.now(session)
        if session.get(TeamRow, DEFAULT_TEAM) is None:
            session.add(TeamRow(name=DEFAULT_TEAM, quotas={}, created_at=at))
            session.flush()
        for role in (Role.ADMIN, Role.DISPATCHER):
            if not living_tokens(session, role, at):
                _, token = create_token(
                    session, name=role.value, team=DEFAULT_TEAM, role=role, at=at
                )
                _write_secret(data_dir / f"{role.value}-token", token)


def living_tokens(session: Session, role: Role, at: datetime) -> Sequence[str]:
    """Ids of the default team's tokens of one role that are good at `at`."""
    query = select(TokenRow.id).where(
        TokenRow.team == DEFAULT_TEAM,
        TokenRow.role == role.value,
        TokenRow.revoked_at.is_(None),
        or_(TokenRow.expires_at.is_(None), TokenRow.expires_at > at),
    )
    return session.scalars(query).all()


def _write_secret(path: Path, text: str) -> None:
    """Put a file in place whole, readable by its owner alone from the first byte on."""
    new = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def token_sha256(token: str) -> str:
    """By what a token is known, here and in the database."""
    return hashlib.sha256(token.encode()).hexdigest()
