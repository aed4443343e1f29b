"""Every owner write of a runner that has lost its job is refused and changes nothing."""

from collections.abc import Callable

import pytest

from service.errors import Conflict, StaleEpoch, Unauthorized
from service.lifecycle import JobReason
from service.queue.ownership import require_owner
from service.team.access import RunnerToken, runner_token
from tests.factories import measure, report, reserve, start, stop
from tests.service.plane import Plane

Write = Callable[[Plane, RunnerToken], object]

WRITES: dict[str, Write] = {
    "hello": lambda plane, token: plane.hello(token),
    "hello, own token": lambda plane, token: plane.hello(token, own=token),
    "renew": lambda plane, token: plane.renew(token),
    "finish": lambda plane, token: plane.finish(token, JobReason.BUDGET_SPENT),
    "lost": lambda plane, token: plane.lost(token),
    "no record": lambda plane, token: plane.record(token),
    "reserve": lambda plane, token: plane.record(token, reserve(1)),
    "start": lambda plane, token: plane.record(token, start(0, attempt=2)),
    "measure": lambda plane, token: plane.record(token, measure(0)),
    "report": lambda plane, token: plane.record(token, report(0, 1)),
    "stop": lambda plane, token: plane.record(token, stop(0)),
}

NONE: frozenset[str] = frozenset()


@pytest.fixture
def stale(plane: Plane) -> RunnerToken:
    """The token of a runner whose job runs elsewhere by now, with the very same trials."""
    token = plane.running()
    plane.record(token, reserve(0), start(0))
    plane.lost(token)
    plane.hello(plane.claimed())
    return token


def assert_refused(
    plane: Plane, subtests: pytest.Subtests, token: RunnerToken, *, but: frozenset[str] = NONE
) -> None:
    """Every write of `token` is stale and changes nothing."""
    told = plane.rows()
    for name in sorted(WRITES.keys() - but):
        with subtests.test(name):
            with pytest.raises(StaleEpoch):
                WRITES[name](plane, token)
            assert plane.rows() == told


def test_a_write_of_an_earlier_epoch_is_refused(
    plane: Plane, subtests: pytest.Subtests, stale: RunnerToken
) -> None:
    assert_refused(plane, subtests, stale)


def test_a_write_after_the_rescue_is_refused_before_the_next_claim(
    plane: Plane, subtests: pytest.Subtests
) -> None:
    token = plane.running()
    plane.record(token, reserve(0), start(0))
    plane.clock.advance(plane.settings.lease_seconds + 1)
    plane.rescue()
    assert_refused(plane, subtests, token)


def test_a_write_after_the_own_finish_is_refused(plane: Plane, subtests: pytest.Subtests) -> None:
    token = plane.running()
    plane.record(token, reserve(0), start(0))
    plane.finish(token, JobReason.INTERRUPTED)
    assert_refused(plane, subtests, token, but=frozenset({"finish"}))


def test_a_finish_of_an_epoch_that_another_ended_is_refused(plane: Plane) -> None:
    token = plane.running()
    plane.lost(token)
    successor = plane.claimed()
    plane.hello(successor)
    plane.finish(successor, JobReason.BUDGET_SPENT)
    with pytest.raises(StaleEpoch):
        plane.finish(token, JobReason.BUDGET_SPENT)


def test_reading_is_fenced_too(plane: Plane, stale: RunnerToken) -> None:
    with plane.database.read() as session, pytest.raises(StaleEpoch):
        require_owner(session, stale)


def own_token(claimed: RunnerToken) -> RunnerToken:
    return runner_token(claimed.job_id, claimed.epoch)[1]


def test_a_runners_own_token_takes_the_place_of_the_claims(plane: Plane) -> None:
    plane.post()
    claimed = plane.claimed()
    own, thiefs = own_token(claimed), own_token(claimed)
    plane.hello(claimed, own=own)
    plane.record(own, reserve(0), start(0))
    told = plane.rows()
    plane.hello(claimed, own=own)
    assert plane.rows() == told, "said again after a lost reply"
    with pytest.raises(Conflict):
        plane.hello(claimed, "another process", own=own)

    for write in (*WRITES.values(), lambda plane, token: plane.hello(token, own=thiefs)):
        if write is not WRITES["lost"]:
            with pytest.raises(Unauthorized):
                write(plane, claimed)
    assert plane.rows() == told
    plane.finish(own, JobReason.INTERRUPTED)


def test_only_the_token_that_was_given_out_opens_a_job(plane: Plane) -> None:
    token = plane.running()
    _, forged = runner_token(token.job_id, token.epoch)
    _, early = runner_token(token.job_id, token.epoch + 1)
    _, elsewhere = runner_token("job_" + "0" * 32, 1)
    told = plane.rows()
    for wrong in (forged, early, elsewhere):
        with pytest.raises(Unauthorized):
            plane.renew(wrong)
    plane.finish(token, JobReason.BUDGET_SPENT)
    with pytest.raises(Unauthorized):
        plane.finish(forged, JobReason.BUDGET_SPENT)
    assert len(plane.rows()["events"]) == len(told["events"]) + 1
