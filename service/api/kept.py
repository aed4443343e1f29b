"""Replies that are written once for each state of a job: kept by their ETag, compressed if wanted."""

import gzip
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Response

from service.api.conditions import is_unchanged
from service.api.problems import responses
from service.api.replies import Replies

IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]
AcceptEncoding = Annotated[
    str | None, Header(alias="Accept-Encoding", description="`gzip`: compressed.")
]


class Asked:
    """What the client has, and what it takes; a dependency."""

    def __init__(
        self, if_none_match: IfNoneMatch = None, accept_encoding: AcceptEncoding = None
    ) -> None:
        self.known = if_none_match
        self.takes_gzip = _takes_gzip(accept_encoding or "")


WhatAsked = Annotated[Asked, Depends()]
_KEPT: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"schema": {"type": "string"}}}},
    304: {"description": "The client has this state of it already"},
}
DRAWN = _KEPT | responses(401, 403, 404, 422, 503)


def kept_reply(replies: Replies, asked: Asked, name: str, write: Callable[[], bytes]) -> Response:
    """JSON that `name` names for good; `write` is called where nobody has asked for it before."""
    etag = f'"{name}-gzip"' if asked.takes_gzip else f'"{name}"'
    headers = {
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Cache-Control": "private, no-cache",
    }
    if is_unchanged(asked.known, etag):
        return Response(status_code=304, headers=headers)
    body = replies.get(etag)
    if body is None:
        body = write()
        if asked.takes_gzip:
            # Without a time, so that the same text is the same bytes.
            body = gzip.compress(body, compresslevel=5, mtime=0)
        replies.put(etag, body)
    if asked.takes_gzip:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)


def _takes_gzip(header: str) -> bool:
    """Whether `gzip` is named and not refused (RFC 9110, section 12.5.3)."""
    for part in header.split(","):
        coding, _, weight = part.strip().lower().partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
