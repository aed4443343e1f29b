"""What can go wrong, each with words for people and fields for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class TclsearchError(Exception):
    """Whatever this package raises about a service and its answers."""


class Unreachable(TclsearchError):
    """No answer came, however often it was asked.

    sent: whether the request may have reached the service.
    """

    def __init__(self, url: str, cause: str, *, sent: bool = True) -> None:
        super().__init__(f"no answer from {url}: {cause}")
        self.url = url
        self.sent = sent


class DigestMismatch(TclsearchError):
    """The bytes that came do not hash to what the service promised; they are not kept."""


class WaitTimeout(TclsearchError):
    """The job has not ended in the time that one was willing to wait."""


class UnexpectedReply(TclsearchError):
    """What answered is not a tclsearch service, or one that this client does not understand."""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault of a request; pointer: JSON Pointer into the body, or `/query/NAME` and the like."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.message}"


class RequestFailed(TclsearchError):
    """The service's refusal (RFC 9457).

    status: of HTTP; code: stable, for programs; errors: each field at fault.
    request_id: by which the service's log knows the request; retry_after: seconds it asks for.
    """

    kinds: ClassVar[dict[int, type["RequestFailed"]]] = {}

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: tuple[FieldFault, ...] = (),
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__("\n".join([detail, *(f"  {fault}" for fault in errors)]))
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.request_id = request_id
        self.retry_after = retry_after

    def __init_subclass__(cls, status: int, **others: Any) -> None:
        super().__init_subclass__(**others)
        RequestFailed.kinds[status] = cls


class BadRequest(RequestFailed, status=400):
    """The request cannot be read."""


class Unauthorized(RequestFailed, status=401):
    """No token, or one that is no good."""


class Forbidden(RequestFailed, status=403):
    """The token's role, its scopes or the team's quota do not allow it."""


class NotFound(RequestFailed, status=404):
    """There is no such thing, or it is another team's."""


class Conflict(RequestFailed, status=409):
    """The job's state forbids it."""


class Unprocessable(RequestFailed, status=422):
    """Understood, and wrong: `errors` names each field."""


class RateLimited(RequestFailed, status=429):
    """Too many requests, also after waiting as long as one was willing to."""


class Unavailable(RequestFailed, status=503):
    """The service is up and cannot serve, also after waiting."""


def request_failed(
    status: int, headers: Mapping[str, str], problem: Mapping[str, Any] | None, phrase: str
) -> RequestFailed:
    """The exception for a refusal; problem: its body, None where that is no problem document."""
    told = problem or {}
    kind = RequestFailed.kinds.get(status, RequestFailed)
    faults = tuple(
        FieldFault(str(fault.get("pointer", "")), str(fault.get("message", "")))
        for fault in told.get("errors") or ()
    )
    return kind(
        status,
        str(told.get("code", "")),
        str(told.get("detail") or told.get("title") or f"{status} {phrase}".strip()),
        faults,
        told.get("request_id"),
        _seconds(headers.get("retry-after")),
    )


def _seconds(text: str | None) -> float | None:
    """Of a Retry-After; None for the form with a date, which our service does not use."""
    return float(text) if text is not None and text.isdecimal() and len(text) < 10 else None
