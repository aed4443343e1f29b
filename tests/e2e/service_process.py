"""A whole `tclsearch serve` as a process of its own, to be used, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

READY_SECONDS = 120.0
STOP_SECONDS = 120.0
ENDED = ("succeeded", "failed", "cancelled")


class ServiceProcess:
    """One data directory and one port; the process behind them may change."""

    def __init__(self, data_dir: Path, *options: str, **settings: str) -> None:
        self.data_dir = data_dir
        self._options = options
        # In the environment too, so that `processes` knows every descendant, Ray's included.
        self._settings = {"TCLSEARCH_DATA_DIR": str(data_dir)}
        # One person asks for everybody here.
        self._settings["TCLSEARCH_RATE_LIMIT_PER_SECOND"] = "0"
        self._settings |= {f"TCLSEARCH_{name.upper()}": value for name, value in settings.items()}
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until requests are answered."""
        command = [sys.executable, "-m", "tclsearch.main", "serve", *self._options]
        command += ["--port", str(self._port), "--data-dir", str(self.data_dir)]
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command, env={**os.environ, **self._settings}, stdout=log, stderr=log
            )
        wait_until(self._ready, READY_SECONDS, self.log)

    def stop(self) -> int:
        """Ask for an orderly stop; the exit status."""
        self.send(signal.SIGTERM)
        return self.wait()

    def send(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """The exit status, once it has ended."""
        assert self._process is not None
        return self._process.wait(STOP_SECONDS)

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL the serving process alone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOP_SECONDS)

    @property
    def log_path(self) -> Path:
        return self.data_dir / "serve.log"

    def log(self) -> str:
        return self.log_path.read_text()[-8000:]

    @property
    def token(self) -> str:
        return (self.data_dir / "admin-token").read_text().strip()

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return httpx.request(
            method, f"{self.url}/api/v1{path}", headers=headers, timeout=30, **options
        )

    def post_job(self, **spec: Any) -> str:
        response = self.call("POST", "/jobs", json={"version": 1, "name": "a job", **spec})
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        response = self.call("GET", f"/jobs/{job_id}")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def trials(self, job_id: str) -> list[dict[str, Any]]:
        items = self.call("GET", f"/jobs/{job_id}/trials", params={"limit": 200}).json()["items"]
        return sorted(items, key=lambda trial: trial["number"])

    def wait_for(
        self, job_id: str, condition: Callable[[dict[str, Any]], bool], seconds: float
    ) -> dict[str, Any]:
        """The job once the condition holds of it."""
        found: dict[str, Any] = {}

        def holds() -> bool:
            found.update(self.job(job_id))
            return condition(found)

        wait_until(holds, seconds, lambda: f"{found}\n{self.log()}")
        return found

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"the service ended: {self.log()}")
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", timeout=5).is_success
        return False


@contextmanager
def serving(data_dir: Path, *options: str, **settings: str) -> Iterator[ServiceProcess]:
    """A service that is up, and stopped afterwards with everything that it started."""
    service = ServiceProcess(data_dir, *options, **settings)
    service.start()
    try:
        yield service
    finally:
        status = service.stop()
    assert status == 0, service.log()


def wait_until(
    holds: Callable[[], bool],
    seconds: float,
    explain: Callable[[], str],
    *,
    glance_seconds: float = 0.1,
) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {seconds:.0f} s: {explain()}")
        time.sleep(glance_seconds)


def has_ended(job: dict[str, Any]) -> bool:
    return job["state"] in ENDED


def processes(*words: str) -> list[int]:
    """Processes whose command line or environment holds every one of the words."""
    found = []
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit() and int(directory.name) != os.getpid():
            with suppress(OSError):
                text = (directory / "cmdline").read_bytes() + (directory / "environ").read_bytes()
                if text and all(word.encode() in text for word in words):
                    found.append(int(directory.name))
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
