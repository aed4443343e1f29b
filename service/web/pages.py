"""The web pages: shells that scripts fill from the public API, with nothing from elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.types import Scope

HERE = Path(__file__).parent
CHARTS = "plotly-cartesian-4.1.1.min.js"
"""What draws charts, under static/vendor: a bundle of plotly.js with the traces of figures alone."""
KEPT = f"public, max-age={365 * 86_400}, immutable"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Plotly sets the styles of its own elements from script.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@dataclass(frozen=True, slots=True)
class Shell:
    """A page without data; its script takes ids from the address and asks the API.

    entry: its name in the navigation; None where it is reached from other pages.
    """

    path: str
    template: str
    entry: str | None = None


SHELLS = (
    Shell("/", "jobs.html", "Jobs"),
    Shell("/queue", "queue.html", "Queue"),
    Shell("/new", "new.html", "New job"),
    Shell("/team", "team.html", "Team"),
    Shell("/cluster", "cluster.html", "Cluster"),
    Shell("/docs", "docs.html", "Docs"),
    Shell("/jobs/{job_id}", "job.html"),
    Shell("/jobs/{job_id}/trials/{number}", "trial.html"),
    Shell("/jobs/{job_id}/models/{model_id}", "model.html"),
    Shell("/compare", "compare.html"),
)

templates = Jinja2Templates(HERE / "templates")
templates.env.globals["charts"] = f"/static/vendor/{CHARTS}"
templates.env.globals["navigation"] = [
    (shell.path, shell.entry) for shell in SHELLS if shell.entry is not None
]


class Revalidated(StaticFiles):
    """Files that browsers ask for again each time, so that pages and scripts are of one version.

    What others made has its version in its name, and is kept.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        kept = Path(path).parts[0] == "vendor" and response.status_code == HTTPStatus.OK
        response.headers["Cache-Control"] = KEPT if kept else "no-cache"
        return response


def install_pages(app: FastAPI) -> None:
    for shell in SHELLS:
        app.add_api_route(shell.path, _page(shell), include_in_schema=False)
    app.mount("/static", Revalidated(directory=HERE / "static"))


def _page(shell: Shell) -> Callable[[Request], Response]:
    headers = {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }

    def get_page(request: Request) -> Response:
        return templates.TemplateResponse(
            request, shell.template, {"here": shell.path}, headers=headers
        )

    return get_page
