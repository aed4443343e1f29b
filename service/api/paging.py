"""Lists a page at a time: newest first, by an opaque keyset cursor."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from searchspace.errors import Problem
from service.errors import BadRequest

MAX_LIMIT = 200

Row = TypeVar("Row")

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most items of a page.")]
Cursor = Annotated[
    str | None, Query(max_length=600, description="`next_cursor` of the page before.")
]

_KEYS = {
    "audit": re.compile(r"aud_[0-9a-f]{32}"),
    "jobs": re.compile(r"job_[0-9a-f]{32}"),
    "members": re.compile(r"[^\0]{1,100}"),
    "teams": re.compile(r"[^\0]{1,100}"),
    "tokens": re.compile(r"tok_[0-9a-f]{32}"),
    "trials": re.compile(r"0|[1-9][0-9]{0,8}"),
    "webhooks": re.compile(r"whk_[0-9a-f]{32}"),
}


def cut(
    rows: Sequence[Row], limit: int, key: Callable[[Row], str | int]
) -> tuple[Sequence[Row], str | None]:
    """A page of `rows`, of which one more than `limit` was asked for, and the cursor of the next.

    key: of a row, what `decode_cursor` gives back.
    """
    page = rows[:limit]
    return page, _encoded(key(page[-1])) if len(rows) > limit else None


def _encoded(last: str | int) -> str:
    return base64.urlsafe_b64encode(str(last).encode()).decode().rstrip("=")


def decode_cursor(kind: str, cursor: str) -> str:
    """The key of the last item seen.

    Raises:
        BadRequest: `bad_cursor`: not one that a list of this kind gave out.
    """
    try:
        last = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        last = ""
    if not _KEYS[kind].fullmatch(last):
        fault = Problem("/query/cursor", "not a cursor of this list")
        raise BadRequest(fault.message, code="bad_cursor", problems=[fault])
    return last
