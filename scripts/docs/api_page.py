"""`docs/reference/api.md`, out of the OpenAPI document."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.docs.codes import phrase, problem_codes
from scripts.docs.schema import Schema, bounds, default, read_docstring, row, table, words
from scripts.docs.spec_page import anchor, parts
from searchspace.spec import JobSpec
from service.app import create_app
from service.settings import Settings

INTRODUCTION = """\
# The API

Generated from the OpenAPI document, which a running service gives at `/openapi.json` and shows at
`/docs`. Requests carry `Authorization: Bearer TOKEN`. *Scope* is what a token that has scopes must
have; a token without any may do all that its role may. Times are RFC 3339 in UTC.

```python
import os

import httpx

service = httpx.Client(
    base_url="http://127.0.0.1:8080/api/v1",
    headers={"Authorization": f"Bearer {os.environ['TCLSEARCH_TOKEN']}"},
)
for job in service.get("/jobs", params={"state": "running"}).raise_for_status().json()["items"]:
    print(job["id"], job["name"])
```

Lists give `{items, next_cursor}`, the newest first. Ask for the next page with
`?cursor=NEXT_CURSOR`; after the last one it is null.

Every error is `application/problem+json` (RFC 9457): `{type, title, status, detail, code, errors,
request_id}`. `code` is stable: [each code](#problem-codes) says what to do. Each of `errors` has a
JSON Pointer to the field that is at fault. 429 and 503 say in `Retry-After` how many seconds to
wait.
"""

METHODS = ("get", "post", "put", "patch", "delete")


def openapi() -> dict[str, Any]:
    """The OpenAPI document of a service that is made and never started."""
    with tempfile.TemporaryDirectory() as directory:
        return create_app(Settings(data_dir=Path(directory))).openapi()


def api_page(document: Mapping[str, Any]) -> str:
    schemas: Mapping[str, Schema] = document["components"]["schemas"]
    tags = list(
        dict.fromkeys(
            operation["tags"][0]
            for methods in document["paths"].values()
            for operation in methods.values()
        )
    )
    lines = [INTRODUCTION]
    for tag in tags:
        lines += [f"## {tag.capitalize()}", ""]
        for path, methods in document["paths"].items():
            for method in METHODS:
                if method in methods and methods[method]["tags"][0] == tag:
                    lines += _operation(method, path, methods[method], schemas)
    lines += _codes()
    lines += ["## Documents", "", "What requests and answers hold.", ""]
    for name in sorted(_own(schemas)):
        lines += _document(name, schemas)
    return "\n".join(lines)


def _operation(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Schema]
) -> list[str]:
    lines = [f"### `{method.upper()} {path}`", ""]
    if description := operation.get("description", "").strip():
        lines += [description, ""]
    lines += [_scope(operation), ""]
    parameters = [each for each in operation.get("parameters", ()) if each["in"] != "path"]
    if parameters:
        lines += table("parameter", "in", "type", "default", "meaning")
        for each in parameters:
            kind = words(each["schema"], schemas, _linked)
            limits = bounds(each["schema"])
            lines.append(
                row(
                    f"`{each['name']}`",
                    each["in"],
                    f"{kind} ({limits})" if limits else kind,
                    default(each["schema"]),
                    each.get("description", ""),
                )
            )
        lines.append("")
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        lines += [f"- Takes `{media}`: {words(content['schema'], schemas, _linked)}"]
    return [*lines, *_answers(operation["responses"], schemas), ""]


def _scope(operation: Mapping[str, Any]) -> str:
    security = operation.get("security") or []
    if not security:
        return "Needs no token."
    scopes = security[0]["bearer"]
    return f"Needs a token of scope `{scopes[0]}`." if scopes else "Needs a token."


def _answers(responses: Mapping[str, Any], schemas: Mapping[str, Schema]) -> list[str]:
    lines: list[str] = []
    for status, response in sorted(responses.items()):
        if int(status) >= 400:
            continue
        said = response["description"].replace("Successful Response", "").strip()
        held = [
            f"`{media}`, {words(content['schema'], schemas, _linked)}"
            if content.get("schema")
            else f"`{media}`"
            for media, content in response.get("content", {}).items()
        ]
        told = ": ".join(filter(None, [said, "; ".join(held)]))
        lines.append(f"- {phrase(int(status))}{': ' if told else ''}{told}")
    problems = [status for status in sorted(responses) if int(status) >= 400]
    if problems:
        lines.append(f"- Problems: {', '.join(problems)}")
    return lines


def _codes() -> list[str]:
    lines = ["## Problem codes", "", *table("code", "status")]
    lines += [
        row(f"[`{code}`](../troubleshooting.md#{code})", ", ".join(map(phrase, sorted(statuses))))
        for code, statuses in problem_codes().items()
    ]
    return [*lines, ""]


def _document(name: str, schemas: Mapping[str, Schema]) -> list[str]:
    schema = schemas[name]
    said = read_docstring(schema.get("description"), schema.get("properties", {}))
    lines = [f"### {name}", ""]
    if said.text:
        lines += [said.text, ""]
    if "enum" in schema:
        return [*lines, words(schema, schemas, _linked) + ".", ""]
    lines += table("field", "type", "meaning")
    for field, inner in schema.get("properties", {}).items():
        meaning = inner.get("description") or said.fields.get(field, "")
        lines.append(row(f"`{field}`", words(inner, schemas, _linked), meaning))
    return [*lines, ""]


def _own(schemas: Mapping[str, Schema]) -> list[str]:
    """The schemas that the page of the spec does not show."""
    return [name for name in schemas if name not in _SPEC_PLACES and "anyOf" not in schemas[name]]


def _spec_places() -> dict[str, str]:
    """Where on the page of the spec its parts are, by the names of their schemas."""
    whole = JobSpec.model_json_schema()
    places = {part["title"]: anchor(heading) for heading, part in parts(whole).items()}
    choices = {name: name.lower() for name in whole["$defs"] if name not in places}
    return places | choices


_SPEC_PLACES = _spec_places()


def _linked(name: str) -> str:
    if name in _SPEC_PLACES:
        return f"[{name}](spec.md#{_SPEC_PLACES[name]})"
    return f"[{name}](#{name.lower()})"
