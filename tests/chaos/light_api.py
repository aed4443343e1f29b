"""The control plane alone in a process of its own, forked warm: up again a moment after a kill."""

import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from service.app import create_app
from service.db.engine import Database
from service.settings import Settings
from tests.chaos.history import History
from tests.e2e.service_process import free_port
from workers.control_plane import Connection, Retry

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["tests.chaos.light_api", "tests.chaos.fake_runner", "workers.dispatcher"]
)

READY_SECONDS = 60.0
SPEC: dict[str, Any] = {
    "version": 1,
    "name": "a job",
    "dataset": {"name": "digits"},
    "space": {"preset": "tiny"},
    "sampler": {"name": "random"},
    "early_stopping": {"name": "none"},
}


def run(settings: Settings, port: int) -> None:
    """The process."""
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(create_app(settings), log_config=None, ws="none", lifespan="on")
    uvicorn.Server(config).run(sockets=[listener])


class LightApi:
    """One data directory, one database and one port; the process behind them may change.

    process: what it runs.
    """

    def __init__(self, settings: Settings, process: Callable[[Settings, int], None] = run) -> None:
        self.settings = settings
        self._run = process
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: Any = None

    @classmethod
    @contextmanager
    def serving(
        cls,
        data_dir: Path,
        database_url: str | None = None,
        process: Callable[[Settings, int], None] = run,
        **settings: Any,
    ) -> Iterator["LightApi"]:
        # One token asks for everybody here.
        usual: dict[str, Any] = {"rate_limit_per_second": 0.0} | settings
        api = cls(Settings(data_dir=data_dir, database_url=database_url, **usual), process)
        api.start()
        try:
            yield api
        finally:
            api.kill()

    def start(self) -> None:
        """Start, and wait until requests are answered."""
        self._process = FORKS.Process(
            target=self._run, args=(self.settings, self._port), daemon=True
        )
        self._process.start()
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready():
            assert self._process.exitcode is None, "the control plane ended"
            assert time.monotonic() < deadline, "the control plane does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.join()

    def restart(self) -> float:
        """SIGKILL and another start; seconds from the one until requests are answered again."""
        began = time.monotonic()
        self.kill()
        self.start()
        return time.monotonic() - began

    @property
    def database(self) -> str:
        return "PostgreSQL" if self.settings.database_url else "SQLite"

    def token(self, of: str = "admin") -> str:
        return (self.settings.data_dir / f"{of}-token").read_text().strip()

    def client(self, url: str | None = None, seconds: float = 30.0) -> httpx.Client:
        """A person's client; `url`: of a proxy before the service."""
        headers = {"Authorization": f"Bearer {self.token()}"}
        return httpx.Client(
            base_url=f"{url or self.url}/api/v1", headers=headers, trust_env=False, timeout=seconds
        )

    def connect(self, of: str = "dispatcher") -> Connection:
        return Connection(self.url, self.token(of), Retry(within_seconds=60.0))

    def post_job(self, **changes: Any) -> str:
        with self.client() as client:
            response = client.post("/jobs", json=SPEC | changes)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def history(self) -> History:
        """Everything that is stored now."""
        with closing(Database(self.settings.url)) as database, database.read() as session:
            return History.read(session)

    def _ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).is_success
        return False


class Submitter(threading.Thread):
    """Posts one job after the other, each under a key of its own and until it is acknowledged.

    acknowledged: job id by key. unexpected: answers that no client should ever get.
    """

    def __init__(self, api: LightApi, name: str, jobs: int | None = None) -> None:
        super().__init__(name=name)
        self._api = api
        self._jobs = jobs
        self._stopping = threading.Event()
        self.acknowledged: dict[str, str] = {}
        self.unexpected: list[str] = []
        self.refused = 0
        self.under_way = False

    def stop(self) -> None:
        """Post no further job; the one under way is seen through."""
        self._stopping.set()

    def run(self) -> None:
        with self._api.client() as client:
            number = 0
            while not self._stopping.is_set() and number != self._jobs:
                self._post(client, f"{self.name}-{number}")
                number += 1

    def _post(self, client: httpx.Client, key: str) -> None:
        while True:
            self.under_way = True
            try:
                response = client.post("/jobs", json=SPEC, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                # Unknown, which is neither yes nor no.
                time.sleep(0.02)
                continue
            finally:
                self.under_way = False
            if response.status_code in (200, 201):
                self.acknowledged[key] = response.json()["id"]
                return
            if response.status_code == 503 and "Retry-After" in response.headers:
                self.refused += 1
                time.sleep(0.05)
                continue
            self.unexpected.append(f"{response.status_code} {response.text[:300]}")
            return
