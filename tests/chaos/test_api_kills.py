"""F1: the API is killed in mid-submit, again and again; its clients ask again under their key."""

import random
import time
from collections.abc import Callable

import pytest

from tests.chaos.cluster import wait_for
from tests.chaos.counts import count
from tests.chaos.light_api import LightApi, Submitter

CLIENTS = 4


def acknowledged(submitters: list[Submitter]) -> int:
    return sum(len(submitter.acknowledged) for submitter in submitters)


@pytest.mark.timeout(4 * 3600)
def test_no_acknowledged_job_is_lost_or_there_twice(
    api: LightApi, say: Callable[..., None]
) -> None:
    kills = count("F1", small=5, large=500)
    submitters = [Submitter(api, f"client-{number}") for number in range(CLIENTS)]
    for submitter in submitters:
        submitter.start()
    chance = random.Random(1)
    recovery: list[float] = []
    while len(recovery) < kills:
        # Some posts go through before each kill.
        enough = acknowledged(submitters) + chance.randint(1, 5)
        wait_for(lambda enough=enough: acknowledged(submitters) >= enough, 60)
        # Anywhere from before the transaction to after the reply.
        time.sleep(chance.uniform(0.0, 0.02))
        if any(submitter.under_way for submitter in submitters):
            recovery.append(api.restart())
    for submitter in submitters:
        submitter.stop()
    for submitter in submitters:
        submitter.join()

    promised = {k: v for submitter in submitters for k, v in submitter.acknowledged.items()}
    history = api.history()
    lost, duplicated = history.lost(promised), history.duplicated()
    say(
        f"F1 API killed in mid-submit, {api.database}",
        kills=kills,
        acknowledged=len(promised),
        lost=lost,
        duplicated=duplicated,
        longest_recovery=f"{max(recovery):.2f} s",
    )
    assert (lost, duplicated) == (0, 0)
    assert [s.unexpected for s in submitters] == [[]] * CLIENTS
    assert len(promised) == len(history.stored.jobs)
    assert history.violations() == []
