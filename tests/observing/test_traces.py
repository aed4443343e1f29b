"""From a post to its trials' reports in one trace, sent to a receiver that decodes it; or nothing."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from observing import context, traces
from searchspace.datasets import KNOWN
from searchspace.dimensions import RandomSuggest
from searchspace.space import Space
from searchspace.spec import DatasetSpec, JobSpec, LatencySpec
from service.db.tables import JobRow
from service.protocol import Measure, Record, Stop, TrialReason
from tests.api.served import SPEC, Dispatcher, Served, serving
from tests.e2e import service_process
from tests.e2e.service_process import has_ended
from tests.factories import measure, model, report, stop
from tests.observing.otlp import Receiver, receiving
from workers.assignment import (
    ASSIGNMENT_KEY,
    CONTEXT_KEY,
    RECORDS,
    RECORDS_KEY,
    Assignment,
    JobContext,
)
from workers.control_plane import Connection, Retry, RunnerClient
from workers.environment import RunnerEnvironment, handed_on
from workers.release import release
from workers.trials.trainable import TrialProcess, timed


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Where the traces of this very process go while the test lasts."""
    for name in ("_tracer", "_provider", "_adopted"):
        monkeypatch.setattr(traces, name, None)
    monkeypatch.setattr(context, "_always", {})
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        traces.start("tests", {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint})
        yield receiver
        traces._provider.shutdown()


@pytest.fixture
def served(receiver: Receiver, tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def trace_of(served: Served, job_id: str) -> str | None:
    with served.parts.database.read() as session:
        return session.get_one(JobRow, job_id).traceparent


def test_what_comes_of_a_post_is_a_part_of_its_trace(served: Served, receiver: Receiver):
    job_id = served.person().post("/jobs", json=SPEC).json()["id"]
    dispatcher = Dispatcher.of(served)
    dispatcher.beat()
    body = {"dispatcher": dispatcher.name, "cluster": "cluster-1"}
    claim = dispatcher.client.post("/dispatch/claim", json=body).json()["claim"]
    assert claim["traceparent"] == trace_of(served, job_id)

    traces.adopt(claim["traceparent"])
    with closing(Connection(served.url, claim["runner_token"], Retry(1.0))) as connection:
        client = RunnerClient(connection, job_id, claim["epoch"])
        with traces.span("run", job_id=job_id):
            client.hello("node-1/1", claim["runner_token"])
    traces.adopt(None)
    traces.flush()

    (post,) = receiver.named("POST /jobs")
    assert post.attributes["tclsearch.job_id"] == job_id
    assert post.attributes["http.response.status_code"] == 201
    (run,) = receiver.named("run")
    (asked,) = receiver.named("POST hello")
    (answered,) = receiver.named("POST /runner/jobs/{job_id}/hello")
    assert [run.parent, asked.parent, answered.parent] == [
        post.span_id, run.span_id, asked.span_id
    ]  # fmt: skip
    assert {span.trace_id for span in (post, run, asked, answered)} == {post.trace_id}
    assert claim["traceparent"].split("-")[1] == post.trace_id
    told = [span for span in receiver.spans if span.trace_id != post.trace_id]
    assert told == [], "beats and claims by the second are no part of any trace"
    assert not [raw for raw in receiver.raw if claim["runner_token"].encode() in raw]


def test_a_post_may_be_a_part_of_a_clients_trace(served: Served, receiver: Receiver):
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    client = served.person()
    job_id = client.post("/jobs", json=SPEC, headers={"traceparent": parent}).json()["id"]
    assert (trace_of(served, job_id) or "").split("-")[1] == "ab" * 16
    wrong = {"traceparent": "00-" + "x" * 400}
    assert client.post("/jobs", json=SPEC, headers=wrong).status_code == 201


def test_an_error_is_told_by_its_kind_alone(receiver: Receiver):
    with pytest.raises(ValueError, match="canary"), traces.span("work"):
        raise ValueError("canary-8812")
    traces.flush()
    assert receiver.named("work")
    assert b"ValueError" in receiver.raw[0]
    assert b"canary" not in receiver.raw[0]


def test_without_a_receiver_nothing_is_traced_and_nothing_is_loaded(tmp_path: Path):
    with serving(tmp_path) as served:
        client = served.person()
        given = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
        job_id = client.post("/jobs", json=SPEC, headers=given).json()["id"]
        assert trace_of(served, job_id) is None
        Dispatcher.of(served).claim(job_id)
    program = (
        "import sys\n"
        "from observing import traces\n"
        "traces.start('x', {})\n"
        "with traces.span('x'): assert traces.current() is None\n"
        "assert 'opentelemetry' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_missing_extra_is_told_with_what_brings_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http", None)
    monkeypatch.delitem(
        sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", raising=False
    )
    with pytest.raises(traces.NoExporter, match=re.escape("pip install 'tclsearch[otlp]'")):
        traces.start("tests", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert not traces.are_on()


def test_runners_are_told_where_to_and_no_secrets():
    mine = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=secret",
        "TCLSEARCH_LOG": "json",
        "TCLSEARCH_TOKEN": "tcl_secret",
    }
    assert handed_on(mine) == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        "TCLSEARCH_LOG": "json",
    }
    environment = RunnerEnvironment(
        "http://x", "tcr_", "job_1", 1, "/data", 1, 1, 1, traceparent="00-a-b-01"
    )
    assert RunnerEnvironment.read(environment.variables()) == environment


def test_delivering_is_what_training_leaves_of_the_last_step():
    began = time.monotonic() - 10.0
    last, end = report(0, 1, seconds=4.0), stop(0, model("0" * 64, accuracy=0.5))
    told, ended = timed((last, end), began)
    assert told == last
    assert isinstance(ended, Stop)
    assert ended.seconds is not None
    assert ended.seconds >= 6.0
    assert (
        timed((stop(0, reason=TrialReason.CRASH),), began)[0].model_dump().get("seconds") is None
    )


@pytest.mark.slow
def test_a_whole_job_is_one_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("TCLSEARCH_LOG", "json")
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        with service_process.serving(tmp_path / "data") as service:
            budget = {"trials": 2, "training_epochs": 2}
            job_id = service.post_job(
                dataset={"name": "digits"}, space={"preset": "tiny"}, budget=budget
            )
            job = service.wait_for(job_id, has_ended, 180.0)
            assert job["state"] == "succeeded"
    (post,) = receiver.named("POST /jobs")
    ours = [span for span in receiver.spans if span.attributes.get("tclsearch.job_id") == job_id]
    assert {span.trace_id for span in ours} == {post.trace_id}
    known = {span.span_id for span in receiver.spans} | {""}
    parts = [span for span in receiver.spans if span.trace_id == post.trace_id]
    assert {span.service for span in parts} == {
        "tclsearch-control-plane", "tclsearch-dispatcher", "tclsearch-runner", "tclsearch-trial"
    }  # fmt: skip
    assert {"POST /jobs", "launch", "run", "trial", "measure", "train", "POST records"} <= {
        span.name for span in parts
    }
    assert {span.parent for span in parts} <= known
    assert [span.attributes["tclsearch.reason"] for span in receiver.named("trial")]


POINT = Space(JobSpec.parse(SPEC), KNOWN["digits"])
CONTEXT = JobContext(
    job_id="job_1",
    epoch=1,
    dataset=DatasetSpec(name="digits"),
    latency=LatencySpec(),
    objectives=(),
    constraints=(),
    reference_point=(),
    cpus=1,
    gpus=0,
    release=release(),
    step_seconds=60,
    checkpoint_seconds=0,
)


def first_assignment() -> Assignment:
    point = POINT.decode(POINT.sample(RandomSuggest(np.random.default_rng(0))))
    return Assignment(
        number=0,
        attempt=1,
        architecture=point.architecture,
        seed=0,
        training_epochs=1,
        latency=None,
        resume=None,
        **asdict(point.hyperparameters),
    )


class Short(TrialProcess):
    """A trial without Ray and training: it measures, reports once and fails."""

    def setup(self, config: dict[str, Any], token: str = "") -> None:
        super().setup(config, token)

    def run_assignment(
        self, context: JobContext, assignment: Assignment
    ) -> Iterator[tuple[Record, ...]]:
        yield (measure(assignment.number),)
        yield (report(assignment.number, 1),)
        raise MemoryError("no more")


def test_a_trial_tells_its_steps(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    environment = RunnerEnvironment(
        "http://x", "tcr_", "job_1", 1, "/", 60, 1, 1, traceparent=parent
    )
    for name, value in environment.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")  # as the fixture has begun
    config = {
        CONTEXT_KEY: CONTEXT.model_dump_json(),
        ASSIGNMENT_KEY: first_assignment().model_dump_json(),
    }
    trial = Short(config)
    (measured,), _, _ = [RECORDS.validate_json(trial.step()[RECORDS_KEY]) for _ in range(3)]
    trial.cleanup()
    assert isinstance(measured, Measure)
    assert measured.seconds is not None, "timed, for the metrics"
    told = {span.name: span for span in receiver.spans}
    assert told.keys() == {"measure", "train", "step", "trial"}
    whole = told.pop("trial")
    assert (whole.trace_id, whole.parent) == ("ab" * 16, "cd" * 8)
    assert {span.parent for span in told.values()} == {whole.span_id}
    assert told["train"].attributes["tclsearch.training_epoch"] == 1
    assert whole.attributes["tclsearch.reason"] == "out_of_memory"
    assert "failed: out_of_memory: no more" in caplog.text
