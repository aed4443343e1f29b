"""What routes ask for: the parts of the running service, and the caller."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from service.access import Caller, Role, RunnerToken, authenticate
from service.artifacts import ArtifactStore
from service.clock import Clock
from service.db.engine import Database
from service.errors import Forbidden, Unauthorized
from service.settings import Settings
from service.streams import Streams


@dataclass(frozen=True, slots=True)
class Parts:
    """What one running service is made of."""

    settings: Settings
    database: Database
    clock: Clock
    artifacts: ArtifactStore
    streams: Streams


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


def require_role(role: Role) -> Callable[..., Caller]:
    """A dependency that gives the caller, who may do what `role` may.

    It raises Unauthorized without a good token and Forbidden with too small a role.
    """

    def caller(
        parts: Annotated[Parts, Depends(get_parts)], token: Annotated[str, Depends(bearer_token)]
    ) -> Caller:
        with parts.database.read() as session:
            found = authenticate(session, token, parts.clock.now(session))
        if not found.role.covers(role):
            raise Forbidden(f"this needs a token of role {role}")
        return found

    return caller


RequestId = Annotated[str, Depends(get_request_id)]
ThisService = Annotated[Parts, Depends(get_parts)]
Viewer = Annotated[Caller, Depends(require_role(Role.VIEWER))]
Editor = Annotated[Caller, Depends(require_role(Role.EDITOR))]
Admin = Annotated[Caller, Depends(require_role(Role.ADMIN))]
