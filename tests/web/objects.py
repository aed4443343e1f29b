"""Pages as their readers see them, so that tests speak of jobs and not of elements."""

from dataclasses import dataclass
from typing import ClassVar, Self

from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import Visitor


@dataclass
class Sheet:
    """A page that somebody has opened and signed in to."""

    visitor: Visitor
    path: ClassVar[str] = "/"

    @classmethod
    def open(cls, visitor: Visitor, query: str = "") -> Self:
        visitor.open(cls.path + query)
        visitor.sign_in()
        expect(visitor.page.locator("#content")).to_be_visible()
        return cls(visitor)

    @property
    def page(self) -> Page:
        return self.visitor.page

    @property
    def notice(self) -> Locator:
        """What is said above the page for as long as it is so."""
        return self.page.locator("#notice")

    def expect_live(self) -> None:
        """Whatever changes from then on is told to the page."""
        expect(self.page.locator("#live")).to_be_visible()

    @property
    def said(self) -> Locator:
        """The latest message about something that was done."""
        return self.page.locator(".toast").last

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def answer(self, name: str) -> None:
        """Press a button of the dialog that is open."""
        self.page.get_by_role("alertdialog").get_by_role("button", name=name, exact=True).click()

    def undo(self) -> None:
        self.said.get_by_role("button", name="Undo").click()


class JobsPage(Sheet):
    @property
    def names(self) -> Locator:
        return self.page.locator("#jobs tbody th > a:first-child")

    def row(self, name: str) -> Locator:
        return self.page.locator("#jobs tbody tr").filter(has_text=name)

    def filter(self, *, state: str = "", tag: str = "") -> None:
        self.page.get_by_label("Tag").fill(tag)
        self.page.get_by_label("State").select_option(state)
        self.press("Filter")


class QueuePage(Sheet):
    path = "/queue"

    def names(self, section: str) -> Locator:
        """Names of the jobs that are `running`, `queued` or `paused`, in order."""
        return self.page.locator(f"#{section} tbody th")

    def row(self, name: str) -> Locator:
        heading = self.page.get_by_role("rowheader", name=name, exact=True)
        return self.page.locator("tbody tr").filter(has=heading)


class NewJobPage(Sheet):
    path = "/new"

    def field(self, label: str) -> Locator:
        return self.page.locator("#fields").get_by_label(label, exact=True)

    @property
    def yaml(self) -> Locator:
        return self.page.get_by_label("The same as YAML")

    @property
    def verdict(self) -> Locator:
        return self.page.locator("#verdict")

    @property
    def post(self) -> Locator:
        return self.page.get_by_role("button", name="Post the job")

    def estimate(self, term: str) -> Locator:
        return self.page.locator("#estimate > div").filter(has_text=term).locator("dd")

    def fault(self, label: str) -> Locator:
        return self.field(label).locator("xpath=..").locator(".error")


class ClusterPage(Sheet):
    path = "/cluster"

    def figure(self, term: str) -> Locator:
        return self.page.locator("dl > div").filter(has_text=term).locator("dd")

    def cluster(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=f"Cluster {name}")

    def row(self, name: str) -> Locator:
        heading = self.page.get_by_role("rowheader", name=name, exact=True)
        return self.page.locator("tbody tr").filter(has=heading)


class TeamPage(Sheet):
    path = "/team"

    def section(self, id: str) -> Locator:
        """One of `members`, `quotas`, `tokens`, `audit`."""
        return self.page.locator(f"#{id}")

    def row(self, section: str, name: str) -> Locator:
        heading = self.page.get_by_role("rowheader", name=name, exact=True)
        return self.section(section).locator("tbody tr").filter(has=heading)

    def add_member(self, name: str, role: str) -> None:
        form = self.page.locator("#new-member")
        form.get_by_label("Name").fill(name)
        form.get_by_label("Role").select_option(role)
        form.get_by_role("button", name="Add").click()

    def make_token(self, name: str, **given: str) -> None:
        form = self.page.locator("#new-token")
        form.get_by_label("Name").fill(name)
        for label, value in given.items():
            form.get_by_label(label.capitalize()).select_option(value)
        form.get_by_role("button", name="Make the token").click()

    def audit(self, *, action: str = "", actor: str = "", object: str = "") -> Locator:
        """The rows that remain of the audit trail."""
        form = self.page.locator("#audit-filter")
        form.get_by_label("What").select_option(action)
        form.get_by_label("By").fill(actor)
        form.get_by_label("To").fill(object)
        form.get_by_role("button", name="Filter").click()
        return self.section("audit").locator("tbody tr")
