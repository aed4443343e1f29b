"""F3, F4 and F10: runners that die in mid-search, that come back from the dead, and that live in
another time."""

import random
import time
from collections.abc import Callable

import pytest

from tests.chaos.cluster import Cluster, ForkedRunner, wait_for
from tests.chaos.counts import count
from tests.chaos.fake_runner import FENCED, Pace
from tests.chaos.light_api import LightApi


def finished(api: LightApi, job_id: str) -> int:
    with api.client() as client:
        return int(client.get(f"/jobs/{job_id}").json()["trials"]["finished"])


def ended(api: LightApi, job_id: str) -> int:
    """Trials of every purpose."""
    with api.client() as client:
        job = client.get(f"/jobs/{job_id}").json()
    return int(job["trials"]["finished"]) + int(job["extra_trials"]["finished"])


def bring_further(
    api: LightApi, cluster: Cluster, runner: ForkedRunner, pace: Pace
) -> ForkedRunner:
    """Wait until another trial has ended; who drives the job then.

    On a machine too busy to let it renew in time, a runner loses its job and another takes over.
    """
    job_id = runner.claim.job_id
    before = finished(api, job_id)
    deadline = time.monotonic() + 120
    while finished(api, job_id) == before:
        assert time.monotonic() < deadline, "no trial has ended"
        if runner.status is not None:
            runner = cluster.launch(pace)
        time.sleep(0.02)
    return runner


def has_ended(api: LightApi, job_id: str) -> bool:
    with api.client() as client:
        return client.get(f"/jobs/{job_id}").json()["state"] == "succeeded"


@pytest.mark.timeout(3600)
def test_a_search_ends_exactly_whoever_is_killed(
    api: LightApi, cluster: Cluster, say: Callable[..., None]
) -> None:
    """F3. Every runner gets a trial done or two, so that the job is not poison."""
    kills = count("F3", small=5, large=100)
    trials = 2 * kills
    job_id = api.post_job(budget={"trials": trials, "training_epochs": 3})
    chance = random.Random(3)
    pace = Pace(step=0.03)
    killed = 0
    while killed < kills and not has_ended(api, job_id):
        runner = cluster.launch(pace)
        before = finished(api, job_id)
        wait_for(lambda before=before: finished(api, job_id) > before, 60)
        time.sleep(chance.uniform(0.0, 0.03))
        runner.kill()
        cluster.report_lost(runner)
        killed += 1
    assert killed == kills
    if not has_ended(api, job_id):
        assert cluster.launch(pace).wait(120) == 0

    history = api.history()
    job = history.job(job_id)
    lost, duplicated = history.lost_trials(job_id, trials), history.duplicated_trials(job_id)
    say(
        f"F3 runner killed in mid-search, {api.database}",
        kills=killed,
        trials=trials,
        lost=lost,
        duplicated=duplicated,
        stale_writes_accepted=history.stale_writes(job_id),
        reports=len(history.stored.reports[job_id]),
    )
    assert (job.state, job.reason) == ("succeeded", "budget_spent")
    assert (lost, duplicated, history.stale_writes(job_id)) == (0, 0, 0)
    assert history.violations() == []


@pytest.mark.timeout(3600)
def test_baselines_and_retrainings_end_exactly_whoever_is_killed(
    api: LightApi, cluster: Cluster, say: Callable[..., None]
) -> None:
    """F3 again, with a runner killed around each trial that is no part of the search."""
    job_id = api.post_job(
        budget={"trials": 2, "training_epochs": 2},
        early_stopping={"name": "none"},
        baselines=["mobilenet_v2", "squeezenet1_1"],
        retrain={"models": 1, "training_epochs": 4, "seeds": 2},
    )
    chance = random.Random(4)
    pace = Pace(step=0.03)
    kills = 0
    while not has_ended(api, job_id):
        runner = cluster.launch(pace)
        before = ended(api, job_id)
        wait_for(lambda before=before: ended(api, job_id) > before, 60)
        time.sleep(chance.uniform(0.0, 0.1))
        if ended(api, job_id) < 6:
            runner.kill()
            cluster.report_lost(runner)
            kills += 1
        else:
            assert runner.wait(60) == 0

    history = api.history()
    trials = history.stored.trials[job_id]
    stale = history.stale_writes(job_id)
    lost, duplicated = history.lost_trials(job_id, 6), history.duplicated_trials(job_id)
    say(
        f"F3 runner killed around baselines and retrainings, {api.database}",
        kills=kills,
        lost=lost,
        duplicated=duplicated,
        stale_writes_accepted=stale,
    )
    assert kills > 1
    assert (lost, duplicated, stale) == (0, 0, 0)
    purposes = [trial.purpose for trial in trials]
    assert purposes == ["baseline"] * 2 + ["search"] * 2 + ["retrain"] * 2
    assert len({trial.seed for trial in trials[4:]}) == 2
    assert len({trial.subject for trial in trials[4:]}) == 1
    job = history.job(job_id)
    assert (job.state, job.reason, job.extras_left) == ("succeeded", "budget_spent", 0)
    assert history.violations() == []


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "api_settings", [{"lease_seconds": 1.2, "renew_after_seconds": 0.2}], indirect=True
)
def test_a_runner_that_slept_past_its_lease_writes_nothing(
    api: LightApi, cluster: Cluster, say: Callable[..., None]
) -> None:
    """F4."""
    cycles = count("F4", small=2, large=100)
    pace = Pace(step=0.02)
    gone_after: list[float] = []
    jobs: list[str] = []
    sleeper: ForkedRunner | None = None
    for cycle in range(cycles):
        if sleeper is None or cycle % 25 == 0:
            # Another job, before the history of this one makes each hello slow.
            if sleeper is not None:
                with api.client() as client:
                    client.post(f"/jobs/{jobs[-1]}/cancel").raise_for_status()
                sleeper.wait(30)
            jobs.append(api.post_job(budget={"trials": 10_000, "training_epochs": 2}))
            sleeper = cluster.launch(pace)
        sleeper = bring_further(api, cluster, sleeper, pace)
        sleeper.freeze()
        successor = bring_further(api, cluster, cluster.launch(pace), pace)
        sleeper.thaw()
        began = time.monotonic()
        assert sleeper.wait(20) == FENCED
        gone_after.append(time.monotonic() - began)
        sleeper = successor

    history = api.history()
    stale = sum(map(history.stale_writes, jobs))
    say(
        f"F4 runner stopped past its lease, then continued, {api.database}",
        cycles=cycles,
        stale_writes_accepted=stale,
        zombie_gone_after=f"{max(gone_after):.2f} s at most",
        reports=sum(len(history.stored.reports[job_id]) for job_id in jobs),
    )
    assert stale == 0
    assert history.violations() == []


@pytest.mark.parametrize("hours", [-1.0, 1.0])
def test_the_clock_of_a_runner_does_not_matter(
    api: LightApi, cluster: Cluster, say: Callable[..., None], hours: float
) -> None:
    """F10: leases are judged by the database's clock, and a runner counts monotonic seconds."""
    job_id = api.post_job(budget={"trials": 4, "training_epochs": 2})
    runner = cluster.launch(Pace(clock_ahead=3600.0 * hours))
    assert runner.wait(60) == 0
    history = api.history()
    lost = history.lost_trials(job_id, 4)
    say(f"F10 runner's clock {hours:+.0f} h, {api.database}", lost=lost)
    job = history.job(job_id)
    assert (job.state, job.epoch, lost) == ("succeeded", 1, 0)
    assert 0 < job.wall_clock_used < 60
