"""Logs tell what their lines belong to, and no secrets, whatever way they come in."""

import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from observing.logs import JsonFormatter, blot, start_logging
from service.team.access import runner_token
from tests.api.served import SPEC, Dispatcher, serving

CANARY = "canary-5512"
TOKEN = "tcl_" + CANARY + "x" * 40
RUNNER, _ = runner_token("job_" + "0" * 32, 12)


@pytest.mark.parametrize(
    ("text", "blotted"),
    [
        (f"Bearer {TOKEN}", "Bearer tcl_***"),
        (f"{{'token': '{TOKEN}'}}", "{'token': 'tcl_***'}"),
        # A name of its own: the token is another one in every process that collects this.
        pytest.param(RUNNER, f"tcr_job_{'0' * 32}_12_***", id="a runner's token"),
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
        "from observing.logs import start_logging\n"
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


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What this process logs meanwhile, as JSON."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("service")
    logger.addHandler(handler)
    before = logger.level
    # Not by assignment: what loggers remember of their level is forgotten by this alone.
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_json_lines_tell_request_and_job(tmp_path: Path, written: io.StringIO) -> None:
    with serving(tmp_path) as served:
        client = served.person()
        job_id = client.post("/jobs", json=SPEC).json()["id"]
        reply = client.post(f"/jobs/{job_id}/cancel")
        refused = client.delete("/jobs/job_1")
        client.get(f"/jobs/{job_id}")
        token = client.headers["Authorization"].removeprefix("Bearer ")
        client.post(f"/jobs/{token}/cancel")
        Dispatcher.of(served).beat()
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    asked = [line for line in lines if line["logger"] == "service.api.envelope"]
    assert [line["message"] for line in asked] == [
        "POST /api/v1/jobs answered 201",
        f"POST /api/v1/jobs/{job_id}/cancel answered 202",
        "DELETE /api/v1/jobs/job_1 answered 404",
        "POST /api/v1/jobs/tcl_***/cancel answered 404",
    ]
    cancelled, deleted = asked[1:3]
    assert cancelled["job_id"] == job_id
    assert cancelled["request_id"] == reply.headers["X-Request-Id"]
    assert deleted["request_id"] == refused.json()["request_id"]
    assert all(line["time"] and line["level"] == "info" for line in asked)
    assert token not in written.getvalue()


PROGRAM = """
import logging, sys, threading
from observing.context import always, during
from observing.logs import start_logging
start_logging()
always(job_id="job_1")
with during(trial=3):
    with during(attempt=2):
        logging.warning("within %s", sys.argv[1])
    threading.Thread(target=logging.warning, args=("a thread",)).start()
try:
    raise OSError(sys.argv[1])
except OSError:
    logging.exception("trouble")
"""


@pytest.mark.parametrize("form", ["json", "text"])
def test_every_line_tells_what_it_belongs_to(form: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, TOKEN],
        env={**os.environ, "TCLSEARCH_LOG": form},
        capture_output=True,
        text=True,
        check=True,
    )
    assert CANARY not in ran.stderr
    if form == "text":
        assert "WARNING:root:within tcl_*** [job_id=job_1 trial=3 attempt=2]\n" in ran.stderr
        return
    within, thread, trouble = map(json.loads, ran.stderr.splitlines())
    assert within["message"] == "within tcl_***"
    assert (within["job_id"], within["trial"], within["attempt"]) == ("job_1", 3, 2)
    assert (thread["message"], "trial" in thread) == ("a thread", False)
    assert "OSError: tcl_***" in trouble["error"]


def test_a_form_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TCLSEARCH_LOG", "xml")
    with pytest.raises(ValueError, match="must be text or json, not 'xml'"):
        start_logging()


LOGS_FOR_EVER = (
    "import logging\n"
    "from observing.logs import start_logging\n"
    "start_logging(most_bytes=1000)\n"
    "for number in range(200):\n    logging.info('record %d', number)\n"
)


def logged(path: Path, mode: str) -> str:
    with path.open(mode) as file:
        subprocess.run([sys.executable, "-c", LOGS_FOR_EVER], stderr=file, check=True)
    return path.read_text()


def test_a_file_that_is_appended_to_is_begun_anew_when_it_is_large(tmp_path: Path) -> None:
    path = tmp_path / "job-driver.log"
    path.write_text("what somebody else wrote\n" * 100)
    text = logged(path, "a")
    assert len(text) < 1100
    assert text.endswith("record 199\n")
    assert "somebody else" not in text


def test_any_other_file_is_left_alone(tmp_path: Path) -> None:
    # Begun anew, it would have a hole as large as all that was written before.
    text = logged(tmp_path / "redirected.log", "w")
    assert text.count("record") == 200
