from typing import Any, ClassVar

import pytest

from service.errors import Conflict, Unprocessable
from service.lifecycle import JobReason, TrialReason
from service.protocol import KnownTrial, Model, Record, Stop
from service.team.access import RunnerToken
from service.trials.recall import known_trials
from tests.factories import digest, latency, measure, model, report, reserve, start, stop
from tests.service.plane import Plane

ABSENT = digest("never uploaded")
ENDS = {
    TrialReason.FINISHED: "complete",
    TrialReason.EARLY_STOPPED: "pruned",
    TrialReason.EXCEPTION: "failed",
    TrialReason.NOT_A_NUMBER: "failed",
    TrialReason.EXIT: "failed",
    TrialReason.CRASH: "failed",
    TrialReason.OUT_OF_MEMORY: "failed",
    TrialReason.DEADLINE: "failed",
    TrialReason.BAD_METRIC: "failed",
    TrialReason.CANCELLED: "cancelled",
    TrialReason.PAUSED: "suspended",
    TrialReason.INTERRUPTED: "suspended",
}
GOOD = {"accuracy": 0.5, "params": 50.0, "latency_ms": 1.0}


@pytest.fixture
def token(plane: Plane) -> RunnerToken:
    return plane.running(budget={"trials": 4})


@pytest.fixture
def finished(plane: Plane) -> Model:
    return model(plane.artifact(), accuracy=0.5)


def refused(plane: Plane, token: RunnerToken, *records: Record) -> str:
    """The code of a refusal that changes nothing."""
    told = plane.rows()
    with pytest.raises(Conflict) as refusal:
        plane.record(token, *records)
    assert plane.rows() == told
    return refusal.value.code


def known(plane: Plane, token: RunnerToken) -> tuple[KnownTrial, ...]:
    with plane.database.read() as session:
        return known_trials(session, plane.job(token.job_id))


def test_a_whole_trial_in_one_request_is_what_it_is_in_many(plane: Plane, finished: Model) -> None:
    records = [
        reserve(0),
        start(0),
        measure(0, params=50.0),
        report(0, 1, checkpoint=finished.checkpoint),
        report(0, 2, accuracy=0.6),
        stop(0, finished),
    ]
    at_once, one_by_one = plane.running(), plane.running()
    plane.record(at_once, *records)
    for record in records:
        plane.record(one_by_one, record)
    kept = ("id", "job_id", "at", "created_at")
    for table in ("trials", "trial_reports", "models", "events", "front_revisions"):
        rows = [row._asdict() for row in plane.rows()[table]]
        first, second = (
            [
                {name: value for name, value in row.items() if name not in kept}
                for row in rows
                if row["job_id"] == token.job_id and row.get("kind") != "job.state"
            ]
            for token in (at_once, one_by_one)
        )
        assert first == second
        assert first
    trial = plane.trial(at_once.job_id)
    assert (trial.state, trial.reason, trial.attempts) == ("complete", "finished", 1)
    assert trial.values == {**GOOD, "accuracy": 0.5}
    assert trial.latency == latency().model_dump()


def test_every_record_may_be_sent_again(plane: Plane, token: RunnerToken, finished: Model) -> None:
    records = [
        reserve(0),
        start(0),
        measure(0),
        report(0, 1),
        stop(0, reason=TrialReason.PAUSED),
        start(0, attempt=2),
        measure(0, attempt=2),
        report(0, 1, attempt=2),
        stop(0, finished, attempt=2),
        reserve(1),
    ]
    for count, record in enumerate(records, start=1):
        plane.record(token, record)
        told = plane.rows()
        plane.record(token, record)
        plane.record(token, *records[:count])
        assert plane.rows() == told


def test_the_same_record_twice_in_one_request_counts_once(
    plane: Plane, token: RunnerToken, finished: Model
) -> None:
    records = [reserve(0), start(0), measure(0), report(0, 1), stop(0, finished)]
    plane.record(token, *(record for record in records for _ in range(2)))
    job = plane.job(token.job_id)
    assert (job.trials_total, job.trials_finished, job.front_size) == (1, 1, 1)


def test_a_record_that_contradicts_the_stored_ones_is_refused(
    plane: Plane, subtests: pytest.Subtests, token: RunnerToken
) -> None:
    plane.record(token, reserve(0), start(0), measure(0), report(0, 1))
    for record in [
        reserve(0, parameters={"head.kind": "tcl"}),
        reserve(0, architecture_digest=digest("another")),
        reserve(0, seed=1),
        start(0, attempt=3),
        measure(0, fastest=2.0),
        measure(0, params=51.0),
        measure(0, attempt=2),
        report(0, 1, accuracy=0.7),
        report(0, 1, loss=0.1),
        report(0, 2, attempt=2),
        stop(0, attempt=2),
        start(1),
        measure(1),
        report(1, 1),
        stop(1),
    ]:
        with subtests.test(repr(record)):
            assert refused(plane, token, record) == "record_conflict"


def test_a_trial_that_has_ended_stays_as_it_is(
    plane: Plane, subtests: pytest.Subtests, token: RunnerToken, finished: Model
) -> None:
    plane.record(token, reserve(0), start(0), measure(0), report(0, 1), stop(0, finished))
    for record in [
        stop(0, reason=TrialReason.EXCEPTION),
        stop(0, **{**GOOD, "accuracy": 0.9}),
        stop(0, **GOOD),
        stop(0, model(ABSENT, accuracy=0.5)),
        report(0, 2),
        start(0, attempt=2),
        measure(0, attempt=2),
    ]:
        with subtests.test(repr(record)):
            assert refused(plane, token, record) == "record_conflict"


def test_one_bad_record_stores_none_of_its_request(plane: Plane, token: RunnerToken) -> None:
    assert refused(plane, token, reserve(0), start(0), start(1)) == "record_conflict"


def test_numbers_have_no_gaps(plane: Plane, token: RunnerToken) -> None:
    assert refused(plane, token, reserve(1)) == "gap"
    plane.record(token, reserve(0), reserve(1))
    assert refused(plane, token, reserve(2), reserve(4)) == "gap"
    assert [trial.number for trial in plane.trials(token.job_id)] == [0, 1]


def test_the_budget_bounds_the_reservations(plane: Plane, token: RunnerToken) -> None:
    plane.record(token, *(reserve(number) for number in range(4)))
    assert refused(plane, token, reserve(4)) == "budget"
    # What was reserved within it may still be said again.
    plane.record(token, reserve(3))


def test_the_reason_of_a_stop_decides_the_state(plane: Plane, subtests: pytest.Subtests) -> None:
    token = plane.running(budget={"trials": len(ENDS)})
    for number, (reason, state) in enumerate(ENDS.items()):
        before = plane.job(token.job_id)
        plane.record(token, reserve(number), start(number))
        plane.record(token, stop(number, reason=reason, **GOOD))
        trial, job = plane.trial(token.job_id, number), plane.job(token.job_id)
        ended = state != "suspended"
        with subtests.test(str(reason)):
            assert (trial.state, trial.reason) == (state, reason)
            assert (trial.finished_at is not None) == ended
            assert job.trials_finished - before.trials_finished == ended
            assert job.trials_failed - before.trials_failed == (state == "failed")
            assert job.trials_pruned - before.trials_pruned == (state == "pruned")


@pytest.mark.parametrize("missing", GOOD)
def test_a_trial_without_an_objective_has_failed(
    plane: Plane, token: RunnerToken, missing: str
) -> None:
    values = {metric: value for metric, value in GOOD.items() if metric != missing}
    plane.record(token, reserve(0), start(0), stop(0, **values))
    trial = plane.trial(token.job_id)
    assert (trial.state, trial.reason) == ("failed", "bad_metric")
    assert missing in (trial.detail or "")
    told = plane.rows()
    plane.record(token, stop(0, **values))
    assert plane.rows() == told


def test_a_model_without_an_objective_fails_its_trial_and_is_not_kept(
    plane: Plane, token: RunnerToken, finished: Model
) -> None:
    values = {metric: value for metric, value in GOOD.items() if metric != "params"}
    lacking = finished.model_copy(update={"values": values})
    plane.record(token, reserve(0), start(0), stop(0, finished, lacking, **GOOD))
    assert plane.trial(token.job_id).reason == "bad_metric"
    assert plane.rows()["models"] == []


def test_measured_values_count_as_the_trials_own(plane: Plane, token: RunnerToken) -> None:
    plane.record(token, reserve(0), start(0), measure(0), stop(0, accuracy=0.5))
    trial = plane.trial(token.job_id)
    assert trial.state == "complete"
    assert trial.values == {"params": 50.0, "macs": 9.0, "latency_ms": 1.0, "accuracy": 0.5}


def test_only_a_finished_trial_has_models(
    plane: Plane, token: RunnerToken, finished: Model
) -> None:
    plane.record(token, reserve(0), start(0))
    with pytest.raises(Unprocessable):
        plane.record(token, stop(0, finished, reason=TrialReason.EARLY_STOPPED))


def test_a_reserved_trial_can_end_before_it_begins(plane: Plane, token: RunnerToken) -> None:
    plane.record(token, reserve(0), stop(0, reason=TrialReason.CANCELLED))
    plane.record(token, reserve(1), stop(1, reason=TrialReason.CRASH))
    assert [trial.state for trial in plane.trials(token.job_id)] == ["cancelled", "failed"]
    plane.record(token, reserve(2))
    assert refused(plane, token, stop(2, reason=TrialReason.PAUSED)) == "record_conflict"


def test_a_checkpoint_is_uploaded_before_it_is_named(plane: Plane, token: RunnerToken) -> None:
    plane.record(token, reserve(0), start(0))
    assert refused(plane, token, report(0, 1, checkpoint=ABSENT)) == "artifact_missing"
    assert refused(plane, token, stop(0, model(ABSENT, accuracy=0.5))) == "artifact_missing"


def test_the_first_latency_of_an_architecture_stays(plane: Plane) -> None:
    same = digest("one architecture")
    one, other = plane.running(), plane.running()
    assert plane.record(one, reserve(0, architecture_digest=same)) == {}
    plane.record(one, start(0), measure(0, fastest=3.0))
    known = plane.record(other, reserve(0, architecture_digest=same), reserve(1))
    assert known == {0: latency(3.0)}
    plane.record(other, start(0), measure(0, fastest=4.0))
    assert plane.record(other, reserve(2, architecture_digest=same)) == {2: latency(3.0)}
    # On another device profile it is another property.
    elsewhere = plane.running(latency={"batch_size": 2})
    assert plane.record(elsewhere, reserve(0, architecture_digest=same)) == {}


def test_a_later_attempt_may_measure_anew(plane: Plane, token: RunnerToken) -> None:
    plane.record(token, reserve(0), start(0), measure(0, fastest=1.0))
    plane.record(token, start(0, attempt=2), measure(0, attempt=2, fastest=5.0))
    trial = plane.trial(token.job_id)
    assert trial.latency == latency(5.0).model_dump()
    assert trial.values["latency_ms"] == 5.0


def test_a_restarted_runner_is_told_everything(
    plane: Plane, token: RunnerToken, finished: Model
) -> None:
    plane.record(token, reserve(0), start(0), measure(0), report(0, 1))
    plane.record(token, stop(0, finished), reserve(1), start(1), start(1, attempt=2))
    plane.record(token, report(1, 2, attempt=2), report(1, 1, attempt=2))
    # The architecture of trial 2 was measured for trial 0, which a restart must not forget.
    plane.record(token, reserve(2, architecture_digest=reserve(0).architecture_digest))
    first, second, third = known(plane, token)
    assert (first.state, first.reason, first.values) == (
        "complete",
        "finished",
        {
            **measure(0).values,
            **GOOD,
        },
    )
    assert first.parameters == reserve(0).parameters
    assert first.reports == (report(0, 1),)
    assert (second.number, second.state, second.attempts, second.latency) == (
        1,
        "running",
        2,
        None,
    )
    assert second.reports == (report(1, 1, attempt=2), report(1, 2, attempt=2))
    assert (third.state, third.seed, third.latency) == ("reserved", 1002, latency())
    assert KnownTrial.model_validate_json(first.model_dump_json()) == first


def test_events_have_no_gaps_and_tell_every_change(
    plane: Plane, token: RunnerToken, finished: Model
) -> None:
    plane.record(token, reserve(0), start(0), measure(0), report(0, 1))
    plane.record(token, stop(0, finished), reserve(1))
    events = plane.events(token.job_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert plane.job(token.job_id).events == len(events)
    assert [(event.kind, event.body.get("state")) for event in events] == [
        ("job.state", "queued"),
        ("job.state", "starting"),
        ("job.state", "running"),
        ("trial.state", "reserved"),
        ("trial.state", "running"),
        ("trial.report", None),
        ("trial.state", "complete"),
        ("trial.state", "reserved"),
        ("front.changed", None),
    ]
    assert events[6].body == {
        "number": 0,
        "state": "complete",
        "reason": "finished",
        "attempt": 1,
        "values": {**measure(0).values, **GOOD},
    }


class TestCopies:
    """Trials that take the result of another one of the same point, without training."""

    SAME: ClassVar = {"architecture_digest": digest("architecture 0")}

    @pytest.fixture
    def token(self, plane: Plane) -> RunnerToken:
        token = plane.running(budget={"trials": 4})
        finished = model(plane.artifact(), accuracy=0.5)
        plane.record(token, reserve(0), start(0), measure(0), stop(0, finished))
        return token

    def copy(self, number: int, source: int = 0, **changes: Any) -> Stop:
        return stop(number, **GOOD).model_copy(update={"copy_of": source, **changes})

    def test_one_is_complete_with_what_the_other_measured(
        self, plane: Plane, token: RunnerToken
    ) -> None:
        for _ in range(2):
            plane.record(token, reserve(1, **self.SAME), start(1), self.copy(1))
        source, copied = plane.trials(token.job_id)
        assert (copied.state, copied.copy_of, source.copy_of) == ("complete", 0, None)
        assert copied.values == source.values
        assert copied.latency == source.latency
        job = plane.job(token.job_id)
        assert (job.trials_finished, job.front_size) == (2, 1), "its model is on the front once"

    def test_a_copy_may_be_made_of_a_trial_of_the_same_request(
        self, plane: Plane, token: RunnerToken
    ) -> None:
        finished = model(plane.artifact(), accuracy=0.7)
        same = {"architecture_digest": digest("architecture 1")}
        end = stop(2, **finished.values).model_copy(update={"copy_of": 1})
        plane.record(
            token, reserve(1), start(1), stop(1, finished), reserve(2, **same), start(2), end
        )
        assert plane.trial(token.job_id, 2).copy_of == 1

    @pytest.mark.parametrize(
        ("source", "changes", "values"),
        [
            (0, {"architecture_digest": digest("another")}, GOOD),
            (1, {}, GOOD),
            (3, {}, GOOD),
            (0, {}, GOOD | {"accuracy": 0.9}),
        ],
    )
    def test_nothing_is_taken_from_another_point_or_without_a_result(
        self,
        plane: Plane,
        token: RunnerToken,
        source: int,
        changes: dict[str, str],
        values: dict[str, float],
    ) -> None:
        plane.record(token, reserve(1, **(self.SAME | changes)), start(1))
        end = self.copy(1, source, values=values)
        assert refused(plane, token, end) == "record_conflict"

    def test_a_trial_that_was_stopped_early_has_no_result(
        self, plane: Plane, token: RunnerToken
    ) -> None:
        early = stop(1, reason=TrialReason.EARLY_STOPPED, **GOOD)
        plane.record(token, reserve(1, **self.SAME), start(1), early)
        plane.record(token, reserve(2, **self.SAME), start(2))
        assert refused(plane, token, self.copy(2, 1)) == "record_conflict"

    def test_a_copy_brings_no_models(self, plane: Plane, token: RunnerToken) -> None:
        plane.record(token, reserve(1, **self.SAME), start(1))
        another = model(plane.artifact("other"), accuracy=0.5)
        end = self.copy(1, models=(another,))
        assert refused(plane, token, end) == "record_conflict"


class TestRejections:
    """Points that were sampled and broke a constraint: counted, each once."""

    def count(self, plane: Plane, token: RunnerToken) -> int:
        return plane.job(token.job_id).trials_rejected

    def test_reservations_add_up_and_repeated_ones_do_not(
        self, plane: Plane, token: RunnerToken
    ) -> None:
        for _ in range(2):
            plane.record(token, reserve(0, rejected=3))
        plane.record(token, reserve(1, rejected=2), reserve(2))
        assert self.count(plane, token) == 5

    def test_the_end_adds_those_that_no_reservation_followed(
        self, plane: Plane, token: RunnerToken
    ) -> None:
        plane.record(token, reserve(0, rejected=3))
        for _ in range(2):
            plane.finish(token, JobReason.INTERRUPTED, rejected=4)
        assert self.count(plane, token) == 7

    def test_they_survive_a_rescue(self, plane: Plane, token: RunnerToken) -> None:
        plane.record(token, reserve(0, rejected=3))
        plane.lost(token)
        again = plane.claimed()
        plane.hello(again)
        plane.record(again, start(0), reserve(1, rejected=1))
        assert self.count(plane, again) == 4
