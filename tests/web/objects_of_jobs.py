"""The pages of one job, of its trials and models, and of several jobs, as their readers see them."""

from typing import Any, Self

from playwright.sync_api import Locator, expect

from tests.web.conftest import Visitor
from tests.web.objects import Sheet


class JobPage(Sheet):
    @classmethod
    def of(cls, visitor: Visitor, job_id: str, query: str = "") -> Self:
        visitor.open(f"/jobs/{job_id}{query}")
        visitor.sign_in()
        page = cls(visitor)
        expect(visitor.page.locator("#name")).not_to_have_text("…")
        return page

    @property
    def state(self) -> Locator:
        return self.page.locator("#state")

    @property
    def front(self) -> Locator:
        """Rows of the table beside the chart."""
        return self.page.locator("#front tbody tr")

    @property
    def trials(self) -> Locator:
        return self.page.locator("#trials tbody tr")

    def numbers(self) -> Locator:
        return self.page.locator("#trials tbody th")

    def chart(self, name: str) -> Locator:
        return self.page.locator(f"#{name}-chart .chart")

    def drawn(self, name: str, role: str) -> Any:
        """The trace of a role, as Plotly holds it; None where there is none."""
        return self.chart(name).evaluate(
            "(place, role) => place.data?.find((trace) => trace.meta?.role === role) ?? null", role
        )

    def expect_points(self, role: str, count: int, chart: str = "front") -> None:
        self.page.wait_for_function(
            "([place, role, count]) => document.querySelector(place).data"
            "?.find((trace) => trace.meta?.role === role)?.x.length === count",
            arg=[f"#{chart}-chart .chart", role, count],
        )

    def choose(self, number: int) -> None:
        self.page.get_by_label(f"Choose trial {number}", exact=True).click()

    def see(self, name: str) -> None:
        """Scroll to a chart, which is read once it is looked at."""
        self.page.locator(f"#{name}-chart").scroll_into_view_if_needed()
        expect(self.page.locator(f"#{name}-chart .svg-container")).to_be_visible()
