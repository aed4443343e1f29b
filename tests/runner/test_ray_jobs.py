"""The dispatcher's view of Ray against a real HTTP server that plays Ray's job API."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workers.head import RayHead
from workers.ray_jobs import RayJobs


class Ray(ThreadingHTTPServer):
    """Jobs that take some looks at them to stop once they were asked to."""

    def __init__(self, jobs: dict[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.looks_to_stop = jobs
        self.states = dict.fromkeys(jobs, "RUNNING")
        self.asked: list[str] = []

    def look(self) -> list[dict[str, str]]:
        for handle in self.asked:
            self.looks_to_stop[handle] -= 1
            if self.looks_to_stop[handle] <= 0:
                self.states[handle] = "STOPPED"
        return [{"submission_id": h, "status": state} for h, state in self.states.items()]


class Handler(BaseHTTPRequestHandler):
    server: Ray

    def do_GET(self) -> None:
        self._answer(self.server.look())

    def do_POST(self) -> None:
        self.server.asked.append(self.path.split("/")[-2])
        self._answer({"stopped": True})

    def _answer(self, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def ray(request: pytest.FixtureRequest) -> Iterator[Ray]:
    with Ray(request.param) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def stop(ray: Ray, handles: list[str], within_seconds: float) -> bool:
    jobs = RayJobs(RayHead(f"http://127.0.0.1:{ray.server_port}", "token"))
    try:
        return jobs.stop(handles, within_seconds)
    finally:
        jobs.close()


@pytest.mark.parametrize("ray", [{"a": 2, "b": 1, "c": 1}], indirect=True)
def test_jobs_are_stopped_together_and_waited_for(ray: Ray) -> None:
    assert stop(ray, ["a", "b"], within_seconds=10)
    assert ray.asked == ["a", "b"]
    assert ray.looks_to_stop == {"a": 0, "b": -1, "c": 1}, "each look was for both"
    assert ray.states["c"] == "RUNNING"


@pytest.mark.parametrize("ray", [{"a": 1_000_000}], indirect=True)
def test_waiting_for_a_job_that_does_not_stop_ends(ray: Ray) -> None:
    assert not stop(ray, ["a"], within_seconds=0)


@pytest.mark.parametrize("ray", [{"a": 1}], indirect=True)
def test_nothing_to_stop_is_stopped(ray: Ray) -> None:
    assert stop(ray, [], within_seconds=0)
    assert ray.asked == []
