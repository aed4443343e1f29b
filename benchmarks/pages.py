"""What a page costs who looks at it, and what many lookers cost the server.

`python -m benchmarks.pages [--quick] [--json FILE]`

A job of 5,000 trials is opened in Chromium: the time to its first plot and to a page that has been
read, and the longest task of the browser's main thread, when it is opened and when the job's
figures change. Then 200 readers do what an open page does while nothing happens (a conditional
read of each figure and the event stream), and 200 follow the lists while one of their jobs changes
twice a second; the server's CPU time of both is told.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.queue_seed import Seeded, seed_job
from benchmarks.report import Figure, at_most, report
from service.clock import DatabaseClock
from service.db.engine import Database
from service.db.migrate import migrate
from service.team.access import bootstrap
from tests.e2e.service_process import ServiceProcess, processes, serving
from tests.web.conftest import ARGUMENTS, CHROMIUM

WATCH = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
}).observe({ type: "longtask", buffered: true });
"""
FIRST_PLOT = "#front-chart .main-svg"
FIGURES = ("figures/front", "trial-table", "figures/hypervolume", "figures/curves")
TURN_SECONDS = 10.0
"""Between two readings of a page whose job runs (service/web/static/job.js)."""


CHANGE_SECONDS = 0.5
"""Between two changes of a list: as often as streams are told of any (`event_poll_seconds`)."""


@dataclass(frozen=True, slots=True)
class Sizes:
    trials: int
    openings: int
    readers: int
    turns: int
    changes: int


FULL = Sizes(trials=5_000, openings=7, readers=200, turns=3, changes=60)
QUICK = Sizes(trials=5_000, openings=3, readers=40, turns=1, changes=10)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else FULL
    with tempfile.TemporaryDirectory(prefix="tclsearch-pages-") as directory:
        data_dir = Path(directory)
        url = f"sqlite:///{data_dir / 'pages.db'}"
        seeded = fill(url, data_dir, sizes.trials)
        with serving(data_dir, "--no-dispatcher", database_url=url) as service:
            found = [
                *opened(service, seeded, sizes),
                *read_by_many(service, seeded, sizes),
                *followed_by_many(service, seeded, sizes),
            ]
    return report(found, arguments.json)


def fill(url: str, data_dir: Path, trials: int) -> Seeded:
    database = Database(url)
    migrate(database)
    bootstrap(database, DatabaseClock(), data_dir)
    seeded = seed_job(database, trials)
    database.close()
    return seeded


def opened(service: ServiceProcess, seeded: Seeded, sizes: Sizes) -> Iterator[Figure]:
    """The job's page, opened again and again by a browser that remembers nothing."""
    plots, reads, tasks, chosen = [], [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for _ in range(sizes.openings):
            page = signed_in(browser, service)
            began = time.perf_counter()
            page.goto(f"{service.url}/jobs/{seeded.job_id}", wait_until="commit")
            page.locator(FIRST_PLOT).first.wait_for()
            plots.append(time.perf_counter() - began)
            page.locator("#content[aria-busy=false]").wait_for()
            reads.append(time.perf_counter() - began)
            tasks.append(longest_task(page))
            page.locator("#trials tbody input[type=checkbox]").first.check()
            page.locator("#side-by-side table").wait_for()
            chosen.append(longest_task(page))
            page.context.close()
        browser.close()
    yield Figure("trials of the job", sizes.trials)
    yield at_most("to the first plot, median, s", statistics.median(plots), 1.5)
    yield Figure("to the first plot, slowest, s", max(plots))
    yield Figure("to a page that has been read, median, s", statistics.median(reads))
    yield Figure("longest task while it opens, median, ms", statistics.median(tasks))
    yield at_most("longest task when one is chosen, median, ms", statistics.median(chosen), 200)


def signed_in(browser: Browser, service: ServiceProcess) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(WATCH)
    page.add_init_script(f"sessionStorage.setItem('tclsearch-token', '{service.token}')")
    return page


def longest_task(page: Page) -> float:
    """Milliseconds; counts anew from here."""
    return float(page.evaluate("(() => { const t = longest; longest = 0; return t; })()"))


def read_by_many(service: ServiceProcess, seeded: Seeded, sizes: Sizes) -> Iterator[Figure]:
    """Open pages of a job in which nothing happens, each with its stream and its turns."""
    used = asyncio.run(_turns(service, seeded.job_id, sizes))
    share = used / (sizes.turns * TURN_SECONDS)
    yield Figure("pages open at once", sizes.readers)
    yield Figure("CPU of a page's turn, ms", 1000 * used / (sizes.turns * sizes.readers))
    yield at_most("server's CPU for 200 pages, cores", share * 200 / sizes.readers, 0.25)


async def _turns(service: ServiceProcess, job_id: str, sizes: Sizes) -> float:
    """CPU-seconds of the server, of everybody's turns."""
    headers = {"Authorization": f"Bearer {service.token}"}
    base = f"{service.url}/api/v1/jobs/{job_id}"
    limits = httpx.Limits(max_connections=sizes.readers, max_keepalive_connections=sizes.readers)
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60) as client:
        tags = {path: (await client.get(f"{base}/{path}")).headers["etag"] for path in FIGURES}

        async def turn() -> None:
            (await client.get(base)).raise_for_status()
            for path, tag in tags.items():
                answer = await client.get(f"{base}/{path}", headers={"If-None-Match": tag})
                assert answer.status_code == 304, (path, answer.status_code)

        await asyncio.gather(*(turn() for _ in range(sizes.readers)))
        before = server_seconds(service)
        for _ in range(sizes.turns):
            await asyncio.gather(*(turn() for _ in range(sizes.readers)))
        return server_seconds(service) - before


def followed_by_many(service: ServiceProcess, seeded: Seeded, sizes: Sizes) -> Iterator[Figure]:
    """Open lists in which a job changes as often as a running one does."""
    used, told = asyncio.run(_followed(service, seeded.job_id, sizes))
    share = used / (sizes.changes * CHANGE_SECONDS)
    yield Figure("changes that a list was told, of those made", told / sizes.changes)
    yield at_most("server's CPU for 200 lists, cores", share * 200 / sizes.readers, 0.25)


async def _followed(service: ServiceProcess, job_id: str, sizes: Sizes) -> tuple[float, float]:
    """CPU-seconds of the server, and how many messages came to each list on average."""
    headers = {"Authorization": f"Bearer {service.token}"}
    base = f"{service.url}/api/v1"
    limits = httpx.Limits(max_connections=sizes.readers + 1)
    told = 0
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60) as client:
        begun = asyncio.Semaphore(0)

        async def follow() -> None:
            nonlocal told
            async with client.stream("GET", f"{base}/events") as response:
                async for line in response.aiter_lines():
                    if line == "event: reset":
                        begun.release()
                    told += line == "event: job.changed"

        readers = [asyncio.create_task(follow()) for _ in range(sizes.readers)]
        for _ in readers:
            await begun.acquire()
        before = server_seconds(service)
        for number in range(sizes.changes):
            body = {"priority": number % 2}
            (await client.patch(f"{base}/jobs/{job_id}", json=body)).raise_for_status()
            await asyncio.sleep(CHANGE_SECONDS)
        used = server_seconds(service) - before
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return used, told / sizes.readers


def server_seconds(service: ServiceProcess) -> float:
    """CPU time of the serving process, user and system."""
    (pid,) = processes("tclsearch.main", f"TCLSEARCH_DATA_DIR={service.data_dir}")
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
