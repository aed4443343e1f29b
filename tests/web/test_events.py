"""Following a job's events: nothing is lost or told twice, whatever becomes of the connection."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.api.served import Dispatcher, Runner, Served, spec
from tests.web.conftest import Visitor

FOLLOW = """async (job) => {
  const { follow } = await import("/static/events.js");
  window.told = [];
  window.stop = follow(`/api/v1/jobs/${job}/events`, {
    onEvent: ({ id }) => window.told.push(Number(id)),
    onEnd: () => { document.title = "ended"; },
  });
}"""


@pytest.fixture
def job_id(editor: httpx.Client) -> str:
    return str(editor.post("/jobs", json=spec()).json()["id"])


@pytest.fixture
def runner(served: Served, job_id: str) -> Runner:
    return Dispatcher.of(served).claim(job_id)


@pytest.fixture
def page(visitor: Visitor, job_id: str, runner: Runner) -> Page:
    visitor.open("/docs")
    visitor.page.evaluate(
        "(token) => sessionStorage.setItem('tclsearch-token', token)", visitor.token
    )
    visitor.page.evaluate(FOLLOW, job_id)
    return visitor.page


@pytest.fixture
def told(page: Page, editor: httpx.Client, job_id: str) -> Callable[[int], list[int]]:
    """Waits until so many events were told, and gives their numbers."""

    def told(count: int) -> list[int]:
        page.wait_for_function("(count) => window.told.length >= count", arg=count)
        numbers: list[int] = page.evaluate("window.told")
        return numbers

    return told


def test_a_stream_that_breaks_goes_on_where_it_was(
    page: Page, served: Served, runner: Runner, told: Callable[[int], list[int]]
):
    runner.complete(0.8, 0.4)
    before = len(told(3))
    served.parts.streams.close()
    notice = page.locator("#notice")
    expect(notice).to_have_text("The live connection is lost; reconnecting …")
    runner.complete(0.9, 0.3)
    served.parts.streams._closed.clear()
    expect(notice).to_be_hidden()
    numbers = told(before + 3)
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_last_event_ends_it(page: Page, runner: Runner, told: Callable[[int], list[int]]):
    runner.complete(0.8, 0.4)
    runner.finish("budget_spent")
    expect(page).to_have_title("ended")
    numbers = told(3)
    assert numbers == list(range(1, len(numbers) + 1))
    expect(page.locator("#notice")).to_be_hidden()


def test_what_is_refused_for_good_is_not_asked_for_again(page: Page):
    absent, asked = "job_00000000000000000000000000000000", []
    page.on("response", lambda r: asked.append(r.status) if absent in r.url else None)
    page.evaluate(FOLLOW, absent)
    expect(page).to_have_title("ended")
    assert asked == [404]
