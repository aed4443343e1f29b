"""A trial that fails, in whatever way, ends with its own reason; the search goes on."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from service.protocol import Beat, ClaimRequest, Node
from tests.chaos.faulty_runner import FAULTS
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
    with serving(tmp_path / "data", "--no-dispatcher") as service:
        job_id = service.post_job(
            dataset={"name": "digits"},
            space={"preset": "tiny"},
            budget={"trials": len(FAULTS) + GOOD_TRIALS, "training_epochs": 2},
            early_stopping={"name": "none"},
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
            env={**os.environ, **environment.variables()},
            timeout=360,
            capture_output=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr[-4000:].decode()
        job, trials = service.job(job_id), service.trials(job_id)

    assert (job["state"], job["reason"]) == ("succeeded", "budget_spent")
    for trial, fault in zip(trials, FAULTS, strict=False):
        assert (trial["state"], trial["reason"]) == ("failed", REASONS[fault]), (fault, trial)
    good = trials[len(FAULTS) :]
    assert [trial["state"] for trial in good] == ["complete"] * GOOD_TRIALS
    assert job["trials"]["failed"] == len(FAULTS)
