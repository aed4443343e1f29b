"""F8 and F9: replies that never come, and everything else a network does to a connection."""

import random
import time
from collections.abc import Callable

import httpx
import pytest

from tests.chaos.cluster import Cluster, wait_for
from tests.chaos.counts import count
from tests.chaos.fake_runner import FENCED, Pace
from tests.chaos.fault_proxy import Fault, FaultProxy
from tests.chaos.light_api import SPEC, LightApi

SERVED = [Fault.CUT_REPLY, Fault.TRUNCATED, Fault.RESET]
"""Faults after the request was served."""


def test_a_post_whose_reply_was_cut_gives_its_job_to_whoever_asks_again(
    api: LightApi, say: Callable[..., None]
) -> None:
    """F8."""
    cuts = count("F8", small=9, large=300)
    with FaultProxy.before(api.url) as proxy, api.client(proxy.url) as client:
        for number in range(cuts):
            headers = {"Idempotency-Key": f"key-{number}"}
            fault = SERVED[number % len(SERVED)]
            proxy.fault = lambda _, fault=fault: fault
            with pytest.raises(httpx.TransportError):
                client.post("/jobs", json=SPEC, headers=headers)
            proxy.fault = lambda _: Fault.NONE
            again = client.post("/jobs", json=SPEC, headers=headers)
            assert again.status_code == 200, "it was stored the first time"
            assert again.json()["id"] == api.history().keys[f"key-{number}"]
    history = api.history()
    say(
        f"F8 reply cut after the commit, {api.database}",
        cuts=cuts,
        acknowledged=cuts,
        lost=cuts - len(history.keys),
        duplicated=history.duplicated(),
    )
    assert len(history.stored.jobs) == cuts


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "api_settings", [{"lease_seconds": 5.0, "renew_after_seconds": 0.2}], indirect=True
)
def test_a_search_over_a_bad_network_ends_exactly(
    api: LightApi, cluster: Cluster, say: Callable[..., None]
) -> None:
    """F9: about every fourth request meets a fault, some of which its client must wait out."""
    trials = count("F9", small=6, large=200)
    job_id = api.post_job(budget={"trials": trials, "training_epochs": 2})
    chance = random.Random(9)
    harmful = [*SERVED * 2, Fault.SLOW, Fault.SLOW, Fault.SILENT]
    pace = Pace(step=0.01, renew_try=1.0, record_try=20.0, answer=0.5)
    launched = 0
    with FaultProxy.before(api.url) as proxy:
        proxy.fault = lambda _: chance.choice(harmful) if chance.random() < 0.25 else Fault.NONE
        while api.history().job(job_id).state != "succeeded":
            # A runner that could not renew has fenced itself; the job waits for another.
            runner = cluster.launch(pace, proxy.url)
            launched += 1
            assert runner.wait(300) in (0, FENCED)
    history = api.history()
    lost, duplicated = history.lost_trials(job_id, trials), history.duplicated_trials(job_id)
    say(
        f"F9 faults between runner and API, {api.database}",
        faults=sum(hits for fault, hits in proxy.hits.items() if fault is not Fault.NONE),
        runners=launched,
        trials=trials,
        lost=lost,
        duplicated=duplicated,
        stale_writes_accepted=history.stale_writes(job_id),
    )
    assert (lost, duplicated, history.stale_writes(job_id)) == (0, 0, 0)
    assert history.violations() == []


@pytest.mark.parametrize(
    "api_settings", [{"lease_seconds": 4.0, "renew_after_seconds": 0.1}], indirect=True
)
def test_a_runner_cut_off_ends_itself_before_another_owns_its_job(
    api: LightApi, cluster: Cluster, say: Callable[..., None]
) -> None:
    """F9: a partition that lasts. The runner measures its own silence, and asks nobody."""
    job_id = api.post_job(budget={"trials": 10_000, "training_epochs": 1})
    with FaultProxy.before(api.url) as proxy:
        runner = cluster.launch(Pace(step=0.01, renew_try=0.3, answer=0.2), proxy.url)
        wait_for(lambda: api.history().job(job_id).trials_finished, 30)
        proxy.fault = lambda _: Fault.SILENT
        began = time.monotonic()
        assert runner.wait(30) == FENCED
        fenced_after = time.monotonic() - began
    cluster.launch(Pace(step=0.01))
    ahead = api.history().job(job_id).trials_finished
    wait_for(lambda: api.history().job(job_id).trials_finished > ahead, 30)
    history = api.history()
    say(
        f"F9 runner cut off for good, {api.database}",
        lease=f"{api.settings.lease_seconds} s",
        fenced_after=f"{fenced_after:.2f} s",
        stale_writes_accepted=history.stale_writes(job_id),
    )
    assert history.stale_writes(job_id) == 0
    assert history.violations() == []
