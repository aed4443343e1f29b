"""HEAD, which every resource that can be read answers (RFC 9110, section 9.3.2)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Middleware that answers HEAD as GET would be answered, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        begun = False

        async def bodiless(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def until_begun() -> Message:
            # To a stream this looks like a client that has hung up: it ends, and frees its place.
            return {"type": "http.disconnect"} if begun else await receive()

        # A range is a part of a body, and there is none.
        headers = [header for header in scope["headers"] if header[0] != b"range"]
        asked = {**scope, "method": "GET", "headers": headers}
        try:
            await self._app(asked, until_begun, bodiless)
        finally:
            # Found by the router, and told by those around it.
            scope.update((name, asked[name]) for name in ("route", "path_params") if name in asked)
