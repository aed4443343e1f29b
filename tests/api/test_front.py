"""The front over HTTP: JSON, table, revisions and validators."""

import csv
from dataclasses import dataclass
from io import StringIO
from typing import Any

import httpx
import pytest

from searchspace.objectives import Objective, losses
from searchspace.pareto import hypervolume, knee, non_dominated
from service.api.conditions import prefers_csv
from service.api.schemas.front import FrontReply
from service.api.table import front_table
from tests.api.served import LATENCY, Dispatcher, Runner, Served, spec
from tests.api.test_bad_input import problem_of

MEASURED = [(0.60, 0.9), (0.92, 0.5), (0.70, 0.4), (0.50, 0.95), (0.95, 0.9)]


@dataclass
class Searched:
    """A job in mid-search, seen by a person of its team."""

    client: httpx.Client
    runner: Runner
    job_id: str

    def front(self, **query: Any) -> dict[str, Any]:
        response = self.client.get(f"/jobs/{self.job_id}/front", params=query)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def searched(on_each: Served) -> Searched:
    client = on_each.person()
    constraints = [{"metric": "accuracy", "min": 0.55}]
    job_id = client.post("/jobs", json=spec(constraints=constraints, priority=10)).json()["id"]
    runner = Dispatcher.of(on_each).claim(job_id)
    runner.complete_all(MEASURED)
    return Searched(client, runner, job_id)


def points_of(objectives: list[Any], models: list[dict[str, Any]]) -> list[tuple[float, ...]]:
    read = [Objective.model_validate(objective) for objective in objectives]
    return [losses(read, model["values"]) for model in models]


def test_the_front_is_what_brute_force_finds(searched: Searched):
    front = searched.front()
    assert front["job_id"] == searched.job_id
    assert front["objectives"] == ["accuracy", "params", "latency_ms"]
    everything = [
        model
        for number in range(len(MEASURED))
        for model in searched.client.get(f"/jobs/{searched.job_id}/trials/{number}").json()[
            "models"
        ]
    ]
    feasible = [model for model in everything if model["values"]["accuracy"] >= 0.55]
    points = points_of(front["objectives"], feasible)
    best = [m for m, on in zip(feasible, non_dominated(points), strict=True) if on]
    assert [model["id"] for model in front["models"]] == [model["id"] for model in best]
    on_front = points_of(front["objectives"], front["models"])
    accuracy, params, latency = front["reference_point"]
    assert front["hypervolume"] == pytest.approx(
        hypervolume(on_front, (-accuracy, params, latency))
    )
    assert front["knee"] == front["models"][knee(on_front)]["id"]
    (model, *_) = front["models"]
    assert model["checkpoint"]["url"].startswith("/api/v1/jobs/")
    assert model["parameters"]["head.kind"] == model["head"]


@pytest.mark.parametrize("query", [{}, {"feasible": False}, {"as_of": 0}])
def test_the_reply_is_what_its_schema_says(searched: Searched, query: dict[str, Any]):
    front = searched.front(**query)
    assert FrontReply.model_validate(front).model_dump(mode="json") == front


def test_asked_again_the_reply_is_the_same_until_the_front_changes(searched: Searched):
    path = f"/jobs/{searched.job_id}/front"
    first, again = searched.client.get(path), searched.client.get(path)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    table = searched.client.get(path, headers={"Accept": "text/csv"})
    assert table.content != first.content
    searched.runner.complete(0.99, 0.01)
    assert searched.client.get(path).json()["revision"] == first.json()["revision"] + 1


def test_constraints_can_be_left_out_of_account(searched: Searched):
    strict, all_in = searched.front(), searched.front(feasible=False)
    assert all(model["feasible"] for model in strict["models"])
    infeasible = [model for model in all_in["models"] if not model["feasible"]]
    assert all(model["values"]["accuracy"] < 0.55 for model in infeasible)
    assert {m["id"] for m in all_in["models"]} >= {m["id"] for m in strict["models"]}


def test_the_validator_changes_with_the_front_alone(searched: Searched):
    path = f"/jobs/{searched.job_id}/front"
    first = searched.client.get(path)
    etag = first.headers["etag"]
    assert etag.startswith('"')
    again = searched.client.get(path, headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    searched.runner.fail()
    unchanged = searched.client.get(path, headers={"If-None-Match": etag})
    assert unchanged.status_code == 304
    searched.runner.complete(0.99, 0.1)
    changed = searched.client.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    table = searched.client.get(path, headers={"Accept": "text/csv"})
    assert table.headers["etag"] != changed.headers["etag"], "two forms, two strong validators"


def test_an_infeasible_model_changes_the_validator_of_the_front_it_can_be_on(searched: Searched):
    path = f"/jobs/{searched.job_id}/front?feasible=false"
    etag = searched.client.get(path).headers["etag"]
    searched.runner.complete(0.1, 0.001)
    changed = searched.client.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200


def test_the_front_is_readable_as_it_was(searched: Searched):
    now = searched.front()
    searched.runner.complete(0.99, 0.01)
    assert searched.front()["revision"] == now["revision"] + 1
    then = searched.front(as_of=now["revision"])
    # Whether a model is on the front is told as of now.
    assert [m["id"] for m in then.pop("models")] == [m["id"] for m in now.pop("models")]
    assert then == now
    assert searched.front(as_of=0)["models"] == []
    path = f"/jobs/{searched.job_id}/front"
    problem_of(searched.client.get(path, params={"as_of": 999}), 404, "not_found")
    problem_of(searched.client.get(path, params={"as_of": -1}), 422, "invalid")
    problem_of(searched.client.get(path, params={"as_of": 2**70}), 422, "invalid")


def test_one_validator_never_names_two_replies(searched: Searched):
    """An earlier front tells of its models whether they are on the front still."""
    path = f"/jobs/{searched.job_id}/front"
    query = {"as_of": searched.front()["revision"]}
    then = searched.client.get(path, params=query)
    searched.runner.complete_all([(0.999, 0.001)] * 15)
    now = searched.client.get(path, params=query)
    assert now.json()["models"] != then.json()["models"]
    assert now.headers["etag"] != then.headers["etag"]


def test_the_history_ends_at_the_front(searched: Searched):
    items = searched.client.get(f"/jobs/{searched.job_id}/front/history").json()["items"]
    front = searched.front()
    assert [item["revision"] for item in items] == list(range(1, front["revision"] + 1))
    volumes = [item["hypervolume"] for item in items]
    assert volumes == sorted(volumes)
    assert volumes[-1] == front["hypervolume"]
    assert items[-1]["front_size"] == len(front["models"])


def test_the_front_as_a_table(searched: Searched):
    headers = {"Accept": "text/csv"}
    response = searched.client.get(f"/jobs/{searched.job_id}/front", headers=headers)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(response.text)))
    front = searched.front()
    assert [row["id"] for row in rows] == [model["id"] for model in front["models"]]
    for row, model in zip(rows, front["models"], strict=True):
        assert float(row["accuracy"]) == model["values"]["accuracy"]
        assert int(row["params"]) == model["values"]["params"]
        assert row["checkpoint_sha256"] == model["checkpoint"]["sha256"]
        assert (row["knee"] == "True") == (model["id"] == front["knee"])
        assert [row[f"rank_{mode}"] for mode in ("channels", "height", "width")] == [
            str(rank) for rank in model["ranks"] or ("", "", "")
        ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str):
    model = {
        "id": "mdl_1",
        "trial_number": 0,
        "head": "gap",
        "ranks": None,
        "values": {"accuracy": 0.5},
        "latency": LATENCY,
        "feasible": True,
        "on_front": True,
        "parameters": {"text": f"{start}cmd()", "number": -1.5},
        "architecture": {},
        "architecture_digest": "",
        "checkpoint": {"sha256": "", "size": 1, "url": ""},
        "created_at": "2026-01-01T00:00:00Z",
    }
    front = {
        "job_id": "job_1",
        "revision": 1,
        "objectives": ["accuracy"],
        "reference_point": [0],
        "hypervolume": 0.5,
        "knee": None,
        "models": [model],
    }
    written = front_table(FrontReply.model_validate(front))
    (row,) = csv.DictReader(StringIO(written, newline=""))
    assert row["parameter.text"] == f"'{start}cmd()"
    assert row["parameter.number"] == "-1.5"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("text/csv", True),
        ("TEXT/CSV; header=present", True),
        ("application/json, text/csv", False),
        ("application/json;q=0.5, text/csv", True),
        ("text/csv;q=0.1, */*;q=0.2", False),
        ("text/csv;q=nonsense", True),
        ("image/png", False),
    ],
)
def test_the_form_that_a_client_prefers(accept: str | None, wanted: bool):
    assert prefers_csv(accept) is wanted
