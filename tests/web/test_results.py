"""The pages of trials, models and comparisons: what came of a job."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from service.team.access import Role
from tests.api.served import Dispatcher, Served, spec
from tests.api.test_compressions import SMALL, model_of, safetensors
from tests.web.conftest import Visitor

RANKS = {(2, 1, 1): (0.6, b"a"), (4, 1, 1): (0.7, b"b"), (4, 2, 2): (0.9, b"c")}


@pytest.fixture
def job(served: Served, editor: httpx.Client) -> str:
    """One job, whose first trial has three models and whose second has failed."""
    job_id: str = editor.post("/jobs", json=spec(name="one")).raise_for_status().json()["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete_ranks(RANKS)
    runner.fail("out_of_memory", "no room")
    return job_id


def test_a_trial_shows_its_parts_and_leads_to_its_models(
    visitor: Visitor, editor: httpx.Client, job: str
):
    visitor.open(f"/jobs/{job}/trials/0")
    visitor.sign_in()
    page = visitor.page
    trial = editor.get(f"/jobs/{job}/trials/0").json()
    expect(page.locator("#architecture li")).to_have_count(len(trial["parts"]))
    expect(page.locator("#architecture")).to_contain_text("8 × 8 × 8")
    for chart in ("curve", "latency", "ranks"):
        expect(page.locator(f"#{chart}-chart .svg-container")).to_be_visible()
    page.locator("#latency-chart summary").click()
    expect(page.locator("#latency-chart table")).to_contain_text("nine runs of ten")
    page.locator("#models").get_by_role("link", name="4 × 2 × 2").click()
    expect(page.get_by_role("heading", name="Model of trial 0: tcl 4 × 2 × 2")).to_be_visible()
    assert visitor.complaints == []


def test_a_failed_trial_says_why(visitor: Visitor, job: str):
    visitor.open(f"/jobs/{job}/trials/1")
    visitor.sign_in()
    expect(visitor.page.locator("#why")).to_have_text("out of memory: no room")
    expect(visitor.page.get_by_text("has not ended a training epoch yet")).to_be_visible()


def test_a_models_checkpoint_is_saved_and_its_heads_are_compared(
    visitor: Visitor, editor: httpx.Client, job: str, tmp_path
):
    model = editor.get(f"/jobs/{job}/trials/0").json()["models"][0]
    baselines = editor.get(f"/jobs/{job}/models/{model['id']}").json()["baselines"]
    visitor.open(f"/jobs/{job}/models/{model['id']}")
    visitor.sign_in()
    page = visitor.page
    expect(page.locator("#baselines")).to_contain_text(f"{baselines['gap_params']:,}")
    expect(page.locator("#snippet")).to_contain_text("torch.zeros(1, 1, 8, 8)")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Checkpoint").click()
    saved.value.save_as(tmp_path / "checkpoint")
    assert (tmp_path / "checkpoint").read_bytes() == b"a"
    assert visitor.complaints == []


def test_a_dense_head_is_compressed_and_a_tcl_is_not(
    visit: Callable[[Role], Visitor], served: Served, editor: httpx.Client, job: str
):
    tcl = editor.get(f"/jobs/{job}/trials/0").json()["models"][0]
    dense = model_of(served, editor, "flatten", safetensors(SMALL))
    visitor = visit(Role.EDITOR)
    visitor.open(f"/jobs/{job}/models/{tcl['id']}")
    visitor.sign_in()
    page = visitor.page
    compress = page.get_by_role("button", name="Compress the head")
    expect(page.locator("#baselines")).to_contain_text("flattened")
    expect(page.locator("#compress")).to_have_attribute("data-sign", f"{tcl['id']} false")
    expect(compress).to_have_count(0)
    visitor.open(f"/jobs/{dense['job']}/models/{dense['model']}")
    compress.click()
    expect(page.get_by_role("heading", name="compressed flatten of trial 0")).to_be_visible()
    posted = editor.get(page.url.removeprefix(served.url)).json()
    assert posted["spec"]["compress"]["model"] == dense["model"]
    assert visitor.complaints == []


def test_jobs_are_compared_and_what_they_do_not_share_is_said(
    visitor: Visitor, served: Served, editor: httpx.Client, job: str
):
    document = spec(name="<b>two<b>", objectives=["accuracy", "params"])
    other = editor.post("/jobs", json=document).raise_for_status().json()["id"]
    Dispatcher.of(served).claim(other).complete(0.95, 0.4)
    visitor.open(f"/compare?jobs={job},{other}")
    visitor.sign_in()
    page = visitor.page
    expect(page.locator("#standings tbody th")).to_have_text(["one", "<b>two<b>"])
    expect(page.locator("#remarks")).to_have_text(
        "one also optimises latency_ms, which this comparison leaves out."
    )
    expect(page.locator("#fronts-chart .legendtext")).to_have_text(["one", "<b>two<b>"])
    expect(page.locator("#best tbody tr")).to_have_count(6)
    assert visitor.complaints == []


def test_one_job_is_not_compared(visitor: Visitor, job: str):
    visitor.open(f"/compare?jobs={job},{job}")
    visitor.sign_in()
    expect(visitor.page.get_by_role("heading", name="Two jobs are needed")).to_be_visible()
