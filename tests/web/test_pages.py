"""A job's page in a real browser: watch a job, choose trials, steer it, take a checkpoint."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from service.team.access import Role
from tests.api.served import Dispatcher, Runner, Served, spec
from tests.web.conftest import Visitor
from tests.web.objects_of_jobs import JobPage

TWELVE = [(0.5 + number / 30, 0.9 - number / 20) for number in range(12)]


@pytest.fixture
def job(served: Served, editor: httpx.Client) -> str:
    document = spec(
        name="<b>bold<b> & sons",
        constraints=[{"metric": "params", "max": 30_000}],
        budget={"trials": 80},
    )
    job_id: str = editor.post("/jobs", json=document).raise_for_status().json()["id"]
    return job_id


@pytest.fixture
def runner(served: Served, job: str) -> Runner:
    return Dispatcher.of(served).claim(job)


def test_a_job_is_followed_while_it_runs(
    visitor: Visitor, served: Served, editor: httpx.Client, job: str, tmp_path
):
    page = JobPage.of(visitor, job)
    expect(page.page.get_by_text("no. 1 of the queue")).to_be_visible()
    expect(page.page.get_by_text("No model has been measured yet")).to_be_visible()
    expect(page.page.get_by_text("remaining time unknown")).to_be_visible()
    runner = Dispatcher.of(served).claim(job)
    runner.complete(0.81, 0.42, b"first")
    expect(page.state).to_have_text("running")
    expect(page.trials).to_have_count(1)

    page.page.locator("#front-chart .chart").evaluate(
        "(place) => Plotly.relayout(place, {'xaxis.range': [4, 4.5], 'xaxis.autorange': false})"
    )
    runner.complete(0.99, 0.2, b"second")
    runner.fail("out_of_memory")
    expect(page.trials).to_have_count(3)
    expect(page.trials.first).to_contain_text("out of memory")
    front = editor.get(f"/jobs/{job}/front").json()
    page.expect_points("front", len(front["models"]))
    zoom = page.chart("front").evaluate("(place) => place.layout.xaxis.range")
    assert zoom == [4, 4.5], "the viewer's zoom is lost"
    expect(page.page.get_by_text("of running left")).to_be_visible()
    expect(page.page.locator("#events")).to_contain_text("Trial 2 is failed (out of memory).")

    knee = next(model for model in front["models"] if model["id"] == front["knee"])
    with page.page.expect_download() as saved:
        row = page.page.locator("#front tr.knee")
        row.get_by_role("button", name="Download the checkpoint").click()
    saved.value.save_as(tmp_path / "checkpoint")
    assert saved.value.suggested_filename == f"{knee['id']}.safetensors"
    stored = editor.get(f"/jobs/{job}/models/{knee['id']}/checkpoint").content
    assert (tmp_path / "checkpoint").read_bytes() == stored

    runner.finish("budget_spent")
    expect(page.state).to_have_text("succeeded")
    expect(page.page.get_by_text("ended succeeded")).to_be_visible()
    assert visitor.complaints == []
    assert visitor.strangers == []


def test_what_is_chosen_is_marked_everywhere_and_kept_in_the_address(
    visitor: Visitor, runner: Runner, job: str
):
    runner.complete_all(TWELVE)
    page = JobPage.of(visitor, job)
    page.see("curves")
    page.see("parallel")
    page.choose(3)
    page.choose(5)
    for chart in ("front", "curves", "parallel"):
        page.page.wait_for_function(
            "(place) => document.querySelector(place).data"
            ".find((trace) => trace.meta.role === 'chosen').x.length >= 2",
            arg=f"#{chart}-chart .chart",
        )
    beside = page.page.locator("#side-by-side")
    expect(beside.get_by_role("link")).to_have_text(["Trial 3", "Trial 5"])
    expect(beside.locator("th.differs").first).to_be_visible()
    page.page.get_by_label("Right").select_option("macs")
    page.page.get_by_label("over").select_option("time")
    page.page.wait_for_url("**?**x=macs**")
    kept = parse_qs(urlsplit(page.page.url).query)
    assert kept == {"x": ["macs"], "against": ["time"], "trial": ["3", "5"]}

    page.page.reload()
    expect(beside.get_by_role("link")).to_have_text(["Trial 3", "Trial 5"])
    expect(page.page.get_by_label("Right")).to_have_value("macs")
    expect(page.page.get_by_label("Choose trial 3", exact=True)).to_be_checked()
    page.press("Choose none")
    expect(page.page.locator("#chosen")).to_be_hidden()
    assert "trial" not in parse_qs(urlsplit(page.page.url).query)
    assert visitor.complaints == []


def test_of_five_chosen_trials_the_first_gives_way(visitor: Visitor, runner: Runner, job: str):
    runner.complete_all(TWELVE)
    page = JobPage.of(visitor, job)
    for number in (0, 1, 2, 3, 4):
        page.choose(number)
    links = page.page.locator("#side-by-side").get_by_role("link")
    expect(links).to_have_text([f"Trial {number}" for number in (1, 2, 3, 4)])


def test_nonsense_in_the_address_does_no_harm(visitor: Visitor, runner: Runner, job: str):
    runner.complete(0.8, 0.4)
    page = JobPage.of(visitor, job, "?x=beauty&color=%3Cb%3E&trial=abc&trial=-3&trial=99")
    page.expect_points("front", 1)
    expect(page.page.locator("#side-by-side")).to_contain_text("No such trial.")
    visitor.complaints.clear()  # the browser itself logs what was not found


def test_trials_are_sorted_filtered_and_turned_over(visitor: Visitor, runner: Runner, job: str):
    runner.complete_all(TWELVE * 5)
    runner.fail("exit")
    page = JobPage.of(visitor, job)
    expect(page.trials).to_have_count(50)
    expect(page.numbers().first).to_have_text("60")
    page.press("After")
    expect(page.trials).to_have_count(11)
    expect(page.page.locator("#range")).to_have_text("51 to 61 of 61")
    page.press("Accuracy")
    expect(page.trials.first).to_contain_text("86.67 %")
    page.press("Accuracy")
    expect(page.trials.first).to_contain_text("50.00 %")
    page.page.get_by_label("State").select_option("failed")
    expect(page.numbers()).to_have_text(["60"])
    page.page.get_by_label("State").select_option("pruned")
    expect(page.page.get_by_text("No trial is pruned.")).to_be_visible()
    assert visitor.complaints == []


def test_an_editor_steers_a_job(
    visit: Callable[[Role], Visitor], runner: Runner, editor: httpx.Client, job: str
):
    runner.complete(0.8, 0.4)
    page = JobPage.of(visit(Role.EDITOR), job)
    expect(page.trials).to_have_count(1)
    page.press("Extend budget")
    page.page.get_by_label("Trials in all").fill("90")
    page.press("Extend")
    expect(page.page.get_by_text("of 90 trials finished")).to_be_visible()

    page.press("Add a point")
    field = page.page.get_by_label("Parameters, as JSON")
    point = json.loads(field.input_value())
    assert point == editor.get(f"/jobs/{job}/trials/0").json()["parameters"]
    field.fill("{")
    page.press("Add the point")
    expect(page.page.get_by_text("This is no JSON")).to_be_visible()
    field.fill(json.dumps(point | {"training.learning_rate": 9}))
    page.press("Add the point")
    expect(page.page.get_by_text("training.learning_rate: must be")).to_be_visible()
    field.fill(json.dumps(point | {"training.learning_rate": 0.0123}))
    page.press("Add the point")
    expect(page.said).to_contain_text("The point is run next.")

    page.press("Pause <b>bold<b> & sons")
    expect(page.page.locator("#why")).to_contain_text("being paused")
    page.undo()
    expect(page.page.locator("#why")).not_to_contain_text("being paused")
    expect(page.page.get_by_role("link", name="Clone")).to_have_attribute(
        "href", f"/new?clone={job}"
    )


def test_a_viewer_is_not_offered_what_they_may_not_do(visitor: Visitor, runner: Runner, job: str):
    page = JobPage.of(visitor, job)
    expect(page.state).to_have_text("running")
    for name in ("Extend budget", "Add a point"):
        expect(page.page.get_by_role("button", name=name)).to_be_hidden()
    expect(page.page.locator("#commands button")).to_have_count(0)


def test_the_front_is_read_again_only_when_it_has_changed(
    visitor: Visitor, runner: Runner, job: str
):
    runner.complete(0.8, 0.4)
    answers: list[int] = []
    visitor.page.on(
        "response", lambda r: answers.append(r.status) if "/figures/front" in r.url else None
    )
    page = JobPage.of(visitor, job)
    page.expect_points("front", 1)
    runner.reserve()
    expect(page.trials).to_have_count(2)
    assert answers[0] == 200
    assert set(answers[1:]) == {304}
    assert visitor.complaints == []


def test_an_absent_job_says_so(visitor: Visitor):
    visitor.open("/jobs/job_00000000000000000000000000000000")
    visitor.sign_in()
    expect(visitor.page.get_by_role("status").first).to_have_text("there is no such job")


def test_a_lost_connection_is_told_and_made_up_for(visitor: Visitor, runner: Runner, job: str):
    runner.complete(0.8, 0.4)
    page = JobPage.of(visitor, job)
    expect(page.trials).to_have_count(1)
    page.page.context.set_offline(True)
    page.choose(0)
    expect(page.notice).to_contain_text("does not answer")
    runner.complete(0.9, 0.3)
    page.page.context.set_offline(False)
    expect(page.trials).to_have_count(2)
    expect(page.notice).to_be_hidden()


def test_the_page_fits_a_telephone(visitor: Visitor, served: Served, editor: httpx.Client):
    job_id = editor.post("/jobs", json=spec(name="a" * 100)).json()["id"]
    Dispatcher.of(served).claim(job_id).complete_all(TWELVE)
    visitor.page.set_viewport_size({"width": 360, "height": 700})
    page = JobPage.of(visitor, job_id, "?trial=1&trial=2")
    for chart in ("hypervolume", "curves", "parallel", "importances"):
        page.see(chart)
    assert not visitor.overflows()


def test_importances_of_too_few_trials_say_so(visitor: Visitor, runner: Runner, job: str):
    runner.complete(0.8, 0.4)
    page = JobPage.of(visitor, job)
    page.page.locator("#importances-chart").scroll_into_view_if_needed()
    expect(page.page.get_by_text("Importance needs 10 complete trials at least")).to_be_visible()
