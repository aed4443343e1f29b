"""F13: two dispatchers with four claimers each empty one queue. F14: owners and people race."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from service.clock import DatabaseClock
from service.db.engine import Database
from service.db.tables import JobRow, TeamRow
from service.errors import Conflict
from service.jobs import commands
from service.lifecycle import TERMINAL, JobReason, JobState
from service.protocol import Claim, new_runner_token
from service.queue import ownership
from service.team.access import RunnerToken
from tests.chaos.cluster import Cluster
from tests.chaos.counts import count
from tests.chaos.light_api import LightApi, Submitter
from tests.service.invariants import Stored, violations
from tests.service.plane import Plane
from workers.control_plane import Connection, Retry, RunnerClient

QUOTA = 3
CLAIMERS = 4
"""Of each dispatcher."""


@dataclass
class Claimers:
    """What every claimer has seen. beyond: times that more jobs ran than the quota allows."""

    claimed: list[Claim] = field(default_factory=list)
    running: int = 0
    beyond: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, claim: Claim) -> None:
        with self.lock:
            self.claimed.append(claim)
            self.running += 1
            self.beyond += self.running > QUOTA

    def end(self) -> None:
        with self.lock:
            self.running -= 1


@pytest.mark.timeout(3600)
def test_many_claimers_share_one_queue(api: LightApi, say: Callable[..., None]) -> None:
    """F13."""
    jobs = count("F13", small=40, large=1000)
    with closing(Database(api.settings.url)) as database, database.write() as session:
        session.get_one(TeamRow, "default").quotas = {"running_jobs": QUOTA}
    submitters = [Submitter(api, f"client-{number}", jobs // 4) for number in range(4)]
    seen = Claimers()
    with ExitStack() as stack:
        dispatchers = [stack.enter_context(Cluster.of(api, f"dispatcher-{n}")) for n in (1, 2)]
        threads = [
            threading.Thread(target=_work, args=(api, dispatcher, seen, jobs))
            for dispatcher in dispatchers
            for _ in range(CLAIMERS)
        ]
        for thread in [*submitters, *threads]:
            thread.start()
        for thread in [*submitters, *threads]:
            thread.join()
    history = api.history()
    twice = len(seen.claimed) - len({(claim.job_id, claim.epoch) for claim in seen.claimed})
    again = sum(claim.epoch > 1 for claim in seen.claimed)
    say(
        f"F13 two dispatchers, eight claimers, {api.database}",
        jobs=jobs,
        claims=len(seen.claimed),
        double_claims=twice + again,
        quota_exceeded=seen.beyond,
        lost=sum(job.state != "failed" for job in history.stored.jobs),
    )
    assert (twice, again, seen.beyond) == (0, 0, 0)
    assert Counter(claim.job_id for claim in seen.claimed) == Counter(history.keys.values())
    assert history.violations() == []


def _work(api: LightApi, dispatcher: Cluster, seen: Claimers, jobs: int) -> None:
    """Claim, say hello, give up for good; until every job has been claimed."""
    while len(seen.claimed) < jobs:
        claim = dispatcher.claim()
        if claim is None:
            continue
        seen.begin(claim)
        own = new_runner_token(claim.job_id, claim.epoch)
        with _runner(api, claim, claim.runner_token) as runner:
            runner.hello("a claimer", own)
        with _runner(api, claim, own) as runner:
            seen.end()
            runner.finish(JobReason.RUNNER_ERROR, "", None)


@contextmanager
def _runner(api: LightApi, claim: Claim, token: str) -> Iterator[RunnerClient]:
    with closing(Connection(api.url, token, Retry(60.0))) as connection:
        yield RunnerClient(connection, claim.job_id, claim.epoch)


Act = Callable[[Session, RunnerToken], object]
CLOCK = DatabaseClock()


def _finish(session: Session, token: RunnerToken) -> None:
    ownership.finish(session, token, JobReason.RUNNER_ERROR, "", CLOCK.now(session))


def _rescue(session: Session, token: RunnerToken) -> None:
    if token.job_id not in ownership.rescue(session, CLOCK.now(session)):
        raise Conflict("there was nothing to rescue")


def _lost(session: Session, token: RunnerToken) -> None:
    ownership.lost(session, token.job_id, token.epoch, "", CLOCK.now(session))


def _force(session: Session, token: RunnerToken) -> None:
    if token.job_id not in ownership.force_cancels(session, CLOCK.now(session), 0.0):
        raise Conflict("there was nothing to force")


RACES: dict[str, tuple[Act, ...]] = {
    "rescue and finish": (_rescue, _finish),
    "two rescues": (_rescue, _rescue),
    "lost and finish": (_lost, _finish),
    "forced cancel and finish": (_force, _finish),
}
"""Each act takes the job out of its runner's hands, which happens once."""


@pytest.fixture
def rounds() -> int:
    return count("F14", small=3, large=200)


@pytest.mark.parametrize("race", sorted(RACES))
def test_of_two_that_end_a_claim_one_wins(
    plane: Plane, race: str, rounds: int, say: Callable[..., None]
) -> None:
    """F14: the other is told 409, and the rows are as if it had never come."""
    both = 0
    for _ in range(rounds):
        token = plane.running()
        with plane.database.write() as session:
            job = session.get_one(JobRow, token.job_id)
            # By the database's clock, its lease has run out, and a cancel was ignored.
            job.lease_until = job.desired_at = CLOCK.now(session) - timedelta(seconds=9)
            job.desired = "cancel" if "cancel" in race else "run"
        won = _at_once(plane, token, RACES[race])
        both += won != 1
        epochs = plane.job(token.job_id).epoch
        assert epochs in (1, 2), "one loss at most"
        with plane.database.write() as session:
            job = commands.lock_job(session, token.job_id)
            if job.state not in TERMINAL:
                commands.cancel(session, job, CLOCK.now(session))
    with plane.database.read() as session:
        assert violations(Stored.read(session)) == []
    database = plane.database.engine.dialect.name
    say(f"F14 {race}, {database}", rounds=rounds, two_winners=both)
    assert both == 0


def test_a_pause_and_a_claim_at_once_leave_one_of_two_states(
    plane: Plane, rounds: int, say: Callable[..., None]
) -> None:
    """F14: paused and unclaimed, or claimed and asked to pause; never both or neither."""
    outcomes: Counter[str] = Counter()
    plane.beat()
    for number in range(2 * rounds):
        job_id = plane.post()
        claims: list[Claim | None] = []
        acts = [partial(_pause, plane, job_id), partial(_claim, plane, claims)]
        # Whoever is started first has a little more of a chance.
        _together(acts[:: (-1) ** number])
        job = plane.job(job_id)
        if claims == [None]:
            assert (job.state, job.epoch) == (JobState.PAUSED, 0)
        else:
            assert (job.state, job.desired, job.epoch) == (JobState.STARTING, "pause", 1)
        outcomes[job.state] += 1
        with plane.database.write() as session:
            job = commands.lock_job(session, job_id)
            commands.cancel(session, job, plane.clock.time)
            ownership.force_cancels(session, plane.clock.advance(1), 0.0)
    say(f"F14 pause and claim, {plane.database.engine.dialect.name}", **outcomes)
    with plane.database.read() as session:
        assert violations(Stored.read(session)) == []


def _pause(plane: Plane, job_id: str) -> None:
    with plane.database.write() as session:
        commands.pause(session, commands.lock_job(session, job_id), plane.clock.time)


def _claim(plane: Plane, claims: list[Claim | None]) -> None:
    claims.append(plane.claim())


def _at_once(plane: Plane, token: RunnerToken, acts: tuple[Act, ...]) -> int:
    """How many of the acts went through."""
    won: list[Act] = []

    def attempt(act: Act) -> None:
        with suppress(Conflict), plane.database.write() as session:
            act(session, token)
            session.flush()
            won.append(act)

    _together([partial(attempt, act) for act in acts])
    return len(won)


def _together(acts: Sequence[Callable[[], object]]) -> None:
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait()
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
