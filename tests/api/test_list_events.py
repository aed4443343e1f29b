"""The stream of what changes in a team's lists, on SQLite and on PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from service.api.newest import Newest
from service.api.overviews import MOST
from service.db.tables import JobRow
from service.team.access import Role
from tests.api.conftest import crews
from tests.api.served import Dispatcher, Served, serving, spec


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


@pytest.fixture
def team() -> str:
    """A team whose lists no other test has anything in."""
    return next(crews)


@pytest.fixture
def editor(served: Served, team: str) -> httpx.Client:
    return served.person(team=team)


@dataclass(frozen=True)
class Sent:
    id: str
    event: str
    data: dict[str, Any]


class Stream:
    """An open stream, whose events are waited for."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def __iter__(self) -> Iterator[Sent]:
        fields: dict[str, str] = {}
        for line in self._lines:
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                yield Sent(fields["id"], fields["event"], json.loads(fields["data"]))
                fields = {}

    def until(self, event: str, told: Callable[[dict[str, Any]], bool] = lambda _: True) -> Sent:
        """The first event of a kind that tells this; those before it are passed over."""
        return next(sent for sent in self if sent.event == event and told(sent.data))


@contextmanager
def following(client: httpx.Client, **options: Any) -> Iterator[Stream]:
    with client.stream("GET", "/events", **options) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        yield Stream(response)


def posted(client: httpx.Client, **changes: Any) -> str:
    return str(client.post("/jobs", json=spec(**changes)).raise_for_status().json()["id"])


def is_now(**expected: Any) -> Callable[[dict[str, Any]], bool]:
    return lambda data: all(data.get(name) == value for name, value in expected.items())


def test_whatever_a_list_shows_is_told_as_it_changes(served: Served, editor: httpx.Client):
    old = posted(editor)
    editor.post(f"/jobs/{old}/cancel").raise_for_status()
    with following(editor) as stream:
        assert next(iter(stream)).event == "reset"
        job_id = posted(editor)
        told = stream.until("job.changed", is_now(id=job_id, state="queued"))
        document = editor.get(f"/jobs/{job_id}").json()
        del document["spec"]
        assert told.data == document
        # No event of the job's own tells either of these.
        editor.patch(f"/jobs/{job_id}", json={"priority": 3, "tags": {"a": "b"}})
        editor.delete(f"/jobs/{old}").raise_for_status()
        stream.until("job.changed", is_now(id=job_id, priority=3, tags={"a": "b"}))
        assert stream.until("job.deleted").data == {"id": old}
        Dispatcher.of(served).claim(job_id).reserve()
        trials = {"total": 24, "finished": 0, "running": 1, "pruned": 0, "failed": 0}
        stream.until("job.changed", is_now(state="running", trials=trials | {"rejected": 0}))
        stream.until("slots.changed", is_now(total=64, busy=1))


def test_lists_that_are_nobodys_alone_are_told_of(served: Served, editor: httpx.Client, team: str):
    with following(editor) as stream:
        stream.until("reset")
        Dispatcher.of(served, name="not heard of before").beat()
        stream.until("cluster.changed")
        member = {"name": "Grace", "role": "viewer"}
        served.person(Role.ADMIN).post(f"/teams/{team}/members", json=member).raise_for_status()
        assert stream.until("team.changed").data == {}


def test_who_comes_back_is_told_what_was_missed_and_of_each_job_the_newest(
    served: Served, editor: httpx.Client
):
    with following(editor) as stream:
        stream.until("reset")
        first, second = posted(editor), posted(editor)
        last = stream.until("job.changed", is_now(id=second)).id
    with following(editor) as other:
        other.until("reset")
        for priority in (1, 2, 3):
            editor.patch(f"/jobs/{first}", json={"priority": priority}).raise_for_status()
            other.until("job.changed", is_now(id=first, priority=priority))
    with following(editor, headers={"Last-Event-ID": last}) as stream:
        missed = stream.until("job.changed")
        assert (missed.data["id"], missed.data["priority"]) == (first, 3)
        editor.patch(f"/jobs/{second}", json={"priority": 1}).raise_for_status()
        told = stream.until("job.changed").data["id"]
        assert told == second, "nothing comes twice, and nothing of what was told before"


@pytest.mark.parametrize("last", ["", "1", "x.1", "0000000000000000.0", "²", "9" * 30])
def test_an_id_that_is_not_known_begins_anew(editor: httpx.Client, last: str):
    with following(editor, params={"last_event_id": last}) as stream:
        assert next(iter(stream)).event == "reset"


def test_more_changes_than_are_told_one_by_one_begin_anew(served: Served, editor: httpx.Client):
    one = posted(editor)
    with following(editor) as stream:
        stream.until("reset")
        with served.parts.database.write() as session:
            row = session.get_one(JobRow, one)
            columns = {c.key: getattr(row, c.key) for c in JobRow.__table__.columns}
            session.add_all(
                JobRow(**columns | {"id": f"{one[:-4]}{number:04}"}) for number in range(MOST + 1)
            )
        stream.until("reset")
        with served.parts.database.write() as session:
            session.execute(update(JobRow).where(JobRow.id == one).values(priority=7))
        stream.until("job.changed", is_now(id=one, priority=7))


def test_another_teams_jobs_are_not_told_of(served: Served, editor: httpx.Client, team: str):
    stranger = served.person(Role.ADMIN, team="strangers")
    with following(editor) as stream:
        stream.until("reset")
        theirs, own = posted(stranger), posted(editor)
        told = next(sent.data for sent in stream if sent.event == "job.changed")
        assert (told["id"], told["team"]) == (own, team)
        assert theirs not in str(told)


def test_a_stream_ends_with_its_token_and_with_the_service(tmp_path: Path):
    often: dict[str, Any] = {
        "event_poll_seconds": 0.01,
        "token_check_seconds": 0.01,
        "token_memory_seconds": 0,
    }
    with serving(tmp_path, **often) as served:
        client, root = served.person(), served.person(Role.ADMIN)
        with following(client) as stream, following(root) as other:
            stream.until("reset")
            token_id = client.get("/me").json()["token_id"]
            root.delete(f"/tokens/{token_id}").raise_for_status()
            assert [sent.event for sent in stream if sent.event == "reset"] == []
            served.parts.streams.close()
            assert [sent.event for sent in other if sent.event == "job.changed"] == []


def reconnecting(client: httpx.Client) -> Iterator[Sent | None]:
    """What comes over one stream after the other; None where one has ended."""
    last: dict[str, str] = {}
    while True:
        with following(client, headers=last) as stream:
            for sent in stream:
                last = {"Last-Event-ID": sent.id}
                yield sent
        yield None


def test_a_stream_is_ended_in_time_and_the_next_one_goes_on_where_it_was(tmp_path: Path):
    with serving(tmp_path, event_poll_seconds=0.01, list_stream_seconds=0.1) as served:
        client = served.person()
        told = reconnecting(client)
        assert next(filter(None, told)).event == "reset"
        assert next(told) is None
        job_id = posted(client)
        assert next(filter(None, told)).data["id"] == job_id


def test_of_each_key_the_newest_is_kept():
    newest = Newest(2)
    assert newest.since(0) == []
    for key, entry in (("a", "1"), ("b", "2"), ("a", "3")):
        newest.put(key, entry)
    assert newest.since(0) == [(2, "2"), (3, "3")]
    assert newest.since(2) == [(3, "3")]
    assert newest.since(3) == []
    assert newest.since(4) is None
    newest.put("c", "4")
    assert newest.since(1) is None, "b's entry is gone"
    assert newest.since(2) == [(3, "3"), (4, "4")]
    newest.forget()
    assert newest.since(4) is None
    assert newest.since(newest.number) == []
