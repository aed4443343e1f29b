"""Several jobs on one cluster: who is claimed, who shrinks, who waits and is told why."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from searchspace.datasets import KNOWN
from searchspace.spec import JobSpec
from service.db.tables import JobRow
from service.errors import Forbidden
from service.jobs import commands
from service.jobs.ground import live_devices, live_dispatchers
from service.lifecycle import JobReason, JobState, TrialReason
from service.queue.slots import RUNNERS_PER_CPU
from service.queue.standing import Heard, Prospect, Standing, Why, positions, prospect, queued
from service.queue.sweeper import Sweeper
from service.team.access import RunnerToken
from service.team.quotas import find_room, require_room
from tests.factories import model, reserve, start, stop
from tests.service.plane import Plane

WIDE = {"concurrency": 4}


def slots(plane: Plane, *jobs: RunnerToken) -> list[int]:
    """What the jobs' runners are granted, once the dispatcher has had its round."""
    assert plane.claim() is None
    return [plane.renew(token).slots for token in jobs]


def standings(plane: Plane, team: str = "default") -> list[Standing]:
    with plane.database.read() as session:
        dispatchers = live_dispatchers(session, plane.settings, plane.clock.time)
        heard = Heard(dispatchers, live_devices(session, plane.settings, plane.clock.time, team))
        return queued(session, team, heard, plane.clock.time, most=100)[0]


def why(plane: Plane, team: str = "default") -> list[Why]:
    return [standing.why for standing in standings(plane, team)]


def test_a_more_urgent_job_is_claimed_at_once_and_the_other_shrinks(plane: Plane) -> None:
    usual = plane.running(resources=WIDE)
    plane.beat(cpus=4)
    assert slots(plane, usual) == [4]
    plane.post(priority=1, resources={"concurrency": 3})
    urgent = plane.claimed(cpus=4)
    assert slots(plane, usual, urgent) == [1, 3]
    plane.post(priority=2, resources=WIDE)
    most_urgent = plane.claimed(cpus=4)
    assert slots(plane, usual, urgent, most_urgent) == [0, 0, 4]
    plane.hello(most_urgent)
    plane.finish(most_urgent, JobReason.BUDGET_SPENT)
    assert slots(plane, usual, urgent) == [1, 3]


def test_a_job_grows_again_when_another_needs_less(plane: Plane) -> None:
    first = plane.running(resources=WIDE)
    plane.post(resources=WIDE, budget={"trials": 3})
    second = plane.claimed(cpus=4)
    plane.hello(second)
    assert slots(plane, first, second) == [2, 2]
    plane.record(second, reserve(0), start(0), stop(0, reason=TrialReason.EXCEPTION))
    plane.record(second, reserve(1), start(1), stop(1, reason=TrialReason.EXCEPTION))
    assert slots(plane, first, second) == [3, 1]


def test_another_team_gets_its_half_of_a_full_cluster(plane: Plane) -> None:
    mine = [plane.running(resources=WIDE) for _ in range(2)]
    plane.post(team=plane.team("red"), resources=WIDE)
    theirs = plane.claimed(cpus=4)
    assert slots(plane, *mine, theirs) == [1, 1, 2]
    plane.post(team="red", owner="Grace", resources=WIDE)
    colleague = plane.claimed(cpus=4)
    assert slots(plane, *mine, theirs, colleague) == [1, 1, 1, 1]


def test_a_third_job_of_one_owner_waits_while_two_hold_two_cpus(plane: Plane) -> None:
    first, second = plane.running(), plane.running()
    plane.post()
    plane.beat(cpus=2)
    assert slots(plane, first, second) == [1, 1]
    assert why(plane) == [Why.NO_FREE_SLOT]


def test_a_job_that_is_leaving_competes_no_more(plane: Plane) -> None:
    leaving, other = plane.running(resources=WIDE), plane.running(resources=WIDE)
    plane.beat(cpus=4)
    with plane.database.write() as session:
        commands.pause(session, commands.lock_job(session, leaving.job_id), plane.clock.time)
    assert slots(plane, leaving, other) == [0, 4]


def test_a_cluster_has_only_so_many_runners(plane: Plane) -> None:
    for priority in range(RUNNERS_PER_CPU):
        plane.post(priority=priority)
        assert plane.claimed(cpus=1)
    plane.post(priority=10)
    assert plane.claim() is None


def test_a_runner_without_slots_is_told_to_leave_after_a_while(plane: Plane) -> None:
    usual = plane.running(resources=WIDE)
    plane.post(priority=1, owner="Eve", resources=WIDE)
    urgent = plane.claimed(cpus=4)
    plane.clock.advance(plane.settings.idle_runner_seconds - 0.001)
    assert not plane.renew(usual).give_way
    plane.clock.advance(0.001)
    assert plane.renew(usual).give_way
    assert not plane.renew(urgent).give_way
    plane.finish(usual, JobReason.INTERRUPTED)
    assert plane.job(usual.job_id).state == JobState.QUEUED
    assert plane.job(usual.job_id).crashes == 0
    assert plane.claim() is None


def test_a_job_out_of_a_runners_hands_has_no_slots(plane: Plane) -> None:
    token = plane.running()
    assert plane.job(token.job_id).slots == 2
    plane.lost(token)
    assert plane.job(token.job_id).slots == 0


def test_owners_take_turns_at_being_claimed(plane: Plane) -> None:
    ada = [plane.post(owner="Ada") for _ in range(3)]
    grace = plane.post(owner="Grace")
    red = plane.post(team=plane.team("red"))
    plane.beat(cpus=64)
    claims = [plane.claim() for _ in range(5)]
    assert [claim and claim.job_id for claim in claims] == [ada[0], red, grace, ada[1], ada[2]]


def test_turns_are_the_positions_that_people_are_told(plane: Plane) -> None:
    plane.team("red")
    for priority, team, owner in (
        (0, "default", "Ada"), (0, "default", "Ada"), (1, "red", "Eve"), (0, "default", "Grace"),
        (-1, "red", "Eve"), (0, "red", "Eve"), (1, "red", "Bob"),
    ):  # fmt: skip
        plane.post(priority=priority, team=team, owner=owner, resources={"concurrency": 1})
    with plane.database.read() as session:
        places = positions(session)
    plane.beat(cpus=64)
    claims = [plane.claim() for _ in places]
    assert [claim and claim.job_id for claim in claims] == sorted(places, key=places.__getitem__)


def test_a_quota_of_slots_shrinks_what_runs_and_holds_over_clusters(plane: Plane) -> None:
    token = plane.running(resources=WIDE)
    plane.team("default", slots=3)
    plane.beat(cpus=8)
    assert slots(plane, token) == [3]
    plane.post(resources=WIDE)
    plane.beat(cpus=8, cluster="elsewhere")
    assert plane.claim("elsewhere") is None
    # Owners and teams share what they may have, as they share a cluster.
    second = plane.claimed(cpus=8)
    assert slots(plane, token, second) == [2, 1]
    plane.team("default", slots=0)
    assert slots(plane, token, second) == [0, 0]
    plane.post()
    assert why(plane) == [Why.QUOTA_SLOTS]


def test_a_quota_of_stored_bytes_keeps_jobs_out_and_lets_running_ones_end(plane: Plane) -> None:
    plane.team("default", stored_bytes=8)
    token = plane.running()
    sha256 = plane.artifact("weights!")
    plane.record(token, reserve(0), start(0), stop(0, model(sha256, 0.5)))
    assert plane.job(token.job_id).stored_bytes == len("weights!")
    plane.post()
    assert plane.claim() is None
    assert why(plane) == [Why.QUOTA_STORED_BYTES]
    with plane.database.write() as session:
        assert not find_room(session, "default").allowed
        with pytest.raises(Forbidden):
            require_room(session, "default")
    plane.record(token, reserve(1), start(1), stop(1, model(sha256, 0.6)))
    plane.finish(token, JobReason.BUDGET_SPENT)
    with plane.database.write() as session:
        commands.remove(session, commands.lock_job(session, token.job_id))
    assert plane.claim() is not None


def test_waiting_makes_a_job_more_urgent_until_nothing_is_more(plane: Plane) -> None:
    sweeper = Sweeper(plane.settings, plane.database, plane.clock)
    humble = plane.post(priority=-10)
    for hours in range(1, 23):
        plane.clock.advance(plane.settings.ageing_seconds)
        sweeper.age()
        sweeper.age()
        assert plane.job(humble).boost == min(hours, 20)
    plane.post(priority=10, owner="Eve")
    assert plane.claimed().job_id == humble


def test_a_job_keeps_what_it_gained_while_it_runs_and_loses_it_when_it_rests(plane: Plane) -> None:
    sweeper = Sweeper(plane.settings, plane.database, plane.clock)
    plane.post()
    plane.clock.advance(plane.settings.ageing_seconds)
    sweeper.age()
    token = plane.claimed()
    plane.clock.advance(plane.settings.ageing_seconds)
    plane.hello(token)
    sweeper.age()
    assert plane.job(token.job_id).boost == 1
    plane.lost(token)
    assert plane.job(token.job_id).boost == 1
    with plane.database.write() as session:
        commands.pause(session, commands.lock_job(session, token.job_id), plane.clock.time)
    job = plane.job(token.job_id)
    assert (job.state, job.boost, job.waiting_since) == (JobState.PAUSED, 0, None)


def test_a_running_job_without_slots_waits_too(plane: Plane) -> None:
    sweeper = Sweeper(plane.settings, plane.database, plane.clock)
    usual = plane.running(resources=WIDE)
    plane.post(priority=1, owner="Eve", resources=WIDE)
    urgent = plane.claimed(cpus=4)
    plane.hello(urgent)
    assert slots(plane, usual, urgent) == [0, 4]
    plane.clock.advance(plane.settings.ageing_seconds)
    for token in (usual, urgent):
        plane.renew(token)
    plane.beat(cpus=4)
    sweeper.age()
    assert slots(plane, usual, urgent) == [2, 2]


def test_every_waiting_job_is_told_why(plane: Plane) -> None:
    plane.post()
    assert why(plane) == [Why.NO_DISPATCHER]
    plane.beat(cpus=1)
    assert why(plane) == [Why.NEXT]
    running = plane.claimed(cpus=1)
    plane.post()
    plane.post()
    assert why(plane) == [Why.NO_FREE_SLOT, Why.BEHIND_OTHERS]
    with plane.database.write() as session:
        for job in session.scalars(select(JobRow).where(JobRow.state == JobState.QUEUED.value)):
            job.dataset_key = "cifar10"
    assert why(plane) == [Why.DATASET_ABSENT] * 2
    plane.team("default", running_jobs=1)
    plane.beat(cpus=1, datasets=[KNOWN["cifar10"]])
    assert why(plane) == [Why.QUOTA_RUNNING_JOBS] * 2
    plane.hello(running)
    assert [standing.owner_slots for standing in standings(plane)] == [1.0, 1.0]


def prospect_of(plane: Plane, **document: object) -> Prospect:
    given = {"version": 1, "name": "next", "dataset": {"name": "digits"}, **document}
    with plane.database.read() as session:
        dispatchers = live_dispatchers(session, plane.settings, plane.clock.time)
        spec = JobSpec.parse(given)
        return prospect(session, spec, "default", "admin", dispatchers, plane.clock.time)


def test_starts_are_estimated_by_what_ran_before(plane: Plane) -> None:
    budget = {"trials": 4, "training_epochs": 6}
    one_by_one = {"concurrency": 1}
    plane.beat(cpus=1)
    assert prospect_of(plane).estimated_start == plane.clock.time
    token = plane.running(budget=budget, resources=one_by_one)
    plane.beat(cpus=1)
    plane.post(budget=budget, resources=one_by_one)
    # Nothing has ended yet that would tell how long a trial takes.
    assert [s.estimated_start for s in standings(plane)] == [None]
    plane.clock.advance(30)
    plane.record(token, reserve(0), start(0), stop(0, reason=TrialReason.EXCEPTION))
    plane.renew(token)
    # Three more trials of 30 seconds; then the next job's four.
    in_90, in_210 = (plane.clock.time + timedelta(seconds=s) for s in (90, 210))
    assert [s.estimated_start for s in standings(plane)] == [in_90]
    assert prospect_of(plane) == Prospect(position=2, estimated_start=in_210)
    plane.record(token, *(r for n in (1, 2, 3) for r in (reserve(n), start(n))))
    plane.clock.advance(90)
    plane.finish(token, JobReason.BUDGET_SPENT)
    plane.beat(cpus=1)
    assert [s.why for s in standings(plane)] == [Why.NEXT]
    assert prospect_of(plane) == Prospect(position=2, estimated_start=in_210)
