"""Pictures of the pages for the documentation: `python -m scripts.docs.screenshots`.

Looks at a running service (`--url`, `--token`), or serves a data directory for as long as it takes
(`--data-dir`). Shows the job that is named, else the newest one that has succeeded.
"""

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.e2e.service_process import serving

IMAGES = Path(__file__).parents[2] / "docs" / "images" / "pages"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

LOOKS: dict[str, tuple[ViewportSize, bool]] = {
    "light": ({"width": 1200, "height": 800}, False),
    "dark": ({"width": 1200, "height": 800}, True),
    "phone": ({"width": 390, "height": 844}, False),
}
"""Size of the window, and whether it is dark."""
EVERY_LOOK = ("jobs", "job", "new")
"""Pages that are shown in every look; the others are light."""
TALLEST = 2000
"""Pixels of a page that are shown at most."""
LARGEST = 200_000
"""Bytes of a picture at most."""
SETTLE_MS = 3000
"""Charts are drawn after the page is there."""


@dataclass(frozen=True, slots=True)
class Service:
    url: str
    token: str

    def get(self, path: str, **query: Any) -> Any:
        reply = httpx.get(
            f"{self.url}/api/v1{path}",
            params=query,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
        )
        return reply.raise_for_status().json()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--token", default=os.environ.get("TCLSEARCH_TOKEN"))
    parser.add_argument("--data-dir", type=Path, help="serve this one, without a dispatcher")
    parser.add_argument("--job", help="by default the newest one that has succeeded")
    parser.add_argument("--other", help="a job to compare it with; by default the one before")
    parser.add_argument("-o", "--output", type=Path, default=IMAGES)
    parser.add_argument("--only", action="append", metavar="PAGE")
    arguments = parser.parse_args()
    with _service(arguments) as service, sync_playwright() as playwright:
        pages = _pages(service, arguments.job, arguments.other)
        wanted = {name: pages[name] for name in arguments.only or pages}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        arguments.output.mkdir(parents=True, exist_ok=True)
        for look in LOOKS:
            shown = {n: path for n, path in wanted.items() if look == "light" or n in EVERY_LOOK}
            _take(browser, service, look, shown, arguments.output)
        browser.close()


def _pages(service: Service, job_id: str | None, other_id: str | None) -> dict[str, str]:
    """Address of each page by name; without those of a job where there is none."""
    pages = {
        "jobs": "/",
        "queue": "/queue",
        "new": "/new",
        "team": "/team",
        "cluster": "/cluster",
    }
    ended = [job["id"] for job in service.get("/jobs", state="succeeded", limit=50)["items"]]
    job_id = job_id or next(iter(ended), None)
    if job_id is None:
        return pages
    front = service.get(f"/jobs/{job_id}/front")
    pages["job"] = f"/jobs/{job_id}"
    knee = next((model for model in front["models"] if model["id"] == front["knee"]), None)
    if knee is not None:
        pages["trial"] = f"/jobs/{job_id}/trials/{knee['trial_number']}"
        pages["model"] = f"/jobs/{job_id}/models/{knee['id']}"
    others = [other_id] if other_id else [each for each in ended if each != job_id]
    if others:
        pages["compare"] = f"/compare?{urlencode({'jobs': f'{job_id},{others[0]}'})}"
    return pages


def _take(
    browser: Browser, service: Service, look: str, pages: dict[str, str], output: Path
) -> None:
    size, dark = LOOKS[look]
    context = browser.new_context(
        viewport=size,
        color_scheme="dark" if dark else "light",
        timezone_id="UTC",
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    _sign_in(page, service)
    for name, path in pages.items():
        page.set_viewport_size(size)
        reply = page.goto(service.url + path)
        if reply is None or not reply.ok:
            _say(f"left out: {path} answers {reply.status if reply else 'nothing'}")
            continue
        page.wait_for_timeout(SETTLE_MS)
        _keep(page, output / f"{name}-{look}.png")
    context.close()


def _sign_in(page: Page, service: Service) -> None:
    page.goto(service.url)
    page.get_by_label("Access token").fill(service.token)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#content").wait_for()


def _keep(page: Page, path: Path) -> None:
    """Keep a picture in as many colours as fit into its bytes."""
    tall = int(page.evaluate("document.documentElement.scrollHeight"))
    wide = page.viewport_size["width"] if page.viewport_size else 0
    page.set_viewport_size({"width": wide, "height": min(tall, TALLEST)})
    page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for colours in (256, 128, 64, 32):
        picture.quantize(colours).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            break
    _say(f"{path.name}: {picture.width} × {picture.height}, {path.stat().st_size:,} bytes")


@contextlib.contextmanager
def _service(arguments: argparse.Namespace) -> Iterator[Service]:
    if arguments.data_dir is None:
        if not (arguments.url and arguments.token):
            raise SystemExit("give --url and --token, or --data-dir")
        yield Service(arguments.url.rstrip("/"), arguments.token)
        return
    with serving(arguments.data_dir, "--no-dispatcher") as service:
        yield Service(service.url, service.token)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
