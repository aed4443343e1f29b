"""What needs no network: driven here by hand, one effect after the other."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tclsearch_client import (
    NotFound,
    Patience,
    RateLimited,
    RequestFailed,
    Unavailable,
    UnexpectedReply,
    Unreachable,
    calls,
)
from tclsearch_client.errors import FieldFault
from tclsearch_client.events import Decoder, watch
from tclsearch_client.exchange import (
    Conversation,
    Emit,
    Head,
    Open,
    Read,
    Reply,
    Send,
    Wait,
)
from tclsearch_client.retrying import attempt
from tclsearch_client.specs import spec_body


class Clock:
    """A clock that goes only where a conversation waits."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time

    def pass_by(self, effect: Any) -> None:
        assert isinstance(effect, Wait)
        self.time += effect.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patience(clock: Clock) -> Patience:
    return Patience(seconds=60, first=1, longest=8, clock=clock, chance=lambda: 0.0)


def reply(status: int, body: Any = None, **headers: str) -> Reply:
    content = b"" if body is None else json.dumps(body).encode()
    return Reply(Head(status, "Phrase", headers), content)


def later(seconds: int) -> Reply:
    return reply(503, {"detail": "later", "code": "unavailable"}, **{"retry-after": str(seconds)})


def test_waits_double_up_to_the_longest_and_heed_what_is_asked(clock: Clock, patience: Patience):
    talk, waits = Conversation(attempt(calls.me(), patience)), []
    for answer in (later(0), later(0), later(5), later(0), later(0)):
        assert isinstance(talk.effect, Send)
        talk.answer(answer)
        waits.append(talk.effect)
        clock.pass_by(talk.effect)
        talk.answer(None)
    assert waits == [Wait(1), Wait(2), Wait(5), Wait(8), Wait(8)]


def test_a_wait_that_would_end_too_late_is_not_begun(clock: Clock, patience: Patience):
    talk = Conversation(attempt(calls.me(), patience))
    talk.answer(later(60))
    clock.pass_by(talk.effect)
    talk.answer(None)
    with pytest.raises(Unavailable) as raised:
        talk.answer(later(1))
    assert raised.value.retry_after == 1


def test_waits_are_shortened_at_random_by_up_to_half(clock: Clock):
    patience = Patience(first=1, clock=clock, chance=lambda: 1.0)
    talk = Conversation(attempt(calls.me(), patience))
    talk.fail(Unreachable("http://here", "reset"))
    assert talk.effect == Wait(0.5)


@pytest.mark.parametrize(
    ("call", "failure", "again"),
    [
        (calls.me(), Unreachable("url", "reset"), True),
        (calls.submit("version: 1\n", "key"), Unreachable("url", "reset"), True),
        (calls.change("job", {"priority": 1}), Unreachable("url", "reset"), True),
        (calls.add_point("job", {}), Unreachable("url", "reset"), False),
        (calls.add_point("job", {}), Unreachable("url", "refused", sent=False), True),
        (calls.command("job", "cancel"), Unreachable("url", "reset"), False),
        (calls.command("job", "cancel"), reply(503), True),
        (calls.add_point("job", {}), reply(429), True),
        (calls.add_point("job", {}), reply(502), False),
        (calls.me(), reply(502), True),
        (calls.me(), reply(500), False),
        (calls.me(), reply(507), False),
        (calls.me(), reply(404), False),
    ],
)
def test_what_may_have_been_done_already_is_not_asked_again(
    call: Any, failure: Any, again: bool, patience: Patience
):
    talk = Conversation(attempt(call, patience))
    give = talk.answer if isinstance(failure, Reply) else talk.fail
    if again:
        give(failure)
        assert isinstance(talk.effect, Wait)
    else:
        with pytest.raises((RequestFailed, Unreachable)):
            give(failure)


def test_a_service_that_was_never_there_is_given_up_sooner(clock: Clock):
    patience = Patience(seconds=60, contact_seconds=2, first=1, clock=clock, chance=lambda: 0.0)
    absent = Unreachable("url", "refused", sent=False)
    talk = Conversation(attempt(calls.me(), patience))
    talk.fail(absent)
    clock.pass_by(talk.effect)
    talk.answer(None)
    with pytest.raises(Unreachable):
        talk.fail(absent)


def test_refusals_keep_what_the_service_said():
    body = {
        "title": "Unprocessable",
        "detail": "/a: wrong",
        "code": "invalid",
        "errors": [{"pointer": "/a", "message": "wrong"}, {"pointer": "", "message": "odd"}],
        "request_id": "req_1",
    }
    failure = reply(422, body).failure()
    assert failure is not None
    assert (failure.code, failure.request_id) == ("invalid", "req_1")
    assert failure.errors == (FieldFault("/a", "wrong"), FieldFault("", "odd"))
    assert str(failure) == "/a: wrong\n  /a: wrong\n  /: odd"


@pytest.mark.parametrize(
    ("status", "content", "kind", "words"),
    [
        (404, b"<html>", NotFound, "404 Phrase"),
        (429, b"[]", RateLimited, "429 Phrase"),
        (418, b"", RequestFailed, "418 Phrase"),
        (302, b"", RequestFailed, "302 Phrase"),
    ],
)
def test_refusals_of_others_are_refusals_too(
    status: int, content: bytes, kind: type[RequestFailed], words: str
):
    failure = Reply(Head(status, "Phrase", {}), content).failure()
    assert type(failure) is kind
    assert str(failure) == words


@pytest.mark.parametrize("content", [b"<html>", b"{}", b'{"name": 1}'])
def test_answers_of_something_else_are_told_apart(content: bytes, patience: Patience):
    talk = Conversation(attempt(calls.me(), patience))
    with pytest.raises(UnexpectedReply):
        talk.answer(Reply(Head(200, "OK", {}), content))


def test_fields_that_are_not_known_are_kept(patience: Patience):
    talk = Conversation(attempt(calls.me(), patience))
    me = {"name": "Ada", "team": "t", "role": "czar", "token_id": "tok", "shoe_size": 38}
    talk.answer(reply(200, me))
    assert talk.result.model_dump()["shoe_size"] == 38
    assert talk.result.role == "czar"


def test_ids_cannot_leave_their_place():
    assert calls.job("../../me").request.path == "/jobs/..%2F..%2Fme"
    assert calls.trial("a b", 1).request.path == "/jobs/a%20b/trials/1"


def test_a_spec_that_is_text_is_told_from_a_path(tmp_path: Any):
    assert spec_body("name: a.yaml\nversion: 1") == (
        b"name: a.yaml\nversion: 1",
        "application/yaml",
    )
    assert spec_body('{"version": 1}') == (b'{"version": 1}', "application/json")
    path = tmp_path / "a.yml"
    path.write_text("version: 1")
    assert spec_body(str(path)) == spec_body(path) == (b"version: 1", "application/yaml")


STREAM = (
    b': still here\n\nid: 1\nevent: job.state\ndata: {"state":\ndata: "queued"}\n\n'
    b'id: 2\r\nevent: trial.report\r\ndata: {"number": 0, "caf\xc3\xa9": 1}\r\n\r\nid: 3\nevent: x\n'
)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_come_whole_out_of_any_pieces(size: int):
    decoder = Decoder()
    pieces = (STREAM[i : i + size] for i in range(0, len(STREAM), size))
    found = [event for piece in pieces for event in decoder.feed(piece)]
    assert [(event.id, event.event, event.data) for event in found] == [
        (1, "job.state", {"state": "queued"}),
        (2, "trial.report", {"number": 0, "café": 1}),
    ]


def test_a_stream_of_something_else_is_refused():
    with pytest.raises(UnexpectedReply):
        list(Decoder().feed(b"data: {}\n\n"))


def event(number: int, kind: str = "trial.report", **data: Any) -> bytes:
    return f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def opened(talk: Conversation[None], *chunks: bytes) -> tuple[str | None, list[int]]:
    """Answer the next connection with chunks; from where it began, and what was emitted."""
    assert isinstance(talk.effect, Open)
    since = talk.effect.request.headers.get("Last-Event-ID")
    talk.answer(Head(200, "OK", {}))
    emitted = []
    for chunk in chunks:
        assert isinstance(talk.effect, Read)
        talk.answer(chunk)
        while isinstance(talk.effect, Emit):
            emitted.append(talk.effect.value.id)
            talk.answer(None)
    return since, emitted


def test_a_watch_goes_on_after_every_kind_of_break(clock: Clock, patience: Patience):
    talk = Conversation(watch("job", 0, patience))
    assert opened(talk, event(1), event(2)[:10]) == (None, [1])
    talk.fail(Unreachable("url", "reset"))
    clock.pass_by(talk.effect)
    talk.answer(None)
    assert opened(talk, event(2) + event(3, "job.state", state="running"), b"") == ("1", [2, 3])
    clock.pass_by(talk.effect)
    talk.answer(None)
    assert isinstance(talk.effect, Open)
    talk.answer(Head(503, "Unavailable", {"retry-after": "7"}))
    talk.answer(b"")
    assert talk.effect == Wait(7)
    talk.answer(None)
    assert opened(talk, event(4, "job.state", state="failed"), b"") == ("3", [4])
    assert talk.effect is None


def test_a_watch_whose_stream_is_silent_asks_whether_the_job_has_ended(patience: Patience):
    talk = Conversation(watch("job", 9, patience))
    assert opened(talk, b"") == ("9", [])
    assert isinstance(talk.effect, Send)
    assert talk.effect.request.path == "/jobs/job"


def test_a_watch_ends_with_its_token(patience: Patience):
    talk = Conversation(watch("job", 0, patience))
    talk.answer(Head(401, "Unauthorized", {}))
    with pytest.raises(RequestFailed):
        talk.answer(b"")


def test_a_conversation_that_is_given_up_is_closed():
    closed = []

    def steps() -> Iterator[Any]:
        try:
            yield Read()
        finally:
            closed.append(True)

    talk: Conversation[None] = Conversation(steps())  # type: ignore[arg-type]
    talk.close()
    assert closed == [True]
