"""Where commands print, for people and for programs."""

import json
import os
from collections.abc import Iterable
from typing import Any

from rich.console import Console

from tclsearch_client.documents import Document

PIPED_WIDTH = 140


def open_console() -> Console:
    """Where commands print: as wide as the terminal, and wide enough for a table elsewhere."""
    terminal = Console()
    fixed = terminal.is_terminal or "COLUMNS" in os.environ
    return terminal if fixed else Console(width=PIPED_WIDTH)


def print_text(text: str) -> None:
    """Text as it is, for pipes."""
    print(text)  # noqa: T201  what the command was asked for


def print_document(document: Document) -> None:
    """An answer of the service as it came, as one JSON document."""
    print_text(document.model_dump_json(indent=2))


def print_documents(documents: Iterable[Document]) -> None:
    """A list in the form in which the API gives one: `{"items": […]}`."""
    print_json({"items": [document.model_dump(mode="json") for document in documents]})


def print_json(value: Any) -> None:
    print_text(json.dumps(value, indent=2, ensure_ascii=False))
