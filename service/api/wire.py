"""Reading and writing the internal protocol's messages, faster than through the framework."""

import json
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from searchspace.errors import InvalidDocument, Problem, json_pointer
from service.errors import Conflict, TooLarge
from service.protocol import PROTOCOL_VERSION, Wire

MAX_BYTES = 32 * 1024 * 1024
"""A full batch of records with large architectures stays well below."""
MAX_FAULTS = 100

Message = TypeVar("Message", bound=Wire)


class _Version(BaseModel):
    """The one field that every version of the protocol has."""

    protocol: int = PROTOCOL_VERSION


def read(model: type[Message]) -> Callable[[Request], Awaitable[Message]]:
    """A dependency that gives the request's body as a message.

    It raises TooLarge, InvalidDocument, and Conflict (`protocol_version`) where the sender says
    that it speaks another version.
    """

    async def message(request: Request) -> Message:
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > MAX_BYTES:
                raise TooLarge(f"a message has at most {MAX_BYTES} bytes")
        try:
            if "protocol" in model.model_fields:
                # First: another version may well have other fields too.
                _require_version(_Version.model_validate_json(content))
            received = model.model_validate_json(content)
        except ValidationError as error:
            raise InvalidDocument(_placed(error, content)) from None
        if b"\\u0000" in content:
            # Seldom, so that looking at every text of every message is saved.
            _refuse_nul(received)
        return received

    return message


def answer(model: Wire) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")


def _placed(error: ValidationError, content: bytearray) -> Iterator[Problem]:
    """The faults, each where it is in what was sent: Pydantic also names what it tried there."""
    try:
        document: Any = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    for fault in error.errors(include_url=False, include_input=False):
        place: list[str | int] = []
        value = document
        for part in fault["loc"]:
            held = isinstance(value, dict | list) and part in (
                value if isinstance(value, dict) else range(len(value))
            )
            # The last one may be missing, which is the fault.
            if held or (part == fault["loc"][-1] and isinstance(value, dict)):
                place.append(part)
                value = value[part] if held else None
        yield Problem(json_pointer(place), fault["msg"])


def _refuse_nul(message: Wire) -> None:
    faults = tuple(islice(_nuls(message.model_dump(), ()), MAX_FAULTS))
    if faults:
        raise InvalidDocument(faults)


def _nuls(value: object, at: tuple[str | int, ...]) -> Iterator[Problem]:
    match value:
        case str() if "\0" in value:
            yield Problem(json_pointer(at), "must not contain NUL")
        case dict():
            for key, inner in value.items():
                if "\0" in str(key):
                    yield Problem(json_pointer(at), "a key must not contain NUL")
                else:
                    yield from _nuls(inner, (*at, key))
        case list() | tuple():
            for index, inner in enumerate(value):
                yield from _nuls(inner, (*at, index))
        case _:
            pass


def _require_version(version: _Version) -> None:
    if version.protocol != PROTOCOL_VERSION:
        raise Conflict(
            f"this service speaks version {PROTOCOL_VERSION} of the runner protocol, "
            f"not {version.protocol}",
            code="protocol_version",
        )
