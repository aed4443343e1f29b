"""F2: the dispatcher is killed between a claim and its launch, and between a launch and its reply."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos.cluster import wait_for
from tests.chaos.counts import count
from tests.chaos.fake_ray import TOKEN, FakeRay, When
from tests.chaos.light_api import FORKS, LightApi
from workers import dispatcher
from workers.dispatcher import Options

TRIALS = 3


def dispatch(options: Options) -> None:
    """The dispatcher's process."""
    os.environ["RAY_AUTH_TOKEN"] = TOKEN
    dispatcher.ROUND_SECONDS = 0.1
    dispatcher.run(options)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "api_settings", [{"lease_seconds": 1.5, "renew_after_seconds": 0.2}], indirect=True
)
def test_every_epoch_is_launched_once_whenever_the_dispatcher_dies(
    api: LightApi, say: Callable[..., None]
) -> None:
    kills = count("F2", small=2, large=60)
    with FakeRay.running() as ray:
        options = Options(
            url=api.url,
            token=api.token("dispatcher"),
            data_dir=api.settings.data_dir,
            ray_address=ray.url,
            cpus=4,
            step_seconds=60.0,
            checkpoint_seconds=0.0,
            drain_seconds=5.0,
        )
        jobs = []
        for number in range(kills):
            process: Any = FORKS.Process(target=dispatch, args=(options,), daemon=True)
            process.start()
            ray.kill = process.kill
            ray.when = (When.BEFORE_SUBMIT, When.AFTER_SUBMIT)[number % 2]
            jobs.append(api.post_job(budget={"trials": TRIALS, "training_epochs": 1}))
            process.join(60)
            assert process.exitcode == -9, "it was killed as it submitted"
        last: Any = FORKS.Process(target=dispatch, args=(options,), daemon=True)
        last.start()
        wait_for(lambda: _all_succeeded(api), 120)
        wait_for(lambda: not ray.living(), 30)
        last.kill()
        last.join()

    history = api.history()
    lost = sum(history.lost_trials(job_id, TRIALS) for job_id in jobs)
    duplicated = sum(history.duplicated_trials(job_id) for job_id in jobs)
    twice = sum(launches - 1 for launches in ray.submitted.values())
    say(
        f"F2 dispatcher killed around a submit, {api.database}",
        kills=kills,
        launches=sum(ray.submitted.values()),
        launched_twice=twice,
        lost=lost,
        duplicated=duplicated,
    )
    assert (twice, lost, duplicated) == (0, 0, 0)
    assert history.violations() == []


def _all_succeeded(api: LightApi) -> bool:
    return all(job.state == "succeeded" for job in api.history().stored.jobs)
