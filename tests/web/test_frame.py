"""What every page has around it: signing in and out, navigation, themes, and a strict policy."""

import re
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import expect

from service.team.access import Role, create_token
from service.web.pages import SHELLS
from tests.api.served import Served
from tests.web.conftest import Visitor


def test_a_wrong_token_is_told_and_a_good_one_is_kept_for_the_tab(visitor: Visitor):
    visitor.open()
    page = visitor.page
    page.get_by_label("Access token").fill("tcl_nonsense")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not good here")
    visitor.complaints.clear()  # the browser itself logs the refused request
    visitor.sign_in()
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    menu = visitor.open_menu()
    expect(menu).to_contain_text("Ada, viewer of team default")
    menu.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Access token")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    assert visitor.complaints == []
    assert visitor.strangers == []


def test_whose_token_ends_signs_in_again_where_they_were(visitor: Visitor, served: Served):
    with served.parts.database.write() as session:
        at = served.parts.clock.now(session)
        given = {"name": "Bob", "team": "default", "role": Role.VIEWER}
        row, token = create_token(session, **given, at=at, expires_at=at + timedelta(hours=1))
        session.flush()
        token_id = row.id
    good, visitor.token = visitor.token, token
    visitor.open("/?state=failed")
    visitor.sign_in()
    expect(visitor.page.locator("#content")).to_be_visible()
    served.person(Role.ADMIN).delete(f"/tokens/{token_id}").raise_for_status()
    expect(visitor.page.get_by_role("alert")).to_contain_text("expired or was revoked")
    visitor.token = good
    visitor.sign_in()
    expect(visitor.page.locator("#content")).to_be_visible()
    assert visitor.page.url.endswith("/?state=failed")


def test_a_chosen_theme_stays_and_the_system_has_its_say_without_one(visitor: Visitor):
    page = visitor.page
    page.emulate_media(color_scheme="dark")
    visitor.open("/docs")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    visitor.open_menu().get_by_label("Dark").check()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    visitor.open_menu().get_by_label("As the system").check()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    assert page.evaluate("localStorage.length") == 0


def test_the_navigation_says_where_one_is_and_can_be_skipped(visitor: Visitor):
    visitor.open("/docs")
    page = visitor.page
    entries = page.get_by_role("navigation", name="Main").get_by_role("link")
    assert entries.all_inner_texts() == [shell.entry for shell in SHELLS if shell.entry]
    expect(page.locator("[aria-current=page]")).to_have_text("Docs")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_description_of_the_api_reads_without_a_network(visitor: Visitor):
    visitor.open("/docs")
    page = visitor.page
    expect(page.get_by_text("/api/v1/jobs/{job_id}/front", exact=True)).to_be_visible()
    page.get_by_text("/api/v1/jobs", exact=True).last.click()
    expect(page.get_by_role("link", name="JobSpec").first).to_be_visible()
    assert visitor.complaints == []
    assert visitor.strangers == []


@pytest.mark.parametrize("path", [re.sub("{.*?}", "any", shell.path) for shell in SHELLS])
def test_pages_allow_no_script_but_their_own(served: Served, path: str):
    response = httpx.get(served.url + path, trust_env=False)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "<script>" not in response.text
