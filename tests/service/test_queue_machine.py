"""Random histories of the queue on both databases, each step compared with a model of its own.

Posts, claims, records, goodbyes, losses, commands and time come in any order, from owners of any
epoch. After every step the model's jobs are the stored ones, and the invariants hold.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Row, delete, select

from searchspace.datasets import KNOWN
from service.artifacts.collect import collect
from service.db.engine import Database
from service.db.tables import Base, JobRow, TeamRow
from service.errors import ServiceError
from service.events.journal import news
from service.jobs import commands
from service.jobs.change import BudgetChange, JobChange, change
from service.jobs.ground import Ground
from service.jobs.plan import Plan, plan
from service.jobs.submit import submit
from service.lifecycle import JobReason
from service.protocol import Beat, ClaimRequest, Node, Record
from service.queue import clusters, ownership
from service.queue.allotment import age
from service.settings import Settings
from service.team.access import Caller, Role, RunnerToken
from service.trials import points
from service.trials.record import record
from tests.factories import reserve
from tests.service.invariants import Stored, unreferenced, violations
from tests.service.plane import Plane
from tests.service.queue_model import (
    FINISHED_AS,
    OWNED,
    TERMINAL,
    ModelJob,
    QueueModel,
    Refused,
    Seen,
)
from tests.service.wishes import ANY_WISH, Wish, fulfil, sensible

TEAMS = ("birds", "fish", "default")
RUNNING_QUOTA = {"birds": 1}
QUEUED_QUOTA = {"fish": 3}
SLOTS_QUOTA = {"fish": 2}
AGEING_SECONDS = 60.0
CLUSTERS = {"large": 3, "small": 1}
PEOPLE = st.sampled_from(["Ada", "Grace"])
PICK = st.integers(0, 2**20)
Answer = TypeVar("Answer")


class QueueMachine(RuleBasedStateMachine):
    """One empty control plane for each history; `database` is set by the test."""

    database: Database
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(prefix="tclsearch-queue-")
        settings = Settings(data_dir=Path(self.folder.name), ageing_seconds=AGEING_SECONDS)
        self.plane = Plane(self.database, settings)
        self.model = QueueModel(
            timedelta(seconds=self.plane.settings.lease_seconds),
            RUNNING_QUOTA,
            QUEUED_QUOTA,
            SLOTS_QUOTA,
        )
        self.tokens: dict[tuple[str, int], RunnerToken] = {}
        self.swept_at = self.plane.clock.time
        with self.database.write() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
            for team in TEAMS:
                quotas = {"running_jobs": RUNNING_QUOTA.get(team)}
                quotas |= {"queued_jobs": QUEUED_QUOTA.get(team), "slots": SLOTS_QUOTA.get(team)}
                session.add(TeamRow(name=team, quotas=quotas, created_at=self.swept_at))
        for cluster in CLUSTERS:
            self.beat(cluster)

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self.collect()
            self.the_rows_are_sound()
            self.drain()
        self.folder.cleanup()

    @initialize(trials=st.integers(1, 3), priorities=st.lists(st.integers(-1, 2), min_size=2))
    def begin(self, trials: int, priorities: list[int]) -> None:
        for place, priority in enumerate(priorities[:5]):
            self.post(TEAMS[place % len(TEAMS)], "Ada", priority, trials, key=None)
        self.claim("large", hello=True)

    # People.

    @rule(
        team=st.sampled_from(TEAMS),
        owner=PEOPLE,
        priority=st.integers(-1, 2),
        trials=st.integers(1, 3),
        key=st.sampled_from([None, None, "a", "b"]),
    )
    def post(self, team: str, owner: str, priority: int, trials: int, key: str | None) -> None:
        # Later posts are younger, by more than ids tell apart.
        at = self.plane.clock.advance(0.001)
        caller = Caller("tok", owner, team, Role.EDITOR)
        wanted = (priority, trials)
        with self.as_modelled() as expect:
            found = expect(lambda: self.model.posted_before(team, key, wanted))
            with self.database.write() as session:
                row, new = submit(
                    session, planned(*wanted), caller, at, key=key, body_sha256=f"{wanted}"
                )
        if expect.refused:
            return
        assert (found or row.id, found is None) == (row.id, new)
        if new:
            self.model.jobs[row.id] = ModelJob(row.id, team, owner, priority, trials)
            if key is not None:
                self.model.keys[team, key] = (row.id, wanted)

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK, command=st.sampled_from(["cancel", "pause", "resume", "retry", "remove"]))
    def command(self, pick: int, command: str) -> None:
        job, at = self.job(pick), self.plane.clock.time
        with self.as_modelled() as expect:
            expect(lambda: getattr(self.model, command)(job, at))
            with self.database.write() as session:
                locked = commands.lock_job(session, job.id)
                if command == "remove":
                    commands.remove(session, locked)
                else:
                    getattr(commands, command)(session, locked, at)

    @precondition(lambda self: self.model.jobs)
    @rule(
        pick=PICK,
        priority=st.sampled_from([None, 0, 2]),
        more=st.sampled_from([None, 0, 1, 2, -1]),
    )
    def change(self, pick: int, priority: int | None, more: int | None) -> None:
        """A person's new priority and budget, and then a point of their own."""
        job, at = self.job(pick), self.plane.clock.advance(0.001)
        budget = None if more is None else max(1, job.budget + more)
        wanted = JobChange(priority=priority, budget=BudgetChange(trials=budget))
        with self.as_modelled() as expect:
            expect(lambda: self.model.change(job, priority, budget))
            with self.database.write() as session:
                change(session, commands.lock_job(session, job.id), wanted, at)
        if more == 1:
            self.give_point(job)

    def give_point(self, job: ModelJob) -> None:
        with self.as_modelled() as expect:
            expect(lambda: self.model.give_point(job))
            with self.database.write() as session:
                locked = commands.lock_job(session, job.id)
                parameters = reserve(0).parameters
                row = points.give(session, locked, parameters, "Ada", self.plane.clock.time)
        if not expect.refused:
            job.points.append(row.id)

    # Dispatchers.

    def beat(self, cluster: str) -> None:
        nodes = (Node(cpus=CLUSTERS[cluster], gpus=0),)
        with self.database.write() as session:
            beat = Beat(dispatcher=f"of {cluster}", cluster=cluster, nodes=nodes)
            clusters.beat(session, beat, self.plane.clock.time)
            held = ownership.held(session, cluster, self.plane.clock.time, self.plane.settings)
        self.model.cpus[cluster] = CLUSTERS[cluster]
        driven = {j.id for j in self.model.jobs.values() if j.state in OWNED}
        assert {h.job_id for h in held} == {
            job_id for job_id in driven if self.model.jobs[job_id].cluster == cluster
        }

    @rule(cluster=st.sampled_from(sorted(CLUSTERS)), hello=st.sampled_from([True, True, False]))
    def claim(self, cluster: str, hello: bool) -> None:
        """A dispatcher's round; the new runner may be up at once."""
        self.beat(cluster)
        request = ClaimRequest(dispatcher=f"of {cluster}", cluster=cluster)
        at = self.plane.clock.time
        before = self.seen()
        with self.database.write() as session:
            claim = ownership.claim(session, request, at, self.plane.settings)
        self.model.require_fair(cluster, claim and claim.job_id, before)
        if claim is None:
            self.model.require_busy(cluster, self.seen())
            return
        job = self.model.jobs[claim.job_id]
        self.model.claim(job, cluster, at)
        assert claim.epoch == job.epoch
        token = RunnerToken.parse(claim.runner_token)
        self.tokens[token.job_id, token.epoch] = token
        if hello:
            self.hello(token, process=1)

    # Runners, current ones and those of the past.

    @precondition(lambda self: self.tokens)
    @rule(pick=PICK, stale=st.booleans(), what=st.sampled_from(["hello", "renew", "lost"]))
    def speak(self, pick: int, stale: bool, what: str) -> None:
        token = self.token(pick, stale)
        match what:
            case "hello":
                self.hello(token, process=1 + pick % 2)
            case "renew":
                self.renew(token)
            case "lost":
                self.lose(token)

    @precondition(lambda self: self.tokens)
    @rule(pick=PICK, stale=st.booleans(), reason=st.sampled_from(sorted(FINISHED_AS)))
    def finish(self, pick: int, stale: bool, reason: str) -> None:
        token = self.token(pick, stale)
        with self.as_modelled() as expect:
            expect(lambda: self.model.finish(token.job_id, token.epoch, reason))
            self.plane.finish(token, JobReason(reason))

    def hello(self, token: RunnerToken, process: int) -> None:
        at = self.plane.clock.time
        with self.as_modelled() as expect:
            expect(lambda: self.model.hello(token.job_id, token.epoch, process, at))
            self.plane.hello(token, f"node-1/{process}")

    def renew(self, token: RunnerToken) -> None:
        at = self.plane.clock.time
        with self.as_modelled() as expect:
            job = expect(lambda: self.model.renew(token.job_id, token.epoch, at))
            orders = self.plane.renew(token)
        if job is not None:
            assert (orders.desired, orders.trials) == (job.desired, job.budget)
            assert [point.id for point in orders.points] == job.points[: points.IN_ORDERS]

    def lose(self, token: RunnerToken) -> None:
        with self.as_modelled() as expect:
            expect(lambda: self.model.lost(token.job_id, token.epoch))
            self.plane.lost(token)

    @precondition(lambda self: self.tokens)
    @rule(pick=PICK, stale=st.booleans(), wishes=st.lists(ANY_WISH, min_size=1, max_size=3))
    def record(self, pick: int, stale: bool, wishes: list[Wish]) -> None:
        self.send(self.token(pick, stale), [lambda _, wish=wish: wish for wish in wishes])

    @precondition(lambda self: any(map(self.is_current, self.tokens.values())))
    @rule(pick=PICK, picks=st.lists(PICK, min_size=2, max_size=8))
    def go_on(self, pick: int, picks: list[int]) -> None:
        """What happens most: a runner brings its trials further, in a request or two."""
        token = self.token(pick, stale=False)
        wishes = [partial(sensible, pick=pick) for pick in picks]
        self.send(token, wishes[1:])
        self.send(token, wishes[:1])

    def send(self, token: RunnerToken, wishes: Sequence[Callable[[ModelJob], Wish]]) -> None:
        """What is refused is refused whole; the request extends the lease like any other."""
        at = self.plane.clock.time
        copy, records = self.model.copy(), list[Record]()

        def modelled() -> None:
            job = copy.renew(token.job_id, token.epoch, at)
            for wish in wishes:
                made, store = fulfil(job, wish(job), self.plane)
                records.append(made)
                store()

        with self.as_modelled() as expect:
            expect(modelled)
            with self.database.write() as session:
                job = ownership.renew(session, token, at, self.plane.settings)
                record(session, job, records, at)
        if not expect.refused:
            self.model = copy

    # Time, and what the service does by itself.

    @rule(seconds=st.sampled_from([1, 1, 31, 121]), sweep=st.booleans())
    def wait(self, seconds: int, sweep: bool) -> None:
        at = self.plane.clock.advance(seconds)
        if not sweep:
            return
        self.swept_at = at
        grace = self.plane.settings.cancel_grace_seconds
        with self.database.write() as session:
            age(session, at, AGEING_SECONDS)
            forced = ownership.force_cancels(session, at, grace)
        assert sorted(forced) == self.model.force_cancels(at, timedelta(seconds=grace))
        assert sorted(self.plane.rescue()) == self.model.rescue(at)

    @precondition(lambda self: self.model.jobs)
    @rule(pick=PICK, after=st.integers(0, 12), sweep=st.booleans())
    def read(self, pick: int, after: int, sweep: bool) -> None:
        """The stream from any event on is the table from there on; collection takes no more."""
        if sweep:
            self.collect()
        job = self.job(pick)
        told = [event.sequence for event in self.plane.events(job.id)]
        with self.database.read() as session:
            found = news(session, job.id, after, limit=1000)
        assert [event.sequence for event in found.events] == told[after:]
        assert found.last == (job.state in TERMINAL)

    def collect(self) -> None:
        """Whatever is stored by now counts as old."""
        before = self.plane.clock.time + timedelta(seconds=1)
        list(collect(self.database, self.plane.store, before))
        with self.database.read() as session:
            stored = Stored.read(session)
        old = {a.sha256 for a in stored.artifacts if a.created_at < before}
        assert not unreferenced(stored) & old

    # What holds after every step.

    @invariant()
    def the_rows_are_sound(self) -> None:
        type(self).steps += 1
        with self.database.read() as session:
            stored = Stored.read(session)
        assert violations(stored, self.plane.store) == []
        assert {job.id: as_stored(job, stored) for job in stored.jobs} == {
            job.id: as_modelled(job) for job in self.model.jobs.values()
        }
        late = [j.id for j in stored.jobs if (j.lease_until or self.swept_at) < self.swept_at]
        assert late == [], "a sweep takes back what is late"

    # The machine's own.

    def drain(self) -> None:
        """Whatever has happened: once those before it leave, every queued job is claimed."""
        for token in [t for t in self.tokens.values() if self.is_current(t)]:
            self.model.lost(token.job_id, token.epoch)
            self.plane.lost(token)
        for _ in range(sum(job.state == "queued" for job in self.model.jobs.values())):
            before = set(self.tokens)
            self.claim("large", hello=False)
            (given,) = set(self.tokens) - before
            self.model.finish(*given, "runner_error")
            self.plane.finish(self.tokens[given], JobReason.RUNNER_ERROR)
        assert not any(job.state == "queued" for job in self.model.jobs.values())
        self.the_rows_are_sound()

    @contextmanager
    def as_modelled(self) -> Iterator["Expectation"]:
        """Of the service, expect what the model says: its refusal, or that it goes through."""
        expect = Expectation()
        try:
            yield expect
        except ServiceError as refusal:
            if refusal.code != expect.refused:
                raise
        else:
            assert expect.refused is None, f"not refused with {expect.refused}"

    def seen(self) -> dict[str, Seen]:
        with self.database.read() as session:
            rows = session.execute(select(JobRow.id, JobRow.boost, JobRow.slots))
            return {job_id: Seen(boost, slots) for job_id, boost, slots in rows}

    def job(self, pick: int) -> ModelJob:
        return list(self.model.jobs.values())[pick % len(self.model.jobs)]

    def is_current(self, token: RunnerToken) -> bool:
        job = self.model.jobs.get(token.job_id)
        return job is not None and job.state in OWNED and job.epoch == token.epoch

    def token(self, pick: int, stale: bool) -> RunnerToken:
        """A runner's that holds its job, or, if `stale`, one whose job others hold by now."""
        every = list(self.tokens.values())
        current = [token for token in every if self.is_current(token)]
        held = {token.job_id for token in current}
        zombies = [t for t in every if t.job_id in held and t not in current]
        among = (zombies if stale else current) or every
        return among[pick % len(among)]


class Expectation:
    """What the model has answered: `refused` is the code, if it was a refusal."""

    refused: str | None = None

    def __call__(self, ask: Callable[[], Answer]) -> Answer | None:
        try:
            return ask()
        except Refused as refusal:
            self.refused = refusal.code
            return None


def as_stored(job: Row[Any], stored: Stored) -> object:
    reports = stored.reports.get(job.id, [])
    trials = [
        (
            *(trial.state, trial.attempts, trial.reason, trial.seed),
            {
                (r.attempt, r.training_epoch): r.accuracy
                for r in reports
                if r.number == trial.number
            },
        )
        for trial in stored.trials.get(job.id, [])
    ]
    waiting = [p.id for p in stored.points.get(job.id, []) if p.trial_number is None]
    owner = (job.team, job.owner, job.priority, job.budget_trials)
    return (
        owner,
        (job.state, job.desired, job.epoch, job.crashes, job.lease_until),
        waiting,
        trials,
    )


def as_modelled(job: ModelJob) -> object:
    trials = [(t.state, t.attempts, t.reason, t.seed, t.reports) for t in job.trials]
    owner = (job.team, job.owner, job.priority, job.budget)
    return (
        owner,
        (job.state, job.desired, job.epoch, job.crashes, job.lease_until),
        job.points,
        trials,
    )


@cache
def planned(priority: int, trials: int) -> Plan:
    document = {
        "version": 1,
        "name": "digits",
        "dataset": {"name": "digits"},
        "space": {"preset": "tiny"},
        "priority": priority,
        "budget": {"trials": trials},
    }
    return plan(document, Ground(datasets=KNOWN, nodes=[Node(cpus=1, gpus=0)]))


def run(database: Database, histories: int, steps: int, *phases: Phase) -> int:
    """Random histories of so many steps each; how many steps there were."""
    machine = type("Machine", (QueueMachine,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            phases=[Phase.generate, *phases],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return int(machine.steps)


def test_short_histories(database: Database) -> None:
    assert run(database, histories=8, steps=50) >= 300


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_steps(database: Database) -> None:
    # Takes minutes when it fails, and says why in few steps.
    assert run(database, 150, 100, Phase.shrink) >= 10_000
