from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from service.team.access import Role
from tests.api.served import Served, serving

# Playwright's own browser is not downloaded: this one is looked for, and its absence is a failure.
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visitor:
    """A browser's page, and all that it complained of or asked of other hosts."""

    page: Page
    served: Served
    token: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._check)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.served.url + path)

    def sign_in(self) -> None:
        self.page.get_by_label("Access token").fill(self.token)
        self.page.get_by_role("button", name="Sign in").click()

    def open_menu(self) -> Locator:
        self.page.get_by_role("button", name="Account and theme").click()
        return self.page.locator("#menu")

    def overflows(self) -> bool:
        """Whether one has to scroll sideways to see all of the page."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def _note(self, message: object) -> None:
        if getattr(message, "type", "") in ("error", "warning"):
            self.complaints.append(getattr(message, "text", ""))

    def _check(self, request: object) -> None:
        url = getattr(request, "url", "")
        if not url.startswith((self.served.url, "blob:", "data:")):
            self.strangers.append(url)


expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


@pytest.fixture
def editor(served: Served) -> httpx.Client:
    return served.person(Role.EDITOR)


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Callable[[Role], Visitor]]:
    """Opens a browser's page for a person of a role, in team `default`."""
    contexts: list[BrowserContext] = []

    def visit(role: Role) -> Visitor:
        token = served.person(role).headers["Authorization"].removeprefix("Bearer ")
        contexts.append(browser.new_context(viewport={"width": 1100, "height": 900}))
        visitor = Visitor(contexts[-1].new_page(), served, token)
        visitor.page.set_default_timeout(20_000)
        visitor.watch()
        return visitor

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(visit: Callable[[Role], Visitor]) -> Visitor:
    return visit(Role.VIEWER)
