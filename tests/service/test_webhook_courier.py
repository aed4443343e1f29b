"""Delivery of a team's events to a real receiver, on SQLite and on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from service.db.tables import TeamRow, WebhookCursorRow, WebhookRow
from service.events.journal import Event, EventKind, append_all
from service.jobs import commands
from service.lifecycle import JobReason
from service.team.access import Caller, Role
from service.webhooks import outbox
from service.webhooks.courier import Courier
from service.webhooks.guarded_post import GuardedPost, NotDelivered
from service.webhooks.register import create_webhook, delete_webhook
from service.webhooks.targets import NOWHERE, Targets
from tests.factories import model, report, reserve, start, stop
from tests.receiver import Received, Receiver, receiving
from tests.service.plane import Plane

TARGETS = Targets.parse("127.0.0.1/32")
ADMIN = Caller("tok_1", "Ada", "default", Role.ADMIN)


WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


class Crash(Exception):
    """The process ends here."""


class Hooked:
    """A control plane, somebody's server, and couriers between them."""

    def __init__(self, plane: Plane, receiver: Receiver) -> None:
        self.plane = plane
        self.receiver = receiver
        self.post = GuardedPost(TARGETS)

    def hook(self, *kinds: str, url: str | None = None, caller: Caller = ADMIN) -> WebhookRow:
        with self.plane.database.write() as session:
            return create_webhook(
                session,
                caller,
                TARGETS,
                url=url or self.receiver.url(),
                events=kinds or ("job.state",),
                at=self.plane.clock.time,
            )

    def courier(self, post: object = None) -> Courier:
        return Courier(
            self.plane.settings.webhook_poll_seconds,
            self.plane.database,
            self.plane.clock,
            post or self.post,
            threading.Event(),
            jitter=lambda: 0.0,
        )

    def post_and_die(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.post(url, headers, body)
        raise Crash

    def deliver(self) -> None:
        assert self.courier().deliver()

    def owed(self) -> dict[str, WebhookCursorRow]:
        with self.plane.database.read() as session:
            return {row.job_id: row for row in session.scalars(select(WebhookCursorRow))}

    def webhook(self) -> WebhookRow:
        with self.plane.database.read() as session:
            return session.scalars(select(WebhookRow)).one()

    def expected(self, job_id: str, *kinds: str) -> list[str]:
        """Ids of all the job's events of such kinds."""
        wanted = [row for row in self.plane.events(job_id) if row.kind in kinds]
        return [f"{job_id}:{row.sequence}" for row in wanted]

    def happen(self, job_id: str, *kinds: EventKind) -> None:
        with self.plane.database.write() as session:
            job = commands.lock_job(session, job_id)
            events = [Event(kind, {"n": number}) for number, kind in enumerate(kinds)]
            append_all(session, job, events, self.plane.clock.time)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hooked(plane: Plane, receiver: Receiver) -> Hooked:
    return Hooked(plane, receiver)


def test_a_job_is_told_of_in_order_and_signed(hooked: Hooked, receiver: Receiver) -> None:
    plane, hook = hooked.plane, hooked.hook("job.state", "trial.state", "front.changed")
    token = plane.running()
    weights = plane.artifact()
    plane.record(token, reserve(0), start(0), report(0, 1), stop(0, model(weights, 0.9)))
    plane.finish(token, JobReason.BUDGET_SPENT)
    hooked.deliver()
    kinds = ("job.state", "trial.state", "front.changed")
    assert receiver.event_ids == hooked.expected(token.job_id, *kinds)
    assert {each.told["event"] for each in receiver.received} == set(kinds)
    for each in receiver.received:
        assert each.is_signed_by(hook.secret)
        assert not each.is_signed_by("whs_other")
        told = each.told
        assert each.event_id == f"{told['job_id']}:{told['sequence']}"
        assert each.headers["X-Tclsearch-Event"] == told["event"]
    assert receiver.received[-1].told["data"]["state"] == "succeeded"
    assert hooked.owed() == {}


def test_only_the_kinds_that_are_wanted_are_sent(hooked: Hooked, receiver: Receiver) -> None:
    hooked.hook()
    token = hooked.plane.running()
    hooked.plane.record(token, reserve(0), start(0), report(0, 1))
    hooked.deliver()
    assert receiver.event_ids == hooked.expected(token.job_id, "job.state")
    assert [each.told["data"]["state"] for each in receiver.received] == [
        "queued", "starting", "running",
    ]  # fmt: skip


def test_what_was_before_the_webhook_is_not_told(hooked: Hooked, receiver: Receiver) -> None:
    token = hooked.plane.running()
    hooked.hook()
    hooked.deliver()
    assert receiver.received == []
    hooked.plane.finish(token, JobReason.BUDGET_SPENT)
    hooked.deliver()
    (told,) = receiver.received
    assert told.told["data"]["state"] == "succeeded"


def test_another_teams_events_are_not_told(hooked: Hooked, receiver: Receiver) -> None:
    with hooked.plane.database.write() as session:
        session.add(TeamRow(name="others", quotas={}, created_at=hooked.plane.clock.time))
    hooked.hook(caller=replace(ADMIN, team="others"))
    hooked.plane.post()
    hooked.deliver()
    assert receiver.received == []
    assert hooked.owed() == {}


def test_a_crash_between_sending_and_noting_sends_the_same_id_again(
    hooked: Hooked, receiver: Receiver
) -> None:
    hooked.hook()
    job_id = hooked.plane.post()
    hooked.happen(job_id, EventKind.JOB_STATE)

    with pytest.raises(Crash):
        hooked.courier(hooked.post_and_die).deliver()
    first, second = hooked.expected(job_id, "job.state")
    assert receiver.event_ids == [first]
    hooked.deliver()
    assert receiver.event_ids == [first], "the lease of the one that died is not over"
    hooked.plane.clock.advance(outbox.LEASE.total_seconds())
    hooked.deliver()
    assert receiver.event_ids == [first, first, second]
    assert receiver.received[0].body == receiver.received[1].body


@pytest.mark.parametrize("meanwhile", ["the other has told all", "the other has died"])
def test_one_that_was_away_for_longer_than_its_lease_sends_nothing_more(
    hooked: Hooked, receiver: Receiver, meanwhile: str
) -> None:
    hooked.hook()
    job_id = hooked.plane.post()
    hooked.happen(job_id, *[EventKind.JOB_STATE] * 3)
    other = hooked.courier(hooked.post_and_die if meanwhile.endswith("died") else None)

    def post_slowly(url: str, headers: Mapping[str, str], body: bytes) -> None:
        hooked.post(url, headers, body)
        hooked.plane.clock.advance(outbox.LEASE.total_seconds())
        with suppress(Crash):
            other.deliver()

    hooked.courier(post_slowly).deliver()
    first, *rest = hooked.expected(job_id, "job.state")
    if meanwhile.endswith("died"):
        assert receiver.event_ids == [first, first]
        assert hooked.owed()[job_id].sequence == 0
    else:
        assert receiver.event_ids == [first, first, *rest]
        assert hooked.owed() == {}


def test_several_couriers_at_once_send_each_event_once(hooked: Hooked, receiver: Receiver) -> None:
    for _ in range(3):
        hooked.hook()
    jobs = [hooked.plane.post() for _ in range(4)]
    for job_id in jobs:
        hooked.happen(job_id, *[EventKind.JOB_STATE] * 14)
    couriers = [hooked.courier() for _ in range(4)]
    begin = threading.Barrier(len(couriers))

    def deliver(courier: Courier) -> None:
        begin.wait()
        courier.deliver()

    with ThreadPoolExecutor(len(couriers)) as pool:
        list(pool.map(deliver, couriers))
    hooked.deliver()
    assert len(receiver.received) == 3 * 4 * 15
    sent = [(each.headers["X-Tclsearch-Signature"], each.event_id) for each in receiver.received]
    assert len(set(sent)) == len(sent)
    assert hooked.owed() == {}


def test_one_webhook_at_a_time_keeps_the_order_under_several_couriers(
    hooked: Hooked, receiver: Receiver
) -> None:
    hooked.hook()
    job_id = hooked.plane.post()
    hooked.happen(job_id, *[EventKind.JOB_STATE] * 30)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda courier: courier.deliver(), [hooked.courier() for _ in range(3)]))
    hooked.deliver()
    assert receiver.event_ids == hooked.expected(job_id, "job.state")


def test_a_failing_receiver_is_tried_ever_more_rarely_and_then_gets_all_in_order(
    hooked: Hooked, receiver: Receiver
) -> None:
    hooked.hook()
    job_id = hooked.plane.post()
    hooked.happen(job_id, EventKind.JOB_STATE)
    receiver.answer = lambda _: 500
    hooked.deliver()
    for pause in (2, 4, 8, 16):
        tries = len(receiver.received)
        hooked.plane.clock.advance(pause - 0.5)
        hooked.deliver()
        assert len(receiver.received) == tries
        assert hooked.webhook().detail == "answered with status 500"
        hooked.plane.clock.advance(0.5)
        hooked.deliver()
        assert len(receiver.received) == tries + 1
    first, second = hooked.expected(job_id, "job.state")
    assert set(receiver.event_ids) == {first}
    receiver.received.clear()
    receiver.answer = lambda _: 204
    hooked.plane.clock.advance(32)
    hooked.deliver()
    assert receiver.event_ids == [first, second]
    assert hooked.webhook().detail is None


def test_a_jobs_events_wait_behind_a_failing_one_and_other_jobs_do_not(
    hooked: Hooked, receiver: Receiver
) -> None:
    hooked.hook()
    refused, fine = hooked.plane.post(), hooked.plane.post()
    for job_id in (refused, fine):
        hooked.happen(job_id, EventKind.JOB_STATE)
    receiver.answer = lambda received: 422 if received.told["job_id"] == refused else 200
    hooked.deliver()
    assert sorted(receiver.event_ids) == sorted([f"{refused}:1", f"{fine}:1", f"{fine}:2"])
    assert set(hooked.owed()) == {refused}


def test_one_job_finds_out_that_nobody_answers_and_all_wait(hooked: Hooked) -> None:
    tried: list[str] = []

    def nobody(url: str, headers: Mapping[str, str], body: bytes) -> None:
        tried.append(headers["X-Tclsearch-Event-Id"])
        raise NotDelivered("no answer", unreachable=True)

    hooked.hook()
    jobs = [hooked.plane.post() for _ in range(3)]
    for pause in (2, 4, 8):
        hooked.courier(nobody).deliver()
        hooked.courier(nobody).deliver()
        hooked.plane.clock.advance(pause)
    assert len(tried) == 3
    assert len(set(tried)) == 1, "the tries of one job are counted"
    hooked.deliver()
    assert sorted(hooked.receiver.event_ids) == sorted(f"{job_id}:1" for job_id in jobs)


def test_after_a_day_of_failures_the_webhook_is_disabled_and_says_why(
    hooked: Hooked, receiver: Receiver
) -> None:
    receiver.answer = lambda _: 410
    hooked.hook()
    began = hooked.plane.clock.time
    hooked.plane.post()
    courier = hooked.courier()
    while courier.deliver():
        hooked.plane.clock.advance(600)
    webhook = hooked.webhook()
    assert webhook.disabled_at is not None
    assert timedelta(days=1) <= webhook.disabled_at - began <= timedelta(days=1.5)
    assert webhook.detail == "nothing got through for a day: answered with status 410"
    assert hooked.owed() == {}
    hooked.plane.post()
    assert hooked.owed() == {}


def test_a_redirect_is_a_failure(hooked: Hooked, receiver: Receiver) -> None:
    receiver.answer, receiver.location = lambda _: 307, receiver.url()
    hooked.hook()
    job_id = hooked.plane.post()
    hooked.deliver()
    assert receiver.event_ids == [f"{job_id}:1"]
    assert hooked.webhook().detail == "answered with status 307"


def test_what_the_operator_no_longer_allows_is_sent_no_more(
    hooked: Hooked, receiver: Receiver
) -> None:
    hooked.hook()
    hooked.plane.post()
    hooked.courier(GuardedPost(Targets.parse("hooks.test"))).deliver()
    hooked.plane.clock.advance(2)
    hooked.courier(GuardedPost(NOWHERE)).deliver()
    assert receiver.received == []
    assert hooked.webhook().detail == "the operator does not allow this host"


@pytest.mark.parametrize("gone", ["webhook", "job"])
def test_nothing_is_owed_to_what_is_gone(hooked: Hooked, receiver: Receiver, gone: str) -> None:
    """Not even when it goes while an errand is under way."""
    plane, webhook = hooked.plane, hooked.hook()
    job_id = plane.post()
    with plane.database.write() as session:
        commands.cancel(session, commands.lock_job(session, job_id), plane.clock.time)

    def post_and_delete(url: str, headers: Mapping[str, str], body: bytes) -> None:
        hooked.post(url, headers, body)
        with plane.database.write() as session:
            if gone == "webhook":
                delete_webhook(session, ADMIN, webhook.id)
            else:
                commands.remove(session, commands.lock_job(session, job_id))

    assert len(hooked.expected(job_id, "job.state")) == 2
    hooked.courier(post_and_delete).deliver()
    assert receiver.event_ids == [f"{job_id}:1"]
    assert hooked.owed() == {}
    hooked.courier().deliver()
    assert receiver.event_ids == [f"{job_id}:1"]


def test_webhooks_take_turns(hooked: Hooked, receiver: Receiver) -> None:
    """A backlog holds nobody up for longer than an errand."""
    busy = hooked.hook(url=receiver.url() + "&who=busy")
    job_id = hooked.plane.post()
    hooked.happen(job_id, *[EventKind.JOB_STATE] * (2 * outbox.ERRAND))
    hooked.plane.clock.advance(1)
    hooked.hook(url=receiver.url() + "&who=other")
    hooked.happen(job_id, EventKind.JOB_STATE)

    def post(url: str, headers: Mapping[str, str], body: bytes) -> None:
        hooked.post(url, headers, body)
        hooked.plane.clock.advance(0.01)

    hooked.courier(post).deliver()
    order = [each.path.rpartition("=")[2] for each in receiver.received]
    assert order.index("other") == outbox.ERRAND
    assert order.count("busy") == len(hooked.expected(job_id, "job.state"))
    assert busy.events == ["job.state"]


def test_events_that_come_while_others_are_sent_are_not_lost(
    hooked: Hooked, receiver: Receiver
) -> None:
    """An event that is written while the last one known is noted is seen by one of the two."""
    hooked.hook()
    job_id = hooked.plane.post()
    stop_at = threading.Event()

    def go_on() -> None:
        for _ in range(60):
            hooked.happen(job_id, EventKind.JOB_STATE)
        stop_at.set()

    with ThreadPoolExecutor(1) as pool:
        happening = pool.submit(go_on)
        while not stop_at.is_set():
            hooked.courier().deliver()
        happening.result()
    hooked.deliver()
    assert receiver.event_ids == hooked.expected(job_id, "job.state")
    assert hooked.owed() == {}


@contextmanager
def in_between(plane: Plane, after: str, act: Callable[[], None]) -> Iterator[None]:
    """Once a statement that begins so was run, let something else happen, or wait for a lock."""
    engine = plane.database.engine
    with ThreadPoolExecutor(1) as pool, plane.database.read() as watcher:
        acting: list[Future[None]] = []

        def begin(_c: object, _k: object, statement: str, *_: object) -> None:
            if " ".join(statement.split()).startswith(after) and not acting:
                acting.append(pool.submit(act))
                while not acting[0].done() and not watcher.scalar(text(WAITING)):
                    pass

        event.listen(engine, "after_cursor_execute", begin)
        try:
            yield
        finally:
            event.remove(engine, "after_cursor_execute", begin)
        acting[0].result()


@pytest.mark.parametrize("database", ["on_postgresql"], indirect=True)
def test_an_event_is_written_while_its_webhook_is_deleted(hooked: Hooked) -> None:
    """The deletion waits; or else the event would refer to what is gone, and fail its job."""
    plane, webhook = hooked.plane, hooked.hook()
    job_id = plane.post()

    def delete() -> None:
        with plane.database.write() as session:
            delete_webhook(session, ADMIN, webhook.id)

    with in_between(plane, "SELECT webhooks.id, webhooks.events", delete):
        hooked.happen(job_id, EventKind.JOB_STATE)
    assert hooked.owed() == {}
    assert len(plane.events(job_id)) == 2


@pytest.mark.parametrize("database", ["on_postgresql"], indirect=True)
def test_an_event_that_comes_while_the_last_one_is_noted_is_owed(
    hooked: Hooked, receiver: Receiver
) -> None:
    hooked.hook()
    job_id = hooked.plane.post()

    def happen() -> None:
        hooked.happen(job_id, EventKind.JOB_STATE)

    with ExitStack() as stack:

        def post(url: str, headers: Mapping[str, str], body: bytes) -> None:
            hooked.post(url, headers, body)
            if len(receiver.received) == 1:
                stack.enter_context(in_between(hooked.plane, "SELECT events.", happen))

        hooked.courier(post).deliver()
    hooked.deliver()
    assert receiver.event_ids == hooked.expected(job_id, "job.state")


def test_without_webhooks_a_pass_is_one_read_and_an_event_costs_one(hooked: Hooked) -> None:
    statements: list[str] = []
    job_id = hooked.plane.post()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = hooked.plane.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert not hooked.courier().deliver()
        assert [statement.split()[0] for statement in statements if "webhook" in statement] == [
            "SELECT"
        ]
        statements.clear()
        hooked.happen(job_id, EventKind.TRIAL_REPORT)
        assert not [statement for statement in statements if "webhook" in statement]
        hooked.happen(job_id, EventKind.JOB_STATE)
        assert len([statement for statement in statements if "webhook" in statement]) == 1
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("database", ["on_sqlite"], indirect=True)
def test_no_pass_scans_what_grows(hooked: Hooked) -> None:
    """Jobs, events and cursors are found by index, as far as the statements allow."""
    engine = hooked.plane.database.engine
    hooked.hook()
    hooked.plane.post()
    seen: list[tuple[str, object]] = []

    def note(_c: object, _k: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    hooked.deliver()
    event.remove(engine, "before_cursor_execute", note)
    plans = []
    with engine.connect() as connection:
        for statement, parameters in seen:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans += [row[3] for row in rows]
    assert any("SEARCH events" in plan for plan in plans)
    assert not [
        plan for plan in plans for table in ("events", "jobs", "webhook_cursors")
        if plan.startswith(f"SCAN {table}")
    ]  # fmt: skip


def test_the_thread_delivers_until_it_is_stopped(hooked: Hooked, receiver: Receiver) -> None:
    arrived = threading.Event()

    def answer(_: Received) -> int:
        arrived.set()
        return 200

    receiver.answer = answer
    plane, bell = hooked.plane, threading.Event()
    courier = Courier(3600, plane.database, plane.clock, hooked.post, bell)
    courier.start()
    hooked.hook()
    plane.post()
    bell.set()
    assert arrived.wait(60)
    courier.stop()
    assert hooked.owed() == {}
