"""Deleting jobs and changing them, on SQLite and on PostgreSQL."""

from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from service.artifacts.collect import collect
from service.db.tables import ArtifactRow, Base
from service.team.access import Role
from tests.api.served import Dispatcher, Served, spec
from tests.api.test_bad_input import pointers, problem_of

teams = count()


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


@pytest.fixture
def editor(served: Served) -> httpx.Client:
    """A person alone in a team, so that nobody else's jobs are in the way."""
    return served.person(Role.EDITOR, team=f"team-{next(teams)}")


def posted(client: httpx.Client, **changes: Any) -> str:
    response = client.post("/jobs", json=spec(**changes))
    assert response.status_code == 201, response.text
    job_id: str = response.json()["id"]
    return job_id


def finished(served: Served, client: httpx.Client, content: bytes = b"weights") -> str:
    """A job of one trial that has succeeded."""
    job_id = posted(client, budget={"trials": 1}, tags={"project": "demo"})
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.9, 0.5, content)
    runner.finish("budget_spent")
    return job_id


def rows_of(served: Served, job_id: str) -> dict[str, int]:
    """How many rows of each table are the job's."""
    tables = [t for t in Base.metadata.sorted_tables if "job_id" in t.c]
    with served.parts.database.read() as session:
        return {
            table.name: session.scalars(
                select(func.count()).select_from(table).where(table.c.job_id == job_id)
            ).one()
            for table in tables
        }


def artifacts(served: Served) -> int:
    with served.parts.database.read() as session:
        return session.scalars(select(func.count()).select_from(ArtifactRow)).one()


def test_a_deleted_job_leaves_nothing_behind(served: Served, editor: httpx.Client):
    gone, kept = (finished(served, editor, content) for content in (b"gone", b"kept"))
    before = rows_of(served, kept)
    assert editor.delete(f"/jobs/{gone}").status_code == 204
    problem_of(editor.get(f"/jobs/{gone}"), 404, "not_found")
    problem_of(editor.delete(f"/jobs/{gone}"), 404, "not_found")
    assert [job["id"] for job in editor.get("/jobs").json()["items"]] == [kept]
    assert set(rows_of(served, gone).values()) == {0}
    assert rows_of(served, kept) == before
    assert before["events"] > 0


def test_the_checkpoints_of_a_deleted_job_are_collected(served: Served, editor: httpx.Client):
    job_id = finished(served, editor, b"only its own")
    parts = served.parts
    with parts.database.read() as session:
        later = parts.clock.now(session) + timedelta(days=1)
    sum(collect(parts.database, parts.artifacts, later))
    before = artifacts(served)
    editor.delete(f"/jobs/{job_id}").raise_for_status()
    assert sum(collect(parts.database, parts.artifacts, later)) == 1
    assert artifacts(served) == before - 1


def test_a_job_that_has_not_ended_is_not_deleted(served: Served, editor: httpx.Client):
    job_id = posted(editor)
    problem_of(editor.delete(f"/jobs/{job_id}"), 409, "job_state")
    runner = Dispatcher.of(served).claim(job_id)
    problem_of(editor.delete(f"/jobs/{job_id}"), 409, "job_state")
    editor.post(f"/jobs/{job_id}/cancel").raise_for_status()
    problem_of(editor.delete(f"/jobs/{job_id}"), 409, "job_state")
    runner.finish("cancelled")
    assert editor.delete(f"/jobs/{job_id}").status_code == 204


def test_only_the_teams_editors_delete(served: Served, editor: httpx.Client):
    job_id = finished(served, editor)
    team = editor.get("/me").json()["team"]
    stranger = served.person(Role.ADMIN, team=f"team-{next(teams)}")
    problem_of(stranger.delete(f"/jobs/{job_id}"), 404, "not_found")
    viewer = served.person(Role.VIEWER, team=team)
    problem_of(viewer.delete(f"/jobs/{job_id}"), 403, "forbidden")
    assert editor.get(f"/jobs/{job_id}").status_code == 200


def test_the_key_of_a_deleted_job_makes_another(editor: httpx.Client):
    headers = {"Idempotency-Key": "once more"}
    first = editor.post("/jobs", json=spec(), headers=headers).json()["id"]
    editor.post(f"/jobs/{first}/cancel").raise_for_status()
    editor.delete(f"/jobs/{first}").raise_for_status()
    again = editor.post("/jobs", json=spec(), headers=headers)
    assert again.status_code == 201
    assert again.json()["id"] != first


def test_priority_and_tags_change_and_everything_else_stays(editor: httpx.Client):
    job_id = posted(editor, tags={"project": "old", "colour": "blue"})
    before = editor.get(f"/jobs/{job_id}").json()
    changed = editor.patch(f"/jobs/{job_id}", json={"priority": 7, "tags": {"project": "new"}})
    assert changed.status_code == 200
    expected = before | {"priority": 7, "tags": {"project": "new"}}
    assert changed.json() == expected | {"queue_position": changed.json()["queue_position"]}
    assert editor.get(f"/jobs/{job_id}").json() == changed.json()
    found = {tag: editor.get("/jobs", params={"tag": tag}).json()["items"] for tag in (
        "project:new", "project:old", "colour",
    )}  # fmt: skip
    assert [len(items) for items in found.values()] == [1, 0, 0]
    assert editor.patch(f"/jobs/{job_id}", json={}).json() == changed.json()


def test_a_changed_priority_changes_the_place_in_the_queue(editor: httpx.Client):
    first, second = posted(editor), posted(editor)
    places = [editor.get(f"/jobs/{job_id}").json()["queue_position"] for job_id in (first, second)]
    assert places[0] < places[1]
    editor.patch(f"/jobs/{second}", json={"priority": 1}).raise_for_status()
    places = [editor.get(f"/jobs/{job_id}").json()["queue_position"] for job_id in (first, second)]
    assert places[1] < places[0]


def test_a_running_job_hears_of_its_larger_budget(served: Served, editor: httpx.Client):
    job_id = posted(editor, budget={"trials": 2, "wall_clock_seconds": 60})
    runner = Dispatcher.of(served).claim(job_id)
    change = {"budget": {"trials": 3, "wall_clock_seconds": 90}, "priority": -1}
    job = editor.patch(f"/jobs/{job_id}", json=change).json()
    assert (job["state"], job["priority"], job["epoch"]) == ("running", -1, runner.epoch)
    assert job["budget"] == change["budget"]
    assert job["spec"]["budget"]["trials"] == 2, "the spec is what was posted"
    orders = runner.client.post("/renew", json={"epoch": runner.epoch}).json()
    assert (orders["trials"], orders["wall_clock_seconds"]) == (3, 90)


def test_a_finished_job_given_more_trials_goes_on_where_it_stopped(
    served: Served, editor: httpx.Client
):
    job_id = finished(served, editor)
    again = editor.patch(f"/jobs/{job_id}", json={"budget": {"trials": 2}}).json()
    assert (again["state"], again["reason"], again["finished_at"]) == ("queued", None, None)
    assert again["trials"]["finished"] == 1
    runner = Dispatcher.of(served).claim(job_id)
    runner.recorded = 1
    runner.complete(0.95, 0.4)
    runner.finish("budget_spent")
    ended = editor.get(f"/jobs/{job_id}").json()
    assert (ended["state"], ended["trials"]["finished"]) == ("succeeded", 2)


def test_a_job_goes_on_only_with_both_trials_and_time_left(served: Served, editor: httpx.Client):
    job_id = posted(editor, budget={"trials": 2, "wall_clock_seconds": 1e-6})
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.9, 0.5)
    runner.finish("wall_clock_spent")

    def patched(**budget: Any) -> str:
        state: str = editor.patch(f"/jobs/{job_id}", json={"budget": budget}).json()["state"]
        return state

    assert patched(trials=3) == "succeeded", "its time is spent"
    assert patched(trials=3, wall_clock_seconds=None) == "queued"


def test_what_failed_or_was_cancelled_waits_for_a_retry(editor: httpx.Client):
    job_id = posted(editor)
    editor.post(f"/jobs/{job_id}/cancel").raise_for_status()
    job = editor.patch(f"/jobs/{job_id}", json={"budget": {"trials": 30}}).json()
    assert (job["state"], job["budget"]["trials"]) == ("cancelled", 30)
    assert editor.post(f"/jobs/{job_id}/retry").json()["state"] == "queued"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"budget": {"trials": 9}}, "/budget/trials"),
        ({"budget": {"wall_clock_seconds": 59}}, "/budget/wall_clock_seconds"),
        ({"budget": {"trials": 10_001}}, "/budget/trials"),
        ({"budget": {"trials": "12"}}, "/budget/trials"),
        ({"budget": {"wall_clock_seconds": 0}}, "/budget/wall_clock_seconds"),
        ({"budget": {"training_epochs": 9}}, "/budget/training_epochs"),
        ({"priority": 11}, "/priority"),
        ({"priority": True}, "/priority"),
        ({"tags": {"a": 1}}, "/tags/a"),
        ({"name": "other"}, "/name"),
        ({"state": "succeeded"}, "/state"),
    ],
)
def test_a_faulty_change_changes_nothing(editor: httpx.Client, change: Any, pointer: str):
    job_id = posted(editor, budget={"trials": 10, "wall_clock_seconds": 60})
    before = editor.get(f"/jobs/{job_id}").json()
    # The rest of the change is good, and must not be kept.
    response = editor.patch(f"/jobs/{job_id}", json={"priority": 5, "tags": {}} | change)
    assert pointers(problem_of(response, 422)) == [pointer]
    assert editor.get(f"/jobs/{job_id}").json() == before


def test_a_limit_cannot_be_put_on_a_job_without_one(editor: httpx.Client):
    job_id = posted(editor)
    response = editor.patch(f"/jobs/{job_id}", json={"budget": {"wall_clock_seconds": 1e9}})
    assert pointers(problem_of(response, 422, "budget_shrinks")) == ["/budget/wall_clock_seconds"]


def test_only_the_teams_editors_change(served: Served, editor: httpx.Client):
    job_id = posted(editor)
    stranger = served.person(Role.ADMIN, team=f"team-{next(teams)}")
    problem_of(stranger.patch(f"/jobs/{job_id}", json={"priority": 1}), 404, "not_found")
    viewer = served.person(Role.VIEWER, team=editor.get("/me").json()["team"])
    problem_of(viewer.patch(f"/jobs/{job_id}", json={"priority": 1}), 403, "forbidden")
