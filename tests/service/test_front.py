from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searchspace.pareto import hypervolume, joined, knee, non_dominated
from service.errors import NotFound
from service.front.revisions import Front, history, read_front
from service.lifecycle import TrialReason
from service.team.access import RunnerToken
from tests.factories import model, reserve, start, stop
from tests.service.plane import Plane

REFERENCE = (0.0, 100.0, 100.0)
# Few values, so that ties and duplicates are frequent.
VALUES = st.tuples(
    st.sampled_from([0.1, 0.2, 0.3]), st.sampled_from([10.0, 20.0]), st.sampled_from([1.0, 2.0])
)


def front_of(plane: Plane, token: RunnerToken, **view: object) -> Front:
    with plane.database.read() as session:
        return read_front(session, plane.job(token.job_id), **view)  # type: ignore[arg-type]


def values_on(front: Front) -> list[tuple[float, ...]]:
    return sorted(
        (m.values["accuracy"], m.values["params"], m.values["latency_ms"]) for m in front.models
    )


def finish_trials(plane: Plane, token: RunnerToken, *trials: list[tuple[float, ...]]) -> None:
    """One request with further trials, each with models of these values."""
    checkpoint = plane.artifact()
    number = plane.job(token.job_id).trials_total
    records = []
    for this, models in enumerate(trials, start=number):
        made = [model(checkpoint, *values) for values in models]
        records += [reserve(this), start(this), stop(this, *made)]
    plane.record(token, *records)


def brute_force(points: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    def beats(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
        no_worse = a[0] >= b[0] and a[1] <= b[1] and a[2] <= b[2]
        return no_worse and a != b

    return sorted(p for p in points if not any(beats(other, p) for other in points))


@settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(requests=st.lists(st.lists(st.lists(VALUES, max_size=3), max_size=3), max_size=6))
def test_the_front_is_the_one_that_brute_force_finds(
    plane: Plane, requests: list[list[list[tuple[float, ...]]]]
) -> None:
    token = plane.running()
    seen: list[tuple[float, ...]] = []
    was: list[list[tuple[float, ...]]] = [[]]
    for trials in requests:
        finish_trials(plane, token, *trials)
        seen += [values for models in trials for values in models]
        front = front_of(plane, token)
        expected = brute_force(seen)
        assert values_on(front) == expected
        if expected != was[-1]:
            was.append(expected)
        assert front.revision == len(was) - 1
        losses = [(-a, p, ms) for a, p, ms in expected]
        volume = hypervolume(np.array(losses).reshape(-1, 3), REFERENCE)
        assert front.hypervolume == pytest.approx(volume)
        job = plane.job(token.job_id)
        assert (job.front_size, job.front_revision) == (len(expected), front.revision)
    for revision, expected in enumerate(was):
        assert values_on(front_of(plane, token, as_of=revision)) == expected


@given(points=st.lists(VALUES, max_size=12), cuts=st.lists(st.integers(0, 12), max_size=4))
def test_joining_bit_by_bit_is_the_front_of_all(
    points: list[tuple[float, ...]], cuts: list[int]
) -> None:
    everything = np.array(points).reshape(-1, 3)
    front = np.empty((0, 3))
    for new in np.split(everything, sorted(min(cut, len(points)) for cut in cuts)):
        staying, joining = joined(front, new)
        front = np.vstack([front[staying], new[joining]])
    expected = everything[non_dominated(everything)]
    assert sorted(map(tuple, front)) == sorted(map(tuple, expected))


def test_equal_models_share_their_place(plane: Plane) -> None:
    token = plane.running()
    finish_trials(plane, token, [(0.5, 10.0, 1.0)])
    finish_trials(plane, token, [(0.5, 10.0, 1.0)])
    front = front_of(plane, token)
    assert [m.trial_number for m in front.models] == [0, 1]
    assert front.revision == 2
    finish_trials(plane, token, [(0.6, 10.0, 1.0)])
    assert [m.trial_number for m in front_of(plane, token).models] == [2]


def test_only_a_change_of_members_is_a_revision(plane: Plane) -> None:
    token = plane.running()
    finish_trials(plane, token, [(0.5, 10.0, 1.0)])
    finish_trials(plane, token, [(0.4, 10.0, 1.0)], [(0.5, 11.0, 1.0)])
    assert front_of(plane, token).revision == 1
    events = [e.body for e in plane.events(token.job_id) if e.kind == "front.changed"]
    assert [(body["revision"], body["front_size"]) for body in events] == [(1, 1)]


def test_history_tells_each_revision(plane: Plane) -> None:
    token = plane.running()
    for step in count(1):
        finish_trials(plane, token, [(0.1 * step, 10.0, 1.0)])
        if step == 3:
            break
    with plane.database.read() as session:
        told = history(session, token.job_id)
    assert [(row.revision, row.trials_finished, row.front_size) for row in told] == [
        (1, 1, 1),
        (2, 2, 1),
        (3, 3, 1),
    ]
    volumes = [row.hypervolume for row in told]
    assert volumes == sorted(volumes)
    assert volumes[0] == pytest.approx(0.1 * 90 * 99)
    assert front_of(plane, token, as_of=2).hypervolume == volumes[1]


def test_a_model_that_breaks_a_constraint_is_not_on_the_front(plane: Plane) -> None:
    token = plane.running(constraints=[{"metric": "latency_ms", "max": 1.5}])
    finish_trials(plane, token, [(0.5, 10.0, 1.0), (0.9, 10.0, 1.6), (0.4, 9.0, 1.5)])
    finish_trials(plane, token, [(0.3, 20.0, 9.0)])
    assert values_on(front_of(plane, token)) == [(0.4, 9.0, 1.5), (0.5, 10.0, 1.0)]
    assert values_on(front_of(plane, token, feasible=True)) == values_on(front_of(plane, token))
    everything = front_of(plane, token, feasible=False)
    assert values_on(everything) == [(0.4, 9.0, 1.5), (0.5, 10.0, 1.0), (0.9, 10.0, 1.6)]
    assert everything.hypervolume > front_of(plane, token).hypervolume


def test_a_trial_that_did_not_finish_has_no_place(plane: Plane) -> None:
    token = plane.running()
    values = {"accuracy": 0.9, "params": 1.0, "latency_ms": 0.1}
    for number, reason in enumerate([TrialReason.EARLY_STOPPED, TrialReason.EXCEPTION]):
        plane.record(token, reserve(number), start(number), stop(number, reason=reason, **values))
    assert front_of(plane, token).models == []


def test_an_empty_front_is_revision_0(plane: Plane) -> None:
    token = plane.running()
    front = front_of(plane, token)
    assert (front.revision, front.hypervolume, front.models, front.knee) == (0, 0.0, [], None)


@pytest.mark.parametrize("revision", [-1, 2])
def test_there_is_no_revision_before_the_first_or_after_the_last(
    plane: Plane, revision: int
) -> None:
    token = plane.running()
    finish_trials(plane, token, [(0.5, 10.0, 1.0)])
    with pytest.raises(NotFound):
        front_of(plane, token, as_of=revision)


def test_the_knee_is_a_member(plane: Plane) -> None:
    token = plane.running()
    finish_trials(plane, token, [(0.1, 1.0, 1.0), (0.8, 2.0, 1.1), (0.9, 50.0, 9.0)])
    front = front_of(plane, token)
    points = np.array([(-a, p, ms) for a, p, ms in values_on(front)])
    middle = next(m for m in front.models if m.id == front.knee)
    assert middle.values["accuracy"] == values_on(front)[knee(points)][0] == 0.8


def test_an_objective_may_be_turned_round(plane: Plane) -> None:
    objectives = ["accuracy", {"metric": "params", "direction": "maximize", "reference": 0.0}]
    token = plane.running(objectives=objectives)
    finish_trials(plane, token, [(0.5, 10.0, 1.0), (0.4, 20.0, 1.0), (0.3, 15.0, 1.0)])
    assert [v[1] for v in values_on(front_of(plane, token))] == [20.0, 10.0]
