"""The commands of docker-compose.yml as processes, with its environment, wired to each other.

What containers bring is replaced and nothing else: names by addresses, mounted secrets by files, ports of
one's own by free ones, and PostgreSQL's image by its program. So what is tried is that these commands
with these variables are a deployment that searches.
"""

import os
import shutil
import signal
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

from searchspace.spec import JobSpec
from tclsearch.verify import reevaluate
from tclsearch_client import Client, access
from tests.e2e.service_process import free_port, wait_until
from tests.postgresql_server import postgresql_server

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
RAY_NODES = {"ray-head": "127.0.1.1", "ray-worker": "127.0.1.2"}
"""Their addresses; Linux takes all of 127.0.0.0/8 for this machine."""
OBJECT_STORE_BYTES = 100_000_000
STOP_SECONDS = 90.0
READY_SECONDS = 120.0
JOB_SECONDS = 400.0

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
        if name in RAY_NODES:
            command = [_of_a_container(part, home) for part in command]
            command += _of_a_machine(name)
        environment = {
            # What the images set; and nothing of ours.
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "TCLSEARCH_DATA_DIR": str(home),
            **service.get("environment", {}),
        }
        if name in RAY_NODES:
            environment["TCLSEARCH_CACHE_DIR"] = str(home / "cache")
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


@pytest.fixture
def wiring() -> Iterator[Wiring]:
    with ExitStack() as stack:
        # Ray's sockets lie below it, and their paths are short.
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tclw-", dir="/tmp")))
        database = stack.enter_context(postgresql_server())
        shutil.copytree(ROOT / "deploy", folder / "deploy")
        subprocess.run([folder / "deploy" / "make-secrets"], check=True)
        secrets = folder / "secrets"
        (secrets / "database-url").write_text(database.create("wired"))
        api, s3, gcs, dashboard = (str(free_port()) for _ in range(4))
        head = RAY_NODES["ray-head"]
        wiring = Wiring(
            folder,
            {
                "8080": api,
                "http://control-plane:8080": f"http://127.0.0.1:{api}",
                "http://ray-head:8265": f"http://{head}:{dashboard}",
                "ray-head:6379": f"{head}:{gcs}",
                "--port=6379": f"--port={gcs}",
                "--dashboard-port=8265": f"--dashboard-port={dashboard}",
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


def _of_a_container(part: str, home: Path) -> str:
    """With a port and a directory that all containers have and processes share."""
    name, _, _ = part.partition("=")
    own = {"--metrics-export-port": str(free_port()), "--temp-dir": str(home / "ray")}
    return f"{name}={own[name]}" if name in own else part


def _of_a_machine(name: str) -> Iterator[str]:
    """What Ray finds out by itself where it is the only one."""
    yield f"--node-ip-address={RAY_NODES[name]}"
    yield f"--dashboard-agent-listen-port={free_port()}"
    yield f"--object-store-memory={OBJECT_STORE_BYTES}"
    if name == "ray-head":
        yield f"--ray-client-server-port={free_port()}"


def answers(url: str, token: str | None = None) -> bool:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with suppress(httpx.TransportError):
        return httpx.get(url, headers=headers, trust_env=False, timeout=5).is_success
    return False


def serve(wiring: Wiring) -> str:
    """Start database, store and control plane; the URL of the last."""
    url, store = (
        wiring.replaced[f"http://{name}"] for name in ("control-plane:8080", "store:8333")
    )
    wiring.start("store")
    wait_until(lambda: answers(f"{store}/healthz"), READY_SECONDS, lambda: wiring.log("store"))
    wiring.start("control-plane")
    wait_until(
        lambda: answers(f"{url}/readyz"), READY_SECONDS, lambda: wiring.log("control-plane")
    )
    return url


def test_database_store_and_control_plane_work_together(wiring: Wiring) -> None:
    url = serve(wiring)
    made = wiring.folder / "control-plane"
    assert (made / "dispatcher-token").read_text(), "for the dispatcher, as the guide says"
    with Client(url, (made / "admin-token").read_text().strip()) as client:
        client.submit(ROOT / "examples" / "digits.yaml")
        found = {each.check: each for each in client.send(access.diagnosis()).findings}
    assert [check for check, each in found.items() if each.level != "ok"] == [
        "dispatcher.heartbeat"
    ]
    assert found["database.version"].what.startswith("PostgreSQL")
    assert found["artifacts.store"].level == "ok"
    assert not (made / "artifacts").exists(), "they are in the store"
    assert any((wiring.folder / "store").rglob("*.dat"))


def test_what_the_compose_file_starts_searches(wiring: Wiring) -> None:
    url = serve(wiring)
    made, secrets = wiring.folder / "control-plane", wiring.folder / "secrets"
    # As the guide says.
    shutil.copy(made / "dispatcher-token", secrets / "dispatcher-token")
    ray_token = (secrets / "ray-token").read_text().strip()
    jobs = f"{wiring.replaced['http://ray-head:8265']}/api/jobs/"
    wiring.start("ray-head")
    wait_until(lambda: answers(jobs, ray_token), READY_SECONDS, lambda: wiring.log("ray-head"))
    assert not answers(jobs), "Ray asks for its token"
    wiring.start("ray-worker")
    wiring.start("dispatcher")
    with Client(url, (made / "admin-token").read_text().strip()) as client:
        wait_until(
            lambda: client.clusters().slots.total > 0,
            READY_SECONDS,
            lambda: wiring.log("ray-worker") + wiring.log("dispatcher"),
        )
        spec = yaml.safe_load((ROOT / "examples" / "digits.yaml").read_text())
        job = client.submit(spec | {"budget": {"trials": 2, "training_epochs": 2}})
        done = client.wait(job.id, timeout=JOB_SECONDS)
        assert (done.state, done.reason) == ("succeeded", "budget_spent"), wiring.log("dispatcher")
        front = client.front(job.id)
        knee = next(model for model in front.models if model.id == front.knee)
        checkpoint = client.download(job.id, "knee", wiring.folder)
        levels = {each.check: each.level for each in client.send(access.diagnosis()).findings}
    assert set(levels.values()) == {"ok"}, levels
    verdict = reevaluate(checkpoint, JobSpec.parse(done.spec), wiring.folder)
    assert (verdict.accuracy, verdict.params) == (knee.values["accuracy"], knee.values["params"])
    assert not (made / "artifacts").exists(), "they are in the store"
