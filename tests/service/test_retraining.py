"""Which models are trained anew, what of that is admitted, and that the test part scores it alone."""

import numpy as np
import pytest

from searchspace.pareto import hypervolume, knee
from service.errors import Conflict, Unprocessable
from service.front.retraining import Retraining, best, retrainings, winners
from service.jobs.change import BudgetChange, JobChange, change
from service.jobs.commands import lock_job
from service.lifecycle import JobReason, TrialPurpose, TrialReason
from service.protocol import Model, Reserve, Winner
from service.team.access import RunnerToken
from tests.factories import measure, model, reserve, start, stop
from tests.service.invariants import Stored, violations
from tests.service.plane import Plane

# Accuracy, params, latency: the third is dominated.
MEASURED = [(0.5, 10.0, 1.0), (0.9, 50.0, 1.0), (0.4, 60.0, 2.0), (0.7, 20.0, 1.0)]


@pytest.fixture
def token(plane: Plane) -> RunnerToken:
    """A job whose search is over, with three models on its front."""
    retrain = {"models": 2, "training_epochs": 9, "seeds": 2}
    token = plane.running(retrain=retrain, budget={"trials": 4})
    for number, values in enumerate(MEASURED):
        made = model(plane.artifact(), *values)
        plane.record(token, reserve(number), start(number), stop(number, made))
    return token


def chosen(plane: Plane, token: RunnerToken) -> tuple[Winner, ...]:
    with plane.database.read() as session:
        return winners(session, plane.job(token.job_id))


def retrained(plane: Plane, token: RunnerToken) -> dict[str, list[Retraining]]:
    with plane.database.read() as session:
        return retrainings(session, plane.job(token.job_id))


def anew(number: int, subject: str, **changes: object) -> Reserve:
    purpose = {"purpose": TrialPurpose.RETRAIN, "subject": subject}
    return reserve(number, **{**purpose, **changes})


def scored(plane: Plane, accuracy: float, test_accuracy: float) -> Model:
    plain = model(plane.artifact(), accuracy)
    values = {**plain.values, "test_accuracy": test_accuracy}
    return plain.model_copy(update={"values": values})


def test_the_winners_are_of_the_front_and_the_knee_is_one(plane: Plane, token: RunnerToken):
    found = chosen(plane, token)
    assert len(found) == 2
    rows = {row.id: row for row in plane.rows()["models"]}
    numbers = [rows[one.model_id].trial_number for one in found]
    assert 3 in numbers, "the knee"
    assert 2 not in numbers, "not on the front"
    assert all(one.parameters == reserve(0).parameters for one in found)


@pytest.mark.parametrize("seed", range(20))
def test_the_best_dominate_the_most_together_and_have_the_knee(seed: int) -> None:
    generator = np.random.default_rng(seed)
    points = generator.random((12, 2))
    points[:, 1] = 1 - points[:, 0] + 0.05 * points[:, 1]
    few = best(points, (1.1, 1.1), 4)
    assert len(set(few)) == 4
    assert knee(points) in few
    volume = hypervolume(points[few], (1.1, 1.1))
    others = [hypervolume(points[generator.permutation(12)[:4]], (1.1, 1.1)) for _ in range(50)]
    assert volume > np.quantile(others, 0.8)


def test_few_models_are_all_of_them() -> None:
    assert sorted(best(np.array([[1.0, 2.0], [2.0, 1.0]]), (0.0, 0.0), 9)) == [0, 1]
    assert best(np.empty((0, 2)), (0.0, 0.0), 3) == []


def test_its_scores_are_kept_and_the_front_is_as_it_was(plane: Plane, token: RunnerToken):
    before = plane.job(token.job_id)
    (winner, _) = chosen(plane, token)
    for number, seed in ((4, 71), (5, 72)):
        made = scored(plane, 0.99, 0.5 + number / 100)
        records = (anew(number, winner.model_id, seed=seed), start(number), stop(number, made))
        plane.record(token, *records)
    after = plane.job(token.job_id)
    assert (after.front_revision, after.hypervolume) == (before.front_revision, before.hypervolume)
    assert (after.trials_finished, after.extras_finished, after.extras_left) == (4, 2, 2)
    ((subject, found),) = retrained(plane, token).items()
    assert subject == winner.model_id
    assert [each.trial.seed for each in found] == [71, 72]
    assert [each.values["test_accuracy"] for each in found] == [0.54, 0.55]
    assert {each.training_epochs for each in found} == {9}
    assert chosen(plane, token)[0] == winner, "it is no model of the front itself"
    with plane.database.read() as session:
        assert violations(Stored.read(session)) == []


def test_only_so_many_of_each_and_only_of_the_front(plane: Plane, token: RunnerToken):
    (winner, other) = chosen(plane, token)
    plane.record(token, anew(4, winner.model_id, seed=71))
    rows = {row.trial_number: row.id for row in plane.rows()["models"]}
    refused = {
        "there is one already": anew(5, winner.model_id, seed=71),
        "no such trial": anew(5, rows[2], seed=71),
    }
    for why, record in refused.items():
        with pytest.raises(Conflict, match=why):
            plane.record(token, record)
    with pytest.raises(Conflict, match="no such trial"):
        plane.record(token, anew(5, "mdl_of_nobody"))
    plane.record(token, anew(5, winner.model_id, seed=72), anew(6, other.model_id, seed=71))
    with pytest.raises(Conflict, match="there is one already"):
        plane.record(token, anew(7, winner.model_id, seed=73))


def test_a_training_anew_is_not_trained_anew(plane: Plane, token: RunnerToken):
    (winner, _) = chosen(plane, token)
    made = scored(plane, 0.99, 0.5)
    plane.record(token, anew(4, winner.model_id), start(4), stop(4, made))
    (found,) = retrained(plane, token)[winner.model_id]
    assert found.model is not None
    with pytest.raises(Conflict, match="no such trial"):
        plane.record(token, anew(5, found.model.id))


def test_the_test_part_scores_nothing_of_a_search(plane: Plane):
    token = plane.running(baselines=["mobilenet_v2"])
    baseline = reserve(1, purpose=TrialPurpose.BASELINE, subject="mobilenet_v2")
    plane.record(token, reserve(0), start(0), baseline, start(1))
    rows = plane.rows()
    for number in (0, 1):
        of_model = scored(plane, 0.9, 0.9)
        plain = model(plane.artifact(), 0.9)
        peeks = (
            stop(number, of_model, accuracy=0.9, params=1.0, latency_ms=1.0),
            stop(number, plain, **of_model.values),
            measure(number, params=1.0, test_accuracy=0.9),
        )
        for peek in peeks:
            with pytest.raises(Unprocessable, match="never scored on the test part"):
                plane.record(token, peek)
    assert {k: v for k, v in plane.rows().items() if k != "artifacts"} == {
        k: v for k, v in rows.items() if k != "artifacts"
    }


def test_a_training_anew_without_a_test_score_is_refused(plane: Plane, token: RunnerToken):
    (winner, _) = chosen(plane, token)
    plane.record(token, anew(4, winner.model_id), start(4))
    with pytest.raises(Unprocessable, match="is scored on the test part"):
        plane.record(token, stop(4, model(plane.artifact(), 0.9)))


def test_one_that_failed_is_told_and_not_repeated(plane: Plane, token: RunnerToken):
    (winner, _) = chosen(plane, token)
    failed = stop(4, reason=TrialReason.CRASH)
    plane.record(token, anew(4, winner.model_id, seed=71), start(4), failed)
    (found,) = retrained(plane, token)[winner.model_id]
    assert (found.trial.state, found.model) == ("failed", None)
    with pytest.raises(Conflict, match="there is one already"):
        plane.record(token, anew(5, winner.model_id, seed=71))


def test_a_budget_that_grows_brings_more_of_them(plane: Plane, token: RunnerToken):
    plane.finish(token, JobReason.BUDGET_SPENT, trials=4)
    assert plane.job(token.job_id).extras_left == 0
    with plane.database.write() as session:
        job = lock_job(session, token.job_id)
        change(session, job, JobChange(budget=BudgetChange(trials=5)), plane.clock.time)
    assert plane.job(token.job_id).extras_left == 4
    assert plane.job(token.job_id).state == "queued"
