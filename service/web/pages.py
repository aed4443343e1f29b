"""The web page: shells that a script fills from the public API, with nothing from elsewhere."""

from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

HERE = Path(__file__).parent
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

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(HERE / "templates")


def install_pages(app: FastAPI) -> None:
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"))


@router.get("/")
def get_jobs_page(request: Request) -> Response:
    return _page(request, "jobs.html")


@router.get("/jobs/{job_id}")
def get_job_page(request: Request, job_id: str) -> Response:
    """One job's page; its script takes the id from the address and asks the API."""
    return _page(request, "job.html")


@router.get("/docs")
def get_docs_page(request: Request) -> Response:
    return _page(request, "docs.html")


@router.get("/static/plotly.min.js")
def get_plotly() -> FileResponse:
    """The chart library, out of its own package."""
    return FileResponse(_plotly(), media_type="text/javascript")


def _page(request: Request, name: str) -> Response:
    headers = {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return templates.TemplateResponse(request, name, headers=headers)


def _plotly() -> Path:
    # Importing the package would load all of it for the sake of one file.
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"
