"""What every exchange has: an id, headers that browsers need, and an answer when nobody had one."""

import logging
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from observing.context import during
from service.api.problems import problem_response
from service.api.views import PREFIX
from service.ids import new_request_id

logger = logging.getLogger(__name__)

READING = frozenset({"GET", "HEAD", "OPTIONS"})
INCESSANT = (f"{PREFIX}/runner/", f"{PREFIX}/dispatch/")
"""What comes many times a second; the log tells of it where it fails."""
JOB = re.compile(r"/(job_[0-9a-f]{32})(?=/|$)")
HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


class Envelope:
    """Middleware around everything else.

    Gives each request its id (`X-Request-Id`), which every line of the log carries that comes of it,
    logs changes and failures, refuses an address that is none, and answers an error
    that nothing caught with a problem document that does not tell its traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        job = JOB.search(scope["path"])
        with during(request_id=request_id, **({"job_id": job[1]} if job else {})):
            await self._answer(scope, receive, send, request_id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started = False

        async def stamped(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _log(scope, message["status"])
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        if fault := _fault(scope):
            refusal = problem_response(request_id, 400, "bad_request", fault)
            await refusal(scope, receive, stamped)
            return
        try:
            await self._app(scope, receive, stamped)
        except ClientDisconnect:
            return
        except Exception:
            logger.exception("request %s failed", request_id)
            if started:
                raise
            answer = problem_response(
                request_id, 500, "internal", "an unexpected error; the log has it by request id"
            )
            await answer(scope, receive, stamped)


def _log(scope: Scope, status: int) -> None:
    changes = scope["method"] not in READING and not scope["path"].startswith(INCESSANT)
    if changes or status >= 500:
        # As it was sent: a decoded path may hold line breaks.
        path = scope.get("raw_path", b"").decode("ascii", "replace")
        logger.info("%s %s answered %d", scope["method"], path, status)


def _fault(scope: Scope) -> str | None:
    if not HOST.fullmatch(Headers(scope=scope).get("host", "localhost")):
        return "the Host header is no host"
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        # PostgreSQL takes no text with a NUL, and none of ours has one.
        return "the address contains a NUL"
    return None
