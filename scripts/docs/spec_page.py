"""`docs/reference/spec.md`, out of the models that read a spec."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from scripts.docs.schema import Linked, Schema, bounds, default, read_docstring, row, table, words
from searchspace import architecture, baselines, objectives, spec
from searchspace.presets import PRESETS, StageChoices
from searchspace.spec import JobSpec

INTRODUCTION = """\
# The spec

A spec is the document that you post: JSON, or YAML with `Content-Type: application/yaml`. A job
keeps its spec for ever, with every default written out. Only `version`, `name` and `dataset` are
required. A field that is not listed here is an error, and so is a value of another type: `"8"` is
not a whole number. `tclsearch submit` and the page *New job* tell every fault with its place.

Sizes are in pixels, channels or bytes; times are in seconds unless the name says otherwise.
"""

WHOLE = "The whole"

MODULES = (architecture, baselines, objectives, spec)
"""Where the enumerations of a spec are defined."""


def spec_page() -> str:
    schema = JobSpec.model_json_schema()
    lines = [INTRODUCTION]
    headings = {part["title"]: heading for heading, part in parts(schema).items()}

    def linked(name: str) -> str:
        return f"[{headings[name]}](#{anchor(headings[name])})"

    for heading, part in parts(schema).items():
        lines += _part(heading, part, schema["$defs"], linked)
    lines += ["## Choices", ""]
    for kind in choices(schema):
        lines += [f"### {kind.__name__}", "", *table("value", "meaning")]
        lines += [row(f"`{value}`", text) for value, text in member_meanings(kind).items()]
        lines.append("")
    return "\n".join([*lines, *_presets()])


def parts(schema: Schema) -> dict[str, Schema]:
    """The objects of a spec by their headings, the whole first.

    An object is called by its dotted place, or by its type where it is not the only one at its
    place or has several.
    """
    places: dict[str, list[str]] = {}
    shared: set[str] = set()

    def walk(path: str, part: Schema) -> None:
        for name, field in part["properties"].items():
            objects = [
                inner for inner in _references(field) if "properties" in schema["$defs"][inner]
            ]
            shared.update(objects if len(objects) > 1 else ())
            for inner in objects:
                place = f"{path}.{name}".lstrip(".")
                places.setdefault(inner, []).append(place)
                if len(places[inner]) == 1:
                    walk(place, schema["$defs"][inner])

    walk("", schema)
    named = {
        name if name in shared or len(found) > 1 else found[0]: schema["$defs"][name]
        for name, found in places.items()
    }
    return {WHOLE: schema, **named}


def choices(schema: Schema) -> list[type[StrEnum]]:
    """The enumerations of a spec."""
    names = [name for name, part in schema["$defs"].items() if "enum" in part]
    return [
        next(vars(module)[name] for module in MODULES if name in vars(module)) for name in names
    ]


def undescribed() -> list[str]:
    """The fields and values of which no docstring says what they mean."""
    schema = JobSpec.model_json_schema()
    fields = [
        f"{part['title']}.{name}"
        for part in parts(schema).values()
        for name in part["properties"]
        if name not in read_docstring(part.get("description"), part["properties"]).fields
    ]
    values = [
        f"{kind.__name__}.{value}"
        for kind in choices(schema)
        for value, text in member_meanings(kind).items()
        if not text
    ]
    return fields + values


def member_meanings(kind: type[StrEnum]) -> dict[str, str]:
    """The values of an enumeration, with the docstring below each; empty where there is none."""
    (definition,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    name = ""
    for statement in definition.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) if name in kind.__members__:
                found[kind[name].value] = ""
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[kind[name].value] = " ".join(text.split())
            case _:
                name = ""
    return found


def anchor(heading: str) -> str:
    """The fragment under which the site has a heading."""
    return re.sub(r"[^a-z0-9_-]+", "", heading.lower().replace(" ", "-"))


def _part(heading: str, part: Schema, schemas: Mapping[str, Schema], linked: Linked) -> list[str]:
    said = read_docstring(part.get("description"), part["properties"])
    required = part.get("required", [])
    lines = [f"## `{heading}`" if heading != WHOLE else f"## {heading}", "", said.text, ""]
    lines += table("field", "type", "default", "bounds", "meaning")
    for name, field in part["properties"].items():
        kind = words(field, schemas, linked)
        # An object's defaults are shown with its own fields.
        shown = "" if "$ref" in field and kind.startswith("[") else default(field)
        shown = "required" if name in required else shown
        lines.append(row(f"`{name}`", kind, shown, bounds(field), said.fields.get(name, "")))
    return [*lines, ""]


def _references(field: Any) -> Iterator[str]:
    if isinstance(field, Mapping):
        if "$ref" in field:
            yield field["$ref"].rpartition("/")[2]
        for key in ("anyOf", "oneOf", "items", "prefixItems"):
            yield from _references(field.get(key))
    elif isinstance(field, list):
        for each in field:
            yield from _references(each)


def _presets() -> list[str]:
    lines = [
        "## Presets",
        "",
        "What a preset offers. A spec narrows or replaces it key by key. A stage halves the feature",
        "map of the one before, but not below 4 × 4; choices of ranks larger than the map are left",
        "out.",
        "",
        *table("preset", "part", "choices"),
    ]
    for name, preset in PRESETS.items():
        lines.append(row(f"`{name}`", "stem", f"widths {_listed(preset.stem_widths)}"))
        lines += [
            row("", f"stage {number}", _stage(stage))
            for number, stage in enumerate(preset.stages, 1)
        ]
        ranks = f"channels {_listed(preset.channel_ranks)}; height and width "
        lines.append(row("", "ranks", ranks + _listed(preset.spatial_ranks)))
    return [*lines, ""]


def _stage(stage: StageChoices) -> str:
    return (
        f"widths {_listed(stage.widths)}; depths {_listed(stage.depths)}; "
        f"{' or '.join(stage.blocks)}; kernels {_listed(stage.kernels)}; "
        f"expansions {_listed(stage.expansions)}; "
        f"squeeze and excite {' or '.join('yes' if each else 'no' for each in stage.squeeze_excite)}"
    )


def _listed(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))
