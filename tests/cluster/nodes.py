"""A Ray cluster of several nodes on one machine, each node a `ray start` of its own."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import httpx

from tests.e2e.service_process import free_port, processes, wait_until

START_SECONDS = 90.0
TRAINING_SECONDS = 150.0
OBJECT_STORE_BYTES = 80_000_000
CPUS = 2
TRAINING = "ray::ResourceTrainable.train"
"""As Ray calls the process of a trial while it takes a step."""

SENSES = {
    # A node that is silent for three seconds is dead; Ray's own default takes half a minute.
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
}


class RayNode:
    """One `ray start --block`, with its directory.

    host: the network that it is in, as words before its command; none for the machine's own.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        options: list[str],
        environment: dict[str, str],
        host: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.folder = folder
        self.log_path = folder / "start.log"
        folder.mkdir(parents=True)
        command = [
            *host,
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            "--block",
            *options,
        ]
        command += ["--object-store-memory", str(OBJECT_STORE_BYTES)]
        command += ["--dashboard-agent-listen-port", str(free_port())]
        command += ["--disable-usage-stats", "--include-log-monitor", "false"]
        # In the environment, so that `processes` knows everything that runs on this node.
        self._mark = f"TCLSEARCH_TEST_NODE={folder}"
        variables = {**os.environ, **environment, "TCLSEARCH_TEST_NODE": str(folder)}
        variables["TCLSEARCH_CACHE_DIR"] = str(self.cache)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=variables, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def cache(self) -> Path:
        """Where it keeps data sets."""
        return self.folder / "cache"

    def log(self) -> str:
        return self.log_path.read_text()[-4000:]

    def cut_off(self) -> None:
        """Stop everything that runs on it: silent, with every connection open."""
        self._send(signal.SIGSTOP)

    def come_back(self) -> None:
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL everything that runs on it, as when its machine loses power."""
        # All at once: none of it may tell of another's end before its own.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            self._send(number)
        wait_until(lambda: not self._send(signal.SIGKILL), 10, self.log)

    def _send(self, number: int) -> bool:
        """Send a signal to everything that runs on it; whether there was anything."""
        # Our own child must be reaped, or it stays as a zombie.
        self._process.poll()
        found = processes(self._mark)
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return bool(found)

    def stop_in_training(self) -> int:
        """Stop a trial's process in the middle of a step, so that its trial cannot end; its id."""
        stopped: list[int] = []

        def is_stopped() -> bool:
            for pid in self.runs(TRAINING):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
                    if pid in self.runs(TRAINING):
                        stopped.append(pid)
                        return True
                    os.kill(pid, signal.SIGCONT)
            return False

        deadline = time.monotonic() + TRAINING_SECONDS
        while not is_stopped():
            assert time.monotonic() < deadline, f"nothing trains on {self.name}: {self.titles()}"
            time.sleep(0.02)
        return stopped[0]

    def titles(self) -> list[bytes]:
        """What its processes are called."""
        found = []
        for pid in self.runs():
            with suppress(OSError):
                found.append(Path(f"/proc/{pid}/cmdline").read_bytes()[:80])
        return found

    def runs(self, *words: str) -> list[int]:
        """Its processes whose command line or environment holds the words."""
        return processes(self._mark, *words)


class RayNodes:
    """The head, and the nodes that joined it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._dashboard, self._port = free_port(), free_port()
        self.token = secrets.token_hex(32)
        self.url = f"http://{self._address(0)}:{self._dashboard}"
        self._environment = {
            # As when somebody has activated the environment before `ray start`.
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self.token,
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1",
            "RAY_JOB_STOP_SIGNAL": "SIGINT",
            "RAY_JOB_STOP_WAIT_TIME_S": "20",
            **SENSES,
        }
        self.nodes: dict[str, RayNode] = {}

    def start_head(self) -> RayNode:
        # As on a cluster of some size, the head has runners and no trials.
        options = ["--head", "--port", str(self._port), "--num-cpus", "0"]
        options += ["--dashboard-host", self._address(0), "--dashboard-port", str(self._dashboard)]
        options += ["--ray-client-server-port", str(free_port())]
        return self._start("head", options)

    def join(self, name: str, *options: str) -> RayNode:
        address = f"{self._address(0)}:{self._port}"
        return self._start(name, ["--address", address, "--num-cpus", str(CPUS), *options])

    def await_nodes(self, count: int) -> None:
        def there() -> bool:
            with suppress(httpx.TransportError, ValueError, KeyError, TypeError):
                return len(self.alive()) == count
            return False

        wait_until(there, START_SECONDS, self.log)

    def alive(self) -> list[str]:
        """Ids of the nodes that Ray takes for alive."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.url}/api/v0/nodes?detail=1"
        reply = httpx.get(url, headers=headers, trust_env=False, timeout=15).json()
        nodes = reply["data"]["result"]["result"]
        return [node["node_id"] for node in nodes if node["state"] == "ALIVE"]

    def log(self) -> str:
        return "\n".join(f"--- {name}\n{node.log()}" for name, node in self.nodes.items())

    def close(self) -> None:
        for node in self.nodes.values():
            node.kill()

    @staticmethod
    def _address(number: int) -> str:
        """All of 127.0.0.0/8 is this machine; so each node has an address of its own."""
        return f"127.0.1.{1 + number}"

    def _start(self, name: str, options: list[str]) -> RayNode:
        options += ["--node-ip-address", self._address(len(self.nodes))]
        options += ["--temp-dir", str(self._folder / name / "ray")]
        node = RayNode(name, self._folder / name, options, self._environment)
        self.nodes[name] = node
        return node


@contextmanager
def ray_nodes(*joining: str) -> Iterator[RayNodes]:
    """A cluster of a head and the named nodes, all up."""
    # Ray's sockets live below, and a socket's path has at most 107 characters.
    folder = Path(mkdtemp(prefix="tclsearch-nodes-"))
    cluster = RayNodes(folder)
    try:
        cluster.start_head()
        for name in joining:
            cluster.join(name)
        cluster.await_nodes(1 + len(joining))
        yield cluster
    finally:
        cluster.close()
        shutil.rmtree(folder, ignore_errors=True)
