"""A Ray cluster of several nodes on one machine, each a `ray start` of its own with its own address."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import httpx

from tests.e2e.service_process import free_port, processes, wait_until

START_SECONDS = 180.0
TRAINING_SECONDS = 240.0
END_SECONDS = 60.0
OBJECT_STORE_BYTES = 80_000_000
CPUS = 2
DESK = {"desk": 1}
"""A custom resource of every node but the head."""
MARK = "TCLSEARCH_TEST_NODE"
"""In the environment of everything that runs on a node: the node's directory."""
TRAINING = "ray::ResourceTrainable.train"
"""As Ray calls the process of a trial while it takes a step."""

SENSES = {
    # A raylet that is gone refuses the connection, and is missed after five looks. One that is
    # there and slow has ten seconds for each, as by default.
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
}


class RayNode:
    """One `ray start --block`, with its directory."""

    def __init__(self, folder: Path, options: list[str], environment: dict[str, str]) -> None:
        self.folder = folder
        self.address = options[options.index("--node-ip-address") + 1]
        self._log_path = folder / "start.log"
        folder.mkdir(parents=True)
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", *options]
        command += ["--temp-dir", str(folder / "ray")]
        command += ["--object-store-memory", str(OBJECT_STORE_BYTES)]
        command += ["--dashboard-agent-listen-port", str(free_port())]
        command += ["--disable-usage-stats", "--include-log-monitor", "false"]
        self._mark = f"{MARK}={folder}"
        own = {MARK: str(folder), "TCLSEARCH_CACHE_DIR": str(self.cache)}
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **environment, **own},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def cache(self) -> Path:
        """Where it keeps data sets."""
        return self.folder / "cache"

    def log(self) -> str:
        """What its start and its runners have printed last."""
        paths = [self._log_path, *self.folder.glob("ray/session_2*/logs/job-driver-*")]
        return "\n".join(path.read_text()[-4000:] for path in paths)

    def kill(self) -> None:
        """SIGKILL everything that runs on it, as when its machine loses power."""
        # All at once: none of it may tell of another's end before its own.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            self._send(number)
        wait_until(lambda: not self._send(signal.SIGKILL), END_SECONDS, self.log)
        self._process.wait(END_SECONDS)

    def cut_off(self) -> None:
        """Stop everything that runs on it: silent, with every connection open."""
        self._send(signal.SIGSTOP)

    def come_back(self) -> None:
        self._send(signal.SIGCONT)

    def hold(self) -> int | None:
        """Stop a trial's process that is in the middle of a step: its trial cannot end. Its id."""
        for pid in self.runs(TRAINING):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                if pid in self.runs(TRAINING):
                    return pid
                os.kill(pid, signal.SIGCONT)
        return None

    def runs(self, *words: str) -> list[int]:
        """Its processes whose command line or environment holds the words."""
        return processes(self._mark, *words)

    def _send(self, number: int) -> bool:
        """Send a signal to everything that runs on it; whether there was anything."""
        found = self.runs()
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return bool(found)


class RayNodes:
    """The head, which runs runners and no trials, and the nodes that joined it, by their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started = 0
        self._dashboard, self._port = free_port(), free_port()
        self.token = secrets.token_hex(32)
        self.url = f"http://127.0.1.1:{self._dashboard}"
        self._environment = {
            # As when somebody has activated the environment before `ray start`.
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self.token,
            "RAY_JOB_STOP_SIGNAL": "SIGINT",
            "RAY_JOB_STOP_WAIT_TIME_S": "20",
            **SENSES,
        }
        self.nodes: dict[str, RayNode] = {}

    def start_head(self) -> None:
        """Start the head, which the nodes join."""
        options = ["--head", "--node-ip-address", "127.0.1.1", "--port", str(self._port)]
        options += ["--dashboard-host", "127.0.1.1", "--dashboard-port", str(self._dashboard)]
        options += ["--ray-client-server-port", str(free_port()), "--num-cpus", "0"]
        self._start("head", options)

    def join(self, name: str, *options: str) -> RayNode:
        """Start a node that joins the head, at an address that no other has had."""
        joining = ["--address", f"127.0.1.1:{self._port}", "--num-cpus", str(CPUS)]
        joining += ["--resources", json.dumps(DESK)]
        address = f"127.0.1.{2 + self._started}"
        return self._start(name, [*joining, "--node-ip-address", address, *options])

    def await_nodes(self, count: int) -> None:
        """Until Ray takes as many nodes for alive."""

        def there() -> bool:
            with suppress(httpx.TransportError, ValueError, KeyError, TypeError):
                return len(self.alive()) == count
            return False

        wait_until(there, START_SECONDS, self.log)

    def alive(self) -> dict[str, str]:
        """Ids of the nodes that Ray takes for alive, by address."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.url}/api/v0/nodes?detail=1"
        reply = httpx.get(url, headers=headers, trust_env=False, timeout=15).json()
        nodes = reply["data"]["result"]["result"]
        return {n["node_ip"]: n["node_id"] for n in nodes if n["state"] == "ALIVE"}

    def log(self) -> str:
        return "\n".join(f"--- {name}\n{node.log()}" for name, node in self.nodes.items())

    def kill(self) -> None:
        for node in self.nodes.values():
            node.kill()

    def _start(self, name: str, options: list[str]) -> RayNode:
        self._started += 1
        node = RayNode(self._folder / f"{name}-{self._started}", options, self._environment)
        self.nodes[name] = node
        return node


def hold_trials(*nodes: RayNode) -> list[int]:
    """Stop a trial's process in the middle of a step on each of the nodes; their ids."""
    held: dict[RayNode, int] = {}

    def on_each() -> bool:
        for node in nodes:
            if node not in held and (pid := node.hold()) is not None:
                held[node] = pid
        return len(held) == len(nodes)

    # A step is short.
    wait_until(
        on_each,
        TRAINING_SECONDS,
        lambda: "\n".join(node.log() for node in nodes),
        glance_seconds=0.02,
    )
    return [held[node] for node in nodes]


@contextmanager
def ray_nodes(*joining: str) -> Iterator[RayNodes]:
    """A head and the named nodes, all on their way up."""
    # Ray's sockets live below, and a socket's path has at most 107 characters.
    folder = Path(mkdtemp(prefix="tclsearch-nodes-"))
    cluster = RayNodes(folder)
    try:
        cluster.start_head()
        for name in joining:
            cluster.join(name)
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)
