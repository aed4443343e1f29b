"""Every id is made, printed and parsed here. Ids sort by the time of their making."""

import re
import secrets
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HANDLE = re.compile(r"tclsearch-(job_[0-9a-f]{32})-e([1-9][0-9]{0,9})")


def new_job_id(at: datetime) -> str:
    return "job_" + _uuid7(at)


def new_model_id(at: datetime) -> str:
    return "mdl_" + _uuid7(at)


def new_token_id(at: datetime) -> str:
    return "tok_" + _uuid7(at)


def new_point_id(at: datetime) -> str:
    return "pnt_" + _uuid7(at)


def new_audit_id(at: datetime) -> str:
    return "aud_" + _uuid7(at)


def new_webhook_id(at: datetime) -> str:
    return "whk_" + _uuid7(at)


def new_measurement_id(at: datetime) -> str:
    return "msr_" + _uuid7(at)


def new_request_id() -> str:
    return "req_" + secrets.token_hex(12)


def new_feed_id() -> str:
    """Of a feed of this process, which no other's ids are mistaken for."""
    return secrets.token_hex(8)


def print_handle(job_id: str, epoch: int) -> str:
    """The name under which the cluster runs a job's runner: one per claim."""
    return f"tclsearch-{job_id}-e{epoch}"


def parse_handle(handle: str) -> tuple[str, int] | None:
    """Job id and epoch of a handle; None for what is not ours."""
    match = _HANDLE.fullmatch(handle)
    return (match[1], int(match[2])) if match else None


def _uuid7(at: datetime) -> str:
    """Hex digits of a UUID version 7 (RFC 9562) that is ordered to the microsecond."""
    microseconds = (at - _EPOCH) // timedelta(microseconds=1)
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = rest * 4096 // 1000
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return f"{value:032x}"
