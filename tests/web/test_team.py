"""The team's page: members, tokens, quotas and the audit trail, for those who may."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from service.team.access import Role, create_token
from tests.api.served import Served, spec
from tests.web.conftest import Visitor
from tests.web.objects import TeamPage

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def team(visit: Callable[[Role], Visitor]) -> TeamPage:
    team = TeamPage.open(visit(Role.ADMIN))
    expect(team.section("tokens").locator("tbody tr")).not_to_have_count(0)
    return team


def test_a_member_joins_gets_a_token_once_and_leaves_with_it(team: TeamPage, served: Served):
    team.add_member(HOSTILE, "editor")
    expect(team.row("members", HOSTILE)).to_be_visible()
    team.page.get_by_label("Role of " + HOSTILE).select_option("viewer")
    expect(team.said).to_contain_text("is viewer now")
    team.undo()
    expect(team.page.get_by_label("Role of " + HOSTILE)).to_have_value("editor")

    team.make_token("laptop", role="editor", member=HOSTILE)
    token = team.page.get_by_label("The new token").input_value()
    me = served.client(token).get("/me").json()
    assert (me["name"], me["role"], me["scopes"]) == (HOSTILE, "editor", None)
    team.page.keyboard.press("Escape")
    team.press("Copy")
    team.press("I have kept it")
    expect(team.row("tokens", "laptop")).to_contain_text(HOSTILE)
    assert token not in team.page.content()

    team.press("Remove " + HOSTILE)
    team.answer("Remove")
    expect(team.row("tokens", "laptop")).to_have_count(0)
    assert served.client(token).get("/me").status_code == 401
    assert team.visitor.complaints == []
    assert team.visitor.strangers == []


def test_a_token_is_good_for_less_and_is_revoked(team: TeamPage, served: Served):
    form = team.page.locator("#new-token")
    form.get_by_label("jobs").uncheck()
    form.get_by_label("devices").uncheck()
    form.get_by_label("access").uncheck()
    form.get_by_label("Ends").fill("2096-02-29T10:00")
    team.make_token("script")
    token = team.page.get_by_label("The new token").input_value()
    team.press("I have kept it")
    expect(team.row("tokens", "script")).to_contain_text("download, read")
    assert served.client(token).get("/me").json()["scopes"] == ["download", "read"]
    team.press("Revoke script")
    team.answer("Revoke")
    expect(team.row("tokens", "script")).to_have_count(0)
    assert served.client(token).get("/me").status_code == 401


def test_what_is_refused_is_told_at_its_field_and_stays_typed(team: TeamPage):
    form = team.page.locator("#new-token")
    form.get_by_label("Ends").fill("2001-01-01T00:00")
    team.make_token("late")
    expect(form.locator(".fault")).to_have_text("must lie in the future")
    expect(form.get_by_label("Ends")).to_be_focused()
    expect(form.get_by_label("Name")).to_have_value("late")
    team.add_member("Bob", "viewer")
    expect(team.row("members", "Bob")).to_be_visible()
    team.add_member("Bob", "viewer")
    expect(team.page.locator("#new-member .fault")).to_contain_text("member of this name")


def test_quotas_are_set_beside_what_is_taken(team: TeamPage, served: Served, editor: httpx.Client):
    editor.post("/jobs", json=spec()).raise_for_status()
    team.page.reload()
    quotas = team.section("quotas")
    expect(quotas.get_by_text("1 taken")).to_be_visible()
    quotas.get_by_label("Waiting jobs").fill("3")
    quotas.get_by_role("button", name="Set").click()
    expect(team.said).to_have_text("The quotas are set.Undo✕")
    (stored,) = served.person(Role.ADMIN).get("/teams").json()["items"]
    assert (stored["quotas"]["queued_jobs"], stored["quotas"]["slots"]) == (3, None)
    quotas.get_by_label("Waiting jobs").fill("-1")
    quotas.get_by_role("button", name="Set").click()
    expect(quotas.locator(".fault")).to_contain_text("greater than or equal to 0")
    team.undo()
    expect(quotas.get_by_label("Waiting jobs")).to_have_value("")
    (stored,) = served.person(Role.ADMIN).get("/teams").json()["items"]
    assert stored["quotas"]["queued_jobs"] is None


def test_the_audit_trail_is_searched(team: TeamPage, editor: httpx.Client):
    job_id = editor.post("/jobs", json=spec(name="watched")).json()["id"]
    editor.post(f"/jobs/{job_id}/pause").raise_for_status()
    expect(team.audit(object=job_id)).to_have_count(2)
    expect(team.audit(object=job_id, action="job.pause")).to_have_count(1)
    expect(team.section("audit")).to_contain_text("watched")
    expect(team.audit(actor="nobody")).to_have_count(0)
    expect(team.section("audit")).to_contain_text("Nothing of the kind was changed.")


def test_an_administrator_of_every_team_makes_and_chooses_teams(team: TeamPage):
    team.page.locator("#new-team").get_by_label("Name").fill("vision")
    team.press("Make the team")
    expect(team.page.get_by_role("heading", name="Team vision")).to_be_visible()
    expect(team.section("tokens")).to_contain_text("No token opens anything")
    team.page.get_by_role("combobox", name="Team").select_option("default")
    expect(team.page.get_by_role("heading", name="Team default")).to_be_visible()


def test_a_lost_service_is_told_and_what_was_typed_stays(team: TeamPage):
    team.page.context.set_offline(True)
    team.add_member("Eve", "viewer")
    expect(team.said).to_contain_text("does not answer")
    team.page.context.set_offline(False)
    expect(team.page.locator("#member-name")).to_have_value("Eve")
    team.press("Add")
    expect(team.row("members", "Eve")).to_be_visible()


def test_who_does_not_administer_is_shown_what_they_may(visitor: Visitor):
    team = TeamPage.open(visitor)
    expect(team.page.locator("#my-role")).to_have_text("viewer")
    expect(team.page.locator("#not-mine")).to_be_visible()
    expect(team.page.locator("#administration")).to_be_hidden()
    assert visitor.complaints == []


def test_what_one_person_has_read_is_not_left_to_another(team: TeamPage, served: Served):
    expect(team.section("tokens").locator("tbody tr")).not_to_have_count(0)
    served.person(Role.ADMIN).delete(f"/tokens/{own_token(team, served)}").raise_for_status()
    team.press("Filter")
    expect(team.page.get_by_role("alert")).to_contain_text("expired or was revoked")
    with served.parts.database.write() as session:
        given = {"name": "Bob", "team": "default", "role": Role.VIEWER}
        at = served.parts.clock.now(session)
        team.visitor.token = create_token(session, **given, at=at)[1]
    team.visitor.sign_in()
    expect(team.page.locator("#my-name")).to_have_text("Bob")
    expect(team.section("tokens").locator("tbody tr")).to_have_count(0)


def own_token(team: TeamPage, served: Served) -> str:
    """Id of the token that the page was opened with."""
    token_id: str = served.client(team.visitor.token).get("/me").json()["token_id"]
    return token_id
