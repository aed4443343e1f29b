"""What is sent to a webhook and when it is tried again; decides, and sends nothing."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=1)


def message(
    job_id: str | None, sequence: int, event: str, at: datetime, data: Mapping[str, Any]
) -> bytes:
    """The body of one event."""
    told = {
        "job_id": job_id,
        "sequence": sequence,
        "event": event,
        "at": at.isoformat().replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(told, separators=(",", ":")).encode()


def headers(event_id: str, event: str, secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """What goes with a body; `at` is when it is sent."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "tclsearch",
        "X-Tclsearch-Event": event,
        "X-Tclsearch-Event-Id": event_id,
        "X-Tclsearch-Signature": signature(secret, at, body),
    }


def signature(secret: str, at: datetime, body: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY`, which a replay cannot date anew."""
    seconds = int(at.timestamp())
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def pause_after(failures: int, jitter: float) -> timedelta | None:
    """How long to wait after so many failures in a row; None to give up.

    Pauses double up to an hour. Given up is when those so far add up to a day.
    jitter: 0 to 1, up to a quarter more, so that what failed together is not tried together.
    """
    waited = sum((_pause(n) for n in range(1, failures)), timedelta())
    return None if waited >= GIVE_UP_AFTER else _pause(failures) * (1 + jitter / 4)


def _pause(failures: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(failures - 1, 30)), LONGEST_PAUSE)
