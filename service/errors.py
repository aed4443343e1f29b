"""What can go wrong with a request: each error carries its HTTP status and a stable code."""

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

from searchspace.errors import Problem


class ServiceError(Exception):
    """A request that cannot be served.

    detail: for people. code: for programs, stable. problems: faulty fields of the body.
    """

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "internal"

    def __init__(
        self, detail: str, *, code: str | None = None, problems: Iterable[Problem] = ()
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.problems = tuple(problems)

    @property
    def headers(self) -> Mapping[str, str]:
        return {}


class BadRequest(ServiceError):
    status = 400
    default_code = "bad_request"


class Unauthorized(ServiceError):
    status = 401
    default_code = "unauthorized"

    def __init__(self, detail: str = "a valid bearer token is required") -> None:
        super().__init__(detail)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(ServiceError):
    status = 403
    default_code = "forbidden"


class NotFound(ServiceError):
    status = 404
    default_code = "not_found"


class Conflict(ServiceError):
    status = 409
    default_code = "conflict"


class StaleEpoch(Conflict):
    """Whoever asks no longer owns the job: it must stop at once and write nothing more."""

    default_code = "stale_epoch"

    def __init__(self, job_id: str, epoch: int) -> None:
        super().__init__(f"epoch {epoch} of {job_id} is over")


class TooLarge(ServiceError):
    status = 413
    default_code = "too_large"


class UnsupportedType(ServiceError):
    status = 415
    default_code = "unsupported_type"


class Unprocessable(ServiceError):
    status = 422
    default_code = "invalid"


class RateLimited(ServiceError):
    """wait: seconds until the next request is let past."""

    status = 429
    default_code = "rate_limited"

    def __init__(self, wait: float) -> None:
        super().__init__("too many requests; wait before the next one")
        self.retry_after = max(1, math.ceil(wait))

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after)}


class CorruptArtifact(ServiceError):
    """Stored bytes no longer hash to their name."""

    default_code = "corrupt_artifact"


class Unavailable(ServiceError):
    status = 503
    default_code = "unavailable"

    def __init__(self, detail: str, *, retry_after: int = 5) -> None:
        super().__init__(detail)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after)}


class Contended(Unavailable):
    """Others changed the same things; the database has undone all of the transaction."""

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        super().__init__(detail, retry_after=retry_after)


class StorageFull(Unavailable):
    """No room is left; somebody has to make some."""

    status = 507
    default_code = "storage_full"

    def __init__(self, detail: str, *, retry_after: int = 60) -> None:
        super().__init__(detail, retry_after=retry_after)
