"""The main job from end to end, as a newcomer's first run: `python -m tclsearch.demo SPEC`.

Serves on a temporary data directory and a free port, submits the spec over HTTP, follows it,
downloads the knee of the front, and fails unless the model in the file is what the front says.
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import yaml

from searchspace.spec import JobSpec
from tclsearch.commands.jobs import post_spec
from tclsearch.connect import advise, find_token
from tclsearch.failure import CommandFailed
from tclsearch.follow import follow
from tclsearch.main import main as run_command
from tclsearch.output import open_console
from tclsearch.tables import print_front
from tclsearch.verify import reevaluate
from tclsearch_client import Client, TclsearchError
from workers.datasets.store import installed

READY_SECONDS = 120.0
STOP_SECONDS = 120.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("spec", type=Path)
    parser.add_argument(
        "--data-dir", type=Path, help="keep everything here instead of a temporary directory"
    )
    arguments = parser.parse_args()
    # A terminated demo must still stop the service that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = open_console()
    try:
        with _data_dir(arguments.data_dir) as data_dir:
            fetch_data(arguments.spec, data_dir)
            with _serving(data_dir) as url:
                console.print(f"serving {url}", highlight=False)
                with Client(url, find_token(None, data_dir)) as client:
                    _demonstrate(client, arguments.spec, data_dir)
    except (CommandFailed, TclsearchError) as error:
        told = advise(error) if isinstance(error, TclsearchError) else str(error)
        console.print(f"demo failed: {told}", style="bold red", highlight=False, markup=False)
        return 1
    console.print("demo succeeded", style="bold green")
    return 0


def _demonstrate(client: Client, spec: Path, data_dir: Path) -> None:
    console = open_console()
    job = post_spec(client, spec)
    console.print(f"posted {spec} as {job.id}", highlight=False)
    job = follow(client, job, console=console)
    if job.state != "succeeded":
        raise CommandFailed(f"the job {job.state}: {job.reason} {job.detail or ''}")
    front = client.front(job.id)
    print_front(console, front)

    knee = next(model for model in front.models if model.id == front.knee)
    checkpoint = client.download(job.id, knee.id, data_dir / "downloads")
    console.print(f"downloaded the knee, {checkpoint.name}: {checkpoint.stat().st_size:,} bytes")
    verdict = reevaluate(checkpoint, JobSpec.parse(job.spec), data_dir)
    recorded = knee.values
    console.print(
        f"rebuilt: accuracy {verdict.accuracy:.6f} (recorded {recorded['accuracy']:.6f}), "
        f"{verdict.params:,} params (recorded {recorded['params']:,})",
        highlight=False,
    )
    if verdict.accuracy != recorded["accuracy"] or verdict.params != recorded["params"]:
        raise CommandFailed("the downloaded model is not what the front says")


def fetch_data(spec: Path, data_dir: Path) -> None:
    """Bring the spec's data set into the data directory, unless it is there."""
    name = _parse(spec).dataset.name
    if (
        name not in installed(data_dir)
        and run_command(["data", "fetch", name, "--data-dir", str(data_dir)]) != 0
    ):
        raise CommandFailed(f"the data set {name} could not be fetched")


def _parse(spec: Path) -> JobSpec:
    try:
        return JobSpec.parse(yaml.safe_load(spec.read_text()))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CommandFailed(f"{spec}: {error}") from None


@contextlib.contextmanager
def _data_dir(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    temporary = Path(tempfile.mkdtemp(prefix="tclsearch-demo-"))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def _serving(data_dir: Path) -> Iterator[str]:
    """A whole service as a process of its own, stopped with everything it started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data_dir.mkdir(parents=True, exist_ok=True)
    log_path = data_dir / "serve.log"
    command = [sys.executable, "-m", "tclsearch.main", "serve", "--port", str(port)]
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  a fixed command
            command,
            env={**os.environ, "TCLSEARCH_DATA_DIR": str(data_dir)},
            stdout=log,
            stderr=log,
        )
    try:
        _await_ready(f"http://127.0.0.1:{port}", process, log_path)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _await_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz").is_success:
                return
        time.sleep(0.2)
    raise CommandFailed(f"the service did not become ready:\n{log.read_text()[-4000:]}")


if __name__ == "__main__":
    sys.exit(main())
