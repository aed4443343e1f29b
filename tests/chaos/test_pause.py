"""Shrinking, pausing, stopping on a real cluster: no training is lost or done twice.

The tests share one job whose two trials train for as long as they are let.
"""

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from searchspace.datasets import KNOWN
from searchspace.dimensions import RandomSuggest
from searchspace.space import Space
from searchspace.spec import JobSpec
from tests.e2e.service_process import ServiceProcess, has_ended, processes, serving, wait_until

NUMBERS = (0, 1)

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    quick = {"renew_after_seconds": "0.5", "idle_runner_seconds": "2"}
    with serving(tmp_path_factory.mktemp("service"), **quick) as service:
        yield service


@pytest.fixture(scope="module")
def endless(service: ServiceProcess) -> Iterator[str]:
    """The shared job; in the end, each of its trials has trained every epoch exactly once."""
    job_id = post(service, trials=len(NUMBERS), training_epochs=10_000)
    yield job_id
    act(service, job_id, "cancel")
    service.wait_for(job_id, has_ended, 30)
    for number in NUMBERS:
        epochs = reports(service, job_id, number)
        assert epochs == list(range(1, len(epochs) + 1)), number


@pytest.fixture
def in_training(service: ServiceProcess, endless: str) -> str:
    wait_for_training(service, endless)
    return endless


def post(service: ServiceProcess, priority: int = 0, **budget: int) -> str:
    return service.post_job(
        priority=priority,
        dataset={"name": "digits"},
        space={"preset": "tiny"},
        budget=budget,
        early_stopping={"name": "none"},
    )


def read(service: ServiceProcess, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(service.data_dir / "tclsearch.db")) as database:
        return database.execute(query, values).fetchall()


def reports(service: ServiceProcess, job_id: str, number: int) -> list[int]:
    """The training epochs that a trial has reported, in order, repetitions included."""
    query = "SELECT body FROM events WHERE job_id = ? AND kind = 'trial.report' ORDER BY sequence"
    bodies = [json.loads(body) for (body,) in read(service, query, job_id)]
    return [body["training_epoch"] for body in bodies if body["number"] == number]


def wait_for_training(service: ServiceProcess, job_id: str) -> None:
    """Wait until both trials have trained some more."""
    before = {number: len(reports(service, job_id, number)) for number in NUMBERS}

    def have_gone_on() -> bool:
        return all(len(reports(service, job_id, n)) > count + 1 for n, count in before.items())

    wait_until(have_gone_on, 120, service.log)


def states(service: ServiceProcess, job_id: str) -> list[tuple[str, str | None]]:
    return sorted((t["state"], t["reason"]) for t in service.trials(job_id))


def attempts(service: ServiceProcess, job_id: str) -> int:
    return sum(trial["attempts"] for trial in service.trials(job_id))


def act(service: ServiceProcess, job_id: str, command: str) -> None:
    response = service.call("POST", f"/jobs/{job_id}/{command}")
    assert response.status_code == 202, response.text


def succeeded(service: ServiceProcess, job_id: str) -> list[dict[str, Any]]:
    job = service.wait_for(job_id, has_ended, 120)
    assert (job["state"], job["reason"]) == ("succeeded", "budget_spent"), job
    trials = service.trials(job_id)
    assert [trial["number"] for trial in trials] == list(range(len(trials)))
    return trials


def test_the_runners_token_is_written_nowhere(service: ServiceProcess, in_training: str) -> None:
    found = tokens(service, in_training)
    ((own,),) = read(service, "SELECT runner_token_sha256 FROM jobs WHERE id = ?", in_training)
    claims = found.pop("Ray's list of jobs")
    assert len(claims) == 1, "whoever may list Ray's jobs sees the claim's token"
    assert sha256(next(iter(claims)).encode()).hexdigest() != own, "which is void by now"
    assert {place for place, seen in found.items() if seen - claims} == set()


@pytest.mark.slow
def test_a_job_that_has_to_share_shrinks_and_grows_again(
    service: ServiceProcess, in_training: str
) -> None:
    before, epoch = attempts(service, in_training), service.job(in_training)["epoch"]
    other = post(service, trials=1, training_epochs=1)
    shrunk = [("running", None), ("suspended", "preempted")]
    wait_until(lambda: states(service, in_training) == shrunk, 60, service.log)
    succeeded(service, other)

    wait_for_training(service, in_training)
    assert attempts(service, in_training) == before + 1
    assert service.job(in_training)["epoch"] == epoch, "the same runner all along"


def test_a_paused_job_lets_everything_go_and_resumes_from_the_very_epoch(
    service: ServiceProcess, in_training: str
) -> None:
    before = attempts(service, in_training)
    act(service, in_training, "pause")
    service.wait_for(in_training, lambda job: job["state"] == "paused", 60)
    assert states(service, in_training) == [("suspended", "paused")] * 2
    wait_until(lambda: not processes(f"TCLSEARCH_JOB_ID={in_training}"), 30, service.log)

    act(service, in_training, "resume")
    wait_for_training(service, in_training)
    assert attempts(service, in_training) == before + 2


def test_a_service_that_is_stopped_in_order_loses_no_training(
    service: ServiceProcess, in_training: str
) -> None:
    before = attempts(service, in_training)
    assert service.stop() == 0
    query = "SELECT state, reason FROM trials WHERE job_id = ?"
    assert read(service, query, in_training) == [("suspended", "interrupted")] * 2
    service.start()
    wait_for_training(service, in_training)
    assert attempts(service, in_training) == before + 2


@pytest.mark.slow
def test_an_urgent_job_with_a_persons_point_and_a_larger_budget_takes_every_slot(
    service: ServiceProcess, in_training: str
) -> None:
    urgent = post(service, priority=5, trials=2, training_epochs=1)
    service.wait_for(urgent, lambda job: job["state"] == "running", 60)
    space = Space(JobSpec.parse(service.job(urgent)["spec"]), KNOWN["digits"])
    point = space.sample(RandomSuggest(np.random.default_rng(1)))
    given = service.call("POST", f"/jobs/{urgent}/trials", json={"parameters": point})
    assert given.status_code == 202, given.text
    without_slots = [("suspended", "preempted")] * 2
    wait_until(lambda: states(service, in_training) == without_slots, 60, service.log)
    assert point in [trial["parameters"] for trial in succeeded(service, urgent)]

    enlarged = {"budget": {"trials": 4}}
    assert service.call("PATCH", f"/jobs/{urgent}", json=enlarged).status_code == 200
    trials = succeeded(service, urgent)
    assert [(t["state"], t["attempts"]) for t in trials] == [("complete", 1)] * 4
    wait_for_training(service, in_training)


@pytest.mark.slow
def test_a_runner_without_slots_gives_its_place_up_and_loses_nothing(
    service: ServiceProcess, in_training: str
) -> None:
    epoch = service.job(in_training)["epoch"]
    urgent = post(service, priority=5, trials=2, training_epochs=10_000)
    service.wait_for(in_training, lambda job: job["state"] == "queued", 120)
    (waiting,) = service.call("GET", "/queue").json()["queued"]
    assert (waiting["job_id"], waiting["why"]) == (in_training, "no_free_slot")
    act(service, urgent, "cancel")
    wait_for_training(service, in_training)
    assert service.job(in_training)["epoch"] == epoch + 1


def tokens(service: ServiceProcess, job_id: str) -> dict[str, set[str]]:
    """The tokens of a job's runner that are to be seen: in Ray, in files, in environments."""
    head = json.loads((service.data_dir / "ray" / "head.json").read_text())
    headers = {"Authorization": f"Bearer {head['token']}"}
    jobs = httpx.get(f"{head['dashboard_url']}/api/jobs/", headers=headers, trust_env=False)
    texts = {"Ray's list of jobs": jobs.content}
    for pid in processes(str(service.data_dir)):
        with suppress(OSError):
            texts[f"process {pid}"] = Path(f"/proc/{pid}/environ").read_bytes()
    session = sha256(str(service.data_dir.resolve()).encode()).hexdigest()[:12]
    temporary = Path(tempfile.gettempdir())
    runs = [*temporary.glob("tclsearch-run-*"), *temporary.glob(f"tclsearch-ray-*-{session}")]
    assert len(runs) >= 2
    for directory in (service.data_dir, *runs):
        for path in directory.rglob("*"):
            if path.is_file():
                with suppress(OSError):
                    texts[str(path)] = path.read_bytes()
    form = re.compile(rf"tcr_{job_id}_\d+_[A-Za-z0-9_-]{{43}}".encode())
    return {place: {m.decode() for m in form.findall(text)} for place, text in texts.items()}
