"""Plots out of characters, and what a watched job adds up to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tclsearch.plot import Axis, scatter, short, sparkline
from tclsearch.tables import spec_differences
from tclsearch.watched import Watched
from tclsearch_client.documents import Event, FrontPoint, Job, Outlook, Trial, TrialTable

AT = datetime(2026, 1, 1, tzinfo=UTC)


def drawn(**given: Any) -> list[str]:
    return [line.plain for line in scatter(width=31, height=7, **given)]


def test_points_lie_where_their_values_are():
    lines = drawn(points=[(0, 0), (100, 10)], marked=[(100, 0), (0, 10)], plain=True)
    assert lines == [
        "       10 |*                  .",
        "          |                    ",
        "          |                    ",
        "          |                    ",
        "        0 |.                  *",
        "          +--------------------",
        "           0                100",
    ]


def test_braille_tells_eight_positions_of_a_character_apart():
    corners = [(0.0, 0.0), (39.0, 19.0), (1.0, 0.0), (0.0, 1.0)]
    lines = drawn(points=corners, marked=[])
    assert lines[4][11] == "⣄"
    assert lines[0][30] == "⠈"


def test_decades_are_drawn_by_logarithm():
    axis = Axis.over([1, 10, 100, 1000], 4)
    assert [axis.position(value) for value in (1, 10, 100, 1000)] == [0, 1, 2, 3]
    assert Axis.over([0, 10], 11).position(3) == 3


@pytest.mark.parametrize("points", [[], [(1.0, 1.0)], [(0.0, 0.0)] * 3])
def test_few_points_are_no_trouble(points: list[tuple[float, float]]):
    assert drawn(points=points, marked=points[:1])


def test_numbers_are_short():
    assert [short(v) for v in (0.5, 12, 9999, 12_345, 2e6, 3e9)] == [
        "0.5", "12", "9999", "12.3k", "2M", "3G",
    ]  # fmt: skip
    assert sparkline([0, 1, 2, 3], 3) == "▁▅█"
    assert sparkline([], 3) == ""


def job(**changes: Any) -> Job:
    fields = {
        "id": "job_1", "name": "j", "team": "t", "owner": "o", "state": "running",
        "desired": "run", "priority": 0, "epoch": 1, "created_at": AT, "hypervolume": 0.0,
        "front_size": 0, "budget": {"trials": 10},
        "trials": {"total": 10, "finished": 2, "running": 0, "pruned": 0, "failed": 0},
        "spec": {"objectives": ["accuracy", "params"], "budget": {"training_epochs": 3}},
    }  # fmt: skip
    return Job.model_validate(fields | changes)


def tell(watched: Watched, kind: str, second: float, **data: Any) -> None:
    at = (AT + timedelta(seconds=second)).isoformat()
    event = Event(id=watched.last_event + 1, event=kind, data={**data, "at": at})
    watched.apply(event)


def state(watched: Watched, number: int, to: str, second: float, attempt: int = 1) -> None:
    values = {"accuracy": 0.5} if to == "complete" else {}
    tell(
        watched, "trial.state", second, number=number, state=to, reason=None, attempt=attempt,
        values=values,
    )  # fmt: skip


def test_trials_come_and_go():
    watched = Watched(job())
    state(watched, 0, "reserved", 0)
    state(watched, 0, "running", 1)
    report = {"number": 0, "training_epoch": 2, "accuracy": 0.4}
    tell(watched, "trial.report", 2, **report)
    assert watched.running[0].training_epoch == 2
    state(watched, 0, "complete", 3)
    state(watched, 1, "running", 3)
    state(watched, 1, "suspended", 4)
    assert (watched.running, watched.finished) == ({}, 1)
    state(watched, 1, "running", 5, attempt=2)
    assert watched.running[1].attempt == 2
    state(watched, 1, "failed", 6)
    assert watched.counts() == {"complete": 1, "failed": 1}
    state(watched, 1, "running", 7, attempt=3)
    assert watched.finished == 1


def test_what_is_known_when_one_begins_to_look_is_not_counted_again():
    watched = Watched(job())
    columns = {"number": [0, 1, 2], "state": ["complete", "failed", "running"]}
    values = {"accuracy": [0.5, None, None], "params": [7, None, None]}
    table = TrialTable(job_id="job_1", events=20, attempts=[1, 1, 2], values=values, **columns)
    trial = {
        "number": 2, "state": "running", "parameters": {}, "architecture": {}, "values": {},
        "architecture_digest": "", "attempts": 2, "started_at": AT,
    }  # fmt: skip
    point = {"at": AT, "revision": 1, "trials_finished": 1, "hypervolume": 0.3, "front_size": 1}
    watched.begin(table, [Trial.model_validate(trial)], [FrontPoint.model_validate(point)])
    front = {"revision": 1, "hypervolume": 0.3}
    for _ in range(2):
        assert watched.counts() == {"complete": 1, "failed": 1}
        assert watched.complete == {0: {"accuracy": 0.5, "params": 7}}
        assert (watched.running[2].attempt, watched.hypervolumes) == (2, [0.3])
        tell(watched, "trial.state", 1, number=0, state="complete", reason=None, attempt=1,
             values={"accuracy": 0.5, "params": 7})  # fmt: skip
        tell(watched, "front.changed", 1, **front)


def test_the_remaining_time_is_what_is_left_of_the_outlook():
    watched = Watched(job())
    assert watched.remaining(AT) is None
    watched.learn_outlook(Outlook(at=AT, seconds_run=5, trials_left=9, remaining_seconds=None))
    assert watched.remaining(AT) is None
    watched.learn_outlook(Outlook(at=AT, seconds_run=40, trials_left=6, remaining_seconds=60))
    assert watched.remaining(AT) == timedelta(seconds=60)
    assert watched.remaining(AT + timedelta(seconds=5)) == timedelta(seconds=55)
    assert watched.remaining(AT + timedelta(hours=1)) == timedelta()
    watched.learn(job(state="paused"))
    assert watched.remaining(AT) is None


def test_specs_are_compared_field_by_field():
    one = {"space": {"preset": "tiny"}, "sampler": {"name": "tpe", "seed": 0}}
    other = {"space": {"preset": "tiny"}, "sampler": {"name": "gp"}}
    assert spec_differences([one, other]) == [
        ("sampler.name", ["tpe", "gp"]),
        ("sampler.seed", ["0", "–"]),
    ]
