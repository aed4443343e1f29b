"""The site builds without a dead link, loads nothing from elsewhere, and says what the code says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.docs.codes import problem_codes
from scripts.docs.commands_page import leaves, options
from scripts.docs.pages import DOCS, GENERATED
from scripts.docs.spec_page import undescribed
from service.lifecycle import JobReason, TrialReason
from service.queue.standing import Why
from tclsearch.arguments.parser import build_parser

ROOT = DOCS.parent
LOADED = re.compile(
    r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=["']?([^"'\s>]+)"""
)


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_what_the_sources_say(name: str) -> None:
    page = DOCS / name
    written = page.read_text() if page.exists() else ""
    assert written == GENERATED[name](), "write it anew: python -m scripts.docs"


def test_every_field_and_choice_of_a_spec_has_its_meaning() -> None:
    assert undescribed() == [], "say in the class's docstring, `name: meaning`, or below the value"


def test_every_argument_of_a_command_has_its_meaning() -> None:
    silent = [
        f"{name} {action.dest}"
        for name, leaf in leaves(build_parser())
        for action in options(leaf)
        if not action.help
    ]
    assert silent == [], "say it in `help=`"


def headings(section: str) -> list[str]:
    """The entries `### \u0060name\u0060` of a section of the page."""
    text = (DOCS / "troubleshooting.md").read_text()
    _, _, rest = text.partition(f"## {section}\n")
    return re.findall(
        r"^### `(\w+)`$", re.split(r"^## ", rest, flags=re.MULTILINE)[0], re.MULTILINE
    )


@pytest.mark.parametrize(
    ("section", "known"),
    [
        ("Codes of problems", problem_codes()),
        ("Why a job waits", list(Why)),
        ("Reasons of jobs", list(JobReason)),
        ("Reasons of trials", list(TrialReason)),
    ],
    ids=["codes", "waits", "jobs", "trials"],
)
def test_every_code_and_reason_is_explained_once(section: str, known: list[str]) -> None:
    assert sorted(headings(section)) == sorted(known), "docs/troubleshooting.md has an entry each"


def build(directory: Path, config: Path = ROOT / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    # Not quiet: warnings that are not shown do not count as faults.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["--config-file", str(config), "--site-dir", str(directory)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("site")
    result = build(directory)
    assert result.returncode == 0, result.stdout + result.stderr
    return directory


def test_every_dead_link_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    dead = ("#no-heading", "other.md#no-heading", "no-page.md", "/absolute")
    text = "\n".join(f"[somewhere]({link})" for link in dead)
    (tmp_path / "docs" / "index.md").write_text(text)
    (tmp_path / "docs" / "other.md").write_text("# Another page\n")
    ours = {"INHERIT": str(ROOT / "mkdocs.yml"), "docs_dir": "docs", "nav": None, "hooks": []}
    (tmp_path / "mkdocs.yml").write_text(json.dumps(ours))
    result = build(tmp_path / "site", tmp_path / "mkdocs.yml")
    assert result.returncode == 1
    assert f"Aborted with {len(dead)} warnings" in result.stdout + result.stderr


def test_the_site_has_every_page(site: Path) -> None:
    pages = {page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md")}
    names = {page.parent / "index" if page.name == "README" else page for page in pages}
    assert {page for page in names if not (site / page).with_suffix(".html").exists()} == set()


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    loaded = {
        address
        for page in site.rglob("*.html")
        for address in LOADED.findall(page.read_text())
        if re.match(r"(https?:)?//", address)
    }
    assert loaded == set()
    # Its own scripts would fetch a drawing library, were there anything of this class to draw.
    assert not any('class="mermaid"' in page.read_text() for page in site.rglob("*.html"))


def test_every_picture_is_shown_and_small() -> None:
    text = "".join(page.read_text() for page in DOCS.rglob("*.md"))
    for picture in (DOCS / "images").rglob("*.*"):
        assert picture.relative_to(DOCS).as_posix() in text, picture
        assert picture.stat().st_size < 200_000, picture
