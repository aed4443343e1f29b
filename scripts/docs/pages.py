"""The pages that are made from the sources, each with what it should hold now."""

from collections.abc import Callable
from pathlib import Path

from scripts.docs.api_page import api_page, openapi
from scripts.docs.commands_page import commands_page
from scripts.docs.lifecycle_page import job_picture, lifecycle_page, trial_picture
from scripts.docs.spec_page import spec_page

DOCS = Path(__file__).parents[2] / "docs"

GENERATED: dict[str, Callable[[], str]] = {
    "reference/spec.md": spec_page,
    "reference/api.md": lambda: api_page(openapi()),
    "reference/commands.md": commands_page,
    "reference/lifecycle.md": lifecycle_page,
    "images/job-states.svg": job_picture,
    "images/trial-states.svg": trial_picture,
}
"""What makes the text of each generated page, by its place under `docs/`."""
