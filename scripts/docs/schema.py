"""JSON Schemas in words: one row of a table for each field."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Linked = Callable[[str], str]
"""How a page names another schema: by a link, or by its name alone."""

PLAIN = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
    "object": "object",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a docstring says of a class, and of its fields by name."""

    text: str
    fields: Mapping[str, str]


def read_docstring(text: str | None, names: Iterable[str]) -> Said:
    """A docstring, taken apart.

    A meaning is written `name: meaning` or, of several, `name, name: meaning`: at the beginning of a
    line, or after another one's full stop or semicolon. It goes on to the paragraph's end.
    """
    known = "|".join(map(re.escape, names))
    begins = re.compile(rf"(?:^|\n *|(?<=[.;])\s)((?:{known})(?:, (?:{known}))*): ")
    kept: list[str] = []
    fields: dict[str, str] = {}
    for paragraph in (text or "").strip().split("\n\n"):
        before, *found = begins.split(paragraph) if known else [paragraph]
        kept.append(_sentence(before))
        for told, meaning in zip(found[::2], found[1::2], strict=True):
            fields |= dict.fromkeys(told.split(", "), _sentence(meaning))
    return Said("\n\n".join(filter(None, kept)), fields)


def _sentence(text: str) -> str:
    return re.sub(r";$", ".", " ".join(text.split()))


def words(schema: Schema, schemas: Mapping[str, Schema], linked: Linked) -> str:
    """What a value of a schema is."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        found = schemas[name]
        return _choices(found["enum"]) if "enum" in found else linked(name)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(words(s, schemas, linked) for s in schema[key]))
    if "enum" in schema:
        return _choices(schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return _list(schema, schemas, linked)
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {words(schema['additionalProperties'], schemas, linked)}"
    if schema.get("format") == "date-time":
        return "time"
    return PLAIN.get(schema.get("type", ""), "anything")


def bounds(schema: Schema) -> str:
    """What a value must keep to."""
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return "; ".join(filter(None, dict.fromkeys(map(bounds, schema[key]))))
    found = [] if "prefixItems" in schema else _of_length(schema)
    found += [form.format(schema[key]) for key, form in _BOUNDS if key in schema]
    inner = bounds(schema["items"]) if "items" in schema else ""
    return ", ".join([*found, f"each {inner}"] if inner else found)


def default(schema: Schema) -> str:
    """The default in YAML's short form; empty where there is none."""
    if "default" not in schema:
        return ""
    return f"`{_flow(schema['default'])}`"


def row(*cells: str) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def table(*head: str) -> list[str]:
    """The first two lines of a table."""
    return [row(*head), f"|{'---|' * len(head)}"]


_BOUNDS = (
    ("minimum", "≥ {}"),
    ("exclusiveMinimum", "> {}"),
    ("maximum", "≤ {}"),
    ("exclusiveMaximum", "< {}"),
    ("maxProperties", "{} at most"),
    ("pattern", "matches `{}`"),
)


def _of_length(schema: Schema) -> list[str]:
    for least, most, of in (
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "items"),
    ):
        low, high = schema.get(least, 0), schema.get(most)
        if high is not None:
            return [f"{low} to {high} {of}"]
        if low:
            return [f"{low} {of} or more"]
    return []


def _list(schema: Schema, schemas: Mapping[str, Schema], linked: Linked) -> str:
    if "prefixItems" in schema:
        each = " and ".join(
            dict.fromkeys(words(item, schemas, linked) for item in schema["prefixItems"])
        )
        return f"list of {len(schema['prefixItems'])}: {each}"
    each = words(schema.get("items") or {}, schemas, linked)
    return f"list of {each.removeprefix('one of ')}"


def _choices(values: list[Any]) -> str:
    return "one of " + ", ".join(f"`{_flow(value)}`" for value in values)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return value if isinstance(value, str) and value else json.dumps(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
