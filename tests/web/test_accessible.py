"""Every page for everybody: what axe finds, in both themes, and the width of a telephone."""

import re
from collections.abc import Callable

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from service.team.access import Role
from service.web.pages import SHELLS
from tests.api.served import Dispatcher, Served, spec
from tests.web.conftest import Visitor

LONG = "wide " + "w" * 95
HOSTILE = "<img src=x onerror=alert(1)> & 'sons'"


@pytest.fixture
def ids(served: Served, editor: httpx.Client) -> dict[str, str]:
    """A house in which something happens, and the ids of what paths name."""
    for name in (LONG, HOSTILE):
        editor.post("/jobs", json=spec(name=name)).raise_for_status()
    job_id = editor.post("/jobs", json=spec(name="under way", priority=5)).json()["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete_all([(0.8, 0.4), (0.9, 0.6)])
    runner.fail("out_of_memory")
    (model, *_) = editor.get(f"/jobs/{job_id}/front").json()["models"]
    return {"job_id": job_id, "number": "0", "model_id": model["id"]}


@pytest.mark.parametrize("path", [shell.path for shell in SHELLS])
def test_nothing_serious_is_found_in_either_theme_or_on_a_telephone(
    visit: Callable[[Role], Visitor], ids: dict[str, str], path: str
):
    visitor = visit(Role.ADMIN)
    page = visitor.page
    page.emulate_media(reduced_motion="reduce")
    visitor.open(re.sub("{(.*?)}", lambda name: ids[name[1]], path))
    if page.locator("#sign-in").is_visible():
        assert serious(visitor) == []
        visitor.sign_in()
    # Not an idle network: a page that follows events has a request under way for as long as it is open.
    expect(page.locator("#content[aria-busy=false]")).to_be_visible()
    for width, scheme in ((1100, "light"), (1100, "dark"), (390, "light")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert not visitor.overflows()
        assert serious(visitor) == [], (width, scheme)
    assert visitor.complaints == []
    assert visitor.strangers == []


def serious(visitor: Visitor) -> list[str]:
    """What axe finds that keeps somebody out: the rule, and where it is broken."""
    found = Axe().run(visitor.page).response["violations"]
    return [
        f"{each['id']}: {[node['target'] for node in each['nodes']][:5]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
