"""Baselines over HTTP: asked for in a spec, beside the front, downloadable."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from service.api.schemas.front import FrontReply
from tests.api.served import Dispatcher, Runner, Served, spec

NAMES = ["mobilenet_v2", "squeezenet1_1"]


@dataclass
class Compared:
    """A job with a baseline of two that has ended, and one model that it would dominate."""

    client: httpx.Client
    runner: Runner
    path: str

    def get(self, path: str = "", **headers: str) -> Any:
        response = self.client.get(f"{self.path}{path}", headers=headers)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def compared(on_each: Served) -> Compared:
    client = on_each.person()
    job = client.post("/jobs", json=spec(baselines=NAMES, priority=10)).json()
    runner = Dispatcher.of(on_each).claim(job["id"])
    runner.complete_baseline(NAMES[0], 0.99, 0.1)
    runner.complete(0.5, 0.9)
    return Compared(client, runner, f"/jobs/{job['id']}")


def test_the_front_has_it_beside_itself(compared: Compared):
    front = compared.get("/front")
    assert [model["trial_number"] for model in front["models"]] == [1]
    (baseline,) = front["baselines"]
    assert (baseline["baseline"], baseline["trial_number"]) == (NAMES[0], 0)
    assert baseline["values"]["accuracy"] == 0.99
    assert baseline["architecture"]["kind"] == "torchvision"
    assert FrontReply.model_validate(front).model_dump(mode="json") == front
    table = compared.client.get(f"{compared.path}/front", headers={"Accept": "text/csv"})
    assert len(table.text.splitlines()) == 2, "the table is of the front alone"


def test_another_one_makes_another_validator_and_no_other_revision(compared: Compared):
    before = compared.client.get(f"{compared.path}/front")
    unchanged = {"If-None-Match": before.headers["ETag"]}
    assert compared.client.get(f"{compared.path}/front", headers=unchanged).status_code == 304
    compared.runner.complete_baseline(NAMES[1], 0.7, 0.2)
    after = compared.client.get(f"{compared.path}/front", headers=unchanged)
    assert after.status_code == 200
    assert after.json()["revision"] == before.json()["revision"]
    assert [each["baseline"] for each in after.json()["baselines"]] == NAMES


def test_its_trial_says_what_it_is(compared: Compared):
    second, first = compared.get("/trials")["items"]
    assert (first["purpose"], first["baseline"]) == ("baseline", NAMES[0])
    assert (second["purpose"], second["baseline"]) == ("search", None)
    assert compared.get("/trials/0")["baseline"] == NAMES[0]


def test_the_job_counts_it_apart(compared: Compared):
    job = compared.get()
    assert job["trials"]["finished"] == 1
    assert job["extra_trials"] == {"finished": 1, "left": 1}
    assert job["spec"]["baselines"] == NAMES


def test_its_checkpoint_is_there_and_it_has_no_other_heads(compared: Compared):
    (baseline,) = compared.get("/front")["baselines"]
    model = compared.get(f"/models/{baseline['id']}")
    assert model["baselines"] is None
    assert model["on_front"] is False
    url = baseline["checkpoint"]["url"].removeprefix("/api/v1")
    assert compared.client.get(url).content == b"weights of a baseline"


def test_a_dry_run_counts_them(on_each: Served):
    asked = spec(baselines=NAMES, budget={"trials": 3})
    answer = on_each.person().post("/jobs", params={"dry_run": True}, json=asked).json()
    assert (answer["trials"], answer["extra_trials"]) == (3, 2)
