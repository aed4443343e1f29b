"""Secrets are blotted out of logs, whatever way they come in."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from service.access import runner_token
from workers.logs import blot

CANARY = "canary-5512"
TOKEN = "tcl_" + CANARY + "x" * 40
RUNNER, _ = runner_token("job_" + "0" * 32, 12)


@pytest.mark.parametrize(
    ("text", "blotted"),
    [
        (f"Bearer {TOKEN}", "Bearer tcl_***"),
        (f"{{'token': '{TOKEN}'}}", "{'token': 'tcl_***'}"),
        (RUNNER, f"tcr_job_{'0' * 32}_12_***"),
        (f"whs_{CANARY}{'x' * 40}.", "whs_***."),
        (f"postgresql://me:{CANARY}@host:5432/db", "postgresql://me:***@host:5432/db"),
        (f"postgresql://me:{CANARY}/@:x@host/db", "postgresql://me:***@host/db"),
        (f"postgresql://:{CANARY}@/db?host=/run", "postgresql://:***@/db?host=/run"),
        (f"postgresql://host/db?password={CANARY}&user=me", None),
        (f"host=h password = {CANARY} dbname=d", "host=h password = *** dbname=d"),
    ],
)
def test_what_is_secret_is_blotted_out(text: str, blotted: str | None) -> None:
    assert CANARY not in blot(text)
    assert blotted in (None, blot(text))


@pytest.mark.parametrize(
    "text",
    [
        "serving http://127.0.0.1:8080; token: /data/admin-token",
        "job_0123 of tok_0123456789abcdef0123456789abcdef, tclsearch-job_1-e1",
        "tcl_search and tcr_short",
        "at 12:30:01 someone@example.org wrote",
    ],
)
def test_what_is_not_stays(text: str) -> None:
    assert blot(text) == text


def test_arguments_tracebacks_and_the_last_error_are_blotted_too() -> None:
    program = (
        "import logging, sys\n"
        "from workers.logs import start_logging\n"
        "start_logging()\n"
        "logging.info('made %s', sys.argv[1])\n"
        "try:\n    raise OSError(sys.argv[1])\n"
        "except OSError:\n    logging.exception('trouble')\n"
        "raise RuntimeError(sys.argv[1])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, TOKEN], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert CANARY not in ran.stdout + ran.stderr
    assert ran.stderr.count("tcl_***") == 3
    assert "RuntimeError" in ran.stderr


class Anything(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def careless() -> Iterator[str]:
    """A job API that asks for no token."""
    server = HTTPServer(("127.0.0.1", 0), Anything)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_dispatchers_log_is_blotted(careless: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workers.dispatcher", "--url", "http://127.0.0.1:9"]
    command += ["--data-dir", str(tmp_path), "--ray-address", f"http://me:{CANARY}@{careless}"]
    environment = {**os.environ, "TCLSEARCH_TOKEN": TOKEN, "NO_PROXY": "127.0.0.1"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "answers without a token" in ran.stderr
    assert CANARY not in ran.stdout + ran.stderr
