"""Points that people give a job, on SQLite and on PostgreSQL."""

from typing import Any

import httpx
import numpy as np
import pytest

from searchspace.datasets import KNOWN
from searchspace.dimensions import RandomSuggest
from searchspace.space import Space
from searchspace.spec import JobSpec
from service.team.access import Role
from service.trials.points import MAX_WAITING
from tests.api.served import Dispatcher, Runner, Served, spec
from tests.api.test_bad_input import pointers, problem_of


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


@pytest.fixture
def editor(served: Served) -> httpx.Client:
    return served.person()


def posted(client: httpx.Client, **changes: Any) -> str:
    response = client.post("/jobs", json=spec(**changes))
    assert response.status_code == 201, response.text
    job_id: str = response.json()["id"]
    return job_id


def point(seed: int) -> dict[str, Any]:
    space = Space(JobSpec.parse(spec()), KNOWN["digits"])
    return space.sample(RandomSuggest(np.random.default_rng(1000 + seed)))


def give(client: httpx.Client, job_id: str, seed: int = 0) -> str:
    response = client.post(f"/jobs/{job_id}/trials", json={"parameters": point(seed)})
    assert response.status_code == 202, response.text
    point_id: str = response.json()["id"]
    return point_id


def orders(runner: Runner) -> dict[str, Any]:
    reply: dict[str, Any] = runner.client.post("/renew", json={"epoch": runner.epoch}).json()
    return reply


def reservation(runner: Runner, given: dict[str, Any], number: int) -> dict[str, Any]:
    architecture = runner.space.decode(given["parameters"]).architecture
    return {
        "kind": "reserve",
        "number": number,
        "parameters": given["parameters"],
        "architecture": architecture.model_dump(mode="json"),
        "architecture_digest": architecture.digest,
        "seed": number,
        "point": given["id"],
    }


def recorded(runner: Runner, *records: dict[str, Any]) -> httpx.Response:
    return runner.client.post("/records", json={"epoch": runner.epoch, "records": records})


def test_a_point_reaches_the_runner_and_becomes_one_trial(served: Served, editor: httpx.Client):
    job_id = posted(editor, budget={"trials": 2})
    first, second = give(editor, job_id, 0), give(editor, job_id, 1)
    assert editor.get(f"/jobs/{job_id}").json()["budget"]["trials"] == 4, "on top of the budget"
    runner = Dispatcher.of(served).claim(job_id)
    told = orders(runner)
    assert told["trials"] == 4
    assert [given["id"] for given in told["points"]] == [first, second]
    assert told["points"][0]["parameters"] == point(0)
    reserve = reservation(runner, told["points"][0], 0)
    for _ in range(2):
        reply = recorded(runner, reserve)
        assert reply.status_code == 200, "a repetition after a lost reply changes nothing"
        assert [given["id"] for given in reply.json()["orders"]["points"]] == [second]
    (trial,) = editor.get(f"/jobs/{job_id}/trials").json()["items"]
    assert (trial["number"], trial["parameters"]) == (0, point(0))


def test_a_point_makes_no_second_trial_and_no_other_one(served: Served, editor: httpx.Client):
    job_id = posted(editor)
    give(editor, job_id)
    runner = Dispatcher.of(served).claim(job_id)
    (given,) = orders(runner)["points"]
    other = given | {"parameters": point(7)}
    problem_of(recorded(runner, reservation(runner, other, 0)), 409, "record_conflict")
    assert recorded(runner, reservation(runner, given, 0)).status_code == 200
    problem_of(recorded(runner, reservation(runner, given, 1)), 409, "record_conflict")
    assert len(editor.get(f"/jobs/{job_id}/trials").json()["items"]) == 1


def test_a_point_that_comes_while_the_runner_leaves_is_run_by_the_next(
    served: Served, editor: httpx.Client
):
    job_id = posted(editor, budget={"trials": 1})
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.9, 0.5)
    given = give(editor, job_id)
    runner.finish("budget_spent")
    assert editor.get(f"/jobs/{job_id}").json()["state"] == "queued"
    runner = Dispatcher.of(served).claim(job_id)
    assert [point["id"] for point in orders(runner)["points"]] == [given]


def test_a_point_that_was_taken_keeps_no_job_from_ending(served: Served, editor: httpx.Client):
    job_id = posted(editor)
    give(editor, job_id)
    runner = Dispatcher.of(served).claim(job_id)
    assert recorded(runner, reservation(runner, orders(runner)["points"][0], 0)).is_success
    runner.finish("budget_spent")
    assert editor.get(f"/jobs/{job_id}").json()["state"] == "succeeded"


def test_what_is_no_point_of_the_space_is_refused(editor: httpx.Client):
    job_id = posted(editor)
    good = point(0)
    faulty: list[tuple[Any, list[str]]] = [
        ({"parameters": good | {"stem.width": 7}}, ["/parameters/stem.width"]),
        ({"parameters": good | {"x": 1}}, ["/parameters/x"]),
        ({"parameters": {k: v for k, v in good.items() if k != "head.kind"}},
         ["/parameters/head.kind"]),
        ({"parameters": [1]}, ["/parameters"]),
        ({}, ["/parameters"]),
        ({"parameters": good, "number": 3}, ["/number"]),
    ]  # fmt: skip
    for body, expected in faulty:
        problem = problem_of(editor.post(f"/jobs/{job_id}/trials", json=body), 422)
        assert pointers(problem)[:1] == expected, body
    assert editor.get(f"/jobs/{job_id}").json()["budget"]["trials"] == 24


def test_a_point_that_breaks_a_constraint_is_refused(editor: httpx.Client):
    job_id = posted(editor, constraints=[{"metric": "params", "max": 1300}])
    response = editor.post(f"/jobs/{job_id}/trials", json={"parameters": point(0)})
    problem = problem_of(response, 422, "unsatisfiable")
    assert pointers(problem) == ["/parameters"]
    assert "params" in problem["detail"]


def test_a_job_that_has_ended_takes_no_point(editor: httpx.Client):
    job_id = posted(editor)
    editor.post(f"/jobs/{job_id}/cancel").raise_for_status()
    response = editor.post(f"/jobs/{job_id}/trials", json={"parameters": point(0)})
    problem_of(response, 409, "job_state")


def test_only_so_many_points_wait(editor: httpx.Client):
    job_id = posted(editor)
    for _ in range(MAX_WAITING):
        give(editor, job_id)
    response = editor.post(f"/jobs/{job_id}/trials", json={"parameters": point(0)})
    problem_of(response, 409, "points")


def test_only_the_teams_editors_give_points(served: Served, editor: httpx.Client):
    job_id = posted(editor)
    body = {"parameters": point(0)}
    stranger = served.person(Role.ADMIN, team="strangers")
    problem_of(stranger.post(f"/jobs/{job_id}/trials", json=body), 404, "not_found")
    viewer = served.person(Role.VIEWER)
    problem_of(viewer.post(f"/jobs/{job_id}/trials", json=body), 403, "forbidden")
