"""The client's commands: submit, watch and steer jobs, read fronts, download models."""

import argparse
import hashlib
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from tclsearch.client import Client, find_token
from tclsearch.failure import CommandFailed
from tclsearch.tables import (
    open_console,
    print_front,
    print_job,
    print_jobs,
    print_queue,
    progress_line,
)

ENDED = ("succeeded", "failed", "cancelled")
POLL_SECONDS = 1.0


def submit(arguments: argparse.Namespace) -> int:
    client = _client(arguments)
    job = post_spec(client, arguments.spec)
    open_console().print(job["id"], highlight=False)
    return _follow(client, job["id"]) if arguments.watch else 0


def list_jobs(arguments: argparse.Namespace) -> int:
    page = _client(arguments).get("/jobs", state=arguments.state, limit=arguments.limit)
    print_jobs(open_console(), page["items"])
    return 0


def show(arguments: argparse.Namespace) -> int:
    print_job(open_console(), _client(arguments).get(f"/jobs/{arguments.job}"))
    return 0


def watch(arguments: argparse.Namespace) -> int:
    return _follow(_client(arguments), arguments.job)


def cancel(arguments: argparse.Namespace) -> int:
    return _ask(arguments, "cancel")


def pause(arguments: argparse.Namespace) -> int:
    return _ask(arguments, "pause")


def resume(arguments: argparse.Namespace) -> int:
    return _ask(arguments, "resume")


def retry(arguments: argparse.Namespace) -> int:
    return _ask(arguments, "retry")


def front(arguments: argparse.Namespace) -> int:
    client, path = _client(arguments), f"/jobs/{arguments.job}/front"
    if arguments.csv:
        print(client.text(path, accept="text/csv"), end="")  # noqa: T201  for pipes, unformatted
    else:
        print_front(open_console(), client.get(path))
    return 0


def queue(arguments: argparse.Namespace) -> int:
    print_queue(open_console(), _client(arguments).get("/queue"))
    return 0


def download(arguments: argparse.Namespace) -> int:
    client, model = _client(arguments), arguments.model
    if model == "knee":
        model = client.get(f"/jobs/{arguments.job}/front")["knee"]
        if model is None:
            raise CommandFailed(f"the front of {arguments.job} is empty")
    path = f"/jobs/{arguments.job}/models/{model}/{arguments.format}"
    saved = save(client, path, arguments.output)
    open_console().print(str(saved), highlight=False)
    return 0


def post_spec(client: Client, spec: Path) -> Any:
    """POST a spec file as it is; the service reads YAML, of which JSON is a part."""
    try:
        body = spec.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{spec}: {error.strerror}") from None
    kind = "application/json" if spec.suffix == ".json" else "application/yaml"
    return client.post("/jobs", content=body, headers={"Content-Type": kind})


def save(client: Client, path: str, directory: Path) -> Path:
    """Download into `directory` under the server's name for it; whole and verified, or not at all.

    Raises:
        CommandFailed: the bytes do not have the digest that the service promised.
    """
    directory.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with client.stream(path) as response:
        promised = response.headers.get("ETag", "").strip('"')
        place = directory / _file_name(response.headers.get("Content-Disposition", ""))
        with tempfile.NamedTemporaryFile(dir=directory, delete=False) as temporary:
            for chunk in response.iter_bytes():
                digest.update(chunk)
                temporary.write(chunk)
    partial = Path(temporary.name)
    if re.fullmatch(r"[0-9a-f]{64}", promised) and digest.hexdigest() != promised:
        partial.unlink()
        raise CommandFailed(f"{path}: the bytes received are not those promised")
    return partial.replace(place)


def _file_name(disposition: str) -> str:
    match = re.search(r'filename="([A-Za-z0-9][A-Za-z0-9._-]*)"', disposition)
    return match[1] if match else "model.safetensors"


def _ask(arguments: argparse.Namespace, action: str) -> int:
    job = _client(arguments).post(f"/jobs/{arguments.job}/{action}")
    open_console().print(progress_line(job), highlight=False)
    return 0


def _follow(client: Client, job_id: str) -> int:
    job = follow(client, job_id, open_console())
    if job["front_size"]:
        print_front(open_console(), client.get(f"/jobs/{job_id}/front"))
    if job["state"] != "succeeded":
        raise CommandFailed(f"job {job_id} {job['state']}: {job['reason']}")
    return 0


def follow(client: Client, job_id: str, console: Console) -> Any:
    """Print a line whenever the job has got further; return it once it has ended."""
    last = ""
    while True:
        job = client.get(f"/jobs/{job_id}")
        line = progress_line(job)
        if line != last:
            console.print(f"{time.strftime('%H:%M:%S')} {line}", highlight=False)
            last = line
        if job["state"] in ENDED:
            return job
        time.sleep(POLL_SECONDS)


def _client(arguments: argparse.Namespace) -> Client:
    return Client(arguments.url, find_token(arguments.token, arguments.data_dir))
