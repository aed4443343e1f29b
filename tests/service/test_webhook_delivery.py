"""When a webhook is tried again, and what is sent to it."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile

from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.delivery import GIVE_UP_AFTER, LONGEST_PAUSE, headers, message, pause_after

AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def pauses(jitter: float) -> list[timedelta]:
    """Every pause until a webhook is given up."""
    each = (pause_after(failures, jitter) for failures in count(1))
    return [pause for pause in takewhile(lambda pause: pause is not None, each) if pause]


def test_pauses_double_up_to_an_hour() -> None:
    seconds = [pause.total_seconds() for pause in pauses(0)]
    assert seconds[:12] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600]
    assert set(seconds[12:]) == {3600}


@given(st.floats(0, 1))
def test_a_webhook_is_given_up_after_a_day_and_not_much_later(jitter: float) -> None:
    waited = sum(pauses(jitter), timedelta())
    assert GIVE_UP_AFTER <= waited <= GIVE_UP_AFTER * 1.25 + LONGEST_PAUSE * 1.25


def test_jitter_tells_tries_apart() -> None:
    assert pause_after(3, 0.0) != pause_after(3, 0.5)
    assert pause_after(3, 0.5) == pause_after(3, 0.5)


def test_a_receiver_can_tell_who_sent_it_and_when() -> None:
    body = message("job_1", 7, "job.state", AT, {"state": "running"})
    assert json.loads(body) == {
        "job_id": "job_1",
        "sequence": 7,
        "event": "job.state",
        "at": "2026-11-25T09:30:00Z",
        "data": {"state": "running"},
    }
    sent = headers("job_1:7", "job.state", "whs_secret", body, AT)
    fields = dict(part.split("=") for part in sent["X-Tclsearch-Signature"].split(","))
    assert int(fields["t"]) == AT.timestamp()
    signed = fields["t"].encode() + b"." + body
    assert fields["v1"] == hmac.new(b"whs_secret", signed, hashlib.sha256).hexdigest()
