"""The body of a request that carries a document: its type, its size, and what it says."""

import hashlib
import json
from dataclasses import dataclass
from email.message import Message
from functools import cached_property, lru_cache
from typing import Annotated, Any

from fastapi import Depends, Request

from service.api.documents import read_json, read_yaml
from service.errors import BadRequest, TooLarge, UnsupportedType

MAX_BYTES = 1024 * 1024

READERS = {"application/json": read_json, "application/yaml": read_yaml}


@dataclass(frozen=True)
class Posted:
    """A document as it was posted: the bytes of a body, and the type that says how to read them.

    It is read when it is first asked for, which is in the route's own thread: a large document would
    hold up all other requests, and for a small one a thread of its own costs more than reading.
    """

    content: bytes
    media_type: str

    @cached_property
    def document(self) -> dict[str, Any]:
        """What the body says.

        Raises:
            BadRequest: not UTF-8, malformed, or a repeated key.
            InvalidDocument: not an object, or a value out of every document's range.
        """
        try:
            text = self.content.decode()
        except UnicodeDecodeError as error:
            raise BadRequest(f"not UTF-8 at byte {error.start}", code="malformed") from None
        return READERS[self.media_type](text)

    @property
    def sha256(self) -> str:
        """Hash of what the document says, however it was written."""
        canonical = json.dumps(self.document, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


async def posted(request: Request) -> Posted:
    """The body, received no further than its limit.

    Raises:
        UnsupportedType: the content type is missing or not one that is read here, or the body is
            compressed.
        TooLarge: the body is over MAX_BYTES, declared or found while reading.
    """
    media_type = _media_type(request.headers.get("content-type", ""))
    if request.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise UnsupportedType("the body must come as it is, without a Content-Encoding")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > MAX_BYTES:
        raise _too_large()
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BYTES:
            raise _too_large()
    return Posted(bytes(content), media_type)


PostedDocument = Annotated[Posted, Depends(posted)]


@lru_cache(maxsize=64)
def _media_type(content_type: str) -> str:
    message = Message()
    message["content-type"] = content_type
    charset = str(message.get_param("charset", "utf-8")).lower()
    media_type = message.get_content_type() if content_type else ""
    if media_type not in READERS or charset not in ("utf-8", "utf8"):
        raise UnsupportedType(f"the content type must be {' or '.join(READERS)}, in UTF-8")
    return media_type


def _too_large() -> TooLarge:
    return TooLarge(f"the body must have at most {MAX_BYTES} bytes")


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """What the OpenAPI document says of a route that reads such a document."""
    content = {media_type: {"schema": schema} for media_type in READERS}
    return {"requestBody": {"required": True, "content": content}}


def component(name: str) -> dict[str, Any]:
    """A schema by the name under which the OpenAPI document holds it."""
    return {"$ref": f"#/components/schemas/{name}"}
