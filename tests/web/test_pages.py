"""A job's page in a real browser: watch a job, take a checkpoint."""

import httpx
from playwright.sync_api import Page, expect

from tests.api.served import Dispatcher, Served, spec
from tests.web.conftest import Visitor


def expect_points(page: Page, points: int) -> None:
    """The second trace is the front; the first has what it dominates."""
    front = page.locator("#chart .scatterlayer .trace").nth(1)
    expect(front.locator("path.point")).to_have_count(points)


def test_a_job_is_followed_while_it_runs(
    visitor: Visitor, served: Served, editor: httpx.Client, tmp_path
):
    visitor.open()
    visitor.sign_in()
    page = visitor.page
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()

    name = "<b>bold<b> & sons"
    document = spec(name=name, budget={"trials": 8}, objectives=["accuracy", "params"])
    job_id = editor.post("/jobs", json=document).json()["id"]
    link = page.get_by_role("link", name=name)
    expect(link).to_be_visible()
    link.click()
    expect(page.get_by_text("no. 1 of the queue")).to_be_visible()
    expect(page.get_by_text("No model has been measured yet")).to_be_visible()

    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.81, 0.42, b"first")
    expect_points(page, 1)
    expect(page.locator("#front tbody tr")).to_have_count(1)
    expect(page.locator("#state")).to_have_text("running")
    assert page.locator("#chart .modebar").count() == 1

    page.evaluate("Plotly.relayout('chart', {'xaxis.range': [4, 4.5], 'xaxis.autorange': false})")
    runner.complete(0.99, 0.2, b"second")
    runner.fail("out_of_memory")
    expect(page.locator("#trials tbody tr")).to_have_count(3)
    expect(page.locator("#trials tbody")).to_contain_text("out of memory")
    front = editor.get(f"/jobs/{job_id}/front").json()
    expect_points(page, len(front["models"]))
    assert page.evaluate("document.getElementById('chart').layout.xaxis.range") == [4, 4.5]
    expect(page.locator("tr.knee")).to_have_count(1)

    with page.expect_download() as saved:
        page.locator("tr.knee").get_by_role("button", name="Download").click()
    saved.value.save_as(tmp_path / "checkpoint")
    knee = next(model for model in front["models"] if model["id"] == front["knee"])
    assert saved.value.suggested_filename == f"{knee['id']}.safetensors"
    stored = editor.get(f"/jobs/{job_id}/models/{knee['id']}/checkpoint").content
    assert (tmp_path / "checkpoint").read_bytes() == stored

    runner.finish("budget_spent")
    expect(page.locator("#state")).to_have_text("succeeded")
    assert visitor.complaints == []
    assert visitor.strangers == []


def test_the_front_is_read_again_only_when_it_has_changed(
    visitor: Visitor, served: Served, editor: httpx.Client
):
    job_id = editor.post("/jobs", json=spec()).json()["id"]
    Dispatcher.of(served).claim(job_id).complete(0.8, 0.4)
    answers: list[int] = []
    visitor.page.on(
        "response", lambda r: answers.append(r.status) if r.url.endswith("/front") else None
    )
    visitor.open(f"/jobs/{job_id}")
    visitor.sign_in()
    expect_points(visitor.page, 1)
    with visitor.page.expect_response(lambda response: response.status == 304):
        pass
    assert answers[:2] == [200, 304]
    assert visitor.complaints == []


def test_an_absent_job_says_so(visitor: Visitor):
    visitor.open("/jobs/job_00000000000000000000000000000000")
    visitor.sign_in()
    expect(visitor.page.locator("#notice")).to_have_text("there is no such job")


def test_a_service_that_is_gone_is_told_and_its_return_noticed(
    visitor: Visitor, editor: httpx.Client
):
    editor.post("/jobs", json=spec(name="lasting"))
    visitor.open()
    visitor.sign_in()
    page = visitor.page
    expect(page.get_by_role("link", name="lasting")).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator("#notice")).to_contain_text("does not answer")
    expect(page.get_by_role("link", name="lasting")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#notice")).to_be_hidden()


def test_the_page_fits_a_telephone(visitor: Visitor, served: Served, editor: httpx.Client):
    job_id = editor.post("/jobs", json=spec(name="a" * 100)).json()["id"]
    Dispatcher.of(served).claim(job_id).complete(0.8, 0.4)
    visitor.page.set_viewport_size({"width": 360, "height": 700})
    visitor.open(f"/jobs/{job_id}")
    visitor.sign_in()
    expect_points(visitor.page, 1)
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
