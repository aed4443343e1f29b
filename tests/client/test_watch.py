"""Following a real service's events, over connections that are cut."""

import threading
from typing import Any

import pytest

from tclsearch_client import NotFound
from tests.api.served import Served
from tests.client.conftest import Face, post, run
from tests.client.cutting_proxy import CuttingProxy


def test_every_event_comes_once_until_the_last(client: Any, searched: str):
    events = list(client.watch(searched))
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert events[-1].data["state"] == "succeeded"
    assert {event.event for event in events} == {
        "job.state", "trial.state", "trial.report", "front.changed",
    }  # fmt: skip
    assert [event.id for event in client.watch(searched, after=5)] == list(
        range(6, len(events) + 1)
    )
    assert list(client.watch(searched, after=len(events))) == []


def test_a_job_tells_from_where_on_there_is_news(client: Any, searched: str):
    last = client.job(searched).last_event
    assert last == list(client.watch(searched))[-1].id
    assert [event.id for event in client.watch(searched, after=last - 1)] == [last]
    assert client.trial_table(searched).events == last


def test_cut_connections_lose_and_double_nothing(face: Face, served: Served, searched: str):
    whole = list(face(served.url).watch(searched))
    with CuttingProxy.before(served.url) as proxy:
        # Enough for a reply's head and an event or two.
        proxy.allowance = lambda _: 1500
        events = list(face(proxy.url).watch(searched))
        assert proxy.connections > 3
    assert events == whole


def test_a_job_is_followed_while_it_runs(served: Served, token: str, face: Face):
    job_id = post(served, token)
    runner = run(served, job_id)
    with CuttingProxy.before(served.url) as proxy:
        proxy.allowance = lambda number: 700 if number % 2 else None
        seen: list[Any] = []
        watcher = threading.Thread(target=lambda: seen.extend(face(proxy.url).watch(job_id)))
        watcher.start()
        for _ in range(3):
            runner.complete(0.5, 1.0)
        runner.finish("budget_spent")
        watcher.join(30)
        assert not watcher.is_alive()
    assert [event.id for event in seen] == list(range(1, len(seen) + 1))
    assert seen[-1].data["state"] == "succeeded"


def test_there_is_nothing_to_watch_of_a_job_that_is_not_there(client: Any):
    with pytest.raises(NotFound):
        list(client.watch("job_nope"))
