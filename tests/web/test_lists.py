"""Lists follow the stream of what changes in them, and are read again and again only without it."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Route, expect

from service.team.access import Role
from tests.api.served import Dispatcher, Served, spec
from tests.web.conftest import Visitor
from tests.web.objects import ClusterPage, JobsPage, QueuePage

STREAM = "**/api/v1/events"


@pytest.fixture
def job_id(editor: httpx.Client) -> str:
    return str(editor.post("/jobs", json=spec(name="watched")).json()["id"])


def cut(route: Route) -> None:
    """Whatever is shown from then on has not come by this way."""
    route.abort()


def test_a_job_moves_on_in_the_list_though_the_list_is_not_read_again(
    visitor: Visitor, served: Served, editor: httpx.Client, job_id: str
):
    jobs = JobsPage.open(visitor)
    jobs.expect_live()
    expect(jobs.row("watched")).to_contain_text("queued no. 1")
    jobs.page.route("**/api/v1/jobs?*", cut)
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete_all([(0.8, 0.4), (0.9, 0.6)])
    expect(jobs.row("watched")).to_contain_text("2 / 24")
    expect(jobs.row("watched")).to_contain_text("running")
    editor.patch(f"/jobs/{job_id}", json={"tags": {"seen": "yes"}}).raise_for_status()
    expect(jobs.row("watched").get_by_role("link", name="seen:yes")).to_be_visible()
    jobs.page.unroute("**/api/v1/jobs?*")
    editor.post("/jobs", json=spec(name="newer")).raise_for_status()
    expect(jobs.names).to_have_text(["newer", "watched"])


def test_slots_and_running_trials_are_counted_though_the_queue_is_not_read_again(
    visitor: Visitor, served: Served, job_id: str
):
    runner = Dispatcher.of(served).claim(job_id)
    queue = QueuePage.open(visitor)
    queue.expect_live()
    expect(queue.row("watched")).to_contain_text("running")
    queue.page.route("**/api/v1/queue?*", cut)
    runner.reserve()
    runner.reserve()
    expect(queue.page.locator("#slots")).to_have_text("2 of 64 slots busy")
    expect(queue.row("watched").locator("[data-label='Trials under way']")).to_have_text("2")


def test_the_cluster_is_brought_up_to_date_when_a_dispatcher_comes(
    visitor: Visitor, served: Served
):
    cluster = ClusterPage.open(visitor)
    cluster.expect_live()
    expect(cluster.page.locator("#none")).to_be_visible()
    Dispatcher.of(served).beat()
    expect(cluster.row("dispatcher-1")).to_contain_text("alive")


def test_without_a_stream_lists_are_read_every_few_seconds(
    visitor: Visitor, editor: httpx.Client, job_id: str
):
    visitor.page.route(STREAM, cut)
    jobs = JobsPage.open(visitor)
    expect(jobs.names).to_have_text(["watched"])
    expect(jobs.notice).to_contain_text("read every few seconds instead")
    editor.post("/jobs", json=spec(name="newer")).raise_for_status()
    expect(jobs.names).to_have_text(["newer", "watched"])


def test_what_happened_while_the_stream_was_away_is_caught_up_with(
    visit: Callable[[Role], Visitor], served: Served, editor: httpx.Client, job_id: str
):
    visitor = visit(Role.EDITOR)
    jobs = JobsPage.open(visitor)
    jobs.expect_live()
    expect(jobs.names).to_have_text(["watched"])
    served.parts.streams.close()
    expect(jobs.notice).to_contain_text("no live updates")
    # Nor is anything read meanwhile.
    jobs.page.route("**/api/v1/jobs?*", cut)
    editor.post("/jobs", json=spec(name="meanwhile")).raise_for_status()
    editor.post(f"/jobs/{job_id}/cancel").raise_for_status()
    served.parts.streams._closed.clear()
    jobs.page.unroute("**/api/v1/jobs?*")
    expect(jobs.notice).to_be_hidden()
    expect(jobs.names).to_have_text(["meanwhile", "watched"])
    expect(jobs.row("watched")).to_contain_text("cancelled")


def test_lists_are_read_again_when_more_has_changed_than_the_stream_tells(
    visitor: Visitor, editor: httpx.Client, job_id: str, monkeypatch: pytest.MonkeyPatch
):
    jobs = JobsPage.open(visitor)
    jobs.expect_live()
    monkeypatch.setattr("service.api.overviews.MOST", 0)
    # The page may still be reading for the first time when the first of them happens.
    for tag in ("first", "second"):
        editor.patch(f"/jobs/{job_id}", json={"tags": {tag: "yes"}}).raise_for_status()
        expect(jobs.row("watched").get_by_role("link", name=f"{tag}:yes")).to_be_visible()
