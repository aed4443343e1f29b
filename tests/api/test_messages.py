"""Messages of runners and dispatchers with values that no database keeps: refused, never a 500."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.served import LATENCY, Dispatcher, Runner, Served, spec
from tests.api.test_bad_input import pointers, problem_of


@pytest.fixture(scope="module")
def person(on_each: Served) -> httpx.Client:
    return on_each.person()


@pytest.fixture
def job_id(person: httpx.Client) -> Iterator[str]:
    job = person.post("/jobs", json=spec(name="of messages")).raise_for_status().json()["id"]
    yield job
    person.post(f"/jobs/{job}/cancel")


@pytest.fixture
def runner(on_each: Served, job_id: str) -> Runner:
    return Dispatcher.of(on_each).claim(job_id)


def start(runner: Runner, **changes: Any) -> dict[str, Any]:
    """A reservation of the runner's next trial, not sent yet."""
    _, _, (reserve, _) = runner._reserved()
    return reserve | changes


REPORT = {
    "kind": "report",
    "number": 0,
    "attempt": 1,
    "training_epoch": 1,
    "accuracy": 0.5,
    "loss": 1.0,
    "seconds": 0.5,
}
MEASURE = {
    "kind": "measure",
    "number": 0,
    "attempt": 1,
    "values": {"params": 1.0},
    "latency": LATENCY,
}


@pytest.mark.parametrize(
    ("record", "pointer"),
    [
        (REPORT | {"training_epoch": 2**31}, "/records/0/training_epoch"),
        (REPORT | {"attempt": 2**31}, "/records/0/attempt"),
        (REPORT | {"number": 2**63}, "/records/0/number"),
        (MEASURE | {"values": {"params": 1e308}}, "/records/0/values/params"),
        (MEASURE | {"values": {"params": -1e308}}, "/records/0/values/params"),
        (MEASURE | {"values": {"par\0ams": 1.0}}, "/records/0/values"),
    ],
    ids=["training epoch", "attempt", "number", "huge", "hugely negative", "NUL in a metric"],
)
def test_records_out_of_range(runner: Runner, record: dict[str, Any], pointer: str):
    runner.reserve()
    response = runner.client.post("/records", json={"epoch": runner.epoch, "records": [record]})
    assert pointers(problem_of(response, 422, "invalid")) == [pointer]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"seed": 2**63}, "/records/0/seed"),
        ({"parameters": {"a": "\0"}}, "/records/0/parameters/a"),
        ({"parameters": {"\0": 1}}, "/records/0/parameters"),
        ({"architecture": {"a": [{"b": "x\0"}]}}, "/records/0/architecture/a/0/b"),
    ],
    ids=["seed", "NUL in a parameter", "NUL in its name", "NUL deep inside"],
)
def test_reservations_out_of_range(
    runner: Runner, person: httpx.Client, job_id: str, changes: dict[str, Any], pointer: str
):
    record = start(runner, **changes)
    response = runner.client.post("/records", json={"epoch": runner.epoch, "records": [record]})
    assert set(pointers(problem_of(response, 422, "invalid"))) == {pointer}
    assert person.get(f"/jobs/{job_id}/trials").json()["items"] == []


def test_what_a_trial_printed_may_hold_a_nul(runner: Runner, person: httpx.Client, job_id: str):
    runner.fail(detail="died: \0 and \\u0000")
    trial = person.get(f"/jobs/{job_id}/trials/0").json()
    assert trial["state"] == "failed"
    assert trial["detail"] == "died: \N{REPLACEMENT CHARACTER} and \\u0000"


def test_what_a_lost_runner_printed_may_hold_a_nul(
    on_each: Served, runner: Runner, person: httpx.Client, job_id: str
):
    dispatcher = Dispatcher.of(on_each)
    body = {"dispatcher": dispatcher.name, "epoch": runner.epoch, "detail": "log: \0"}
    response = dispatcher.client.post(f"/dispatch/jobs/{job_id}/lost", json=body)
    assert response.status_code == 204
    assert person.get(f"/jobs/{job_id}").json()["detail"] == "log: \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("field", ["dispatcher", "cluster"])
def test_a_beat_with_a_name_longer_than_its_column(on_each: Served, field: str):
    dispatcher = Dispatcher.of(on_each)
    body: dict[str, Any] = {"dispatcher": "d", "cluster": "c", "nodes": []}
    response = dispatcher.client.post("/dispatch/beat", json=body | {field: "x" * 201})
    assert pointers(problem_of(response, 422, "invalid")) == [f"/{field}"]


def test_a_head_longer_than_its_column(runner: Runner):
    *_, stop = runner._completed(0.5, 0.5, b"weights")
    stop["models"][0]["head"] = "x" * 17
    body = {"epoch": runner.epoch, "records": [stop]}
    problem = problem_of(runner.client.post("/records", json=body), 422, "invalid")
    assert pointers(problem) == ["/records/0/models/0/head"]
