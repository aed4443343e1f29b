"""SIGTERM: what is under way ends well, and the process with it."""

import json
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.service_process import ServiceProcess, processes, wait_until

SPEC = {
    "version": 1,
    "name": "a job",
    "dataset": {"name": "digits"},
    "space": {"preset": "tiny"},
}


@contextmanager
def started(data_dir: Path, *options: str) -> Iterator[ServiceProcess]:
    service = ServiceProcess(data_dir, *options)
    service.start()
    try:
        yield service
    finally:
        if service.is_alive:
            service.kill()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    with started(tmp_path, "--no-dispatcher") as service:
        yield service


class HalfRequest:
    """A post of a job whose body is only begun; the service is waiting for the rest of it."""

    def __init__(self, service: ServiceProcess) -> None:
        url = httpx.URL(service.url)
        self._body = json.dumps(SPEC).encode()
        self._connection = socket.create_connection((url.host, url.port))
        head = (
            f"POST /api/v1/jobs HTTP/1.1\r\nHost: {url.host}\r\n"
            f"Authorization: Bearer {service.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(self._body)}\r\nExpect: 100-continue\r\n\r\n"
        )
        self._connection.sendall(head.encode() + self._body[:10])
        assert b"100 Continue" in self._connection.recv(1000)

    def finish(self) -> str:
        """Send the rest; the status line."""
        with self._connection:
            self._connection.sendall(self._body[10:])
            return self._connection.recv(1000).decode().partition("\r\n")[0]

    def close(self) -> None:
        self._connection.close()


def refuses_connections(service: ServiceProcess) -> Callable[[], bool]:
    url = httpx.URL(service.url)

    def refuses() -> bool:
        try:
            socket.create_connection((url.host, url.port)).close()
        except ConnectionRefusedError:
            return True
        return False

    return refuses


def test_open_requests_are_finished_and_streams_end(service: ServiceProcess) -> None:
    job_id = service.post_job(dataset={"name": "digits"}, space={"preset": "tiny"})
    headers = {"Authorization": f"Bearer {service.token}"}
    stream = httpx.stream("GET", f"{service.url}/api/v1/jobs/{job_id}/events", headers=headers)
    with stream as events:
        lines = events.iter_lines()
        assert next(lines) == "id: 1"
        half = HalfRequest(service)
        service.send(signal.SIGTERM)
        assert [line for line in lines if line.startswith("id:")] == [], "it ended in order"
        wait_until(refuses_connections(service), 60, service.log)
        assert half.finish() == "HTTP/1.1 201 Created"
    assert service.wait() == 0, service.log()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_waits_for_nobody(service: ServiceProcess, number: int) -> None:
    half = HalfRequest(service)
    service.send(signal.SIGTERM)
    wait_until(refuses_connections(service), 60, service.log)
    assert service.is_alive
    service.send(number)
    assert service.wait() == 0, service.log()
    assert "graceful shutdown exceeded" not in service.log(), "it did not come to that"
    half.close()


JOB = {
    "dataset": {"name": "digits"},
    "space": {"preset": "tiny"},
    "budget": {"trials": 40, "training_epochs": 50},
    "early_stopping": {"name": "none"},
}


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("signals", [1, 2])
def test_a_running_job_waits_for_the_next_service(tmp_path: Path, signals: int) -> None:
    with started(tmp_path) as service:
        job_id = service.post_job(**JOB)
        service.wait_for(job_id, lambda job: job["trials"]["running"] > 0, 180)
        for _ in range(signals):
            service.send(signal.SIGTERM)
            wait_until(lambda: "draining" in service.log(), 60, service.log)
        assert service.wait() == 0, service.log()
    assert processes(str(tmp_path)) == [], "nothing that was started is left"
    with started(tmp_path, "--no-dispatcher") as service:
        job = service.job(job_id)
        if signals == 1:
            assert (job["state"], job["reason"]) == ("queued", "interrupted"), job
            assert "suspended" in {trial["state"] for trial in service.trials(job_id)}
        else:
            assert job["state"] == "running", "it was not waited for, and is rescued later"
