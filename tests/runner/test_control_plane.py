"""The client against a real HTTP server that answers what the test scripts."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.e2e.service_process import free_port
from tests.runner.builders import orders
from workers.control_plane import Connection, Refused, Retry, RunnerClient, StaleEpoch, Unreachable


class Server:
    """Answers each request with the next of the scripted answers, the last one for ever."""

    def __init__(self, *answers: tuple[int, dict[str, Any]]) -> None:
        self.requests: list[tuple[str, str]] = []
        script = iter(answers)
        last = answers[-1]
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                server.requests.append((self.path, self.headers["Authorization"]))
                status, body = next(script, last)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class Time:
    """Passes only by waiting."""

    def __init__(self) -> None:
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


ORDERS = orders().model_dump(mode="json")


def renew(url: str) -> int:
    """Slots of one renewal that may be tried for ten seconds of a clock of its own."""
    time = Time()
    retry = Retry(within_seconds=10, clock=lambda: time.now, wait=time.wait)
    with closing(Connection(url, "secret", retry)) as connection:
        return RunnerClient(connection, "job_1", 3).renew().slots


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(*request.param)
    yield server
    server.close()


@pytest.mark.parametrize(
    "server", [[(503, {}), (500, {}), (429, {}), (200, ORDERS)]], indirect=True
)
def test_what_may_heal_is_tried_again(server: Server) -> None:
    assert renew(server.url) == 2
    assert server.requests == [("/api/v1/runner/jobs/job_1/renew", "Bearer secret")] * 4


@pytest.mark.parametrize("server", [[(503, {})]], indirect=True)
def test_trying_ends(server: Server) -> None:
    with pytest.raises(Unreachable, match="503"):
        renew(server.url)
    assert 3 < len(server.requests) < 30


@pytest.mark.parametrize("server", [[(409, {"code": "stale_epoch"})]], indirect=True)
def test_a_stale_epoch_is_told_apart(server: Server) -> None:
    with pytest.raises(StaleEpoch):
        renew(server.url)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "server", [[(status, {"code": "other"})] for status in (401, 404, 409, 422)], indirect=True
)
def test_a_refusal_is_not_repeated(server: Server) -> None:
    with pytest.raises(Refused):
        renew(server.url)
    assert len(server.requests) == 1


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        renew(f"http://127.0.0.1:{free_port()}")
