import threading
from collections import Counter

import pytest

from searchspace.datasets import KNOWN
from service.errors import Conflict, StaleEpoch, Unprocessable
from service.lifecycle import JobReason, JobState, TrialReason
from service.protocol import Claim
from service.queue import ownership
from service.team.access import RunnerToken
from tests.factories import reserve, start, stop
from tests.service.plane import Plane


def test_the_most_urgent_job_is_claimed_first_and_among_equals_the_oldest(plane: Plane) -> None:
    first = plane.post()
    second = plane.post()
    urgent = plane.post(priority=3)
    unimportant = plane.post(priority=-1)
    plane.beat()
    claims = [plane.claim() for _ in range(5)]
    assert [claim and claim.job_id for claim in claims] == [
        urgent,
        first,
        second,
        unimportant,
        None,
    ]


def test_a_claim_adds_an_epoch_and_starts_the_lease(plane: Plane) -> None:
    job_id = plane.post(resources={"gpus": 0.5})
    token = plane.claimed()
    job = plane.job(job_id)
    assert (job.state, job.epoch, token.epoch) == (JobState.STARTING, 1, 1)
    assert job.handle == f"tclsearch-{job_id}-e1"
    assert job.lease_until is not None
    assert (job.lease_until - plane.clock.time).total_seconds() == plane.settings.lease_seconds


def test_claims_at_once_never_give_a_job_twice(plane: Plane) -> None:
    posted = [plane.post() for _ in range(24)]
    for cluster in ("a", "b"):
        plane.beat(cluster=cluster)
    claims: list[Claim] = []

    def dispatch(cluster: str) -> None:
        while (claim := plane.claim(cluster)) is not None:
            claims.append(claim)

    threads = [threading.Thread(target=dispatch, args=(c,)) for c in "abababab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(claim.job_id for claim in claims) == Counter(posted)
    assert {claim.epoch for claim in claims} == {1}


def test_a_cluster_works_on_as_many_jobs_as_it_has_slots_for(plane: Plane) -> None:
    for _ in range(4):
        plane.post()
    plane.beat(cpus=2.9)
    assert [plane.claim() is None for _ in range(3)] == [False, False, True]
    plane.beat(cpus=0.5, cluster="too small")
    assert plane.claim("too small") is None


def test_claims_at_once_keep_a_cluster_to_its_cpus(plane: Plane) -> None:
    for _ in range(8):
        plane.post()
    plane.beat(cpus=3)
    given: list[Claim | None] = []
    threads = [threading.Thread(target=lambda: given.append(plane.claim())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claim is not None for claim in given) == 3


def test_only_a_cluster_with_the_data_set_claims_a_job(plane: Plane) -> None:
    bundled = plane.post()
    with plane.database.write() as session:
        job = plane.job(plane.post())
        job.dataset_key = "cifar10"
        session.merge(job)
    plane.beat(cluster="bare")
    claims = [plane.claim("bare"), plane.claim("bare")]
    assert [claim and claim.job_id for claim in claims] == [bundled, None]
    plane.beat(cluster="stocked", datasets=[KNOWN["cifar10"]])
    assert plane.claim("stocked") is not None


def test_a_dispatcher_reports_before_it_claims(plane: Plane) -> None:
    plane.post()
    with pytest.raises(Conflict) as refusal:
        plane.claim("unheard")
    assert refusal.value.code == "unknown_dispatcher"


def test_hello_begins_the_run_and_may_be_said_twice(plane: Plane) -> None:
    job_id = plane.post()
    token = plane.claimed()
    plane.hello(token, "node-1:1")
    told = plane.rows()
    plane.clock.advance(1)
    plane.hello(token, "node-1:1")
    assert plane.rows() == told
    job = plane.job(job_id)
    assert job.state == JobState.RUNNING
    assert job.started_at == job.running_since
    with pytest.raises(Conflict) as refusal:
        plane.hello(token, "node-2:2")
    assert refusal.value.code == "already_running"


def test_a_renewal_extends_the_lease(plane: Plane) -> None:
    token = plane.running()
    plane.clock.advance(plane.settings.lease_seconds - 1)
    plane.renew(token)
    plane.clock.advance(plane.settings.lease_seconds - 1)
    assert plane.rescue() == ()


def test_orders_tell_the_budget_and_all_time_run(plane: Plane) -> None:
    token = plane.running(budget={"trials": 7, "wall_clock_seconds": 100.0})
    plane.clock.advance(30)
    plane.lost(token)
    plane.clock.advance(1000)
    again = plane.claimed()
    plane.hello(again)
    plane.clock.advance(12)
    orders = plane.renew(again)
    assert (orders.trials, orders.wall_clock_seconds, orders.wall_clock_used) == (7, 100.0, 42.0)


def test_jobs_share_the_cpus_of_their_cluster(plane: Plane) -> None:
    first = plane.running(resources={"cpus": 2.0, "concurrency": 3})
    plane.beat(cpus=8)
    assert plane.renew(first).slots == 3
    plane.post(resources={"cpus": 2.0, "concurrency": 3})
    assert plane.claim() is not None
    assert plane.renew(first).slots == 2


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (JobReason.BUDGET_SPENT, JobState.SUCCEEDED),
        (JobReason.WALL_CLOCK_SPENT, JobState.SUCCEEDED),
        (JobReason.RUNNER_ERROR, JobState.FAILED),
        (JobReason.EVERY_TRIAL_FAILED, JobState.FAILED),
        (JobReason.INTERRUPTED, JobState.QUEUED),
    ],
)
def test_the_reason_of_a_finish_decides_the_state(
    plane: Plane, reason: JobReason, state: JobState
) -> None:
    token = plane.running(budget={"wall_clock_seconds": 5.0})
    plane.clock.advance(5)
    plane.finish(token, reason, "because")
    job = plane.job(token.job_id)
    assert (job.state, job.reason, job.detail) == (state, reason, "because")
    assert (job.wall_clock_used, job.lease_until, job.running_since) == (5.0, None, None)
    assert (job.finished_at is None) == (state is JobState.QUEUED)
    assert job.crashes == 0


@pytest.mark.parametrize(("trials", "state"), [(3, JobState.QUEUED), (4, JobState.SUCCEEDED)])
def test_a_budget_of_trials_that_grew_while_the_runner_left_is_gone_on_with(
    plane: Plane, trials: int, state: JobState
) -> None:
    token = plane.running(budget={"trials": 4})
    plane.finish(token, JobReason.BUDGET_SPENT, trials=trials)
    assert plane.job(token.job_id).state == state


@pytest.mark.parametrize(
    ("limit", "state"),
    [(10.0, JobState.SUCCEEDED), (10.1, JobState.QUEUED), (None, JobState.QUEUED)],
)
def test_time_that_was_granted_while_the_runner_left_is_gone_on_with(
    plane: Plane, limit: float | None, state: JobState
) -> None:
    token = plane.running(budget={"wall_clock_seconds": limit})
    plane.clock.advance(10)
    plane.finish(token, JobReason.WALL_CLOCK_SPENT)
    assert plane.job(token.job_id).state == state


def test_a_finish_may_be_said_twice(plane: Plane) -> None:
    token = plane.running()
    plane.finish(token, JobReason.BUDGET_SPENT)
    told = plane.rows()
    plane.finish(token, JobReason.BUDGET_SPENT)
    assert plane.rows() == told


@pytest.mark.parametrize("reason", [JobReason.RUNNER_LOST, JobReason.POISON])
def test_a_runner_cannot_pronounce_itself_lost(plane: Plane, reason: JobReason) -> None:
    token = plane.running()
    with pytest.raises(Unprocessable):
        plane.finish(token, reason)


def test_a_job_that_never_ran_cannot_succeed(plane: Plane) -> None:
    plane.post()
    token = plane.claimed()
    with pytest.raises(Conflict) as refusal:
        plane.finish(token, JobReason.BUDGET_SPENT)
    assert refusal.value.code == "job_state"


def test_a_terminal_job_has_no_live_trial(plane: Plane) -> None:
    token = plane.running()
    plane.record(token, reserve(0), reserve(1), start(1), reserve(2), start(2), reserve(3))
    plane.record(token, start(3), stop(3, reason=TrialReason.PAUSED))
    plane.record(token, stop(2, reason=TrialReason.EXCEPTION))
    plane.finish(token, JobReason.RUNNER_ERROR)
    states = [(trial.state, trial.reason) for trial in plane.trials(token.job_id)]
    cancelled = ("cancelled", "cancelled")
    assert states == [cancelled, cancelled, ("failed", "exception"), cancelled]
    job = plane.job(token.job_id)
    assert (job.trials_total, job.trials_finished, job.trials_failed) == (4, 4, 1)
    # The stream ends after the job's own last event.
    assert [event.kind for event in plane.events(token.job_id)][-4:] == [
        *(["trial.state"] * 3),
        "job.state",
    ]


def test_a_lost_runner_leaves_its_trials_for_the_next(plane: Plane) -> None:
    token = plane.running()
    plane.record(token, reserve(0), start(0), reserve(1))
    plane.lost(token)
    job = plane.job(token.job_id)
    assert (job.state, job.reason, job.epoch) == (JobState.QUEUED, JobReason.RUNNER_LOST, 2)
    assert [trial.state for trial in plane.trials(token.job_id)] == ["running", "reserved"]
    again = plane.claimed()
    plane.hello(again)
    plane.record(again, start(0, attempt=2))
    assert again.epoch == 3
    assert plane.trial(token.job_id).attempts == 2


def test_three_crashes_without_a_finished_trial_are_poison(plane: Plane) -> None:
    plane.post()
    for _ in range(3):
        token = plane.claimed()
        plane.lost(token)
    job = plane.job(token.job_id)
    assert (job.state, job.reason) == (JobState.FAILED, JobReason.POISON)


def test_a_finished_trial_forgives_the_crashes_before_it(plane: Plane) -> None:
    token = plane.running()
    for _ in range(2):
        plane.lost(token)
        token = plane.claimed()
    plane.hello(token)
    plane.record(token, reserve(0), start(0), stop(0, reason=TrialReason.CRASH))
    plane.lost(token)
    assert plane.job(token.job_id).state == JobState.QUEUED
    assert plane.job(token.job_id).crashes == 1


def test_only_expired_leases_are_rescued(plane: Plane) -> None:
    alive = plane.running()
    silent = plane.running()
    plane.clock.advance(60)
    plane.renew(alive)
    plane.clock.advance(plane.settings.lease_seconds - 60)
    assert plane.rescue() == ()
    plane.clock.advance(0.001)
    assert plane.rescue() == (silent.job_id,)
    assert plane.job(silent.job_id).state == JobState.QUEUED
    assert plane.job(alive.job_id).state == JobState.RUNNING
    assert plane.rescue() == ()


def test_rescues_at_once_take_a_job_back_once(plane: Plane) -> None:
    token = plane.running()
    plane.clock.advance(plane.settings.lease_seconds + 1)
    rescued: list[str] = []
    threads = [threading.Thread(target=lambda: rescued.extend(plane.rescue())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job = plane.job(token.job_id)
    assert rescued == [token.job_id]
    assert (job.crashes, job.epoch) == (1, 2)


def test_a_job_is_lost_once_for_each_epoch(plane: Plane) -> None:
    token = plane.running()
    plane.lost(token)
    with pytest.raises(StaleEpoch):
        plane.lost(token)
    plane.claimed()
    told = plane.rows()
    with pytest.raises(StaleEpoch):
        plane.lost(token)
    assert plane.rows() == told


def test_a_cluster_holds_what_its_runners_should_be_driving(plane: Plane) -> None:
    running = plane.running()
    plane.post()
    starting = plane.claimed()
    ended = plane.running()
    plane.finish(ended, JobReason.BUDGET_SPENT)
    plane.post()
    plane.beat(cluster="elsewhere")
    plane.claim("elsewhere")
    plane.clock.advance(7)
    with plane.database.read() as session:
        held = ownership.held(session, "cluster-1", plane.clock.time, plane.settings)
    assert {(job.job_id, job.epoch, job.state) for job in held} == {
        (running.job_id, 1, JobState.RUNNING),
        (starting.job_id, 1, JobState.STARTING),
    }
    since_claim = {job.job_id: job.starting_seconds for job in held}
    assert since_claim[running.job_id] is None
    assert since_claim[starting.job_id] == pytest.approx(7, abs=0.1)


def test_a_runner_that_never_was_is_no_crash(plane: Plane) -> None:
    def not_launched(token: RunnerToken) -> None:
        with plane.database.write() as session:
            at = plane.clock.time
            ownership.lost(session, token.job_id, token.epoch, "no launch", at, launched=False)

    plane.post()
    for _ in range(5):
        not_launched(plane.claimed())
    token = plane.claimed()
    job = plane.job(token.job_id)
    assert (job.crashes, job.epoch) == (0, 11)
    plane.hello(token)
    not_launched(token)
    assert plane.job(token.job_id).crashes == 1, "its runner has said hello"


def test_a_job_waits_for_a_cluster_that_has_its_custom_resources(plane: Plane) -> None:
    needy = plane.post(resources={"custom": {"tpu": 1, "licence": 2}})
    plain = plane.post()
    plane.beat()
    (claimed, nobody) = (plane.claim(), plane.claim())
    assert claimed is not None
    assert (claimed.job_id, nobody) == (plain, None)
    plane.beat(cluster="other", custom={"tpu": 1})
    assert plane.claim("other") is None
    plane.beat(cluster="other", custom={"licence": 2, "tpu": 1})
    claim = plane.claim("other")
    assert claim is not None
    assert claim.job_id == needy
