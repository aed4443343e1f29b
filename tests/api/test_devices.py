"""A device's agent as a real process, on a real service: what it measures, and how it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.db.tables import MeasurementRow
from service.team.access import Role, Scope, create_token
from tests.api.served import Dispatcher, Runner, Served, serving, spec
from tests.api.test_bad_input import problem_of
from tests.chaos.cluster import wait_for
from workers.models.latency import REFERENCE
from workers.networks.building import as_onnx, build

ROOT = Path(__file__).parents[2]
HEAVY = ("fastapi", "httpx", "onnx", "optuna", "pydantic", "ray", "sqlalchemy", "torch")
ALONE = f"""
import runpy, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY}:
            raise ImportError(name + " is not on this device")

sys.meta_path.insert(0, Blocked())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
SYSTEM = {"machine": "m", "system": "s", "python": "3", "onnxruntime": "1", "cpus": 1}
PHONE = spec(latency={"profile": "phone"})


def agent_token(served: Served) -> str:
    with served.parts.database.write() as session:
        at = served.parts.clock.now(session)
        given = {"name": "phone", "team": "default", "role": Role.EDITOR}
        return create_token(session, **given, at=at, scopes=[Scope.DEVICE])[1]


@contextmanager
def agent(
    served: Served, url: str | None = None, stderr: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The agent's one file, run where nothing else of ours can be imported."""
    file = served.data_dir / "copied" / "agent.py"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes((ROOT / "workers" / "device_agent.py").read_bytes())
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment["TCLSEARCH_TOKEN"] = agent_token(served)
    command = [sys.executable, "-P", "-c", ALONE, str(file)]
    process = subprocess.Popen(
        [*command, "--url", url or served.url, "--profile", "phone"],
        env=environment,
        cwd=file.parent,
        stderr=stderr,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(asked: Callable[[], Any]) -> Any:
    return wait_for(asked, 60.0)


def devices(served: Served) -> list[dict[str, Any]]:
    reply = served.person(Role.VIEWER).get("/devices").raise_for_status()
    items: list[dict[str, Any]] = reply.json()["items"]
    return items


def register(served: Served, name: str = "by hand") -> dict[str, Any] | None:
    """Claim as an agent would; the task."""
    body = {"agent": name, "profile": "phone", "system": SYSTEM}
    reply = served.client(agent_token(served)).post("/device/claim", json=body)
    task: dict[str, Any] | None = reply.raise_for_status().json()["task"]
    return task


def runner_of(served: Served) -> Runner:
    job_id = served.person().post("/jobs", json=PHONE).raise_for_status().json()["id"]
    return Dispatcher.of(served).claim(job_id)


def measured(runner: Runner, document: bytes) -> dict[str, Any]:
    """What a trial hears that waits for a model."""
    reference = as_onnx(build(REFERENCE), REFERENCE, 1)
    files = [runner._upload(document), runner._upload(reference)]
    body = {"epoch": runner.epoch, "subject": files[0], "model": files[0], "reference": files[1]}
    reply: dict[str, Any] = runner.client.post("/measure", json=body).raise_for_status().json()
    return reply


def test_the_agent_alone_measures_a_model_and_ends_when_told(alone: Served) -> None:
    document = as_onnx(build(REFERENCE), REFERENCE)
    with agent(alone) as process:
        (device,) = until(lambda: devices(alone))
        assert (device["profile"], device["alive"]) == ("phone", True)
        runner = runner_of(alone)
        found = until(lambda: measured(runner, document)["latency"])
        assert 0 < found["min"] <= found["median"] <= found["p90"]
        assert found["runs"] >= 50
        # The very reference, so that it must be about as fast as itself.
        assert found["min"] < 10 * found["reference"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_model_that_no_runtime_runs_is_refused_and_the_agent_goes_on(alone: Served) -> None:
    with agent(alone):
        until(lambda: devices(alone))
        runner = runner_of(alone)
        failed = until(lambda: measured(runner, b"no model")["failed"])
        assert "Protobuf" in failed or "InvalidProtobuf" in failed or "onnx" in failed.lower()
        assert until(lambda: measured(runner, as_onnx(build(REFERENCE), REFERENCE))["latency"])


def test_what_a_killed_agent_measured_is_measured_by_the_next(tmp_path: Path) -> None:
    document = as_onnx(build(REFERENCE), REFERENCE)
    with serving(tmp_path, device_lease_seconds=2.0) as served:
        register(served)
        runner = runner_of(served)
        measured(runner, document)
        with agent(served) as first:
            # An agent holds it as soon as nobody else is given it.
            until(lambda: leased(served))
            first.kill()
            first.wait()
        assert measured(runner, document) == {"latency": None, "failed": None}
        with agent(served):
            assert until(lambda: measured(runner, document)["latency"])


def leased(served: Served) -> bool:
    with served.parts.database.read() as session:
        return "leased" in session.scalars(select(MeasurementRow.state)).all()


def test_a_profile_that_never_registered_is_refused_by_name(alone: Served) -> None:
    problem = problem_of(alone.person().post("/jobs", json=PHONE), 422, "invalid")
    (error,) = problem["errors"]
    assert error["pointer"] == "/latency/profile"
    assert "tclsearch device agent --profile phone" in error["message"]
    register(alone)
    alone.person().post("/jobs", json=PHONE).raise_for_status()
    problem_of(alone.person(team="others").post("/jobs", json=PHONE), 422, "invalid")


@pytest.mark.parametrize("path", ["/device/claim", "/device/measurements/x/report"])
def test_only_a_token_for_devices_or_an_editors_opens_the_agents_routes(
    served: Served, path: str
) -> None:
    lease = {"agent": "a", "attempt": 1}
    latency = {"min": 1, "median": 1, "p90": 1, "runs": 1, "reference": 1}
    body: dict[str, Any] = {**lease, "latency": latency}
    if path.endswith("claim"):
        body = {"agent": "a", "profile": "phone", "system": SYSTEM}
    assert served.client().post(path, json=body).status_code == 401
    assert served.person(Role.VIEWER).post(path, json=body).status_code == 403
    expected = 200 if path.endswith("claim") else 409
    assert served.person(Role.EDITOR).post(path, json=body).status_code == expected
    own = served.client(agent_token(served))
    assert own.post(path, json=body).status_code == expected
    assert own.get("/jobs").status_code == 403


def test_the_agent_waits_for_a_service_that_is_away_and_ends_for_a_bad_token(
    served: Served,
) -> None:
    with agent(served, "http://127.0.0.1:9", subprocess.PIPE) as waiting:
        assert waiting.stderr is not None
        until(lambda: b"the service is away" in waiting.stderr.readline())
        waiting.send_signal(signal.SIGTERM)
        assert waiting.wait(30) == 0
        waiting.stderr.close()
    environment = {**os.environ, "TCLSEARCH_TOKEN": "tcl_bad", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tclsearch.main", "device", "agent"]
    ended = subprocess.run(
        [*command, "--url", served.url, "--profile", "phone"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "401" in ended.stderr
