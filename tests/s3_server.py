"""A real server of S3 (SeaweedFS), in a process of its own."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PROGRAM = Path(sys.executable).with_name("weed")
BUCKET = "tclsearch-tests"
ACCESS_KEY = "tests"
SECRET_KEY = "canary-secret-key-7319"
PORTS = ("master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc")
START_SECONDS = 60.0

_prefixes = (f"s3://{BUCKET}/run-{number}" for number in count())


@dataclass(frozen=True, slots=True)
class S3Server:
    """endpoint: its URL. client: of its bucket's owner, for what a test does behind our back."""

    endpoint: str
    client: Any

    def address(self) -> str:
        """An address in its bucket that nobody has used."""
        return next(_prefixes)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """The server, with one empty bucket; its credentials are in the environment meanwhile."""
    with (
        TemporaryDirectory(prefix="tclsearch-s3-") as folder,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        environment.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("AWS_CONFIG_FILE", "/dev/null")
        environment.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
        with _started(Path(folder), ports) as process:
            endpoint = f"http://127.0.0.1:{ports['s3']}"
            config = Config(signature_version="s3v4", retries={"total_max_attempts": 1})
            client = boto3.client("s3", endpoint_url=endpoint, config=config)
            _await(client, process, Path(folder))
            yield S3Server(endpoint, client)
            client.close()


@contextmanager
def _started(folder: Path, ports: dict[str, int]) -> Iterator[subprocess.Popen[bytes]]:
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "identities.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    command = [
        *(str(PROGRAM), "server", f"-dir={folder / 'data'}", "-s3"),
        *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"),
        *("-volume.max=8", "-master.volumeSizeLimitMB=64"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false"),
        f"-s3.config={folder / 'identities.json'}",
        *(f"-filer.localSocket={folder / 'filer'}", f"-s3.localSocket={folder / 's3'}"),
    ]
    for name, port in ports.items():
        service, _, kind = name.partition(".")
        command.append(f"-{service}.port{kind and '.' + kind}={port}")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env={"TMPDIR": str(folder)}
        )
    try:
        yield process
    finally:
        # What it holds is thrown away, and its own way of stopping takes half a minute.
        process.kill()
        process.wait()
        # It puts these there whatever TMPDIR says.
        for port in ports.values():
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


def _await(client: Any, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until the bucket is there and takes an object: the server's parts come up one by one."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with suppress(ClientError):  # not yet, or since the last round
                client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="first", Body=b"first")
        except (BotoCoreError, ClientError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace")
                raise AssertionError(f"the S3 server did not start: {log[-2000:]}") from error
            time.sleep(0.1)
        else:
            return


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)
        ]
        return [each.getsockname()[1] for each in sockets]
