"""A Ray head of our own: on loopback, behind a token, outliving a dispatcher that is killed.

The head's whereabouts are kept in a file (0600), so that the next dispatcher on the same data
directory adopts it, running jobs included, instead of starting another.
"""

import contextlib
import hashlib
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
START_SECONDS = 90.0
STOP_SECONDS = 20.0
JOB_STOP_SECONDS = 20
"""How long a stopped runner has between SIGINT and SIGKILL."""
LOG_BYTES = 32 * 1024 * 1024
LOGS_KEPT_SECONDS = 86_400.0
LOGS_OF_JOBS = ("job-driver-*", "worker-*", "python-core-*")
OBJECT_STORE_BYTES = 200_000_000
"""Trials read their data from files and exchange short messages; Ray's default is a third of RAM."""


class HeadFailed(RuntimeError):
    """Ray did not start, or does not ask for its token."""


@dataclass(frozen=True, slots=True)
class RayHead:
    """Where a Ray cluster's job API is, and what it takes to talk to it.

    pid: of the process that holds a head of ours together; None for a cluster that is not ours.
    logs: directory of what our head and its runners print.
    """

    dashboard_url: str
    token: str = field(repr=False)
    pid: int | None = None
    logs: str | None = None

    def answers(self, *, with_token: bool) -> int | None:
        """HTTP status of the job API; None when nobody answers."""
        headers = {"Authorization": f"Bearer {self.token}"} if with_token else {}
        try:
            # A proxy from the environment must not see a token meant for loopback.
            with httpx.Client(timeout=5.0, trust_env=False) as http:
                return http.get(f"{self.dashboard_url}/api/jobs/", headers=headers).status_code
        except httpx.TransportError:
            return None


def ray_token(environment: Mapping[str, str]) -> str:
    """The token of a cluster that is not ours, by the variables that Ray itself reads."""
    token, path = environment.get("RAY_AUTH_TOKEN", ""), environment.get("RAY_AUTH_TOKEN_PATH")
    return token or (Path(path).read_text().strip() if path else "")


def known_head(data_dir: Path) -> RayHead | None:
    """The head that was started last on this data directory, whether it still runs or not."""
    return _read(data_dir / "ray" / "head.json")


def require_token_authentication(head: RayHead) -> None:
    """Refuse a cluster that anyone may run code on.

    Raises:
        HeadFailed: the job API answers without a token, or not with ours.
    """
    if head.answers(with_token=False) not in (401, 403):
        raise HeadFailed(
            f"{head.dashboard_url} answers without a token: start Ray with RAY_AUTH_MODE=token"
        )
    if head.answers(with_token=True) != 200:
        raise HeadFailed(f"{head.dashboard_url} does not accept the token in RAY_AUTH_TOKEN")


def adopt_or_start(data_dir: Path, cpus: int) -> RayHead:
    """The head of this data directory: the one that runs already, or a new one.

    Raises:
        HeadFailed: Ray did not come up within START_SECONDS.
    """
    whereabouts = data_dir / "ray" / "head.json"
    adopted = known_head(data_dir)
    if adopted is not None and adopted.answers(with_token=True) == 200:
        logger.info("adopted the Ray head of process %s", adopted.pid)
        return adopted
    if adopted is not None:
        stop(adopted)
    head, process = _launch(data_dir, cpus)
    _write(whereabouts, head)
    try:
        _await(lambda: head.answers(with_token=True) == 200, process)
        require_token_authentication(head)
    except HeadFailed:
        stop(head)
        raise
    return head


def stop(head: RayHead) -> None:
    """Stop a head of ours and everything that runs on it; one that is gone already is no fault."""
    if head.pid is None or not _is_ray(head.pid):
        return
    # Nothing of Ray's is worth a farewell: runners have given their jobs up, or lose them by
    # lease; a raylet that is asked politely waits 15 s for a GCS that is gone.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(head.pid, signal.SIGKILL)
    if not _gone(head, STOP_SECONDS):
        logger.warning("processes of the Ray head %s are still there", head.pid)


def has_died(head: RayHead) -> bool:
    """Whether a head of ours is gone; one that is not ours may come back."""
    return head.pid is not None and not _is_ray(head.pid)


def trim_logs(head: RayHead) -> None:
    """Delete what runners and trials printed that ended long ago; Ray keeps it for ever."""
    if head.logs is None:
        return
    before = time.time() - LOGS_KEPT_SECONDS
    for pattern in LOGS_OF_JOBS:
        for path in Path(head.logs).glob(pattern):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()


def _launch(data_dir: Path, cpus: int) -> tuple[RayHead, subprocess.Popen[bytes]]:
    token = secrets.token_hex(32)
    port, dashboard, client, agent = _free_ports(4)
    # Ray's sockets live below this directory, and a socket's path has at most 107 characters.
    name = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
    temporary = Path("/tmp") / f"tclsearch-ray-{os.getuid()}-{name}"  # noqa: S108  made 0700 below
    temporary.mkdir(mode=0o700, exist_ok=True)
    for session in temporary.glob("session_2*"):
        # Of a head that is gone.
        shutil.rmtree(session, ignore_errors=True)
    command = [
        *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"),
        *("--node-ip-address", LOOPBACK, "--port", str(port)),
        *("--dashboard-host", LOOPBACK, "--dashboard-port", str(dashboard)),
        *("--dashboard-agent-listen-port", str(agent), "--ray-client-server-port", str(client)),
        *("--num-cpus", str(cpus), "--object-store-memory", str(OBJECT_STORE_BYTES)),
        *("--temp-dir", str(temporary), "--include-log-monitor", "false"),
        "--disable-usage-stats",
    ]
    log_path = data_dir / "ray" / "head.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  a fixed command
            command,
            env={**os.environ, **_head_environment(token)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    logs = str(temporary / "session_latest" / "logs")
    return RayHead(f"http://{LOOPBACK}:{dashboard}", token, process.pid, logs), process


def _head_environment(token: str) -> dict[str, str]:
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
        # Otherwise `ray start` turns 127.0.0.1 into the machine's outward address and listens there.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        # Tune's driver must hear of a stop in time to record what is under way.
        "RAY_JOB_STOP_SIGNAL": "SIGINT",
        "RAY_JOB_STOP_WAIT_TIME_S": str(JOB_STOP_SECONDS),
        # What a worker prints is cut at this, one older file is kept.
        "RAY_ROTATION_MAX_BYTES": str(LOG_BYTES),
        "RAY_ROTATION_BACKUP_COUNT": "1",
        # A token in a proxy's hands would be one too many.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def _await(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None:
            raise HeadFailed(f"Ray ended with status {process.returncode}; see ray/head.log")
        if time.monotonic() > deadline:
            raise HeadFailed(f"Ray did not come up within {START_SECONDS:.0f} s; see ray/head.log")
        time.sleep(0.2)


def _gone(head: RayHead, within_seconds: float) -> bool:
    """Kill what runs on a dead head outside its group, until nothing is left; whether it is so."""
    assert head.pid is not None
    deadline = time.monotonic() + within_seconds
    while _group_lives(head.pid) or _kill_carriers(head.token):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _kill_carriers(token: str) -> int:
    """Kill the processes with a head's token in their environment; how many there were.

    Ray gives its workers groups, and its drivers sessions of their own: a runner that nobody waits
    for would go on for as long as it tries to reach a control plane that is gone.
    """
    mark, found = f"RAY_AUTH_TOKEN={token}".encode(), 0
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
                found += 1
    return found


def _group_lives(pid: int) -> bool:
    # Our own child must be reaped, or its group lives on as a zombie.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _is_ray(pid: int) -> bool:
    """Whether the process is still ours: numbers are used again."""
    try:
        return b"ray.scripts.scripts" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for free in sockets:
            free.bind((LOOPBACK, 0))
        return [int(free.getsockname()[1]) for free in sockets]


def _read(whereabouts: Path) -> RayHead | None:
    try:
        return RayHead(**json.loads(whereabouts.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _write(whereabouts: Path, head: RayHead) -> None:
    temporary = whereabouts.with_suffix(".new")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(asdict(head)))
    temporary.replace(whereabouts)
