"""The documentation names only what exists, and decisions have one form."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "deploy/*.md", "benchmarks/*.md")
    for page in ROOT.glob(pattern)
)
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
HEADINGS = ["Status", "Context", "Decision", "Consequences", "Alternatives"]

PACKAGES = (
    "observing|searchspace|service|workers|tclsearch|tests|examples|benchmarks|deploy|docs|scripts"
)
FILE = re.compile(rf"(?<![\w/.-])((?:{PACKAGES})/[\w/.-]*\.(?:py|yaml|yml|md|txt|toml|json))")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    missing = {path for path in FILE.findall(page.read_text()) if not (ROOT / path).exists()}
    assert missing == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = {
        link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()
    }
    assert missing == set()


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    assert [page.name for page in DECISIONS] == re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", index)


@pytest.mark.parametrize("page", DECISIONS, ids=name)
def test_a_decision_has_its_title_and_five_headings(page: Path) -> None:
    text = page.read_text()
    assert re.match(rf"# {int(page.name[:4])}\. \S", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
