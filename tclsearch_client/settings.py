"""Where the service is, and who asks: given, or from the environment."""

import os
from dataclasses import dataclass
from typing import Any

import httpx

from tclsearch_client.errors import Unreachable
from tclsearch_client.exchange import PREFIX, Head, Request

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT_SECONDS = 60.0
"""A stream of events is never silent for as long as that: a comment comes every 15 seconds."""
CONNECT_SECONDS = 10.0
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Address:
    """url: of the service, without the API's prefix."""

    url: str
    token: str | None

    @classmethod
    def of(cls, url: str | None, token: str | None) -> "Address":
        """What is given, else TCLSEARCH_URL and TCLSEARCH_TOKEN, else this machine's service."""
        return cls(
            (url or os.environ.get("TCLSEARCH_URL") or DEFAULT_URL).rstrip("/"),
            token or os.environ.get("TCLSEARCH_TOKEN"),
        )

    def options(self, timeout: float) -> dict[str, Any]:
        """What both of httpx's clients are made with."""
        headers = {"User-Agent": "tclsearch-client"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        limits = httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
        return {"base_url": f"{self.url}{PREFIX}", "headers": headers, "timeout": limits}

    def unreachable(self, error: httpx.RequestError) -> Unreachable:
        cause = str(error) or type(error).__name__
        return Unreachable(self.url, cause, sent=not isinstance(error, NOT_SENT))


def arguments_of(request: Request) -> dict[str, Any]:
    """A request in httpx's words."""
    return {
        "method": request.method,
        "url": request.path,
        "params": dict(request.query),
        "headers": dict(request.headers),
        "content": request.content,
    }


def head_of(response: httpx.Response) -> Head:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Head(response.status_code, response.reason_phrase, headers)
