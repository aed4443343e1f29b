"""Posting, listing, reading and commanding jobs, on SQLite and on PostgreSQL."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from searchspace.architecture import Architecture
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN
from searchspace.spec import JobSpec
from service.team.access import Role
from tests.api.served import SPEC, Dispatcher, Served, serving, spec
from tests.api.test_bad_input import problem_of

JOB_FIELDS = {
    "id", "name", "team", "owner", "state", "reason", "desired", "priority", "epoch",
    "created_at", "started_at", "finished_at", "queue_position", "trials", "hypervolume",
    "front_size", "spec",
}  # fmt: skip
teams = count()


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


@pytest.fixture
def editor(served: Served) -> Iterator[httpx.Client]:
    """A person alone in a team, so that nobody else's jobs are in the way."""
    return served.person(Role.EDITOR, team=f"team-{next(teams)}")


def post(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    response = client.post("/jobs", json=spec(**changes))
    assert response.status_code == 201, response.text
    return response.json()


def moment(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


def test_a_posted_job_is_queued_with_every_default_written_out(editor: httpx.Client):
    response = editor.post("/jobs", json=SPEC)
    assert response.status_code == 201
    job = response.json()
    assert response.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert job.keys() >= JOB_FIELDS
    assert (job["state"], job["desired"], job["epoch"]) == ("queued", "run", 0)
    none = dict.fromkeys(("finished", "running", "pruned", "failed", "rejected"), 0)
    assert job["trials"] == {"total": 24, **none}
    assert abs(moment(job["created_at"]) - datetime.now(UTC)) < timedelta(minutes=5)
    assert job["queue_position"] >= 1
    stored = job["spec"]
    assert JobSpec.parse(stored).document() == stored, "what GET gives can be posted again"
    assert stored["space"]["stages"][0]["widths"] == [8, 16]
    assert stored["objectives"] == ["accuracy", "params", "latency_ms"]
    assert editor.get(response.headers["location"].removeprefix("/api/v1")).json() == job


def test_yaml_and_json_make_the_same_job(editor: httpx.Client):
    document = spec(space={"training": {"learning_rate": {"low": 1e-4, "high": 0.1, "log": True}}})
    headers = {"Content-Type": "application/yaml; charset=utf-8"}
    from_yaml = editor.post("/jobs", content=yaml.safe_dump(document), headers=headers)
    assert from_yaml.status_code == 201, from_yaml.text
    assert from_yaml.json()["spec"] == post(editor, **document)["spec"]


def test_one_key_makes_one_job(served: Served, editor: httpx.Client):
    headers = {"Idempotency-Key": "nightly-1"}
    first = editor.post("/jobs", json=SPEC, headers=headers)
    before = served.stored()
    again = editor.post("/jobs", json=dict(reversed(SPEC.items())), headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    other = editor.post("/jobs", json=spec(name="another"), headers=headers)
    problem_of(other, 422, "idempotency_key_reused")
    assert served.stored() == before


def test_a_key_belongs_to_one_team(served: Served, editor: httpx.Client):
    headers = {"Idempotency-Key": "same"}
    mine = editor.post("/jobs", json=SPEC, headers=headers).json()
    stranger = served.person(team=f"team-{next(teams)}")
    theirs = stranger.post("/jobs", json=spec(name="theirs"), headers=headers)
    assert theirs.status_code == 201
    assert theirs.json()["id"] != mine["id"]


def test_a_key_sent_many_times_at_once_makes_one_job(served: Served, editor: httpx.Client):
    def send(_: int) -> httpx.Response:
        return editor.post("/jobs", json=SPEC, headers={"Idempotency-Key": "at once"})

    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(send, range(8)))
    assert sorted(reply.status_code for reply in replies) == [200] * 7 + [201]
    assert len({reply.json()["id"] for reply in replies}) == 1
    assert len(editor.get("/jobs").json()["items"]) == 1


def test_a_dry_run_tells_and_stores_nothing(served: Served, editor: httpx.Client):
    before = served.stored()
    headers = {"Idempotency-Key": "dry"}
    response = editor.post("/jobs?dry_run=true", json=SPEC, headers=headers)
    assert response.status_code == 200
    told = response.json()
    assert told.keys() == {
        "valid", "document", "space_size", "params_min", "params_max", "trials", "quota", "queue_position",
        "estimated_start", "extra_trials",
    }  # fmt: skip
    assert told["valid"] is True
    assert told["document"] == SPEC
    assert told["trials"] == 24
    assert 0 < told["params_min"] < told["params_max"]
    assert served.stored() == before
    assert post(editor)["queue_position"] == told["queue_position"]
    constraint = {"metric": "params", "max": told["params_min"]}
    assert post(editor, constraints=[constraint])["state"] == "queued"
    constraint["max"] -= 1
    refused = editor.post("/jobs?dry_run=true", json=spec(constraints=[constraint]))
    problem_of(refused, 422, "unsatisfiable")


def test_a_dry_run_counts_every_model_that_elastic_ranks_may_give(editor: httpx.Client):
    def told(**ranks: object) -> dict[str, Any]:
        head = {"kinds": ["tcl"], "ranks": ranks}
        document = spec(space={"preset": "tiny", "head": head})
        reply = editor.post("/jobs?dry_run=true", json=document)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    choices = {"channels": [2, 8], "height": [1, 4], "width": [2]}
    searched, elastic = (told(policy=policy, **choices) for policy in ("searched", "elastic"))
    for name in ("space_size", "params_min", "params_max"):
        assert elastic[name] == searched[name]
    least = told(policy="fixed", values=[2, 1, 2])["params_min"]
    assert elastic["params_min"] == least
    derived = told(policy="elastic")
    assert derived["params_min"] == told(policy="fixed", values=[1, 1, 1])["params_min"]
    assert derived["space_size"] > elastic["space_size"]


def test_pages_hold_every_job_once_and_the_newest_first(editor: httpx.Client):
    posted = [post(editor, name=f"job {i}")["id"] for i in range(5)]
    found, cursor, pages = [], None, 0
    while True:
        query = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
        page = editor.get("/jobs", params=query).json()
        found += [job["id"] for job in page["items"]]
        pages += 1
        if pages == 1:
            post(editor, name="meanwhile")
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == posted[::-1]
    assert pages == 3


def test_a_cursor_of_another_list_is_refused(served: Served, editor: httpx.Client):
    for _ in range(2):
        post(editor)
    cursor = editor.get("/jobs?limit=1").json()["next_cursor"]
    job_id = editor.get("/jobs").json()["items"][0]["id"]
    refused = editor.get(f"/jobs/{job_id}/trials", params={"cursor": cursor})
    problem_of(refused, 400, "bad_cursor")


def test_jobs_are_found_by_state_and_by_tags(editor: httpx.Client):
    plain = post(editor)["id"]
    demo = post(editor, tags={"project": "demo", "a:b": "c:d"})["id"]
    other = post(editor, tags={"project": "other"})["id"]
    editor.post(f"/jobs/{other}/cancel")

    def found(**query: Any) -> list[str]:
        return [job["id"] for job in editor.get("/jobs", params=query).json()["items"]]

    assert found() == [other, demo, plain]
    assert found(state="queued") == [demo, plain]
    assert found(state=["queued", "cancelled"]) == [other, demo, plain]
    assert found(tag="project:demo") == [demo]
    assert found(tag="project") == [other, demo]
    assert found(tag="a:b:c:d") == [demo]
    assert found(tag=["project", "a:b"]) == [demo]
    assert found(tag="project:dem") == []
    assert found(tag="'; DROP TABLE jobs; --") == []
    assert found(state="running") == []


def test_the_queue_puts_priority_first_and_then_age(editor: httpx.Client):
    usual = [post(editor, name=f"usual {i}", priority=3)["id"] for i in range(2)]
    urgent = post(editor, priority=4)["id"]
    late = post(editor, priority=-10)["id"]
    queue = editor.get("/queue").json()
    assert [job["job_id"] for job in queue["queued"]] == [urgent, *usual, late]
    places = [job["position"] for job in queue["queued"]]
    assert places == sorted(set(places))
    for place, job in zip(places, queue["queued"], strict=True):
        assert editor.get(f"/jobs/{job['job_id']}").json()["queue_position"] == place
        assert job["reason"]


def test_a_waiting_job_is_cancelled_at_once_and_only_once(editor: httpx.Client):
    job_id = post(editor)["id"]
    response = editor.post(f"/jobs/{job_id}/cancel")
    assert response.status_code == 202
    job = response.json()
    assert (job["state"], job["reason"], job["queue_position"]) == ("cancelled", "cancelled", None)
    assert moment(job["finished_at"]) >= moment(job["created_at"])
    problem = problem_of(editor.post(f"/jobs/{job_id}/cancel"), 409, "job_state")
    assert "cancelled" in problem["detail"]


def test_a_running_job_is_cancelled_by_its_runner(served: Served, editor: httpx.Client):
    job_id = post(editor, priority=10)["id"]
    runner = Dispatcher.of(served).claim(job_id)
    job = editor.post(f"/jobs/{job_id}/cancel").json()
    assert (job["state"], job["desired"]) == ("running", "cancel")
    runner.finish("cancelled")
    job = editor.get(f"/jobs/{job_id}").json()
    assert (job["state"], job["reason"]) == ("cancelled", "cancelled")


def test_pause_resume_and_retry_keep_to_the_lifecycle(editor: httpx.Client):
    job_id = post(editor)["id"]
    problem_of(editor.post(f"/jobs/{job_id}/resume"), 409, "job_state")
    problem_of(editor.post(f"/jobs/{job_id}/retry"), 409, "job_state")
    assert editor.post(f"/jobs/{job_id}/pause").json()["state"] == "paused"
    assert editor.post(f"/jobs/{job_id}/resume").json()["state"] == "queued"
    editor.post(f"/jobs/{job_id}/cancel")
    again = editor.post(f"/jobs/{job_id}/retry")
    assert again.status_code == 202
    assert (again.json()["state"], again.json()["epoch"]) == ("queued", 1)


def test_a_job_goes_by_its_trials(served: Served, editor: httpx.Client):
    job_id = post(editor, budget={"trials": 4}, priority=10)["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.9, 0.5)
    runner.fail("out_of_memory", "needs 80 GB")
    runner.reserve()
    job = editor.get(f"/jobs/{job_id}").json()
    assert (job["state"], job["epoch"], job["queue_position"]) == ("running", 1, None)
    assert job["trials"] == {
        "total": 4,
        "finished": 2,
        "running": 1,
        "pruned": 0,
        "failed": 1,
        "rejected": 0,
    }
    assert job["front_size"] == 1
    assert job["hypervolume"] > 0
    running = editor.get("/queue").json()["running"]
    assert [(job["job_id"], job["trials_running"]) for job in running] == [(job_id, 1)]
    assert editor.get("/jobs").json()["items"][0] == job


def test_trials_are_listed_newest_first(served: Served, editor: httpx.Client):
    job_id = post(editor, priority=10)["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.9, 0.5)
    runner.fail("not_a_number", "loss is NaN")
    runner.complete(0.8, 0.5)
    page = editor.get(f"/jobs/{job_id}/trials", params={"limit": 2}).json()
    assert [trial["number"] for trial in page["items"]] == [2, 1]
    rest = {"cursor": page["next_cursor"]}
    last = editor.get(f"/jobs/{job_id}/trials", params=rest).json()
    assert [trial["number"] for trial in last["items"]] == [0]
    assert last["next_cursor"] is None
    failed = editor.get(f"/jobs/{job_id}/trials", params={"state": "failed"}).json()["items"]
    assert [(t["number"], t["reason"], t["detail"]) for t in failed] == [
        (1, "not_a_number", "loss is NaN")
    ]


def test_a_copy_shows_what_was_trained_for_it(served: Served, editor: httpx.Client):
    job_id = post(editor, priority=10)["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.9, 0.5)
    runner.copy(0)
    trained, copied = (editor.get(f"/jobs/{job_id}/trials/{number}").json() for number in (0, 1))
    assert (trained["copy_of"], copied["copy_of"]) == (None, 0)
    for field in ("values", "latency", "curve", "models", "state"):
        assert copied[field] == trained[field]
    assert len(editor.get(f"/jobs/{job_id}/front").json()["models"]) == 1


def test_rejected_points_are_counted_on_the_job(served: Served, editor: httpx.Client):
    job_id = post(editor, priority=10)["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.reserve(rejected=5)
    assert editor.get(f"/jobs/{job_id}").json()["trials"]["rejected"] == 5


def test_one_trial_has_its_curve_and_its_models(served: Served, editor: httpx.Client):
    job_id = post(editor, priority=10)["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.9, 0.5)
    trial = editor.get(f"/jobs/{job_id}/trials/0").json()
    assert trial["state"] == "complete"
    assert trial["values"]["accuracy"] == 0.9
    assert isinstance(trial["values"]["params"], int)
    assert trial["curve"] == [
        {"training_epoch": 1, "accuracy": 0.45, "loss": 1.0, "seconds": 0.25},
        {"training_epoch": 2, "accuracy": 0.9, "loss": 0.5, "seconds": 0.25},
    ]
    (model,) = trial["models"]
    assert model["architecture_digest"] == trial["architecture_digest"]
    assert editor.get(f"/jobs/{job_id}/models/{model['id']}").json().items() > model.items()
    problem_of(editor.get(f"/jobs/{job_id}/trials/1"), 404, "not_found")


def test_a_trial_of_several_models_shows_each_with_its_ranks(served: Served, editor: httpx.Client):
    head = {"kinds": ["tcl"], "ranks": {"policy": "elastic"}}
    job_id = post(editor, priority=10, space={"preset": "tiny", "head": head})["id"]
    runner = Dispatcher.of(served).claim(job_id)
    sizes = {(8, 2, 2): 0.9, (4, 1, 1): 0.8, (2, 1, 1): 0.7}
    runner.complete_ranks({ranks: (a, b"weights of %d" % ranks[0]) for ranks, a in sizes.items()})

    trial = editor.get(f"/jobs/{job_id}/trials/0").json()
    front = editor.get(f"/jobs/{job_id}/front").json()["models"]

    assert [tuple(model["ranks"]) for model in trial["models"]] == list(sizes)
    assert {tuple(model["ranks"]) for model in front} == sizes.keys()
    assert trial["values"] == trial["models"][0]["values"]
    for model in front:
        architecture = Architecture.parse(model["architecture"])
        assert list(architecture.head.ranks or ()) == model["ranks"]
        assert architecture.digest == model["architecture_digest"]
        assert architecture_cost(architecture).params == model["values"]["params"]
        path = f"/jobs/{job_id}/models/{model['id']}"
        assert editor.get(path).json()["ranks"] == model["ranks"]
        content = editor.get(f"{path}/checkpoint").content
        assert content == b"weights of %d" % model["ranks"][0]


def test_a_curve_shows_the_latest_attempt(served: Served, editor: httpx.Client):
    job_id = post(editor, priority=10)["id"]
    runner = Dispatcher.of(served).claim(job_id)
    number = runner.reserve()

    def report(attempt: int, training_epoch: int) -> dict[str, Any]:
        return {
            "kind": "report",
            "number": number,
            "attempt": attempt,
            "training_epoch": training_epoch,
            "accuracy": attempt / 10,
            "loss": 1.0,
            "seconds": 1.0,
        }

    runner.record(*(report(1, training_epoch) for training_epoch in (1, 2, 3)))
    runner.record({"kind": "start", "number": number, "attempt": 2}, report(2, 2))
    curve = editor.get(f"/jobs/{job_id}/trials/{number}").json()["curve"]
    assert [(point["training_epoch"], point["accuracy"]) for point in curve] == [
        (1, 0.1),
        (2, 0.2),
    ]


def test_an_installed_data_set_can_be_posted_on(served: Served, editor: httpx.Client):
    here = served.data_dir / "datasets" / "cifar10"
    here.mkdir(parents=True)
    manifest = {"info": KNOWN["cifar10"].model_dump(mode="json")}
    (here / "dataset.json").write_text(json.dumps(manifest))
    broken = served.data_dir / "datasets" / "mnist"
    broken.mkdir()
    (broken / "dataset.json").write_text("{")
    assert post(editor, dataset={"name": "cifar10", "train_size": 20_000})["state"] == "queued"
    refused = editor.post("/jobs", json=spec(dataset={"name": "mnist"}))
    problem_of(refused, 422, "dataset_absent")
    listed = {item["name"]: item for item in editor.get("/datasets").json()["items"]}
    assert listed["cifar10"]["available"]
    assert not listed["mnist"]["available"]
    assert listed["mnist"]["command"] == "tclsearch data fetch mnist"


def test_a_live_dispatcher_tells_what_can_run(served: Served, editor: httpx.Client):
    registered = KNOWN["cifar10"].model_copy(update={"key": "folder-leaves"})
    nodes = ({"cpus": 96, "gpus": 0}, {"cpus": 8, "gpus": 4})
    large = Dispatcher.of(served, name="gpu", nodes=nodes, datasets=(KNOWN["digits"], registered))
    large.beat()
    Dispatcher.of(served, name="small", nodes=({"cpus": 1, "gpus": 0},)).beat()
    assert post(editor, resources={"cpus": 96})["state"] == "queued"
    assert post(editor, resources={"cpus": 2, "gpus": 4})["state"] == "queued"
    assert post(editor, dataset={"name": "folder", "folder": "leaves"})["state"] == "queued"
    both = editor.post("/jobs", json=spec(resources={"cpus": 96, "gpus": 1}))
    problem = problem_of(both, 422, "unsatisfiable")
    assert [error["pointer"] for error in problem["errors"]] == ["/resources"]
    folders = [d["folder"] for d in editor.get("/datasets").json()["items"] if d["folder"]]
    assert folders == ["leaves"]
    assert httpx.get(f"{served.url}/readyz", trust_env=False).json()["dispatcher"] is True


def test_custom_resources_are_asked_of_one_node(served: Served, editor: httpx.Client):
    nodes = (
        {"cpus": 8, "gpus": 0, "custom": {"tpu": 2, "licence": 1}},
        {"cpus": 64, "gpus": 4},
    )
    Dispatcher.of(served, nodes=nodes).beat()
    job = post(editor, resources={"cpus": 8, "custom": {"tpu": 2, "licence": 0.5}})
    assert job["spec"]["resources"]["custom"] == {"licence": 0.5, "tpu": 2}
    assert "custom" not in post(editor)["spec"]["resources"], "as before there were any"

    def refused(**resources: Any) -> list[str]:
        problem = problem_of(
            editor.post("/jobs", json=spec(resources=resources)), 422, "unsatisfiable"
        )
        return [error["pointer"] for error in problem["errors"]]

    assert refused(custom={"tpu": 3}) == ["/resources/custom/tpu"]
    assert refused(custom={"tpu": 1, "fpga": 1}) == ["/resources/custom/fpga"]
    assert refused(cpus=9, custom={"tpu": 1}) == ["/resources"]
    (cluster,) = editor.get("/cluster").json()["clusters"]
    assert [node["custom"] for node in cluster["nodes"]] == [{"licence": 1, "tpu": 2}, {}]


def test_a_cluster_whose_dispatcher_is_away_is_still_counted_on(tmp_path: Path):
    with serving(tmp_path, dispatcher_alive_seconds=0) as served:
        registered = KNOWN["cifar10"].model_copy(update={"key": "folder-leaves"})
        nodes = ({"cpus": 10_000, "gpus": 0},)
        Dispatcher.of(served, nodes=nodes, datasets=(registered,)).beat()
        editor = served.person()
        assert post(editor, resources={"cpus": 10_000})["state"] == "queued"
        waiting = editor.get("/queue").json()["queued"]
        assert [job["reason"] for job in waiting] == ["no dispatcher is alive"]
        leaves = editor.post("/jobs", json=spec(dataset={"name": "folder", "folder": "leaves"}))
        problem_of(leaves, 422, "dataset_absent")


def test_what_has_come_since_the_last_post_is_there_for_the_next(tmp_path: Path):
    with serving(tmp_path) as served:
        editor = served.person()
        on_leaves = spec(dataset={"name": "folder", "folder": "leaves"})
        post(editor)
        problem_of(editor.post("/jobs", json=on_leaves), 422, "dataset_absent")
        leaves = KNOWN["cifar10"].model_copy(update={"key": "folder-leaves"})
        Dispatcher.of(served, datasets=(leaves,)).beat()
        assert editor.post("/jobs", json=on_leaves).status_code == 201


def test_a_cap_above_the_number_of_images_caps_nothing(editor: httpx.Client) -> None:
    assert post(editor, dataset={"name": "digits", "train_size": 20_000})["state"] == "queued"
