"""The list of jobs: what is shown, and what one can do from there."""

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from service.team.access import Role
from tests.api.served import Served, spec
from tests.web.conftest import Visitor
from tests.web.objects import JobsPage


def test_jobs_are_found_by_state_and_tag(visitor: Visitor, editor: httpx.Client):
    for name, project in (("cats", "demo"), ("dogs", "demo"), ("birds", "other")):
        posted = editor.post("/jobs", json=spec(name=name, tags={"project": project}))
        if name == "dogs":
            editor.post(f"/jobs/{posted.json()['id']}/cancel").raise_for_status()
    jobs = JobsPage.open(visitor)
    expect(jobs.names).to_have_text(["birds", "dogs", "cats"])
    jobs.filter(tag="project:demo")
    expect(jobs.names).to_have_text(["dogs", "cats"])
    jobs.filter(tag="project:demo", state="cancelled")
    expect(jobs.names).to_have_text(["dogs"])
    jobs.page.go_back()
    jobs.filter(tag="nothing")
    expect(jobs.page.get_by_role("heading", name="No job is like that")).to_be_visible()
    jobs.page.get_by_role("link", name="Show all jobs").click()
    expect(jobs.names).to_have_count(3)
    assert visitor.complaints == []


def test_many_jobs_are_turned_over_page_by_page(visitor: Visitor, served: Served):
    editor = served.person()
    for number in range(120):
        editor.post("/jobs", json=spec(name=f"job {number}")).raise_for_status()
    jobs = JobsPage.open(visitor)
    expect(jobs.names).to_have_count(50)
    expect(jobs.names.first).to_have_text("job 119")
    jobs.page.get_by_role("link", name="Older").click()
    expect(jobs.names.first).to_have_text("job 69")
    jobs.page.get_by_role("link", name="Older").click()
    expect(jobs.names).to_have_count(20)
    expect(jobs.page.get_by_role("link", name="Older")).to_be_hidden()
    jobs.page.get_by_role("link", name="Newest").click()
    expect(jobs.names.first).to_have_text("job 119")
    assert visitor.complaints == []


def test_chosen_jobs_are_compared(visitor: Visitor, editor: httpx.Client):
    ids = [editor.post("/jobs", json=spec(name=name)).json()["id"] for name in ("one", "two")]
    jobs = JobsPage.open(visitor)
    jobs.page.get_by_label("Compare one").check()
    expect(jobs.page.locator("#compare")).to_be_hidden()
    jobs.page.get_by_label("Compare two").check()
    link = jobs.page.get_by_role("link", name="Compare 2 jobs")
    expect(link).to_have_attribute("href", f"/compare?jobs={','.join(ids)}")


def test_an_ended_job_is_retried_or_deleted_from_the_list(
    visit: Callable[[Role], Visitor], editor: httpx.Client
):
    job_id = editor.post("/jobs", json=spec(name="given up")).json()["id"]
    editor.post(f"/jobs/{job_id}/cancel").raise_for_status()
    jobs = JobsPage.open(visit(Role.EDITOR))
    clone = jobs.page.get_by_role("link", name="Clone given up")
    expect(clone).to_have_attribute("href", f"/new?clone={job_id}")
    jobs.press("Retry given up")
    expect(jobs.row("given up")).to_contain_text("queued")
    jobs.press("Cancel given up")
    jobs.answer("Cancel the job")
    jobs.press("Delete given up")
    jobs.answer("Delete the job")
    expect(jobs.page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    assert editor.get(f"/jobs/{job_id}").status_code == 404
    assert jobs.visitor.complaints == []
