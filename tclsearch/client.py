"""The public API over HTTP, as the command line uses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tclsearch.failure import CommandFailed

PAGE = 200
TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class Client:
    """Calls under `URL/api/v1`. Every fault is a CommandFailed with the server's own words."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
        )

    def get(self, path: str, **query: str | int | None) -> Any:
        given = {name: value for name, value in query.items() if value is not None}
        return self._call("GET", path, params=given).json()

    def post(self, path: str, **options: Any) -> Any:
        return self._call("POST", path, **options).json()

    def patch(self, path: str, **options: Any) -> Any:
        return self._call("PATCH", path, **options).json()

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def items(self, path: str) -> Iterator[Any]:
        """Every item of a list, page by page."""
        cursor = None
        while True:
            page = self.get(path, limit=PAGE, cursor=cursor)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def text(self, path: str, accept: str) -> str:
        return self._call("GET", path, headers={"Accept": accept}).text

    @contextmanager
    def stream(self, path: str) -> Iterator[httpx.Response]:
        """A response whose bytes are read as they come."""
        try:
            with self._http.stream("GET", path) as response:
                if response.is_error:
                    response.read()
                _require_success(response)
                yield response
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        _require_success(response)
        return response

    def _unreachable(self, error: Exception) -> CommandFailed:
        return CommandFailed(f"no answer from {self._url}: {error!r}")


def _require_success(response: httpx.Response) -> None:
    if response.is_success:
        return
    try:
        problem = response.json()
    except ValueError:
        raise CommandFailed(f"{response.status_code} {response.reason_phrase}") from None
    lines = [problem.get("detail") or problem.get("title") or str(response.status_code)]
    lines += [f"  {e.get('pointer') or '/'}: {e['message']}" for e in problem.get("errors", [])]
    raise CommandFailed("\n".join(lines))


def find_token(given: str | None, data_dir: Path) -> str:
    """The token to use: the one given, or the administrator's in the data directory.

    Raises:
        CommandFailed: there is neither.
    """
    if given:
        return given
    path = data_dir / "admin-token"
    try:
        return path.read_text().strip()
    except OSError:
        raise CommandFailed(
            f"no token: set TCLSEARCH_TOKEN, or --data-dir to the service's (no {path})"
        ) from None
