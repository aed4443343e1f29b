"""Who asks: bearer tokens of people and dispatchers, and those of runners.

A token is shown once; only its SHA-256 is stored. 256 random bits need no slow hash. A person's
ends with a checksum, so that a mistyped one is refused without asking the database.
"""

import hashlib
import hmac
import os
import re
import secrets
import string
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from service.clock import Clock
from service.db.engine import Database, lock_name
from service.db.tables import MemberRow, TeamRow, TokenRow
from service.errors import Conflict, Unauthorized
from service.ids import new_token_id
from service.protocol import new_runner_token

DEFAULT_TEAM = "default"
_WHOSE = and_(MemberRow.team == TokenRow.team, MemberRow.name == TokenRow.member)
# Every request asks this, so it is built once and on the bare tables.
_tokens, _members = TokenRow.__table__, MemberRow.__table__
_BY_HASH = (
    select(_tokens, _members.c.role.label("member_role"))
    .select_from(_tokens.outerjoin(_members, _WHOSE))
    .where(_tokens.c.token_sha256 == bindparam("token_sha256"))
)
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_TOKEN = re.compile(r"tcl_[0-9A-Za-z]{49}")
_EARLIER_TOKEN = re.compile(r"tcl_[A-Za-z0-9_-]{43}")
"""As they were made before they had a checksum."""
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

    def within(self, bound: "Role") -> "Role":
        """The smaller one of this role and `bound`."""
        return self if bound.covers(self) else bound


class Scope(StrEnum):
    """What a token may be used for, within its role."""

    READ = "read"
    """To look at jobs, trials, fronts and the queue."""
    DOWNLOAD = "download"
    """To take models' bytes."""
    JOBS = "jobs"
    """To post and change jobs."""
    DEVICE = "device"
    """To measure models for a team's jobs."""
    ACCESS = "access"
    """To look after teams, members, tokens and what else is an administrator's."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A person's or a dispatcher's token that was found good.

    name: the member whose token it is, or the token's own where it is nobody's in particular.
    role: the smaller one of the token's and the member's. scopes: None for all of them.
    """

    token_id: str
    name: str
    team: str
    role: Role
    member: str | None = None
    scopes: frozenset[Scope] | None = None

    def looks_after(self, team: str) -> bool:
        """Whether what an administrator may do holds for this team."""
        return self.team in (DEFAULT_TEAM, team)


@dataclass(frozen=True, slots=True)
class RunnerToken:
    """What a runner's token says; the fence in `service.queue.ownership` finds out whether it is true."""

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
    """A token for one claim: its text, and what is kept of it."""
    text = new_runner_token(job_id, epoch)
    return text, RunnerToken.parse(text)


def require_secret(token: RunnerToken, stored_sha256: str | None) -> None:
    """Raises Unauthorized unless the token is the very one that was given out."""
    if not hmac.compare_digest(token.sha256, stored_sha256 or ""):
        raise Unauthorized


def is_token(text: str) -> bool:
    """Whether a text can be a person's or a dispatcher's token at all."""
    if _TOKEN.fullmatch(text):
        return text[-6:] == _checksum(text[:-6])
    return _EARLIER_TOKEN.fullmatch(text) is not None


def authenticate(session: Session, token: str, at: datetime) -> Caller:
    """The caller behind a bearer token.

    Raises:
        Unauthorized: unknown, expired or revoked, or of a member whom the team no longer has.
    """
    found = session.connection().execute(_BY_HASH, {"token_sha256": token_sha256(token)})
    row = found.one_or_none()
    if row is None or row.revoked_at is not None:
        raise Unauthorized
    if row.expires_at is not None and row.expires_at <= at:
        raise Unauthorized
    role = Role(row.role)
    if row.member is not None:
        if row.member_role is None:
            raise Unauthorized
        role = role.within(Role(row.member_role))
    return Caller(
        row.id,
        row.name if row.member is None else row.member,
        row.team,
        role,
        member=row.member,
        scopes=None if row.scopes is None else frozenset(map(Scope, row.scopes)),
    )


def good_tokens(session: Session, ids: Collection[str], at: datetime) -> frozenset[str]:
    """Those of the tokens that still say who asks."""
    query = select(TokenRow.id).outerjoin(MemberRow, _WHOSE)
    return frozenset(session.scalars(query.where(TokenRow.id.in_(ids), _is_good(at))))


def _is_good(at: datetime) -> ColumnElement[bool]:
    return and_(
        TokenRow.revoked_at.is_(None),
        or_(TokenRow.expires_at.is_(None), TokenRow.expires_at > at),
        or_(TokenRow.member.is_(None), MemberRow.name.is_not(None)),
    )


def create_token(
    session: Session,
    *,
    name: str,
    team: str,
    role: Role,
    at: datetime,
    expires_at: datetime | None = None,
    member: str | None = None,
    scopes: Collection[Scope] | None = None,
) -> tuple[TokenRow, str]:
    """A new token: its row, and the text that is never to be had again."""
    token = _new_token()
    row = TokenRow(
        id=new_token_id(at),
        name=name,
        team=team,
        role=role.value,
        token_sha256=token_sha256(token),
        created_at=at,
        expires_at=expires_at,
        revoked_at=None,
        member=member,
        scopes=None if scopes is None else sorted(scopes),
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
    """Ids of the default team's tokens that are good for one role at `at`."""
    query = (
        select(TokenRow.id)
        .outerjoin(MemberRow, _WHOSE)
        .where(
            TokenRow.team == DEFAULT_TEAM,
            TokenRow.role == role.value,
            _is_good(at),
            or_(TokenRow.member.is_(None), MemberRow.role == role.value),
        )
    )
    return session.scalars(query).all()


@contextmanager
def keeping_an_administrator(session: Session, at: datetime) -> Iterator[None]:
    """Let a change past that takes rights away, unless nobody could look after the teams then.

    Raises:
        Conflict: `last_administrator`.
    """
    # Two administrators who revoke each other's token at once: the second finds itself the last.
    lock_name(session, "administrators")
    before = living_tokens(session, Role.ADMIN, at)
    yield
    session.flush()
    if before and not living_tokens(session, Role.ADMIN, at):
        raise Conflict(
            "this would end the last token that administers every team; make another first",
            code="last_administrator",
        )


def _new_token() -> str:
    text = "tcl_" + _base62(secrets.randbits(256), 43)
    return text + _checksum(text)


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), 6)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(reversed(digits))


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
