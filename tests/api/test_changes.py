"""Deleting jobs and changing them, on SQLite and on PostgreSQL."""

from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from service.access import Role
from service.collect import collect
from service.db.tables import ArtifactRow, Base
from tests.api.served import Dispatcher, Served, spec
from tests.api.test_bad_input import problem_of

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
    collect(parts.database, parts.artifacts, later)
    before = artifacts(served)
    editor.delete(f"/jobs/{job_id}").raise_for_status()
    assert collect(parts.database, parts.artifacts, later) == 1
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
