"""SIGKILL in mid-job: of a trial, the runner, the dispatcher, the Ray head, the whole service."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.service_process import ServiceProcess, has_ended, processes, serving, wait_until

TRIALS = 8
JOB = {
    "dataset": {"name": "digits"},
    "space": {"preset": "tiny"},
    "budget": {"trials": TRIALS, "training_epochs": 3},
    "early_stopping": {"name": "none"},
}

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    data_dir = tmp_path_factory.mktemp("service")
    with serving(data_dir) as service:
        yield service
    assert processes(str(data_dir)) == [], "nothing that was started is left"


def in_mid_job(service: ServiceProcess) -> str:
    """A job with some trials finished and others still to come."""
    job_id = service.post_job(**JOB)
    service.wait_for(job_id, lambda job: 2 <= job["trials"]["finished"] < TRIALS - 2, 180)
    return job_id


def kill_all(*words: str) -> None:
    found = processes(*words)
    assert found, f"no process with {words}"
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not set(found) & set(processes(*words)), 10, lambda: f"{found} live on")


def require_exact_budget(service: ServiceProcess, job_id: str) -> dict[str, Any]:
    """Every trial of the budget ended once: none lost, none twice."""
    job = service.wait_for(job_id, has_ended, 240)
    assert (job["state"], job["reason"]) == ("succeeded", "budget_spent"), job
    trials = service.trials(job_id)
    assert [trial["number"] for trial in trials] == list(range(TRIALS))
    assert {trial["state"] for trial in trials} == {"complete"}
    front = service.call("GET", f"/jobs/{job_id}/front").json()
    assert front["models"]
    return job


def test_the_runner_is_killed(service: ServiceProcess) -> None:
    job_id = in_mid_job(service)
    kill_all("workers.runner", f"TCLSEARCH_JOB_ID={job_id}")
    job = require_exact_budget(service, job_id)
    assert job["epoch"] > 1, "another runner took over"
    assert max(trial["attempts"] for trial in service.trials(job_id)) == 2, "one was under way"


@pytest.mark.slow  # test_dispatcher_kills has many, without Ray
def test_the_dispatcher_is_killed(service: ServiceProcess) -> None:
    job_id = in_mid_job(service)
    kill_all("workers.dispatcher", str(service.data_dir))
    job = require_exact_budget(service, job_id)
    assert job["epoch"] == 1, "the next dispatcher adopts what runs"


def test_the_whole_service_is_killed(service: ServiceProcess) -> None:
    job_id = in_mid_job(service)
    service.kill()
    for pid in processes(str(service.data_dir)):
        os.kill(pid, signal.SIGKILL)
    service.start()
    require_exact_budget(service, job_id)


@pytest.mark.slow
def test_the_api_alone_is_killed_and_comes_back(service: ServiceProcess) -> None:
    job_id = in_mid_job(service)
    service.kill()
    service.start()
    require_exact_budget(service, job_id)


@pytest.mark.slow
def test_a_trial_is_killed_and_the_search_goes_on(service: ServiceProcess) -> None:
    """F5."""
    job_id = in_mid_job(service)
    # Ray names an actor's process after its class, which is here what Tune makes of ours.
    kill_all("ray::ResourceTrainable", str(service.data_dir))
    job = service.wait_for(job_id, has_ended, 240)
    assert (job["state"], job["reason"], job["epoch"]) == ("succeeded", "budget_spent", 1)
    trials = service.trials(job_id)
    assert [trial["number"] for trial in trials] == list(range(TRIALS))
    ends = Counter((trial["state"], trial["reason"]) for trial in trials)
    crashed = ends.pop(("failed", "crash"))
    assert ends == {("complete", "finished"): TRIALS - crashed}


@pytest.mark.slow
def test_the_ray_head_is_killed(service: ServiceProcess) -> None:
    """F6: every job goes back to the queue, and on with the next head."""
    job_id = in_mid_job(service)
    kill_all("gcs_server", str(service.data_dir))
    job = require_exact_budget(service, job_id)
    assert job["epoch"] > 1, "another runner took over"
