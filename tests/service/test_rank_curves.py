"""A trial of several models, as elastic ranks give it: each competes and is kept by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service.artifacts.collect import collect
from service.db.tables import ModelRow
from service.errors import Conflict, NotFound
from service.front.revisions import read_front
from service.jobs.commands import lock_job, remove
from service.jobs.lookup import list_models
from service.lifecycle import JobReason
from service.protocol import Model
from tests.factories import model, reserve, start, stop
from tests.service.plane import Plane


def curve(plane: Plane, name: str, *measured: tuple[float, float]) -> list[Model]:
    """Models of one trial, each with bytes of its own, of these accuracies and parameters."""
    return [
        model(plane.artifact(f"{name} {params}"), accuracy, params).model_copy(
            update={"ranks": (int(params), 2, 1)}
        )
        for accuracy, params in measured
    ]


def on_front(plane: Plane, job_id: str) -> list[tuple[int, tuple[int, ...]]]:
    with plane.database.read() as session:
        front = read_front(session, plane.job(job_id))
    return [(member.trial_number, tuple(member.ranks)) for member in front.models]


def test_every_model_of_a_trial_competes_with_those_of_all_others(plane: Plane) -> None:
    token = plane.running()
    first = curve(plane, "first", (0.8, 40.0), (0.9, 60.0), (0.5, 20.0))
    plane.record(token, reserve(0), start(0), stop(0, *first))
    assert on_front(plane, token.job_id) == [(0, (40, 2, 1)), (0, (60, 2, 1)), (0, (20, 2, 1))]

    second = curve(plane, "second", (0.85, 30.0), (0.3, 10.0), (0.4, 20.0))
    plane.record(token, reserve(1), start(1), stop(1, *second))

    assert on_front(plane, token.job_id) == [
        (0, (60, 2, 1)),
        (0, (20, 2, 1)),
        (1, (30, 2, 1)),
        (1, (10, 2, 1)),
    ]
    assert plane.job(token.job_id).trials_finished == 2
    assert plane.trial(token.job_id, 0).values["params"] == 40.0, "the first model's"


def test_the_models_are_kept_in_order_each_with_its_own_ranks_and_bytes(plane: Plane) -> None:
    token = plane.running()
    made = curve(plane, "only", (0.8, 40.0), (0.9, 60.0), (0.5, 20.0))
    plane.record(token, reserve(0), start(0), stop(0, *made))

    with plane.database.read() as session:
        stored = list_models(session, token.job_id, 0)
        assert len(set(session.scalars(select(ModelRow.id)))) == 3
    assert [(m.position, tuple(m.ranks or ()), m.checkpoint) for m in stored] == [
        (place, each.ranks, each.checkpoint) for place, each in enumerate(made)
    ]
    assert plane.job(token.job_id).stored_bytes == sum(m.checkpoint_bytes for m in stored)


def test_a_repeated_end_repeats_all_of_its_models(plane: Plane) -> None:
    token = plane.running()
    made = curve(plane, "only", (0.8, 40.0), (0.9, 60.0))
    end = stop(0, *made)
    plane.record(token, reserve(0), start(0), end)
    told = plane.rows()

    plane.record(token, end)
    assert plane.rows() == told
    for others in (made[:1], made[::-1], []):
        with pytest.raises(Conflict):
            plane.record(token, stop(0, *others, **made[0].values))
    assert plane.rows() == told


def test_the_bytes_of_all_models_go_with_their_job(plane: Plane) -> None:
    token = plane.running(budget={"trials": 1})
    made = curve(plane, "only", (0.8, 40.0), (0.9, 60.0), (0.7, 70.0))
    plane.record(token, reserve(0), start(0), stop(0, *made))
    plane.finish(token, JobReason.BUDGET_SPENT)
    later = plane.clock.time + timedelta(days=1)

    assert sum(collect(plane.database, plane.store, later)) == 0
    with plane.database.write() as session:
        remove(session, lock_job(session, token.job_id, "default"))
    assert sum(collect(plane.database, plane.store, later)) == 3
    for each in made:
        with pytest.raises(NotFound):
            plane.store.open(each.checkpoint)
