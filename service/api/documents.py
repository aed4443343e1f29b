"""Text of a request to one plain document, refusing what two readers could read differently.

JSON is RFC 8259; YAML is the JSON-like part of YAML 1.2: no anchors, aliases or tags, and scalars
by the core schema (`1e-3` is a number, `no` is text).
"""

import json
import math
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

import yaml

from searchspace.errors import InvalidDocument, Problem, json_pointer
from service.errors import BadRequest

MAX_DEPTH = 32
MAX_INTEGER = 2**53
"""Beyond it, readers that keep every number as a 64-bit float lose digits."""
MAX_TEXT = 4096
MAX_FAULTS = 100

_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_BEYOND = MAX_INTEGER + 1


class _Repeating(dict[str, Any]):
    """An object whose text names `key` more than once."""

    key: str


def read_json(text: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        BadRequest: `malformed`: not JSON; `duplicate_key`: an object names a key twice, so that
            readers would differ in which value counts.
        InvalidDocument: not an object, too deep, or a value that no JSON reader need keep.
    """
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise _malformed(
            f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise InvalidDocument.at("", _TOO_DEEP) from None
    return _checked(document)


def read_yaml(text: str) -> dict[str, Any]:
    """Read a YAML object. Raises as `read_json` does."""
    try:
        document = _Composer(text).document()
    except yaml.YAMLError as error:
        raise _malformed(f"not YAML: {_where(error)}") from None
    return _checked(document)


def _checked(document: object) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise InvalidDocument.at("", "must be an object")
    faults = tuple(islice(_faults(document, ()), MAX_FAULTS))
    if faults:
        raise InvalidDocument(faults)
    return document


def _faults(value: object, at: tuple[str | int, ...]) -> Iterator[Problem]:
    if isinstance(value, dict | list) and len(at) >= MAX_DEPTH:
        yield Problem(json_pointer(at), _TOO_DEEP)
    elif isinstance(value, dict):
        if isinstance(value, _Repeating):
            raise _duplicate(json_pointer((*at, value.key)))
        for key, inner in value.items():
            if fault := _text_fault(key):
                yield Problem(json_pointer(at), f"a key {fault}")
            else:
                yield from _faults(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _faults(inner, (*at, index))
    elif fault := _scalar_fault(value):
        yield Problem(json_pointer(at), fault)


def _scalar_fault(value: object) -> str | None:
    match value:
        case str():
            return _text_fault(value)
        case float() if not math.isfinite(value):
            return "must be a finite number"
        case bool():
            return None
        case int() if abs(value) > MAX_INTEGER:
            return f"must lie within -{MAX_INTEGER} and {MAX_INTEGER}"
    return None


def _text_fault(text: str) -> str | None:
    if len(text) > MAX_TEXT:
        return f"must have at most {MAX_TEXT} characters"
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        return "must not contain NUL or half a surrogate pair"
    return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            repeating = _Repeating(found)
            repeating.key = key
            return repeating
        found[key] = value
    return found


def _integer(text: str) -> int:
    # Converting takes quadratic time, and more than 4,300 digits raise.
    return int(text) if len(text) <= 20 else _BEYOND


class _Composer:
    """One YAML document from its events: no constructor is ever reached."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=yaml.CSafeLoader)

    def document(self) -> object:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), depth=1)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            _refuse("more than one document", after)
        return root

    def _node(self, event: yaml.Event, depth: int) -> object:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            _refuse("anchors and aliases are not taken", event)
        if getattr(event, "tag", None) is not None:
            _refuse("tags are not taken", event)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event.value) if event.implicit[0] else event.value
        if depth > MAX_DEPTH:
            raise InvalidDocument.at("", _TOO_DEEP)
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._items(depth))
        return _object(list(self._pairs(depth)))

    def _items(self, depth: int) -> Iterator[object]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _pairs(self, depth: int) -> Iterator[tuple[str, object]]:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                _refuse("keys must be text", event)
            self._node(event, depth)
            yield event.value, self._node(next(self._events), depth + 1)


_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **{sign + word: math.inf for word in (".inf", ".Inf", ".INF") for sign in ("", "+")},
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def _scalar(text: str) -> object:
    """A plain scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if _DECIMAL.fullmatch(text):
        return _integer(text)
    if _BASED.fullmatch(text):
        return int(text, 0) if len(text) <= 20 else _BEYOND
    if _REAL.fullmatch(text):
        return float(text)
    return text


def _refuse(message: str, event: yaml.Event) -> NoReturn:
    raise _malformed(f"not YAML: {message}{_place(event.start_mark)}")


def _malformed(detail: str) -> BadRequest:
    return BadRequest(detail, code="malformed")


def _duplicate(pointer: str) -> BadRequest:
    return BadRequest(
        "an object names a key twice",
        code="duplicate_key",
        problems=[Problem(pointer, "this key occurs twice in its object")],
    )


def _where(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return f"{problem}{_place(getattr(error, 'problem_mark', None))}"


def _place(mark: Any) -> str:
    return f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
