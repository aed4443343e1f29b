"""What routes ask for: the parts of the running service, and the caller."""

import ipaddress
import threading
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from service.api.feeds import Feeds
from service.api.overviews import Overviews
from service.api.replies import Replies
from service.api.vigil import Vigil
from service.artifacts.port import ArtifactStore
from service.clock import Clock
from service.db.engine import Database
from service.errors import Forbidden, Unauthorized
from service.events.streams import Streams
from service.figures.importance import Importance
from service.jobs.ground import Grounds
from service.operations.drain import Drain
from service.operations.telemetry import Telemetry
from service.queue.places import Places
from service.settings import Settings
from service.team.access import (
    Caller,
    Role,
    RunnerToken,
    Scope,
    authenticate,
    is_token,
    token_sha256,
)
from service.team.allowance import Allowance
from service.team.callers import Callers
from service.webhooks.guarded_post import Post


@dataclass(frozen=True, slots=True)
class Parts:
    """What one running service is made of.

    requests: what is left to each token, by its hash. refusals: what is left to each network of
    requests with bad tokens. post: speaks to webhooks. telemetry: what this process counts. bell: to be rung when one is made.
    """

    settings: Settings
    database: Database
    clock: Clock
    artifacts: ArtifactStore
    streams: Streams
    drain: Drain
    feeds: Feeds
    overviews: Overviews
    vigil: Vigil
    replies: Replies
    places: Places
    callers: Callers
    grounds: Grounds
    importance: Importance
    requests: Allowance
    refusals: Allowance
    post: Post
    telemetry: Telemetry
    bell: threading.Event

    def share_limits(self, copies: int) -> None:
        """Take this process's part of what is limited for so many copies of the service together."""
        for limit in (self.requests, self.refusals):
            limit.share(copies)


# Async, though nothing awaits: a plain function would cost a hop to another thread.
async def get_parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


async def get_database(request: Request) -> Database:
    return (await get_parts(request)).database


async def get_request_id(request: Request) -> str:
    request_id: str = request.state.request_id
    return request_id


async def bearer_token(request: Request) -> str:
    """The token of the Authorization header. Raises Unauthorized where there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized
    return token.strip()


async def runner_token(job_id: str, token: Annotated[str, Depends(bearer_token)]) -> RunnerToken:
    """What the token of the runner of `job_id` says; the transaction's fence proves it."""
    said = RunnerToken.parse(token)
    if said.job_id != job_id:
        raise Forbidden("this token belongs to another job")
    return said


BearerToken = Annotated[str, Depends(bearer_token)]
RequestId = Annotated[str, Depends(get_request_id)]
ThisService = Annotated[Parts, Depends(get_parts)]


def require_dispatcher(parts: ThisService, token: BearerToken) -> None:
    """Raises Unauthorized without a good token, and Forbidden with a person's."""
    _require_role(_authenticated(parts, token), Role.DISPATCHER)


async def get_person(request: Request) -> Caller:
    """Whose token it is; a dependency of every public route, and of no other.

    It calls what it needs: as dependencies, the framework would take longer over them than they do.

    Raises:
        Unauthorized: the token is no good.
        RateLimited: too many requests with it, or it is no good and too many such have come from
            the same network.
    """
    parts, token = await get_parts(request), await bearer_token(request)
    known_as = token_sha256(token)
    # Before the database is asked, which a token that asks too much is to be kept from.
    parts.requests.require(known_as)
    try:
        found = parts.callers.of(known_as)
        if found is None:
            found = await run_in_threadpool(_ask_whose, parts, token, known_as)
    except Unauthorized:
        # Only now: behind one proxy or one office's address, good tokens must not suffer for bad.
        network = client_network(request)
        parts.refusals.require(network)
        parts.refusals.spend(network)
        raise
    parts.requests.spend(known_as)
    return found


def client_network(request: Request) -> str:
    """From where a request comes: an address, or the /64 that one IPv6 client has whole."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a Unix socket's client has none
        return host
    prefix = 64 if address.version == 6 else 32
    return str(ipaddress.ip_network((address, prefix), strict=False))


@dataclass(frozen=True, slots=True)
class Needs:
    """What a public route needs of a token; a dependency that gives the caller.

    scope: None where any will do.
    """

    role: Role
    scope: Scope | None

    async def __call__(self, person: Annotated[Caller, Depends(get_person)]) -> Caller:
        """Raises Forbidden with too small a role, and (`scope`) without the scope."""
        _require_role(person, self.role)
        if self.scope and person.scopes is not None and self.scope not in person.scopes:
            raise Forbidden(f"this needs a token of scope {self.scope}", code="scope")
        return person


def _ask_whose(parts: Parts, token: str, known_as: str) -> Caller:
    forgotten = parts.callers.forgotten
    found = _authenticated(parts, token)
    parts.callers.keep(known_as, found, forgotten)
    return found


def _authenticated(parts: Parts, token: str) -> Caller:
    if not is_token(token):
        raise Unauthorized
    with parts.database.read() as session:
        return authenticate(session, token, parts.clock.now(session))


def _require_role(caller: Caller, role: Role) -> None:
    if not caller.role.covers(role):
        raise Forbidden(f"this needs a token of role {role}")


Anybody = Annotated[Caller, Depends(Needs(Role.VIEWER, None))]
Viewer = Annotated[Caller, Depends(Needs(Role.VIEWER, Scope.READ))]
Downloader = Annotated[Caller, Depends(Needs(Role.VIEWER, Scope.DOWNLOAD))]
Editor = Annotated[Caller, Depends(Needs(Role.EDITOR, Scope.JOBS))]
DeviceAgent = Annotated[Caller, Depends(Needs(Role.EDITOR, Scope.DEVICE))]
Admin = Annotated[Caller, Depends(Needs(Role.ADMIN, Scope.ACCESS))]
