"""The stream of a job's events, on SQLite and on PostgreSQL."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from service.api.feeds import PAGE
from service.db.tables import TokenRow
from service.events.journal import Event, EventKind, append_all
from service.jobs.commands import lock_job
from service.settings import Settings
from service.team.access import Role
from tests.api.listeners import Listener
from tests.api.served import SPEC, Dispatcher, Served, serving
from tests.api.test_bad_input import problem_of


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


@pytest.fixture
def editor(served: Served) -> httpx.Client:
    return served.person()


@dataclass(frozen=True)
class Sent:
    id: int
    event: str
    data: dict[str, Any]


@contextmanager
def following(client: httpx.Client, job_id: str, **options: Any) -> Iterator[Iterator[Sent]]:
    with client.stream("GET", f"/jobs/{job_id}/events", **options) as response:
        assert response.status_code == 200, response.read()
        yield events_of(response.iter_lines())


def events_of(lines: Iterator[str]) -> Iterator[Sent]:
    fields: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Sent(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


def posted(client: httpx.Client) -> str:
    job_id: str = client.post("/jobs", json=SPEC).json()["id"]
    return job_id


def cancelled(client: httpx.Client) -> str:
    job_id = posted(client)
    client.post(f"/jobs/{job_id}/cancel").raise_for_status()
    return job_id


def read(client: httpx.Client, job_id: str, **options: Any) -> list[Sent]:
    """Every event until the stream ends by itself."""
    with following(client, job_id, **options) as events:
        return list(events)


def test_a_stream_tells_everything_as_it_happens_and_ends_with_the_job(
    served: Served, editor: httpx.Client
):
    job_id = posted(editor)
    with following(editor, job_id) as events:
        first = next(events)
        assert (first.id, first.event, first.data["state"]) == (1, "job.state", "queued")
        runner = Dispatcher.of(served).claim(job_id)
        assert [next(events).data["state"] for _ in range(2)] == ["starting", "running"]
        runner.complete(0.9, 0.5)
        runner.finish("budget_spent")
        rest = list(events)
    assert [event.id for event in rest] == list(range(4, 4 + len(rest)))
    assert {event.event for event in rest} == {
        "trial.state", "trial.report", "front.changed", "job.state",
    }  # fmt: skip
    assert rest[-1].data["state"] == "succeeded"
    assert all(event.data["at"].endswith("Z") for event in rest)


def test_a_stream_goes_on_after_the_last_event_that_was_seen(editor: httpx.Client):
    job_id = cancelled(editor)
    whole = read(editor, job_id)
    assert [event.id for event in whole] == [1, 2]
    assert read(editor, job_id, headers={"Last-Event-ID": "1"}) == whole[1:]
    assert read(editor, job_id, params={"last_event_id": "1"}) == whole[1:]
    assert read(editor, job_id, headers={"Last-Event-ID": "2"}) == []
    both = read(editor, job_id, headers={"Last-Event-ID": "0"}, params={"last_event_id": "2"})
    assert both == whole, "the header comes first"


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "", "3", "9" * 30, "²"])
def test_a_last_event_id_that_the_job_never_had_is_refused(editor: httpx.Client, last: str):
    job_id = cancelled(editor)
    response = editor.get(f"/jobs/{job_id}/events", params={"last_event_id": last})
    problem_of(response, 400, "bad_last_event_id")


def test_more_events_than_one_page_come_all(served: Served, editor: httpx.Client):
    job_id = posted(editor)
    parts = served.parts
    with parts.database.write() as session:
        job, at = lock_job(session, job_id), parts.clock.now(session)
        many = [Event(EventKind.TRIAL_REPORT, {"number": n}) for n in range(2 * PAGE + 1)]
        append_all(session, job, many, at)
    editor.post(f"/jobs/{job_id}/cancel").raise_for_status()
    assert [event.id for event in read(editor, job_id)] == list(range(1, 2 * PAGE + 4))


def test_nothing_between_client_and_service_may_hold_events_back(editor: httpx.Client):
    response = editor.get(f"/jobs/{cancelled(editor)}/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-accel-buffering"] == "no"


def test_another_teams_events_are_absent(served: Served, editor: httpx.Client):
    stranger = served.person(Role.ADMIN, team="strangers")
    problem_of(stranger.get(f"/jobs/{cancelled(editor)}/events"), 404, "not_found")
    problem_of(served.client().get(f"/jobs/{cancelled(editor)}/events"), 401, "unauthorized")


def test_only_so_many_streams_are_open_and_a_closed_one_makes_room(tmp_path: Path):
    with serving(tmp_path, event_streams=1, event_poll_seconds=0.01) as served:
        editor = served.person()
        waiting, ended = posted(editor), cancelled(editor)
        with following(editor, waiting) as events:
            next(events)
            refused = editor.get(f"/jobs/{ended}/events")
            problem_of(refused, 503, "unavailable")
            assert int(refused.headers["retry-after"]) > 0
        # The service notices the closed connection in its own time.
        again = (editor.get(f"/jobs/{ended}/events").status_code for _ in range(1000))
        assert next((status for status in again if status != 503), None) == 200


def test_a_silent_stream_is_kept_alive(tmp_path: Path):
    settings = {"event_poll_seconds": 0.01, "event_heartbeat_seconds": 0.05}
    with serving(tmp_path, **settings) as served:
        editor = served.person()
        with editor.stream("GET", f"/jobs/{posted(editor)}/events") as response:
            comments = (line for line in response.iter_lines() if line.startswith(":"))
            assert [next(comments), next(comments)] == [": still here"] * 2


def test_an_open_stream_ends_when_the_service_stops(tmp_path: Path):
    with serving(tmp_path) as served:
        client = served.person()
        job_id = posted(client)
        with following(client, job_id) as events:
            next(events)
            served.parts.streams.close()
            assert list(events) == []
        problem_of(client.get(f"/jobs/{job_id}/events"), 503, "unavailable")


def test_many_streams_share_what_is_read_and_a_slow_one_holds_nobody_up(
    served: Served, editor: httpx.Client
):
    job_id, streams, rounds = posted(editor), 20, 5
    token = editor.headers["authorization"].removeprefix("Bearer ")
    read: list[str] = []

    def reads_events(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "FROM events" in statement:
            read.append(statement)

    async def listen() -> tuple[list[Listener], list[Listener]]:
        quick = [Listener() for _ in range(streams)]
        slow = [Listener() for _ in range(2)]
        reading = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for listener in slow:
                group.create_task(listener.follow(served.url, token, job_id, reading))
            async with asyncio.TaskGroup() as others:
                for listener in quick:
                    others.create_task(listener.follow(served.url, token, job_id))
                for number in range(rounds):
                    for listener in quick:
                        await listener.until(1 + number * PAGE)
                    await asyncio.to_thread(report)
                await asyncio.to_thread(editor.post, f"/jobs/{job_id}/cancel")
            # The quick ones have everything, and have been let go.
            reading.set()
        return quick, slow

    def report() -> None:
        parts = served.parts
        with parts.database.write() as session:
            many = [Event(EventKind.TRIAL_REPORT, {"text": "x" * 400})] * PAGE
            append_all(session, lock_job(session, job_id), many, parts.clock.now(session))

    engine = served.parts.database.engine
    event.listen(engine, "before_cursor_execute", reads_events)
    try:
        quick, slow = asyncio.run(listen())
    finally:
        event.remove(engine, "before_cursor_execute", reads_events)
    everything = list(range(1, rounds * PAGE + 3))
    assert all(each.sequences == everything for each in (*quick, *slow))
    # Each stream by itself would have read every page.
    assert len(read) < streams * rounds / 2


def revoked(served: Served, client: httpx.Client) -> None:
    token_id = client.get("/me").json()["token_id"]
    served.person(Role.ADMIN).delete(f"/tokens/{token_id}").raise_for_status()


def expired(served: Served, client: httpx.Client) -> None:
    token_id = client.get("/me").json()["token_id"]
    with served.parts.database.write() as session:
        row, at = session.get_one(TokenRow, token_id), served.parts.clock.now(session)
        row.expires_at = at


def removed(served: Served, client: httpx.Client) -> None:
    path = f"/teams/default/members/{client.get('/me').json()['member']}"
    served.person(Role.ADMIN).delete(path).raise_for_status()


@pytest.mark.parametrize("end", [revoked, expired, removed])
def test_an_open_stream_ends_with_its_token(
    tmp_path: Path, end: Callable[[Served, httpx.Client], None]
):
    often = {"event_poll_seconds": 0.01, "token_check_seconds": 0.01, "token_memory_seconds": 0}
    with serving(tmp_path, **often) as served:
        root = served.person(Role.ADMIN)
        root.post("/teams/default/members", json={"name": "Grace", "role": "editor"})
        body = {"name": "x", "team": "default", "role": "editor", "member": "Grace"}
        client = served.client(root.post("/tokens", json=body).json()["token"])
        job_id = posted(client)
        with following(client, job_id) as events, following(root, job_id) as others:
            assert next(events).id == next(others).id == 1
            end(served, client)
            assert list(events) == []
            root.post(f"/jobs/{job_id}/cancel").raise_for_status()
            assert [event.id for event in others] == [2], "another's stream goes on"
        problem_of(client.get(f"/jobs/{job_id}/events"), 401, "unauthorized")


def test_a_stream_asks_for_its_token_at_intervals_alone(tmp_path: Path):
    with serving(tmp_path, event_poll_seconds=0.01, token_check_seconds=3600.0) as served:
        root, client = served.person(Role.ADMIN), served.person()
        job_id = posted(client)
        with following(client, job_id) as events:
            next(events)
            revoked(served, client)
            root.post(f"/jobs/{job_id}/cancel").raise_for_status()
            assert [event.id for event in events] == [2]


def test_a_stream_hears_of_a_bad_token_within_five_seconds():
    settings = Settings(data_dir=Path())
    # It may begin with what is remembered. Then a look, and at most as long again until it wakes.
    assert settings.token_memory_seconds + 2 * settings.token_check_seconds < 5
