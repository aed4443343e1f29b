"""The page that posts a job: a form and its YAML, checked as one types."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Route, expect

from service.api.documents import read_yaml
from service.team.access import Role
from tests.api.served import Served, spec
from tests.web.conftest import Visitor
from tests.web.objects import NewJobPage

TEXTS = (
    "plain", "two words", "", " ", "no", "true", "Null", "1", "1e3", ".inf", "0x1F", "a: b", "a #b",
    "- x", "{a}", "[b]", "&c", "*d", "!e", "'f", '"g', "h'i", "a\nb", "%j", "@k", "`l", "é", "😀",
    "trailing ", "x:", "~", "?", "a,b", "<img onerror=x>", "\u2028", "\x7f", "\x85", "\ufeff",
)  # fmt: skip


@pytest.fixture
def new(visit: Callable[[Role], Visitor]) -> NewJobPage:
    page = NewJobPage.open(visit(Role.EDITOR))
    expect(page.verdict).to_have_text("valid")
    return page


def test_form_and_yaml_follow_each_other_and_the_job_is_posted(
    new: NewJobPage, editor: httpx.Client
):
    new.field("Name").fill("from the page")
    new.field("Trials").fill("7")
    new.field("Parameters at most").fill("20000")
    new.field("latency").uncheck()
    expect(new.yaml).to_have_value(
        "version: 1\nname: from the page\ndataset: {name: digits}\nspace: {preset: tiny}\n"
        "budget: {trials: 7, training_epochs: 6}\nconstraints:\n  - {metric: params, max: 20000}\n"
        "objectives: [accuracy, params]\n"
    )
    expect(new.estimate("Trials")).to_have_text("7")
    expect(new.estimate("Place in the queue")).to_have_text("no. 1")
    text = new.yaml.input_value()
    new.yaml.fill(text.replace("trials: 7", "trials: 9") + "tags: {project: demo}\n")
    expect(new.field("Trials")).to_have_value("9")
    expect(new.field("Tags")).to_have_value("project:demo")
    new.post.click()
    expect(new.page.get_by_role("heading", name="from the page")).to_be_visible()
    (job,) = editor.get("/jobs").json()["items"]
    assert (job["budget"]["trials"], job["tags"]) == (9, {"project": "demo"})
    assert job["spec"]["constraints"] == [{"metric": "params", "min": None, "max": 20000}]
    assert new.visitor.complaints == []
    assert new.visitor.strangers == []


def test_faults_are_told_where_they_are_and_nothing_is_posted(
    new: NewJobPage, editor: httpx.Client
):
    new.field("Trials").fill("0")
    expect(new.fault("Trials")).to_contain_text("greater than or equal to 1")
    new.field("Trials").fill("5")
    new.field("Parameters at most").fill("3")
    expect(new.fault("Parameters at most")).not_to_have_text("")
    expect(new.post).to_be_disabled()
    new.yaml.fill("name: [unclosed")
    expect(new.page.locator("#faults")).to_contain_text("not YAML")
    expect(new.field("Name")).to_be_disabled()
    new.yaml.fill("version: 1\nname: mended\ndataset: {name: digits}\n")
    expect(new.field("Name")).to_have_value("mended")
    expect(new.fault("Trials")).to_be_hidden()
    expect(new.post).to_be_enabled()
    assert editor.get("/jobs").json()["items"] == []


def lose_reply(route: Route) -> None:
    """Have a request be served, and its reply never come."""
    route.fetch()
    route.abort()


def test_what_was_typed_outlives_a_lost_reply_and_makes_one_job(
    new: NewJobPage, editor: httpx.Client
):
    new.field("Name").fill("kept")
    expect(new.verdict).to_have_text("valid")
    new.page.route("**/api/v1/jobs", lose_reply, times=1)
    new.post.click()
    expect(new.said).to_contain_text("Not posted: The service does not answer")
    expect(new.field("Name")).to_have_value("kept")
    assert len(editor.get("/jobs").json()["items"]) == 1
    new.post.click()
    expect(new.page.get_by_role("heading", name="kept")).to_be_visible()
    assert len(editor.get("/jobs").json()["items"]) == 1


def test_an_earlier_job_is_cloned(visit: Callable[[Role], Visitor], editor: httpx.Client):
    document = spec(name="parent & <b>", budget={"trials": 5}, sampler={"name": "nsga2"})
    job_id = editor.post("/jobs", json=document).json()["id"]
    new = NewJobPage.open(visit(Role.EDITOR), f"?clone={job_id}")
    expect(new.field("Name")).to_have_value("parent & <b> (copy)")
    expect(new.field("Sampler")).to_have_value("nsga2")
    expect(new.verdict).to_have_text("valid")
    new.post.click()
    expect(new.page.get_by_role("heading", name="parent & <b> (copy)")).to_be_visible()
    copy, parent = editor.get("/jobs").json()["items"]
    assert copy["spec"] | {"name": ""} == parent["spec"] | {"name": ""}


def test_another_preset_of_a_cloned_job_counts(
    visit: Callable[[Role], Visitor], editor: httpx.Client
):
    job_id = editor.post("/jobs", json=spec()).json()["id"]
    new = NewJobPage.open(visit(Role.EDITOR), f"?clone={job_id}")
    expect(new.yaml).to_have_value(re.compile("stages:"))
    new.field("Preset").select_option("small")
    expect(new.yaml).not_to_have_value(re.compile("stages:|channels:"))
    expect(new.estimate("Parameters of one")).not_to_contain_text("1,266")


def test_a_full_queue_is_told_before_one_posts(
    visit: Callable[[Role], Visitor], served: Served, editor: httpx.Client
):
    editor.post("/jobs", json=spec()).raise_for_status()
    quotas = {"quotas": {"queued_jobs": 1}}
    served.person(Role.ADMIN).patch("/teams/default", json=quotas).raise_for_status()
    new = NewJobPage.open(visit(Role.EDITOR))
    expect(new.estimate("Quota")).to_contain_text("its quota is 1")
    expect(new.post).to_be_disabled()


def test_who_may_only_look_is_told_so(visitor: Visitor):
    new = NewJobPage.open(visitor)
    expect(new.page.get_by_role("heading", name="Your token may look, not post")).to_be_visible()
    expect(new.post).to_be_hidden()


def test_the_yaml_of_the_page_says_what_the_form_says(new: NewJobPage):
    """Whatever text, number or nesting a document has, it is read as it was."""
    document = {
        "texts": list(TEXTS),
        "keys": {text: text for text in TEXTS},
        "numbers": [0, -1, 1.5, 1e-7, 1e21, 123456789],
        "nested": [[1, [2]], {"a": {"b": [{"c": [], "d": {}}]}}, None, True],
        "long": [f"choice {number}" for number in range(40)],
    }
    text = new.page.evaluate(
        "async (given) => (await import('/static/yaml.js')).yaml(given)", document
    )
    assert read_yaml(text) == document
