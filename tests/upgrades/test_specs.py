"""Specs are readable for ever, and mean for ever what they meant.

Each file of `specs/` is a document of version 1 and what was read of it, every default written out, by
the version of the service in which such a document was first read.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from searchspace.spec import SPEC_VERSION, JobSpec

SPECS = sorted((Path(__file__).parent / "specs").glob("*.json"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_document_means_what_it_meant(path: Path) -> None:
    kept: dict[str, Any] = json.loads(path.read_text())
    now = JobSpec.parse(kept["document"]).document()
    assert what_it_said(now, kept["means"]) == kept["means"]
    # What a job was stored with is read again by every hello.
    assert JobSpec.parse(kept["means"]).document() == now


def what_it_said(now: Any, then: Any) -> Any:
    """Without fields that have come since."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {name: what_it_said(now[name], then[name]) for name in then if name in now}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [what_it_said(one, other) for one, other in zip(now, then, strict=True)]
    return now


def test_every_field_of_the_version_is_kept() -> None:
    """A new one needs a document that uses it, so that it is read for ever too."""
    assert SPEC_VERSION == 1, "keep documents of the new version too, and go on reading these"
    used: set[str] = set()
    for path in SPECS:
        used |= set(fields(json.loads(path.read_text())["document"], ""))
    known = set(fields_of_schema(JobSpec.model_json_schema()))
    assert known - used == set()


def fields(document: Any, pointer: str) -> list[str]:
    """Names within documents, items of lists not counted apart."""
    if isinstance(document, dict):
        return [
            found
            for name, value in document.items()
            for found in (f"{pointer}/{name}", *fields(value, f"{pointer}/{name}"))
        ]
    if isinstance(document, list):
        return [found for item in document for found in fields(item, pointer)]
    return []


def fields_of_schema(schema: dict[str, Any]) -> list[str]:
    """The same of everything that a JSON schema names."""

    def within(part: dict[str, Any], pointer: str) -> list[str]:
        if name := part.get("$ref"):
            return within(schema["$defs"][name.rpartition("/")[2]], pointer)
        found = [
            each
            for name, value in part.get("properties", {}).items()
            for each in (f"{pointer}/{name}", *within(value, f"{pointer}/{name}"))
        ]
        options = [*part.get("anyOf", ()), *part.get("oneOf", ())]
        options += [part["items"]] if "items" in part else []
        return found + [each for option in options for each in within(option, pointer)]

    return within(schema, "")
