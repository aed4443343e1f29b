"""What people may still ask of a service that is about to stop: to look, and nothing more."""

from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.problems import problem_response
from service.api.views import PREFIX
from service.operations.drain import Drain, stopping

READING = frozenset({"GET", "HEAD", "OPTIONS"})
LAST_WORDS = (f"{PREFIX}/runner/", f"{PREFIX}/dispatch/")
"""Of runners that leave, and of the dispatcher that has told them to."""


class Draining:
    """Middleware that refuses changes with 503 once the drain has begun."""

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self._app = app
        self._drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._drain.begun or not _changes(scope):
            await self._app(scope, receive, send)
            return
        refusal = stopping()
        answer = problem_response(
            scope["state"]["request_id"],
            refusal.status,
            refusal.code,
            refusal.detail,
            headers=refusal.headers,
        )
        await answer(scope, receive, send)


def _changes(scope: Scope) -> bool:
    return scope["method"] not in READING and not scope["path"].startswith(LAST_WORDS)
