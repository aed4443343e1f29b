"""What is wrong with a description, and where: the one error type of this package."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a document.

    pointer: JSON Pointer (RFC 6901) to the faulty field; empty for the whole document.
    """

    pointer: str
    message: str


class InvalidDocument(ValueError):
    """A document (spec, parameters, architecture) that cannot be used, with every fault found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.pointer or '/'}: {p.message}" for p in self.problems))

    @classmethod
    def at(cls, pointer: str, message: str) -> "InvalidDocument":
        return cls([Problem(pointer, message)])

    @classmethod
    def from_validation(cls, error: ValidationError, prefix: str = "") -> "InvalidDocument":
        faults = error.errors(include_url=False, include_input=False)
        places = [_located(fault) for fault in faults]
        return cls(
            Problem(prefix + json_pointer(place), _worded(fault["type"], fault["msg"]))
            for fault, place in zip(faults, places, strict=True)
            if not (fault["type"] == "too_short" and _has_fault_inside(place, places))
        )


def json_pointer(parts: Sequence[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _located(fault: Any) -> tuple[str | int, ...]:
    # Pydantic adds the name of the union member it tried; members are tagged in this package
    # by names in angle brackets. It marks a faulty key of a mapping as `[key]`. Neither is a part
    # of the document.
    place = tuple(p for p in fault["loc"] if not (isinstance(p, str) and p.startswith("<")))
    marked = fault["type"] != "extra_forbidden" and place[-1:] == ("[key]",)
    return place[:-1] if marked else place


def _has_fault_inside(place: Sequence[object], places: Iterable[Sequence[object]]) -> bool:
    # A sequence whose every item is faulty is also "too short after validation": noise.
    return any(len(p) > len(place) and p[: len(place)] == place for p in places)


def _worded(kind: str, message: str) -> str:
    return _WORDS.get(kind) or message.removeprefix("Value error, ")


_WORDS = {
    "extra_forbidden": "unknown field",
    "missing": "required field is missing",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "tuple_type": "must be a list",
}
