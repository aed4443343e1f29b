"""Models that wait for a device: who gets them, and what becomes of agents that die."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from service.artifacts.collect import collect
from service.db.tables import ArtifactRow, MeasurementRow
from service.devices import measurements
from service.devices.protocol import DeviceClaim, DeviceSystem, Leased, Task
from service.errors import Conflict, NotFound
from service.protocol import Latency, Measured, Measuring
from service.queue.ownership import hold
from service.queue.standing import Why
from service.team.access import RunnerToken
from tests.factories import digest
from tests.service.plane import Plane
from tests.service.test_fair_share import slots, why

LATENCY = Latency(min=1.0, median=1.1, p90=1.3, runs=250, reference=0.5)
PHONE = {"latency": {"profile": "phone"}}
SYSTEM = DeviceSystem(machine="arm64", system="phone", python="3.11", onnxruntime="1.20", cpus=4)


def ask(plane: Plane, token: RunnerToken, subject: str = "model") -> Measured:
    asked = Measuring(
        epoch=token.epoch,
        subject=digest(subject),
        model=digest("onnx"),
        reference=digest("reference"),
    )
    with plane.database.write() as session:
        return measurements.ask(session, hold(session, token), asked, plane.clock.time)


def claim(
    plane: Plane, agent: str = "agent", team: str = "default", profile: str = "phone"
) -> Task | None:
    request = DeviceClaim(agent=agent, profile=profile, system=SYSTEM)
    with plane.database.write() as session:
        return measurements.claim(session, team, request, plane.clock.time, plane.settings)


def claimed(plane: Plane, agent: str = "agent") -> Task:
    task = claim(plane, agent)
    assert task is not None
    return task


def report(plane: Plane, task: Task, agent: str = "agent", team: str = "default") -> None:
    lease = Leased(agent=agent, attempt=task.attempt)
    with plane.database.write() as session:
        measurements.report(session, team, task.id, lease, LATENCY, plane.clock.time)


def silence(plane: Plane, token: RunnerToken) -> None:
    """The agent says nothing until its lease is over; the trial goes on asking."""
    for _ in range(2):
        plane.clock.advance(plane.settings.device_lease_seconds / 2)
        plane.renew(token)
        ask(plane, token)


@pytest.fixture
def token(plane: Plane) -> RunnerToken:
    """The runner of a job that is measured on a phone; its files are there."""
    plane.artifact("onnx")
    plane.artifact("reference")
    claim(plane)
    return plane.running(**PHONE)


def test_a_model_is_leased_once_and_its_latency_put_on_record(
    plane: Plane, token: RunnerToken
) -> None:
    assert ask(plane, token) == Measured()
    task = claimed(plane)
    assert (task.model, task.reference) == (digest("onnx"), digest("reference"))
    assert claim(plane, "another") is None
    assert claim(plane) == task, "a reply that was lost is given again"
    report(plane, task)
    assert ask(plane, token) == Measured(latency=LATENCY)
    assert claim(plane) is None
    with pytest.raises(Conflict, match="lease is over"):
        report(plane, task)


def test_two_trials_that_wait_for_the_same_model_have_it_measured_once(
    plane: Plane, token: RunnerToken
) -> None:
    ask(plane, token)
    other = plane.running(**PHONE)
    ask(plane, other)
    report(plane, claimed(plane))
    assert claim(plane) is None
    assert ask(plane, token) == ask(plane, other) == Measured(latency=LATENCY)


def test_an_agent_that_dies_loses_nothing_and_reports_nothing_late(
    plane: Plane, token: RunnerToken
) -> None:
    ask(plane, token)
    first = claimed(plane)
    silence(plane, token)
    second = claimed(plane, "another")
    assert (second.id, second.attempt) == (first.id, 2)
    with pytest.raises(Conflict) as refused:
        report(plane, first)
    assert refused.value.code == "stale_lease"
    assert ask(plane, token) == Measured()
    report(plane, second, "another")
    assert ask(plane, token) == Measured(latency=LATENCY)


def test_a_renewed_lease_lasts(plane: Plane, token: RunnerToken) -> None:
    ask(plane, token)
    task = claimed(plane)
    plane.clock.advance(plane.settings.device_lease_seconds - 1)
    with plane.database.write() as session:
        lease = Leased(agent="agent", attempt=task.attempt)
        measurements.renew(session, "default", task.id, lease, plane.clock.time, 60.0)
    ask(plane, token)
    plane.clock.advance(2)
    assert claim(plane, "another") is None


def test_what_three_agents_die_of_fails_once_and_is_tried_again_when_asked_again(
    plane: Plane, token: RunnerToken
) -> None:
    ask(plane, token)
    for attempt in range(measurements.ATTEMPTS):
        assert claimed(plane, f"agent {attempt}").attempt == attempt + 1
        silence(plane, token)
    assert claim(plane, "a fourth") is None
    failed = ask(plane, token).failed
    assert failed is not None
    assert "silent" in failed
    assert ask(plane, token) == Measured()
    assert claimed(plane).attempt == 1


def test_a_refused_model_is_tried_by_others_and_then_fails_with_what_they_said(
    plane: Plane, token: RunnerToken
) -> None:
    ask(plane, token)
    for _ in range(measurements.ATTEMPTS):
        assert ask(plane, token) == Measured()
        task = claimed(plane)
        lease = Leased(agent="agent", attempt=task.attempt)
        with plane.database.write() as session:
            measurements.refuse(session, "default", task.id, lease, "no such operator")
    assert ask(plane, token) == Measured(failed="no such operator")


def test_a_released_model_is_anothers_at_once_and_no_try_is_lost(
    plane: Plane, token: RunnerToken
) -> None:
    ask(plane, token)
    task = claimed(plane)
    with plane.database.write() as session:
        measurements.release(session, "default", task.id, Leased(agent="agent", attempt=1))
    assert claimed(plane, "another").attempt == 1


def test_another_team_gets_and_reads_and_reports_nothing(plane: Plane, token: RunnerToken) -> None:
    plane.team("others")
    ask(plane, token)
    assert claim(plane, team="others") is None
    assert claim(plane, profile="watch") is None
    task = claimed(plane)
    with pytest.raises(Conflict):
        report(plane, task, team="others")
    with plane.database.read() as session, pytest.raises(NotFound):
        measurements.file_of(session, "others", task.id, "model")


def test_another_teams_device_of_the_same_name_is_another_device(
    plane: Plane, token: RunnerToken
) -> None:
    ask(plane, token)
    report(plane, claimed(plane))
    plane.team("others")
    claim(plane, team="others")
    theirs = plane.running(team="others", **PHONE)
    assert ask(plane, theirs) == Measured()


def test_what_nobody_asks_for_is_not_handed_out(plane: Plane, token: RunnerToken) -> None:
    ask(plane, token)
    plane.clock.advance(measurements.ASKED.total_seconds() + 1)
    assert claim(plane) is None
    plane.renew(token)
    ask(plane, token)
    assert claim(plane) is not None


def test_files_must_be_there_and_are_kept_while_they_are_waited_for(
    plane: Plane, token: RunnerToken
) -> None:
    ask(plane, token)
    assert sum(collect(plane.database, plane.store, datetime(2100, 1, 1, tzinfo=UTC))) == 0
    report(plane, claimed(plane))
    assert sum(collect(plane.database, plane.store, datetime(2100, 1, 1, tzinfo=UTC))) == 2
    with pytest.raises(Conflict) as refused:
        ask(plane, token, "a new one")
    assert refused.value.code == "artifact_missing"
    with plane.database.read() as session:
        assert not session.scalars(select(MeasurementRow)).all()
        assert not session.scalars(select(ArtifactRow)).all()


def test_only_jobs_of_the_device_wait_for_it_and_leave_their_slots_to_others(
    plane: Plane, token: RunnerToken
) -> None:
    other = plane.running()
    assert [bool(granted) for granted in slots(plane, token, other)] == [True, True]
    plane.post(**PHONE)
    plane.clock.advance(plane.settings.device_alive_seconds + 1)
    plane.beat()
    assert why(plane) == [Why.DEVICE_AWAY]
    # Neither claimed nor granted anything, while the other job runs on.
    mine, others = slots(plane, token, other)
    assert mine == 0
    assert others > 0
    claim(plane)
    assert why(plane) == [Why.NEXT]
    assert plane.claim() is not None
    assert plane.renew(token).slots > 0


def test_one_architecture_is_measured_in_each_precision(plane: Plane, token: RunnerToken) -> None:
    in_8_bits = plane.running(latency={"profile": "phone", "precision": "int8"})
    assert ask(plane, token) == Measured()
    # Handed out in the order in which they were asked for.
    plane.clock.advance(1)
    assert ask(plane, in_8_bits) == Measured()
    plain, small = claimed(plane), claimed(plane, "another")
    assert plain.id != small.id
    report(plane, small, "another")
    assert ask(plane, in_8_bits) == Measured(latency=LATENCY)
    assert ask(plane, token) == Measured()
    report(plane, plain)
    assert ask(plane, token) == Measured(latency=LATENCY)
