"""The commands of docker-compose.yml as processes, with its environment, wired to each other.

What containers bring is replaced and nothing else: names by addresses, mounted secrets by files, and
PostgreSQL's image by its program. So what is tried is that these commands with
these variables are a deployment that searches.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
import yaml

from tclsearch_client import Client
from tests.e2e.service_process import free_port, wait_until
from tests.postgresql_server import postgresql_server

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
STOP_SECONDS = 90.0
READY_SECONDS = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass
class Wiring:
    """What stands for what a container would see, and the processes that see it."""

    folder: Path
    replaced: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """A service's own command with its own environment."""
        service = SERVICES[name]
        home = self.folder / name
        home.mkdir()
        command = [*service.get("entrypoint", ["tclsearch"]), *service["command"]]
        if name == "store":
            # The image's entry point is its program; more of its ports are fixed than we name.
            command = ["weed", *service["command"], *_ports_of_store()]
        command[0] = str(Path(sys.executable).with_name(command[0]))
        if name == "control-plane":
            command += ["--port", self.replaced["8080"]]
        if name.startswith("ray-"):
            # Two nodes on one machine would listen on the same ports.
            command.append(f"--dashboard-agent-listen-port={free_port()}")
            command = [self._port(part) for part in command]
        environment = {
            # What the images set; and nothing of ours.
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "TCLSEARCH_DATA_DIR": str(home),
            **service.get("environment", {}),
        }
        seen = {key: self._seen(value) for key, value in environment.items()}
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [self._seen(part) for part in command],
                env=seen,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-4000:]

    def stop(self) -> None:
        """Those that wait for others first."""
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _seen(self, text: str) -> str:
        for name, what in self.replaced.items():
            if not name.isdigit():
                text = text.replace(name, what)
        return text

    @staticmethod
    def _port(part: str) -> str:
        name, _, _ = part.partition("=")
        return f"{name}={free_port()}" if name == "--metrics-export-port" else part


@pytest.fixture
def wiring() -> Iterator[Wiring]:
    with ExitStack() as stack:
        # Ray's sockets lie below its temporary directory, and their paths are short.
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tclw-", dir="/tmp")))
        database = stack.enter_context(postgresql_server())
        shutil.copytree(ROOT / "deploy", folder / "deploy")
        subprocess.run([folder / "deploy" / "make-secrets"], check=True)
        secrets = folder / "secrets"
        (secrets / "database-url").write_text(database.create("wired"))
        address = socket.gethostbyname(socket.gethostname())
        api, gcs, dashboard, s3 = (str(free_port()) for _ in range(4))
        wiring = Wiring(
            folder,
            {
                "8080": api,
                "http://control-plane:8080": f"http://127.0.0.1:{api}",
                "http://ray-head:8265": f"http://127.0.0.1:{dashboard}",
                "ray-head:6379": f"{address}:{gcs}",
                "--port=6379": f"--port={gcs}",
                "--dashboard-port=8265": f"--dashboard-port={dashboard}",
                "--temp-dir=/tmp/ray": f"--temp-dir={folder / 'ray'}",
                "/run/secrets": str(secrets),
                "http://store:8333": f"http://127.0.0.1:{s3}",
                "-s3.port=8333": f"-s3.port={s3}",
                "-ip=store": "-ip=127.0.0.1",
                "-dir=/data": f"-dir={folder / 'store'}",
            },
        )
        stack.callback(wiring.stop)
        yield wiring


def _ports_of_store() -> Iterator[str]:
    for part in ("master", "volume", "filer"):
        for kind in ("port", "port.grpc"):
            yield f"-{part}.{kind}={free_port()}"
    yield from (f"-s3.port.grpc={free_port()}", "-s3.port.iceberg=0", "-s3.port.lance=0")
    yield from ("-volume.max=8", "-master.volumeSizeLimitMB=64")


def answers(url: str, token: str | None = None) -> bool:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with suppress(httpx.TransportError):
        return httpx.get(url, headers=headers, trust_env=False, timeout=5).is_success
    return False


def test_what_the_compose_file_starts_searches(wiring: Wiring) -> None:
    url = wiring.replaced["http://control-plane:8080"]
    store = wiring.replaced["http://store:8333"]
    wiring.start("store")
    wait_until(lambda: answers(f"{store}/healthz"), READY_SECONDS, lambda: wiring.log("store"))
    wiring.start("control-plane")
    wait_until(
        lambda: answers(f"{url}/readyz"), READY_SECONDS, lambda: wiring.log("control-plane")
    )
    made = wiring.folder / "control-plane"
    shutil.copy(made / "dispatcher-token", wiring.folder / "secrets" / "dispatcher-token")

    ray_token = (wiring.folder / "secrets" / "ray-token").read_text()
    dashboard = wiring.replaced["http://ray-head:8265"]
    wiring.start("ray-head")
    wait_until(
        lambda: answers(f"{dashboard}/api/jobs/", ray_token),
        READY_SECONDS,
        lambda: wiring.log("ray-head"),
    )
    wiring.start("ray-worker")
    wiring.start("dispatcher")
    with Client(url, (made / "admin-token").read_text().strip()) as client:
        wait_until(
            lambda: client.clusters().slots.total > 0,
            READY_SECONDS,
            lambda: wiring.log("ray-worker") + wiring.log("dispatcher"),
        )
        spec = yaml.safe_load((ROOT / "examples" / "digits.yaml").read_text())
        job = client.submit(spec | {"budget": {"trials": 2, "training_epochs": 1}})
        done = client.wait(job.id)
        assert done.state == "succeeded", wiring.log("dispatcher")
        (first, *_) = client.front(job.id).models
        assert client.download(job.id, first.id, wiring.folder)
    assert not (made / "artifacts").exists(), "they are in the store"
    assert any((wiring.folder / "store").rglob("*.dat"))
