"""Ray's job interface as its dashboard serves it, without Ray: jobs are what a test says of them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from workers.cluster.ray_jobs import RayJobState

RESOURCES = {
    "CPU": 8.0,
    "memory": 1e10,
    "object_store_memory": 1e9,
    "node:10.0.0.1": 1.0,
    "node:__internal_head__": 1.0,
    "accelerator_type:L4": 1.0,
    "licence": 2.0,
}


@dataclass
class RayCluster:
    """States of submitted jobs by handle, and what was asked of them.

    deaf: whether jobs that are asked to stop go on running. refusing: whether submits fail.
    broken: whether everything does.
    """

    url: str = ""
    states: dict[str, RayJobState] = field(default_factory=dict)
    asked_to_stop: list[str] = field(default_factory=list)
    deaf: bool = False
    refusing: bool = False
    broken: bool = False

    @property
    def running(self) -> list[str]:
        return [h for h, state in self.states.items() if state is RayJobState.RUNNING]

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if self.broken:
            return 500, "broken"
        if path.startswith("/api/v0/nodes"):
            node = {"state": "ALIVE", "resources_total": RESOURCES}
            return 200, {"data": {"result": {"result": [node]}}}
        handle, _, rest = path.removeprefix("/api/jobs/").partition("/")
        match method, rest:
            case "GET", "":
                listed = [
                    {"submission_id": h, "status": state.value, "message": "why"}
                    for h, state in self.states.items()
                ]
                return 200, listed
            case "GET", "logs":
                return 200, {"logs": f"log of {handle}"}
            case "POST", "":
                return self._submit(body["submission_id"])
            case "POST", "stop":
                self.asked_to_stop.append(handle)
                if not self.deaf and handle in self.states:
                    self.states[handle] = RayJobState.STOPPED
                return 200, {"stopped": True}
            case "DELETE", "":
                del self.states[handle]
                return 200, {"deleted": True}
        return 404, {}

    def _submit(self, handle: str) -> tuple[int, Any]:
        if self.refusing or handle in self.states:
            return 500, "no"
        self.states[handle] = RayJobState.RUNNING
        return 200, {"submission_id": handle}


@contextmanager
def ray_cluster() -> Iterator[RayCluster]:
    cluster = RayCluster()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            status, reply = cluster.answer(self.command, self.path, body)
            content = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815  the names that are called

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cluster.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield cluster
    server.shutdown()
    thread.join()
    server.server_close()
