"""A trial that fails, in whatever way, ends with its own reason; the search goes on."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
import pytest

from service.protocol import Beat, ClaimRequest, Node
from tests.chaos.faulty_runner import HOG_BYTES, VARIABLE
from tests.e2e.service_process import serving
from workers.control_plane import Connection, DispatcherClient, Retry
from workers.environment import RunnerEnvironment

REASONS = {
    "raise": "exception",
    "not_a_number": "not_a_number",
    "exit": "exit",
    "segfault": "crash",
    "hang": "deadline",
    "freeze": "deadline",
    "kill": "crash",
    "memory": "out_of_memory",
}
GOOD_TRIALS = 2


@pytest.mark.timeout(400)
def test_every_fault_has_its_reason_and_the_job_succeeds(tmp_path: Path) -> None:
    budget = {"trials": len(REASONS) + GOOD_TRIALS, "training_epochs": 2}
    job, trials = searched(tmp_path, REASONS, budget)
    assert (job["state"], job["reason"]) == ("succeeded", "budget_spent")
    for trial, (fault, reason) in zip(trials, REASONS.items(), strict=False):
        assert (trial["state"], trial["reason"]) == ("failed", reason), (fault, trial)
    good = trials[len(REASONS) :]
    assert [trial["state"] for trial in good] == ["complete"] * GOOD_TRIALS
    assert job["trials"]["failed"] == len(REASONS)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_trial_ends_with_its_seconds_though_each_of_its_steps_is_quick(tmp_path: Path) -> None:
    budget = {"trials": 1, "training_epochs": 2, "trial_seconds": 2}
    job, (trial,) = searched(tmp_path, ["dawdle"], budget)
    assert (trial["state"], trial["reason"]) == ("failed", "deadline")
    assert trial["detail"] == "the trial's seconds are spent"
    assert (job["state"], job["reason"]) == ("failed", "every_trial_failed")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_process_that_ray_kills_for_memory_ends_its_trial_alone(tmp_path: Path) -> None:
    memory = psutil.virtual_memory()
    limit = (memory.total - memory.available + HOG_BYTES // 2) / memory.total
    assert limit < 1, "the test needs some GiB of memory"
    job, (hog, good) = searched(
        tmp_path,
        ["hog"],
        {"trials": 2, "training_epochs": 2},
        # Ray chooses among the trials that run.
        resources={"concurrency": 1},
        variables={
            "RAY_memory_usage_threshold": f"{limit:.3f}",
            "RAY_memory_monitor_refresh_ms": "100",
        },
    )
    assert (hog["state"], hog["reason"]) == ("failed", "out_of_memory"), hog
    assert "low on memory" in hog["detail"]
    assert good["state"] == "complete"
    assert (job["state"], job["reason"]) == ("succeeded", "budget_spent")


def searched(
    tmp_path: Path,
    faults: Iterable[str],
    budget: dict[str, Any],
    resources: dict[str, Any] | None = None,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A job whose first trials have these faults, once its runner is done, and its trials."""
    with serving(tmp_path / "data", "--no-dispatcher") as service:
        job_id = service.post_job(
            dataset={"name": "digits"},
            space={"preset": "tiny"},
            budget=budget,
            early_stopping={"name": "none"},
            **({} if resources is None else {"resources": resources}),
        )
        token = (tmp_path / "data" / "dispatcher-token").read_text().strip()
        with closing(Connection(service.url, token, Retry(within_seconds=10))) as connection:
            dispatcher = DispatcherClient(connection)
            dispatcher.beat(Beat(dispatcher="test", cluster="test", nodes=(Node(cpus=2, gpus=0),)))
            claim = dispatcher.claim(ClaimRequest(dispatcher="test", cluster="test")).claim
        assert claim is not None
        environment = RunnerEnvironment(
            url=service.url,
            token=claim.runner_token,
            job_id=job_id,
            epoch=claim.epoch,
            data_dir=str(tmp_path / "data"),
            step_seconds=25.0,
            checkpoint_seconds=15.0,
        )
        ran = subprocess.run(
            [sys.executable, "-m", "tests.chaos.faulty_runner"],
            env={
                **os.environ,
                **variables,
                **environment.variables(),
                VARIABLE: ",".join(faults),
            },
            timeout=360,
            capture_output=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr[-4000:].decode()
        return service.job(job_id), service.trials(job_id)
