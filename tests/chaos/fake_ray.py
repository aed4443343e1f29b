"""Ray's job API over HTTP, as far as a dispatcher knows it, whose jobs are forked fake runners.

It can kill whoever submits: before the job is there, or when it is there and the reply is not.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.chaos import fake_runner
from tests.chaos.fake_runner import Pace
from tests.chaos.light_api import FORKS
from workers.environment import RunnerEnvironment

TOKEN = "the cluster's"
NODES = {"data": {"result": {"result": [{"state": "ALIVE", "resources_total": {"CPU": 4}}]}}}
ONE_JOB = re.compile(r"/api/jobs/([^/?]+)(/stop|/logs)?")


class When(Enum):
    NEVER = auto()
    BEFORE_SUBMIT = auto()
    """The claim is committed, and nothing has been submitted."""
    AFTER_SUBMIT = auto()
    """The job runs, and its submitter does not know."""


class FakeRay:
    """kill: what kills the submitter. when: at its next submit; then never again."""

    def __init__(self) -> None:
        self.kill: Callable[[], None] = lambda: None
        self.when = When.NEVER
        self.submitted: Counter[str] = Counter()
        """Jobs that were begun, by handle."""
        self._jobs: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["FakeRay"]:
        ray = cls()
        thread = threading.Thread(target=ray._server.serve_forever, name="fake Ray")
        thread.start()
        try:
            yield ray
        finally:
            ray._server.shutdown()
            thread.join()
            ray._server.server_close()
            for process in ray._jobs.values():
                process.kill()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if path.startswith("/api/v0/nodes"):
            return 200, NODES
        if path.startswith("/api/jobs/") and (match := ONE_JOB.fullmatch(path)):
            return self._about(method, match[1])
        if method == "POST":
            return self._submit(body)
        with self._lock:
            return 200, [_told(handle, process) for handle, process in self._jobs.items()]

    def living(self) -> list[str]:
        with self._lock:
            return [handle for handle, process in self._jobs.items() if process.exitcode is None]

    def _submit(self, body: Any) -> tuple[int, Any]:
        handle, when = body["submission_id"], self.when
        if when is not When.NEVER:
            self.when = When.NEVER
        if when is When.BEFORE_SUBMIT:
            self.kill()
            return 500, {}
        with self._lock:
            if handle in self._jobs:
                return 500, {"error": f"{handle} was submitted before"}
            environment = RunnerEnvironment.read(body["runtime_env"]["env_vars"])
            process = FORKS.Process(
                target=fake_runner.run, args=(environment, Pace(step=0.002)), daemon=True
            )
            process.start()
            self._jobs[handle] = process
            self.submitted[handle] += 1
        if when is When.AFTER_SUBMIT:
            self.kill()
        return 200, {"submission_id": handle}

    def _about(self, method: str, handle: str) -> tuple[int, Any]:
        with self._lock:
            process = self._jobs.get(handle)
            if process is None:
                return 404, {}
            if method == "POST":
                process.kill()
                process.join()
            if method == "DELETE":
                del self._jobs[handle]
            return 200, {"logs": "", **_told(handle, process)}


def _told(handle: str, process: Any) -> dict[str, Any]:
    states = {None: "RUNNING", 0: "SUCCEEDED"}
    status = states.get(process.exitcode, "FAILED")
    return {"submission_id": handle, "status": status, "message": ""}


def _handler(ray: FakeRay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"null")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, reply = 401, {}
            else:
                status, reply = ray.answer(self.command, self.path, body)
            data = json.dumps(reply).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                # Whoever asked was killed.
                self.close_connection = True

        do_GET = do_POST = do_DELETE = do_PUT = _serve  # noqa: N815  the names that are called

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    return Handler
