from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from service.db.engine import Database
from service.errors import Unavailable
from service.jobs import commands
from service.lifecycle import JobReason, JobState
from service.queue.sweeper import Sweeper
from service.team.access import RunnerToken
from tests.factories import reserve, start
from tests.service.plane import Plane


@pytest.fixture
def sweeper(plane: Plane) -> Sweeper:
    return Sweeper(plane.settings, plane.database, plane.clock)


def sweep_for(plane: Plane, seconds: float, *sweepers: Sweeper) -> None:
    """Passes of these copies of the service at their usual pace."""
    until = plane.clock.time + timedelta(seconds=seconds)
    while plane.clock.time < until:
        plane.clock.advance(plane.settings.sweep_seconds)
        for sweeper in sweepers:
            sweeper.sweep()


def settled(plane: Plane, *sweepers: Sweeper) -> RunnerToken:
    """A runner that falls silent when these copies of the service have long been up."""
    for sweeper in sweepers:
        sweeper.sweep()
    sweep_for(plane, plane.settings.rescue_grace_seconds, *sweepers)
    return plane.running()


def is_rescued(plane: Plane, token: RunnerToken) -> bool:
    return plane.job(token.job_id).state == JobState.QUEUED


def test_a_lease_that_ran_out_is_rescued(plane: Plane, sweeper: Sweeper) -> None:
    token = settled(plane, sweeper)
    sweep_for(plane, plane.settings.lease_seconds, sweeper)
    assert not is_rescued(plane, token)
    sweep_for(plane, plane.settings.sweep_seconds, sweeper)
    assert is_rescued(plane, token)


def test_what_a_pass_did_is_told(plane: Plane) -> None:
    passes: list[tuple[int, int]] = []
    sweeper = Sweeper(
        plane.settings,
        plane.database,
        plane.clock,
        on_swept=lambda rescued, cancelled: passes.append((rescued, cancelled)),
    )
    settled(plane, sweeper)
    sweep_for(plane, plane.settings.lease_seconds + plane.settings.sweep_seconds, sweeper)
    assert (1, 0) in passes
    assert sum(rescued for rescued, _ in passes) == 1


def test_no_lease_is_rescued_in_the_grace_after_a_start(plane: Plane, sweeper: Sweeper) -> None:
    token = plane.running()
    plane.clock.advance(plane.settings.lease_seconds + 1)
    sweeper.sweep()
    sweep_for(plane, plane.settings.rescue_grace_seconds - 5, sweeper)
    assert not is_rescued(plane, token)
    sweep_for(plane, 5, sweeper)
    assert is_rescued(plane, token)


def test_database_trouble_grants_the_grace_again(plane: Plane, sweeper: Sweeper) -> None:
    token = settled(plane, sweeper)
    sweep_for(plane, plane.settings.lease_seconds, sweeper)
    lose_database(plane, sweeper)
    sweep_for(plane, plane.settings.rescue_grace_seconds - 5, sweeper)
    assert not is_rescued(plane, token)
    sweep_for(plane, 10, sweeper)
    assert is_rescued(plane, token)


def test_trouble_that_another_copy_had_counts_too(plane: Plane, sweeper: Sweeper) -> None:
    other = Sweeper(plane.settings, plane.database, plane.clock)
    token = settled(plane, sweeper, other)
    sweep_for(plane, plane.settings.lease_seconds - 5, sweeper, other)
    lose_database(plane, other)
    other.sweep()
    sweep_for(plane, plane.settings.rescue_grace_seconds - 5, sweeper, other)
    assert not is_rescued(plane, token), "it may have been a runner of the other copy"
    sweep_for(plane, 10, sweeper, other)
    assert is_rescued(plane, token)


def lose_database(plane: Plane, sweeper: Sweeper) -> None:
    """One pass without the database."""
    sweeper._database = away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable):
        sweeper.sweep()
    away.close()
    sweeper._database = plane.database


def test_a_machine_that_slept_rescues_nobody_when_it_wakes(plane: Plane, sweeper: Sweeper) -> None:
    token = settled(plane, sweeper)
    plane.clock.advance(10_000)
    sweeper.sweep()
    sweep_for(plane, plane.settings.rescue_grace_seconds - 5, sweeper)
    assert not is_rescued(plane, token)
    sweep_for(plane, 10, sweeper)
    assert is_rescued(plane, token)


def test_a_copy_that_was_killed_in_trouble_is_forgotten(plane: Plane, sweeper: Sweeper) -> None:
    other = Sweeper(plane.settings, plane.database, plane.clock)
    settled(plane, sweeper)
    other.sweep()
    sweep_for(plane, plane.settings.rescue_grace_seconds, sweeper)
    assert len(plane.rows()["copies"]) == 2
    sweep_for(plane, 5, sweeper)
    assert len(plane.rows()["copies"]) == 1


def test_each_copy_is_told_how_many_there_are(plane: Plane) -> None:
    told: dict[str, int] = {}

    def counting(copy: str) -> Sweeper:
        return Sweeper(
            plane.settings,
            plane.database,
            plane.clock,
            on_counted=lambda running: told.update({copy: running}),
        )

    first, second = counting("first"), counting("second")
    first.sweep()
    assert told == {"first": 1}
    second.sweep()
    first.sweep()
    assert told == {"first": 2, "second": 2}
    second.leave()
    first.sweep()
    assert told["first"] == 1, "it left in order"
    second.sweep()
    sweep_for(plane, plane.settings.lease_seconds / 4, first)
    assert told["first"] == 2
    sweep_for(plane, plane.settings.sweep_seconds, first)
    assert told["first"] == 1, "it was killed"


def test_several_copies_rescue_each_job_once(plane: Plane) -> None:
    sweepers = [Sweeper(plane.settings, plane.database, plane.clock) for _ in range(4)]
    settled(plane, *sweepers)
    tokens = [plane.running() for _ in range(20)]
    sweep_for(plane, plane.settings.lease_seconds - 5, *sweepers)
    plane.clock.advance(10)
    with ThreadPoolExecutor(4) as threads:
        rescued = sum(threads.map(lambda sweeper: sweeper.sweep(), sweepers))
    assert rescued == 21
    jobs = [plane.job(token.job_id) for token in tokens]
    assert {(job.state, job.epoch, job.crashes) for job in jobs} == {("queued", 2, 1)}


def test_a_copy_that_stops_in_order_delays_no_rescue(plane: Plane, sweeper: Sweeper) -> None:
    token = settled(plane, sweeper)
    sweep_for(plane, plane.settings.lease_seconds, sweeper)
    other = Sweeper(plane.settings, plane.database, plane.clock)
    other.sweep()
    other.leave()
    sweep_for(plane, 5, sweeper)
    assert is_rescued(plane, token)
    assert len(plane.rows()["copies"]) == 1


def test_an_ignored_cancel_is_forced(plane: Plane, sweeper: Sweeper) -> None:
    token = plane.running()
    plane.record(token, reserve(0), start(0))
    with plane.database.write() as session:
        commands.cancel(session, commands.lock_job(session, token.job_id), plane.clock.time)
    plane.clock.advance(plane.settings.cancel_grace_seconds)
    # Alive, but deaf.
    plane.renew(token)
    sweeper.sweep()
    assert plane.job(token.job_id).state == JobState.RUNNING
    plane.clock.advance(1)
    sweeper.sweep()
    job = plane.job(token.job_id)
    assert (job.state, job.reason, job.epoch) == (
        JobState.CANCELLED,
        JobReason.CANCELLED,
        token.epoch + 1,
    )
    assert plane.trial(token.job_id).state == "cancelled"
