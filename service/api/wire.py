"""Reading and writing the internal protocol's messages, faster than through the framework."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from searchspace.errors import InvalidDocument
from service.errors import Conflict, TooLarge
from service.protocol import PROTOCOL_VERSION, Wire

MAX_BYTES = 32 * 1024 * 1024
"""A full batch of records with large architectures stays well below."""

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
            return model.model_validate_json(content)
        except ValidationError as error:
            raise InvalidDocument.from_validation(error) from None

    return message


def answer(model: Wire) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")


def _require_version(version: _Version) -> None:
    if version.protocol != PROTOCOL_VERSION:
        raise Conflict(
            f"this service speaks version {PROTOCOL_VERSION} of the runner protocol, "
            f"not {version.protocol}",
            code="protocol_version",
        )
