"""Both clients against a real service."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tclsearch_client import (
    Client,
    Conflict,
    NotFound,
    Patience,
    RateLimited,
    Unauthorized,
    Unprocessable,
    Unreachable,
    WaitTimeout,
)
from tclsearch_client.frames import front_frame, models_frame, trials_frame
from tests.api.served import SPEC, Served, serving
from tests.api.test_compressions import NETWORK, network, safetensors
from tests.chaos.fault_proxy import Fault, FaultProxy
from tests.client.conftest import Face

ROOT = Path(__file__).parents[2]


def test_a_spec_is_posted_in_every_form(client: Any, tmp_path: Path):
    text = yaml.safe_dump(SPEC)
    (tmp_path / "spec.yaml").write_text(text)
    (tmp_path / "spec.json").write_text(json.dumps(SPEC))
    files = [tmp_path / "spec.yaml", str(tmp_path / "spec.json")]
    posted = [client.submit(form) for form in (SPEC, text, json.dumps(SPEC), *files)]
    assert {job.name for job in posted} == {SPEC["name"]}
    assert len({job.id for job in posted}) == 5
    assert client.job(posted[0].id).spec["dataset"]["name"] == "digits"
    assert not posted[0].ended
    with pytest.raises(OSError, match="absent"):
        client.submit("absent.yaml")


def test_the_same_key_gives_the_same_job(client: Any):
    key = f"mine {client.me().token_id} {id(client)}"
    assert client.submit(SPEC, key=key).id == client.submit(SPEC, key=key).id


def test_a_compression_begins_with_weights_that_were_uploaded(client: Any, served: Served):
    weights = client.upload_weights(safetensors(NETWORK))
    assert weights.tensors == len(NETWORK)
    document = network(weights.sha256)
    before = served.stored()
    assert client.dry_run_compression(document).trials == 4
    assert served.stored() == before
    key = f"compress {client.me().token_id} {id(client)}"
    job, again = (client.compress(document, key=key) for _ in range(2))
    assert job.id == again.id
    assert job.spec["compress"]["weights"] == weights.sha256


def test_a_dry_run_stores_nothing(client: Any, served: Served):
    before = served.stored()
    run = client.dry_run(SPEC)
    assert run.valid
    assert 0 < run.params_min < run.params_max
    assert served.stored() == before


def test_lost_replies_make_one_job_of_one_post(face: Face, served: Served):
    with FaultProxy.before(served.url) as proxy:
        client, faults = face(proxy.url), [Fault.CUT_REPLY, Fault.RESET, Fault.TRUNCATED]
        proxy.fault = lambda number: faults[number - 1] if number <= 3 else Fault.NONE
        before = served.stored()["jobs"]
        job = client.submit(SPEC)
        assert proxy.hits[Fault.CUT_REPLY] == 1
    assert served.stored()["jobs"] == before + 1
    assert face(served.url).job(job.id).id == job.id


def test_a_point_whose_reply_is_lost_is_not_given_twice(face: Face, served: Served, searched: str):
    with FaultProxy.before(served.url) as proxy:
        client = face(proxy.url)
        job_id = client.submit(SPEC).id
        parameters = client.trial(searched, 0).parameters
        proxy.fault = lambda _: Fault.CUT_REPLY
        with pytest.raises(Unreachable) as raised:
            client.add_point(job_id, parameters)
        assert raised.value.sent
        assert proxy.hits[Fault.CUT_REPLY] == 1


def test_jobs_and_trials_come_page_by_page(client: Any, searched: str, monkeypatch: Any):
    monkeypatch.setattr("tclsearch_client.calls.PAGE", 2)
    assert [trial.number for trial in client.trials(searched)] == [5, 4, 3, 2, 1, 0]
    assert [trial.number for trial in client.trials(searched, limit=3)] == [5, 4, 3]
    assert [trial.reason for trial in client.trials(searched, states=["failed"])] == ["exception"]
    assert list(client.trials(searched, limit=0)) == []
    assert searched in [job.id for job in client.jobs(states=["succeeded"])]
    assert [job.id for job in client.jobs(tags=["no such"])] == []


def test_results_are_typed(client: Any, searched: str):
    job = client.job(searched)
    assert (job.state, job.reason, job.ended) == ("succeeded", "budget_spent", True)
    assert job.objectives == ("accuracy", "params", "latency_ms")
    trial = client.trial(searched, 0)
    assert [point.training_epoch for point in trial.curve] == [1, 2]
    front = client.front(searched)
    knee = client.model(searched, front.knee)
    assert knee.on_front
    assert isinstance(knee.values["params"], int)
    assert knee.baselines.gap_params > 0
    assert [point.revision for point in client.history(searched)] == list(
        range(1, front.revision + 1)
    )
    assert client.front(searched, as_of=0).models == []
    assert len(client.front(searched, feasible=False).models) >= len(front.models)
    assert client.front_csv(searched).startswith("id,trial_number")
    assert client.outlook(searched).remaining_seconds is None
    drawn = client.figure(searched, "front")
    assert [column.name for column in drawn.table.columns][:2] == ["trial", "model"]
    assert len(drawn.table.rows) == len(front.models)


def test_what_there_is(client: Any):
    assert "digits" in [dataset.name for dataset in client.datasets() if dataset.available]
    assert {space.preset for space in client.spaces("digits")} == {"tiny", "small", "mobile"}
    assert "tpe" in [sampler.name for sampler in client.samplers()]
    assert client.me().role == "editor"
    assert client.clusters().dispatchers is not None
    assert client.queue().slots.total >= 0


def test_a_job_is_steered(client: Any, searched: str):
    job_id = client.submit(SPEC).id
    assert client.pause(job_id).state == "paused"
    assert client.resume(job_id).state == "queued"
    assert client.prioritize(job_id, 5).priority == 5
    assert client.tag(job_id, {"a": "b"}).tags == {"a": "b"}
    assert client.extend(job_id, trials=99).budget.trials == 99
    with pytest.raises(Unprocessable, match="only grows"):
        client.extend(job_id, wall_clock_seconds=60)
    point = client.add_point(job_id, client.trial(searched, 0).parameters)
    assert point.waiting == 1
    with pytest.raises(Conflict):
        client.delete(job_id)
    assert client.cancel(job_id).state == "cancelled"
    assert client.retry(job_id).state == "queued"
    client.cancel(job_id)
    client.delete(job_id)
    with pytest.raises(NotFound):
        client.job(job_id)


def test_refusals_name_each_field(client: Any):
    with pytest.raises(Unprocessable) as raised:
        client.submit({**SPEC, "budget": {"trials": 0}, "odd": 1})
    refusal = raised.value
    assert (refusal.status, refusal.code) == (422, "invalid")
    assert {fault.pointer for fault in refusal.errors} == {"/budget/trials", "/odd"}
    assert "/odd: " in str(refusal)
    assert refusal.request_id


def test_a_job_is_waited_for(client: Any, searched: str):
    assert client.wait(searched).state == "succeeded"
    waiting = client.submit(SPEC).id
    with pytest.raises(WaitTimeout, match="still queued"):
        client.wait(waiting, timeout=0.01)


def test_a_quick_caller_is_slowed_down_and_served(tmp_path: Path):
    with serving(tmp_path, rate_limit_per_second=0.01, rate_limit_burst=1) as limited:
        token = (limited.data_dir / "admin-token").read_text().strip()
        waits: list[float] = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            limited.parts.requests._whole_at.clear()

        with Client(limited.url, token, sleep=sleep) as client:
            assert client.me() == client.me()
        assert waits == [100.0]
        with (
            Client(limited.url, token, patience=Patience(seconds=99), sleep=sleep) as client,
            pytest.raises(RateLimited) as raised,
        ):
            client.me()
        assert raised.value.retry_after == 100.0


def test_who_is_not_known_and_who_is_not_there(face: Face, served: Served):
    impatient = Patience(seconds=60, contact_seconds=0)
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9") as unreached:
        face("http://127.0.0.1:9", patience=impatient).me()
    assert not unreached.value.sent
    with Client(served.url, "wrong") as client, pytest.raises(Unauthorized):
        client.me()


def test_trials_and_fronts_become_data_frames(client: Any, searched: str):
    trials = trials_frame(client.trials(searched))
    assert list(trials.index) == [0, 1, 2, 3, 4, 5]
    assert trials.loc[1, "accuracy"] == 0.7
    assert trials.loc[3, "state"] == "failed"
    assert "parameter.training.learning_rate" in trials.columns
    front = client.front(searched)
    frame = front_frame(front)
    assert frame.index[frame["knee"]].to_list() == [front.knee]
    assert set(frame["trial_number"]) == {model.trial_number for model in front.models}
    assert trials_frame([]).empty
    assert models_frame([]).empty


def test_the_client_loads_no_part_of_the_service():
    script = (
        "import sys, tclsearch_client; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    heavy = {"torch", "ray", "fastapi", "sqlalchemy", "numpy", "pandas", "optuna", "yaml"}
    ours = {"service", "workers", "searchspace", "tclsearch"}
    assert set(ran.stdout.split()) & (heavy | ours) == set()
