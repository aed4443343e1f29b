"""Middleware that makes requests parts of traces, where traces are sent anywhere."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from observing import traces

READING = frozenset({"GET", "HEAD", "OPTIONS"})
UNMATCHED = "(none)"
SELF_EVIDENT = ("/api/v1/runner/", "/api/v1/dispatch/")
"""Of these come many each second, of which a trace tells only where they are parts of one."""


class Traced:
    """Tells of each request that is a part of a trace already, and of each change that people make."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = Headers(scope=scope).get(traces.HEADER, "")
        parent = parent if traces.is_traceparent(parent) else ""
        if not parent and (scope["method"] in READING or scope["path"].startswith(SELF_EVIDENT)):
            await self._app(scope, receive, send)
            return
        with traces.span(scope["method"], traces.Kind.SERVER, parent or None) as span:

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    route = getattr(scope.get("route"), "path", UNMATCHED)
                    span.tell(
                        f"{scope['method']} {route}",
                        http__request__method=scope["method"],
                        http__route=route,
                        http__response__status_code=message["status"],
                        request_id=scope["state"]["request_id"],
                        **_job(scope),
                    )
                await send(message)

            await self._app(scope, receive, watched)


def _job(scope: Scope) -> dict[str, str]:
    job_id = scope.get("path_params", {}).get("job_id")
    return {} if job_id is None else {"job_id": job_id}
