"""The site of the documentation is searched without a network, and without a server."""

import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, expect

ROOT = Path(__file__).parents[2]


def test_the_site_is_searched_from_a_disk(browser: Browser, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    context = browser.new_context(viewport={"width": 1300, "height": 900}, offline=True)
    page = context.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    page.get_by_role("textbox", name="Search").press_sequentially("unsatisfiable")
    found = page.locator(".md-search-result a").filter(has_text="unsatisfiable")
    expect(found.first).to_be_visible()
    assert "troubleshooting.html" in " ".join(
        link.get_attribute("href") or "" for link in found.all()
    )
    context.close()
