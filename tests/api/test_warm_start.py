"""Jobs that begin with what is known already, on SQLite and on PostgreSQL."""

from typing import Any

import httpx
import pytest

from service.jobs import warm_start
from service.team.access import Role
from tests.api.served import Dispatcher, Runner, Served, spec
from tests.api.test_bad_input import pointers, problem_of
from tests.api.test_points import point

NOBODYS = "job_" + "0" * 32
FLATTEN = {"preset": "tiny", "head": {"kinds": ["flatten"]}}
VALUES = {"accuracy": 0.7, "params": 900, "latency_ms": 0.2}


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


@pytest.fixture
def editor(served: Served) -> httpx.Client:
    return served.person()


def posted(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    response = client.post("/jobs", json=spec(**changes))
    assert response.status_code == 201, response.text
    job: dict[str, Any] = response.json()
    return job


def searched(served: Served, editor: httpx.Client, **changes: Any) -> str:
    """A job that has ended with three complete trials, a failed one and a baseline; its id."""
    asked = {"budget": {"trials": 4}, "baselines": ["squeezenet1_1"]}
    job_id: str = posted(editor, **(asked | changes))["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete_baseline("squeezenet1_1", 0.9, 0.9)
    runner.complete_all([(0.5, 0.1), (0.6, 0.2), (0.7, 0.3)])
    runner.fail()
    runner.finish("budget_spent")
    return job_id


def complete(editor: httpx.Client, job_id: str) -> list[dict[str, Any]]:
    page = editor.get(f"/jobs/{job_id}/trials", params={"state": "complete"}).json()
    searched = [trial for trial in page["items"] if trial["purpose"] == "search"]
    return sorted(searched, key=lambda trial: trial["number"])


def begun(served: Served, job_id: str) -> Runner:
    return Dispatcher.of(served).claim(job_id)


def test_a_job_begins_with_an_earlier_ones_complete_trials(served: Served, editor: httpx.Client):
    earlier = searched(served, editor)
    job = posted(editor, warm_start=[earlier])
    assert job["warm_start"] == {"observations": 3, "dropped": 0}
    runner = begun(served, job["id"])
    told = [(o["parameters"], o["values"]) for o in runner.observations]
    assert told == [(t["parameters"], t["values"]) for t in complete(editor, earlier)]
    now = editor.get(f"/jobs/{job['id']}").json()
    assert (now["trials"]["total"], now["trials"]["finished"], now["front_size"]) == (24, 0, 0)
    assert editor.get(f"/jobs/{job['id']}/trials").json()["items"] == []


def test_what_was_measured_once_is_told_once(served: Served, editor: httpx.Client):
    earlier = posted(editor)["id"]
    runner = begun(served, earlier)
    runner.complete(0.5, 0.1)
    runner.copy(0)
    job = posted(editor, warm_start=[earlier])
    assert job["warm_start"] == {"observations": 1, "dropped": 0}


def test_what_is_no_point_of_the_space_is_left_out_and_counted(
    served: Served, editor: httpx.Client
):
    earlier = searched(served, editor)
    heads = {trial["parameters"]["head.kind"] for trial in complete(editor, earlier)}
    assert heads == {"flatten", "tcl"}
    job = posted(editor, warm_start=[earlier], space=FLATTEN)
    assert job["warm_start"] == {"observations": 2, "dropped": 1}
    observations = begun(served, job["id"]).observations
    assert {o["parameters"]["head.kind"] for o in observations} == {"flatten"}
    assert len(observations) == 2


def test_every_runner_is_told_what_was_there_when_the_job_was_posted(
    served: Served, editor: httpx.Client
):
    """Also when the earlier job has gone on, or is gone."""
    earlier = searched(served, editor)
    job_id = posted(editor, warm_start=[earlier])["id"]
    first = begun(served, job_id)
    editor.patch(f"/jobs/{earlier}", json={"budget": {"trials": 5}}).raise_for_status()
    again = begun(served, earlier)
    again.recorded = 5
    again.complete(0.9, 0.5)
    again.finish("budget_spent")
    editor.delete(f"/jobs/{earlier}").raise_for_status()
    first.finish("interrupted")
    second = begun(served, job_id)
    assert second.epoch > first.epoch
    assert second.observations == first.observations
    assert len(second.observations) == 3


def test_a_persons_own_results_come_after_those_of_earlier_jobs(
    served: Served, editor: httpx.Client
):
    earlier = searched(served, editor)
    mine = {"parameters": point(5), "values": VALUES}
    job = posted(editor, warm_start=[earlier], known=[mine])
    assert job["spec"]["known"] == [mine]
    assert job["warm_start"] == {"observations": 4, "dropped": 0}
    assert begun(served, job["id"]).observations[-1] == mine


def test_a_job_takes_no_more_than_its_share_of_each_and_the_latest(
    served: Served, editor: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    earlier = [searched(served, editor) for _ in range(2)]
    monkeypatch.setattr(warm_start, "MAX_EARLIER", 4)
    job = posted(editor, warm_start=earlier)
    assert job["warm_start"] == {"observations": 4, "dropped": 2}
    observations = begun(served, job["id"]).observations
    assert [o["values"]["accuracy"] for o in observations] == [0.6, 0.7, 0.6, 0.7]


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_job_that_tells_nothing_is_refused_and_nothing_stored(
    served: Served, editor: httpx.Client, query: str
):
    mine = posted(editor)["id"]
    theirs = posted(served.person(Role.EDITOR, team="others"))["id"]
    longer = posted(editor, budget={"training_epochs": 30})["id"]
    before = served.stored()
    for jobs, pointer in (
        ([NOBODYS], "/warm_start/0"),
        ([mine, theirs], "/warm_start/1"),
        ([longer], "/warm_start/0"),
    ):
        response = editor.post(f"/jobs{query}", json=spec(warm_start=jobs))
        assert pointers(problem_of(response, 422, "warm_start")) == [pointer]
    absent = editor.post(f"/jobs{query}", json=spec(warm_start=[NOBODYS])).json()
    others = editor.post(f"/jobs{query}", json=spec(warm_start=[theirs])).json()
    assert absent["errors"] == others["errors"], "another team's job is as absent as none"
    assert served.stored() == before


def known(changes: dict[str, Any], **values: float | None) -> dict[str, Any]:
    """A result with other parameters and values; None takes one away."""
    parameters = {k: v for k, v in (point(5) | changes).items() if v is not None}
    told = {k: v for k, v in (VALUES | values).items() if v is not None}
    return {"parameters": parameters, "values": told}


@pytest.mark.parametrize(
    ("result", "pointer"),
    [
        (known({"stem.width": 7}), "/parameters/stem.width"),
        (known({"stem.width": None}), "/parameters/stem.width"),
        (known({"stem.colour": "red"}), "/parameters/stem.colour"),
        (known({"training.learning_rate": 5.0}), "/parameters/training.learning_rate"),
        (known({}, accuracy=None), "/values"),
        (known({}, accuracy=1.5), "/values/accuracy"),
        (known({}, params=-1), "/values/params"),
        (known({}, params=1e30), "/values/params"),
        (known({}, latency_ms=1e300), "/values/latency_ms"),
        (known({}, beauty=1.0), "/values/beauty"),
    ],
)
def test_results_that_cannot_be_are_refused_at_their_place(
    served: Served, editor: httpx.Client, result: dict[str, Any], pointer: str
):
    before = served.stored()
    good = {"parameters": point(5), "values": VALUES}
    response = editor.post("/jobs", json=spec(known=[good, result]))
    assert pointers(problem_of(response, 422)) == [f"/known/1{pointer}"]
    assert served.stored() == before


def test_a_result_that_is_not_a_number_is_refused(editor: httpx.Client):
    body = "version: 1\nname: x\ndataset: {name: digits}\n"
    body += "known: [{parameters: {}, values: {accuracy: .nan}}]"
    response = editor.post("/jobs", content=body, headers={"Content-Type": "application/yaml"})
    assert pointers(problem_of(response, 422)) == ["/known/0/values/accuracy"]
