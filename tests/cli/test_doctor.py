"""`tclsearch doctor`: on the machine of a deployment, against a service, and on a cluster."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.team.access import Role
from tclsearch.main import main
from tests.api.served import Dispatcher, Served, serving
from tests.chaos.fake_ray import TOKEN, FakeRay
from tests.e2e import service_process
from tests.e2e.service_process import wait_until
from workers.cluster.head import known_head
from workers.datasets import store
from workers.datasets.prepared import Prepared

Findings = dict[str, dict[str, str]]
Doctor = Callable[..., tuple[int, Findings]]


@pytest.fixture
def doctor(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Doctor:
    """Runs the command; its status, and what is not well, by check."""
    for name in ("URL", "TOKEN", "RAY_ADDRESS"):
        monkeypatch.delenv(f"TCLSEARCH_{name}", raising=False)

    def run(*arguments: object) -> tuple[int, Findings]:
        status = main(["doctor", "--json", *map(str, arguments)])
        said = json.loads(capsys.readouterr().out)
        assert said["healthy"] == (status == 0)
        return status, {f["check"]: f for f in said["findings"] if f["level"] != "ok"}

    return run


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Served]:
    """A service with a dispatcher, whose data directory is at hand."""
    with serving(tmp_path / "data", webhook_targets=[]) as served:
        Dispatcher.of(served).beat()
        yield served


def test_a_deployment_that_is_well(here: Served, doctor: Doctor):
    assert doctor("--data-dir", here.data_dir) == (0, {})


def test_people_are_told_what_to_do(here: Served, capsys: pytest.CaptureFixture[str]):
    (here.data_dir / "admin-token").chmod(0o644)
    assert main(["doctor", "--data-dir", str(here.data_dir)]) == 1
    said = capsys.readouterr().out
    assert "error  tokens.file: " in said
    assert f"→ chmod 600 {here.data_dir / 'admin-token'}" in said
    assert "1 error" in said


def test_a_service_elsewhere_tells_the_same(here: Served, doctor: Doctor):
    token = here.person(Role.ADMIN).headers["Authorization"].removeprefix("Bearer ")
    there = ("--url", here.url, "--token", token)
    assert doctor(*there) == (0, {})
    shutil.rmtree(here.data_dir / "artifacts")
    (here.data_dir / "artifacts").write_text("in the way")
    status, found = doctor(*there)
    assert status == 1
    assert found["artifacts.store"]["mend"]
    (here.data_dir / "artifacts").unlink()


def test_nothing_was_ever_served_here(tmp_path: Path, doctor: Doctor):
    status, found = doctor("--data-dir", tmp_path)
    assert (status, found.keys()) == (1, {"database.reachable"})
    assert not (tmp_path / "tclsearch.db").exists()


def test_a_database_is_migrated_before_anything_is_served(
    tmp_path: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # a command's log takes it
    assert main(["migrate", "--data-dir", str(tmp_path)]) == 0
    found = doctor("--data-dir", tmp_path)[1]
    assert "dispatcher.heartbeat" in found
    assert not {"database.reachable", "database.migrations"} & found.keys()
    assert main(["migrate", "--data-dir", str(tmp_path), "--database-url", "none"]) == 1


def test_variables(here: Served, doctor: Doctor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TCLSEARCH_LEASE_SECOND", "60")
    status, found = doctor("--data-dir", here.data_dir)
    assert (status, found["settings.unknown"]["level"]) == (0, "warning")
    assert "TCLSEARCH_LEASE_SECOND" in found["settings.unknown"]["what"]
    monkeypatch.setenv("TCLSEARCH_LEASE_SECONDS", "long")
    status, found = doctor("--data-dir", here.data_dir)
    assert status == 1
    assert "must be a number" in found["settings"]["what"]


def test_a_data_set_whose_files_have_changed(here: Served, doctor: Doctor):
    pictures, labels = np.zeros((20, 8, 8, 1), np.uint8), np.arange(20, dtype=np.int64) % 2
    prepared = Prepared(pictures, labels, pictures, labels, ("a", "b"), "a test")
    store.install(here.data_dir, "folder-mine", prepared)
    assert doctor("--data-dir", here.data_dir) == (0, {})
    place = here.data_dir / "datasets" / "folder-mine"
    array = next(place.glob("*.npy"))
    array.write_bytes(array.read_bytes()[:-1] + b"?")
    found = doctor("--data-dir", here.data_dir)[1]
    assert "folder-mine" in found["datasets.hash"]["why"]


class ProbedRay(FakeRay):
    """Runs what is submitted as it is, and says that it is of some version."""

    version = importlib.metadata.version("ray")
    flags: tuple[str, ...] = ()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if path == "/api/version":
            return 200, {"ray_version": self.version}
        if path.endswith("/logs"):
            return 200, {"logs": self.said}
        return super().answer(method, path, body)

    def _submit(self, body: Any) -> tuple[int, Any]:
        command = [sys.executable, *self.flags, *body["entrypoint"].split()[1:]]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        self.said = ran.stdout + ran.stderr
        self._jobs[body["submission_id"]] = Ended(ran.returncode)
        return 200, {}


class Ended:
    def __init__(self, status: int) -> None:
        self.exitcode = status

    def kill(self) -> None: ...


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProbedRay]:
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    with ProbedRay.running() as ray:
        assert isinstance(ray, ProbedRay)
        yield ray


@contextmanager
def on(here: Served, ray: FakeRay) -> Iterator[tuple[object, ...]]:
    yield "--data-dir", here.data_dir, "--url", here.url, "--ray-address", ray.url


def test_a_cluster_that_is_well(here: Served, ray: ProbedRay, doctor: Doctor):
    with on(here, ray) as there:
        assert doctor(*there) == (0, {})
    assert not ray._jobs, "the probe's record is deleted"


def test_a_cluster_of_another_version(here: Served, ray: ProbedRay, doctor: Doctor):
    ray.version = "2.59.1"
    with on(here, ray) as there:
        status, found = doctor(*there)
    assert (status, found.keys()) == (1, {"cluster.ray"})
    assert "2.59.1" in found["cluster.ray"]["mend"]


def test_a_cluster_that_does_not_reach_the_service(here: Served, ray: ProbedRay, doctor: Doctor):
    with on(here, ray) as (*there, flag, url):
        status, found = doctor(*there[:2], "--url", "http://127.0.0.1:9", flag, url)
    assert (status, found.keys()) == (1, {"cluster.url"})
    assert "Connection refused" in found["cluster.url"]["what"]


def test_a_cluster_whose_token_is_another(
    here: Served, ray: ProbedRay, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "mine")
    with on(here, ray) as there:
        status, found = doctor(*there)
    assert (status, found.keys()) == (1, {"cluster.ray"})
    assert "answered 401" in found["cluster.ray"]["what"]


def test_a_cluster_without_our_packages(here: Served, ray: ProbedRay, doctor: Doctor):
    ray.flags = ("-S",)  # without what is installed
    with on(here, ray) as there:
        status, found = doctor(*there)
    assert status == 1
    assert "torch" in found["cluster.packages"]["what"]


@pytest.mark.slow
def test_a_real_cluster(tmp_path: Path, doctor: Doctor):
    with service_process.serving(tmp_path / "data") as service:
        here = ("--data-dir", service.data_dir, "--url", service.url)
        wait_until(lambda: "dispatcher.heartbeat" not in doctor(*here)[1], 90.0, service.log)
        assert doctor(*here) == (0, {})
        head = known_head(service.data_dir)
        assert head is not None
        found = doctor(*here[:2], "--url", "http://127.0.0.1:9")[1]
        assert found.keys() == {"cluster.url"}
    assert "nobody answers" in doctor(*here)[1]["cluster.ray"]["what"]
