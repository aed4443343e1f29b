"""The queue's page: who runs, who waits, and how its order is changed."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from service.team.access import Role
from tests.api.served import Dispatcher, Served, spec
from tests.web.conftest import Visitor
from tests.web.objects import QueuePage


@pytest.fixture
def jobs(editor: httpx.Client) -> dict[str, str]:
    """Three waiting jobs: ids by name."""
    names = ("first", "second", "third")
    return {name: editor.post("/jobs", json=spec(name=name)).json()["id"] for name in names}


@pytest.fixture
def queue(visit: Callable[[Role], Visitor], jobs: dict[str, str]) -> QueuePage:
    return QueuePage.open(visit(Role.EDITOR))


def test_what_is_urgent_goes_first_and_can_be_taken_back(queue: QueuePage):
    expect(queue.names("queued")).to_have_text(["first", "second", "third"])
    expect(queue.page.locator("#stuck")).to_be_visible()
    raised = queue.page.get_by_role("button", name="Raise the priority of third")
    raised.click()
    expect(queue.names("queued")).to_have_text(["third", "first", "second"])
    expect(queue.row("third").locator(".priority")).to_have_text("1")
    expect(raised).to_be_focused()
    queue.undo()
    expect(queue.names("queued")).to_have_text(["first", "second", "third"])
    assert queue.visitor.complaints == []
    assert queue.visitor.strangers == []


def test_every_press_counts_however_quick(
    queue: QueuePage, editor: httpx.Client, jobs: dict[str, str]
):
    raised = queue.page.get_by_role("button", name="Raise the priority of second")
    for _ in range(3):
        raised.click()
    expect(queue.page.locator(".toast")).to_have_text("second has priority 3.Undo✕")
    expect(queue.row("second").locator(".priority")).to_have_text("3")
    assert editor.get(f"/jobs/{jobs['second']}").json()["priority"] == 3
    queue.undo()
    expect(queue.row("second").locator(".priority")).to_have_text("2")


def test_a_job_is_paused_resumed_and_cancelled(
    queue: QueuePage, editor: httpx.Client, jobs: dict[str, str]
):
    queue.press("Pause second")
    expect(queue.names("paused")).to_have_text(["second"])
    queue.undo()
    expect(queue.names("queued")).to_have_text(["first", "second", "third"])
    queue.press("Cancel first")
    queue.answer("Let it run")
    expect(queue.names("queued")).to_have_count(3)
    queue.press("Cancel first")
    queue.answer("Cancel the job")
    expect(queue.names("queued")).to_have_text(["second", "third"])
    assert editor.get(f"/jobs/{jobs['first']}").json()["state"] == "cancelled"
    assert queue.visitor.complaints == []


def test_what_begins_moves_while_one_looks_and_the_rest_stays(
    queue: QueuePage, served: Served, jobs: dict[str, str]
):
    expect(queue.page.locator("#slots")).to_have_text("0 of 0 slots busy")
    queue.page.get_by_role("button", name="Pause third").focus()
    Dispatcher.of(served).claim(jobs["first"]).reserve()
    expect(queue.names("running")).to_have_text(["first"])
    expect(queue.names("queued")).to_have_text(["second", "third"])
    expect(queue.page.locator("#slots")).to_have_text("1 of 64 slots busy")
    expect(queue.row("second")).to_contain_text("a slot is there for it")
    expect(queue.page.get_by_role("button", name="Pause third")).to_be_focused()
    queue.press("Pause first")
    expect(queue.row("first")).to_contain_text("to be paused")


def test_what_is_not_to_be_done_any_more_is_told(
    queue: QueuePage, editor: httpx.Client, jobs: dict[str, str]
):
    queue.press("Cancel first")
    editor.post(f"/jobs/{jobs['first']}/cancel").raise_for_status()
    queue.answer("Cancel the job")
    expect(queue.page.get_by_role("alert").last).to_contain_text("no cancel for a cancelled job")


def test_a_lost_service_is_told_and_its_return_noticed(queue: QueuePage, editor: httpx.Client):
    expect(queue.names("queued")).to_have_count(3)
    queue.page.context.set_offline(True)
    expect(queue.notice).to_contain_text("does not answer")
    editor.post("/jobs", json=spec(name="meanwhile")).raise_for_status()
    expect(queue.names("queued")).to_have_count(3)
    queue.page.context.set_offline(False)
    expect(queue.names("queued")).to_have_text(["first", "second", "third", "meanwhile"])
    expect(queue.notice).to_be_hidden()


def test_who_may_only_look_is_offered_nothing_else(visitor: Visitor, jobs: dict[str, str]):
    queue = QueuePage.open(visitor)
    expect(queue.names("queued")).to_have_count(3)
    assert queue.page.locator("tbody").get_by_role("button").count() == 0


def test_an_empty_queue_says_what_to_do(visitor: Visitor):
    queue = QueuePage.open(visitor)
    expect(queue.page.locator("#idle")).to_contain_text("Post a job")
    assert visitor.complaints == []


def test_undo_stays_until_it_is_dismissed_and_has_a_key_of_its_own(queue: QueuePage):
    queue.page.clock.install()
    queue.press("Pause second")
    expect(queue.said).to_have_text("second is being paused.Undo✕")
    queue.page.clock.fast_forward(600_000)
    expect(queue.said).to_be_visible()
    queue.page.locator("body").press("Control+z")
    expect(queue.names("queued")).to_have_text(["first", "second", "third"])
    expect(queue.said).to_have_text("second goes on.✕")
    queue.page.clock.fast_forward(600_000)
    expect(queue.page.locator(".toast")).to_have_count(0)


def test_a_waiting_job_that_was_cancelled_by_mistake_waits_again(
    queue: QueuePage, editor: httpx.Client, jobs: dict[str, str]
):
    queue.press("Cancel first")
    queue.answer("Cancel the job")
    expect(queue.names("queued")).to_have_text(["second", "third"])
    undo = queue.said.get_by_role("button", name="Undo")
    undo.focus()
    undo.press("Enter")
    expect(queue.names("queued")).to_have_text(["first", "second", "third"])
    assert editor.get(f"/jobs/{jobs['first']}").json()["state"] == "queued"
    assert queue.visitor.complaints == []


def test_what_a_running_job_has_lost_by_a_cancel_is_not_undone(
    queue: QueuePage, served: Served, jobs: dict[str, str]
):
    Dispatcher.of(served).claim(jobs["first"]).reserve()
    expect(queue.names("running")).to_have_text(["first"])
    queue.press("Cancel first")
    queue.answer("Cancel the job")
    expect(queue.said).to_have_text("first is being cancelled.✕")
