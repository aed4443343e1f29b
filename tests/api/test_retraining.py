"""Models of a front that were trained longer, over HTTP."""

from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

import httpx
import pytest

from service.api.schemas.front import FrontReply
from tests.api.served import Dispatcher, Runner, Served, spec


@dataclass
class Retrained:
    """A job whose one winner was trained anew by two seeds of three."""

    client: httpx.Client
    runner: Runner
    path: str
    winner: str

    def get(self, path: str = "") -> Any:
        response = self.client.get(f"{self.path}{path}")
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture(scope="module")
def retrained(on_each: Served) -> Retrained:
    client = on_each.person()
    retrain = {"models": 1, "training_epochs": 40, "seeds": 3}
    budget = {"trials": 2, "training_epochs": 2}
    job = client.post("/jobs", json=spec(retrain=retrain, budget=budget)).json()
    runner = Dispatcher.of(on_each).claim(job["id"])
    runner.complete_all([(0.6, 0.9), (0.92, 0.5)])
    (winner,) = runner.winners()
    runner.complete_retraining(winner, 71, 0.94, 0.91)
    runner.complete_retraining(winner, 72, 0.96, 0.93)
    return Retrained(client, runner, f"/jobs/{job['id']}", winner["model_id"])


def test_a_model_has_both_numbers_of_every_seed(retrained: Retrained):
    model = retrained.get(f"/models/{retrained.winner}")
    told = [
        (each["seed"], each["accuracy"], each["test_accuracy"], each["state"])
        for each in model["retrained"]
    ]
    assert told == [(71, 0.94, 0.91, "complete"), (72, 0.96, 0.93, "complete")]
    assert {each["training_epochs"] for each in model["retrained"]} == {40}
    assert model["retrained_summary"] == {
        "seeds": 2,
        "training_epochs": 40,
        "accuracy": {"mean": mean([0.94, 0.96]), "std": stdev([0.94, 0.96])},
        "test_accuracy": {"mean": mean([0.91, 0.93]), "std": stdev([0.91, 0.93])},
    }
    assert "test_accuracy" not in model["values"]


def test_each_is_a_model_of_its_own_with_its_checkpoint(retrained: Retrained):
    first, _ = retrained.get(f"/models/{retrained.winner}")["retrained"]
    own = retrained.get(f"/models/{first['model_id']}")
    assert own["retrain_of"] == retrained.winner
    assert (own["on_front"], own["retrained"], own["retrained_summary"]) == (False, [], None)
    url = first["checkpoint"]["url"].removeprefix("/api/v1")
    assert retrained.client.get(url).content == b"weights by seed 71"


def test_the_front_has_them_beside_itself(retrained: Retrained):
    front = retrained.get("/front")
    assert {model["trial_number"] for model in front["models"]} <= {0, 1}
    assert front["retrained"].keys() == {retrained.winner}
    assert front["retrained"][retrained.winner]["seeds"] == 2
    assert FrontReply.model_validate(front).model_dump(mode="json") == front


def test_its_trials_say_what_they_are(retrained: Retrained):
    items = retrained.get("/trials")["items"]
    assert [(each["purpose"], each["retrain_of"]) for each in items] == [
        ("retrain", retrained.winner),
        ("retrain", retrained.winner),
        ("search", None),
        ("search", None),
    ]
    job = retrained.get()
    assert (job["trials"]["finished"], job["extra_trials"]) == (2, {"finished": 2, "left": 1})


def test_another_teams_runner_learns_of_no_winners(retrained: Retrained, on_each: Served):
    stranger = on_each.client("tcr_job_1_1_nothing", retrained.runner.client.base_url.path[7:])
    assert stranger.post("/winners", json={"epoch": 1}).status_code == 401
