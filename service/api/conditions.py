"""Conditional and range requests (RFC 9110, sections 13 and 14): pure readers of headers."""

import re
from collections.abc import Mapping

from service.errors import ServiceError

_RANGE = re.compile(r"bytes=\s*([0-9]{0,64})-([0-9]{0,64})\s*")
_WEIGHT = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")


class RangeNotSatisfiable(ServiceError):
    """The range lies outside the bytes, or is more than one."""

    status = 416
    default_code = "range_not_satisfiable"

    def __init__(self, detail: str, size: int) -> None:
        super().__init__(detail)
        self.size = size

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Content-Range": f"bytes */{self.size}"}


class PreconditionFailed(ServiceError):
    """The client asked for a version (`If-Match`) that this is not."""

    status = 412
    default_code = "precondition_failed"


def require_match(if_match: str | None, etag: str) -> None:
    """Raises PreconditionFailed unless this is a version that the client asked for.

    Compared strongly: a weak tag matches nothing.
    """
    if if_match is None:
        return
    wanted = [tag.strip() for tag in if_match.split(",")]
    if etag not in wanted and wanted != ["*"]:
        raise PreconditionFailed("there is another version of this")


def is_unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has the version of `etag` already."""
    if if_none_match is None:
        return False
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in known or known == ["*"]


def wanted_range(
    header: str | None, if_range: str | None, etag: str, size: int
) -> tuple[int, int] | None:
    """First byte and the one after the last; None for all of them.

    A range that is not understood is passed over, and so is one of another version (`If-Range`).

    Raises:
        RangeNotSatisfiable: outside of `size`, or several ranges at once.
    """
    if header is None or (if_range is not None and if_range.strip() != etag):
        return None
    if "," in header:
        raise RangeNotSatisfiable("one range at a time", size)
    match = _RANGE.fullmatch(header)
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise RangeNotSatisfiable(f"there are {size} bytes", size)
    return start, end


def prefers_csv(accept: str | None) -> bool:
    """Whether a client would rather have `text/csv` than JSON."""
    weights = dict(map(_weighted, (accept or "").split(",")))
    anything = weights.get("*/*", 0.0)
    json = max(weights.get("application/json", 0.0), weights.get("application/*", 0.0), anything)
    return max(weights.get("text/csv", 0.0), weights.get("text/*", 0.0)) > json


def _weighted(part: str) -> tuple[str, float]:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if match := _WEIGHT.fullmatch(parameter):
            return media_type, float(match[1])
    return media_type, 1.0
