"""`tclsearch` as people call it, against a real service that has no dispatcher."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tclsearch.commands.serve import dispatcher_environment
from tests.e2e.service_process import ServiceProcess, serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with serving(tmp_path_factory.mktemp("service"), "--no-dispatcher") as service:
        yield service


class Shell:
    """Runs commands with the service's address in the environment."""

    def __init__(self, service: ServiceProcess) -> None:
        self._environment = {
            **os.environ,
            "TCLSEARCH_URL": service.url,
            "TCLSEARCH_DATA_DIR": str(service.data_dir),
            "COLUMNS": "200",
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tclsearch.main", *arguments],
            env={**self._environment, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def said(self, *arguments: str) -> str:
        ran = self.run(*arguments)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


@pytest.fixture
def shell(service: ServiceProcess) -> Shell:
    return Shell(service)


@pytest.fixture
def job_id(shell: Shell) -> str:
    return shell.said("submit", str(ROOT / "examples" / "digits.yaml")).strip()


def test_a_submitted_job_is_listed_shown_queued_and_cancelled(shell: Shell, job_id: str) -> None:
    assert job_id in shell.said("jobs")
    assert "digits, first job" in shell.said("show", job_id)
    assert job_id in shell.said("queue")

    assert "cancelled" in shell.said("cancel", job_id)
    assert job_id in shell.said("jobs", "--state", "cancelled")
    again = shell.run("cancel", job_id)
    assert again.returncode == 1
    assert "cancelled" in again.stderr


def test_an_empty_front_is_a_table_all_the_same(shell: Shell, job_id: str) -> None:
    assert "hypervolume 0" in shell.said("front", job_id)
    header, *rows = csv.reader(io.StringIO(shell.said("front", job_id, "--csv")))
    assert "accuracy" in header
    assert rows == []
    nothing = shell.run("download", job_id, "knee")
    assert nothing.returncode == 1
    assert "empty" in nothing.stderr


def test_watching_a_cancelled_job_ends_with_failure(shell: Shell, job_id: str) -> None:
    shell.said("cancel", job_id)
    watched = shell.run("watch", job_id)
    assert watched.returncode == 1
    assert "cancelled" in watched.stderr


def test_a_bad_spec_is_refused_field_by_field(shell: Shell, tmp_path: Path) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_text("version: 1\nname: x\ndataset: {name: digits}\nbudget: {trials: 0}\nodd: 1\n")
    refused = shell.run("submit", str(spec))
    assert refused.returncode == 1
    assert "/budget/trials" in refused.stderr
    assert "/odd" in refused.stderr


def test_a_data_set_that_is_not_here_is_refused_with_the_command_that_brings_it(
    shell: Shell, tmp_path: Path
) -> None:
    spec = tmp_path / "cifar.yaml"
    spec.write_text("version: 1\nname: x\ndataset: {name: cifar100}\n")
    refused = shell.run("submit", str(spec))
    assert refused.returncode == 1
    assert "tclsearch data fetch cifar100" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "job_nope"), "job"),
        (("submit", "no-such-file.yaml"), "no-such-file.yaml"),
        (("data", "fetch", "nope"), "unknown data set"),
    ],
)
def test_what_cannot_be_done_says_why(
    shell: Shell, arguments: tuple[str, ...], message: str
) -> None:
    failed = shell.run(*arguments)
    assert failed.returncode == 1
    assert message in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"TCLSEARCH_TOKEN": "wrong"}, "token"),
        ({"TCLSEARCH_DATA_DIR": "/nowhere"}, "no token"),
        ({"TCLSEARCH_URL": "http://127.0.0.1:9"}, "no answer from http://127.0.0.1:9"),
    ],
)
def test_who_is_not_known_or_not_there(
    shell: Shell, environment: dict[str, str], message: str
) -> None:
    failed = shell.run("jobs", **environment)
    assert failed.returncode == 1
    assert message in failed.stderr


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("show",), ("download", "a")])
def test_wrong_usage_ends_with_status_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell.run(*arguments).returncode == 2


def test_data_sets_are_listed_and_folders_registered(shell: Shell) -> None:
    listed = shell.said("data", "list")
    assert "tclsearch data fetch cifar10" in listed
    empty = shell.run("data", "register", "pets", "/nowhere")
    assert empty.returncode == 1
    assert "/nowhere" in empty.stderr


def test_a_port_that_is_taken_is_said_so(service: ServiceProcess, tmp_path: Path) -> None:
    port = service.url.rpartition(":")[2]
    command = [sys.executable, "-m", "tclsearch.main", "serve", "--no-dispatcher"]
    second = subprocess.run(
        [*command, "--port", port, "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr


def test_the_keys_of_the_control_plane_stay_with_it() -> None:
    ours = {
        "PATH": "/bin",
        "TCLSEARCH_STEP_SECONDS": "9",
        "TCLSEARCH_DATABASE_URL": "postgresql://me:canary@host/db",
        "AWS_SECRET_ACCESS_KEY": "canary",
        "AWS_SESSION_TOKEN": "canary",
        "PGPASSWORD": "canary",
    }
    inherited = dispatcher_environment(ours, "token")
    assert inherited == {
        "PATH": "/bin",
        "TCLSEARCH_STEP_SECONDS": "9",
        "TCLSEARCH_TOKEN": "token",
    }
