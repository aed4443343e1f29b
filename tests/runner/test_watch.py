"""What the runner does between the steps of Tune's loop."""

import pytest
from ray.tune.experiment import Trial

from service.protocol import JobReason
from tests.runner.builders import VALUES, Desk, job_spec, orders, stop
from workers.assignment import ASSIGNMENT_KEY
from workers.search.tune_run import StepClock, Watch


@pytest.fixture
def desk() -> Desk:
    return Desk(job_spec(early_stopping={"name": "none"}))


def test_the_runner_leaves_with_the_last_trial_whatever_tune_still_has_to_do(desk: Desk) -> None:
    desk.orders = orders(trials=1)
    left: list[JobReason] = []
    watch = Watch(desk.search, StepClock(60.0), left.append)
    desk.begin()
    watch.on_step_end(1, [])
    assert left == []
    desk.search.receive([stop(0, VALUES)])
    watch.on_step_end(2, [])
    assert left == [JobReason.BUDGET_SPENT]


def test_nothing_is_kept_of_a_trial_that_has_ended(desk: Desk) -> None:
    """Tune keeps the trial itself."""
    watch = Watch(desk.search, StepClock(60.0), lambda _: None)
    assignment = desk.hand_out()
    config = {"number": 0, "attempt": 1, "seconds_left": None}
    config[ASSIGNMENT_KEY] = assignment.model_dump_json()
    trial = Trial("TrialProcess", config=config, experiment_tag="0_assignment", stub=True)
    watch.on_trial_start(1, [trial], trial)
    trial.update_last_result({"training_iteration": 1, "records": "[]"})

    watch.on_trial_complete(2, [trial], trial)

    held = (trial.config, trial.experiment_tag, trial.last_result, trial.metric_analysis)
    assert held == ({}, "", {"trial_id": trial.trial_id}, {})
