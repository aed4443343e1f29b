"""A whole search that is measured on somebody's device, by its agent, on a real Ray."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.service_process import ServiceProcess, wait_until

SPEC: dict[str, Any] = {
    "version": 1,
    "name": "for the phone",
    "dataset": {"name": "digits", "train_size": 200},
    "space": {"preset": "tiny"},
    "budget": {"trials": 2, "training_epochs": 1, "trial_seconds": 60},
    "sampler": {"name": "random", "seed": 1},
    "latency": {"profile": "phone"},
    "exports": ["onnx-int8"],
}


@contextmanager
def agent(service: ServiceProcess) -> Iterator[None]:
    command = [sys.executable, "-m", "tclsearch.main", "device", "agent", "--profile", "phone"]
    environment = {
        **os.environ,
        "TCLSEARCH_URL": service.url,
        "TCLSEARCH_TOKEN": service.token,
        "TCLSEARCH_DATA_DIR": str(service.data_dir),
    }
    process = subprocess.Popen(command, env=environment)
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_search_waits_for_the_device_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path / "data", device_alive_seconds="4")
    service.start()
    try:
        with httpx.Client(
            base_url=f"{service.url}/api/v1",
            headers={"Authorization": f"Bearer {service.token}"},
            trust_env=False,
            timeout=30,
        ) as client:
            with agent(service):
                wait_until(lambda: bool(client.get("/devices").json()["items"]), 60, service.log)
            # Nobody measures now: what is posted waits, for its slot or in its first trial.
            posted = client.post("/jobs", json=SPEC).raise_for_status().json()
            path = f"/jobs/{posted['id']}"

            def why() -> list[str]:
                return [job["why"] for job in client.get("/queue").json()["queued"]]

            wait_until(lambda: why() == ["device_away"], 90, service.log)
            with agent(service):
                wait_until(lambda: client.get(path).json()["finished_at"], 240, service.log)
            job = client.get(path).json()
            trials = client.get(f"{path}/trials").json()["items"]
            models = client.get(f"{path}/front").json()["models"]
    finally:
        service.stop()
    assert job["state"] == "succeeded", job
    assert [trial["state"] for trial in trials] == ["complete"] * 2
    assert models
    assert all(model["values"]["latency_ms"] > 0 for model in models)
