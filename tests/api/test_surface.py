"""The surface as a whole: its description, its health, and errors that nobody expected."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from service.team.access import Role
from tests.api.served import NOBODY_THERE, SPEC, Dispatcher, Served, serving
from tests.api.test_bad_input import problem_of


@pytest.fixture(scope="module")
def description(served: Served) -> dict[str, Any]:
    return httpx.get(f"{served.url}/openapi.json", trust_env=False).json()


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(child) for child in node.values()))
    if isinstance(node, list):
        return set().union(*(references(child) for child in node))
    return set()


def test_every_reference_of_the_description_leads_somewhere(description: dict[str, Any]):
    found = references(description)
    assert "#/components/schemas/JobSpec" in found
    for reference in found:
        place = description
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_every_documented_error_is_a_problem(description: dict[str, Any]):
    for methods in description["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"]


def test_internal_routes_are_not_described(description: dict[str, Any]):
    assert not any(re.search("runner|dispatch", path) for path in description["paths"])


def test_what_is_described_is_what_is_sent(served: Served, description: dict[str, Any]):
    """Every field of a real reply is described, and every field described is there."""
    client = served.person(Role.ADMIN)
    job_id = client.post("/jobs", json=SPEC).json()["id"]
    Dispatcher.of(served).claim(job_id).complete(0.9, 0.5)
    (model,) = client.get(f"/jobs/{job_id}/front").json()["models"]
    other_id = client.post("/jobs", json=SPEC).json()["id"]
    webhook_id = client.post("/webhooks", json={"url": NOBODY_THERE}).json()["id"]
    ids = {"job_id": job_id, "number": 0, "model_id": model["id"], "team": "default"}
    ids["webhook_id"] = webhook_id
    schemas = description["components"]["schemas"]
    for path, methods in description["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "application/json" not in content:
            continue
        schema = schemas[content["application/json"]["schema"]["$ref"].split("/")[-1]]
        query = {"job": [job_id, other_id]} if path.endswith("/comparison") else {}
        reply = client.get(served.url + path.format(**ids), params=query).json()
        assert reply.keys() == schema["properties"].keys(), path


def test_health_and_readiness_need_no_token(served: Served):
    for path in ("/healthz", "/readyz"):
        response = httpx.get(served.url + path, trust_env=False)
        assert response.status_code == 200, response.text
    assert response.json() == {
        "status": "ready",
        "database": True,
        "migrations": True,
        "dispatcher": True,
    } | {"dispatcher": response.json()["dispatcher"]}


def test_a_schema_of_another_version_is_not_ready(tmp_path: Path):
    with serving(tmp_path) as served:
        before = httpx.get(f"{served.url}/readyz", trust_env=False).json()
        assert before["dispatcher"] is False
        with served.parts.database.write() as session:
            session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        response = httpx.get(f"{served.url}/readyz", trust_env=False)
        problem_of(response, 503, "unavailable")
        assert int(response.headers["retry-after"]) > 0
        assert httpx.get(f"{served.url}/healthz", trust_env=False).status_code == 200


def test_an_unexpected_error_tells_nothing_but_its_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with serving(tmp_path) as served:
        client = served.person()
        job_id = client.post("/jobs", json=SPEC).json()["id"]
        with served.parts.database.write() as session:
            session.execute(text("UPDATE jobs SET tags = '[1]'"))
        problem = problem_of(client.get(f"/jobs/{job_id}"), 500, "internal")
    assert "tags" not in problem["detail"]
    assert problem["request_id"] in caplog.text


def test_every_reply_has_its_own_request_id(served: Served):
    ids = {
        httpx.get(f"{served.url}{path}", trust_env=False).headers["x-request-id"]
        for path in ("/healthz", "/healthz", "/", "/nothing", "/static/style.css")
    }
    assert len(ids) == 5


def test_spaces_and_samplers_are_those_of_the_spec(served: Served, description: dict[str, Any]):
    client = served.person()
    schemas = description["components"]["schemas"]
    spaces = client.get("/spaces", params={"dataset": "digits"}).json()["items"]
    presets = schemas["SpaceSpec"]["properties"]["preset"]["enum"]
    assert sorted(space["preset"] for space in spaces) == sorted(presets)
    assert all(space["params_min"] < space["params_max"] for space in spaces)
    samplers = client.get("/samplers").json()["items"]
    names = schemas["SamplerSpec"]["properties"]["name"]["enum"]
    assert sorted(sampler["name"] for sampler in samplers) == sorted(names)
    problem = problem_of(client.get("/spaces", params={"dataset": "x"}), 422)
    assert problem["errors"][0]["pointer"] == "/query/dataset"


def test_a_method_that_a_path_has_not_is_told_those_that_it_has(served: Served):
    client = served.person()
    methods = {
        "/jobs": "GET, POST",
        "/jobs/job_1": "DELETE, GET, PATCH",
        "/runner/jobs/job_1/records": "POST",
    }
    for path, allowed in methods.items():
        response = client.put(path)
        problem_of(response, 405, "method_not_allowed")
        assert response.headers["allow"] == allowed
