"""Every bad input: its status, its problem document, its pointer, and nothing stored."""

import json
import re
import socket
from functools import partial
from typing import Any

import httpx
import pytest

from tests.api.served import SPEC, Served, spec

PROBLEM = {"type", "title", "status", "detail", "code", "errors", "request_id"}


def problem_of(response: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem document, checked for its form."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() == PROBLEM
    assert problem["status"] == status
    assert response.headers["x-request-id"] == problem["request_id"]
    assert all(error.keys() == {"pointer", "message"} for error in problem["errors"])
    assert "Traceback" not in response.text
    if code is not None:
        assert problem["code"] == code
        assert problem["type"].endswith(code)
    return problem


def pointers(problem: dict[str, Any]) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


def space(**changes: Any) -> dict[str, Any]:
    return spec(space={"preset": "tiny", **changes})


def ranks(**given: Any) -> dict[str, Any]:
    return space(head={"ranks": given})


def training(**given: Any) -> dict[str, Any]:
    return space(training=given)


CONTENT = {
    "unknown field": (spec(epoch=3), "/epoch"),
    "unknown field inside": (spec(budget={"trial": 3}), "/budget/trial"),
    "unknown version": (spec(version=2), "/version"),
    "version as text": (spec(version="1"), "/version"),
    "no version": ({k: v for k, v in SPEC.items() if k != "version"}, "/version"),
    "no name": ({k: v for k, v in SPEC.items() if k != "name"}, "/name"),
    "no dataset name": (spec(dataset={}), "/dataset/name"),
    "low above high": (
        training(learning_rate={"low": 2, "high": 1}),
        "/space/training/learning_rate",
    ),
    "low equals high": (
        training(learning_rate={"low": 1, "high": 1}),
        "/space/training/learning_rate",
    ),
    "log from 0": (
        training(learning_rate={"low": 0, "high": 1, "log": True}),
        "/space/training/learning_rate",
    ),
    "rank 0": (ranks(channels=[0]), "/space/head/ranks/channels/0"),
    "rank beyond the channels": (ranks(channels=[4, 64]), "/space/head/ranks/channels/1"),
    "rank beyond the height": (ranks(height=[5]), "/space/head/ranks/height/0"),
    "fixed rank 0": (ranks(policy="fixed", values=[0, 1, 1]), "/space/head/ranks/values/0"),
    "fixed rank too large": (
        ranks(policy="fixed", values=[4, 1, 9]),
        "/space/head/ranks/values/2",
    ),
    "elastic rank beyond the height": (
        ranks(policy="elastic", height=[1, 5]),
        "/space/head/ranks/height/1",
    ),
    "elastic ranks with values": (
        ranks(policy="elastic", values=[1, 1, 1]),
        "/space/head/ranks",
    ),
    "repeated choice": (space(head={"kinds": ["gap", "gap"]}), "/space/head/kinds"),
    "no choice": (space(head={"kinds": []}), "/space/head/kinds"),
    "unknown preset": (space(preset="huge"), "/space/preset"),
    "unknown data set": (spec(dataset={"name": "imagenet"}), "/dataset/name"),
    "folder without a name": (spec(dataset={"name": "folder"}), "/dataset"),
    "folder that climbs": (
        spec(dataset={"name": "folder", "folder": "../etc"}),
        "/dataset/folder",
    ),
    "fewer images than classes": (
        spec(dataset={"name": "digits", "train_size": 9}),
        "/dataset/train_size",
    ),
    "images of too few pixels": (
        spec(dataset={"name": "digits", "image_size": 7}),
        "/dataset/image_size",
    ),
    "images of too many pixels": (
        spec(dataset={"name": "digits", "image_size": 513}),
        "/dataset/image_size",
    ),
    "image size as text": (
        spec(dataset={"name": "digits", "image_size": "32"}),
        "/dataset/image_size",
    ),
    "ranks that an image size leaves no room for": (
        spec(
            dataset={"name": "digits", "image_size": 8},
            space={"preset": "tiny", "head": {"ranks": {"height": [1, 8]}}},
        ),
        "/space/head/ranks/height/1",
    ),
    "no image to validate on": (
        spec(dataset={"name": "digits", "validation_fraction": 0.0001}),
        "/dataset/validation_fraction",
    ),
    "unknown precision": (spec(latency={"precision": "fp16"}), "/latency/precision"),
    "unknown sampler": (spec(sampler={"name": "grid"}), "/sampler/name"),
    "no objectives": (spec(objectives=[]), "/objectives"),
    "repeated objective": (spec(objectives=["accuracy", "accuracy"]), "/objectives"),
    "five objectives": (
        spec(objectives=["accuracy", "params", "latency_ms", "macs", "size_bytes"]),
        "/objectives",
    ),
    "unknown objective": (spec(objectives=["accuracy", "beauty"]), "/objectives/1"),
    "unknown direction": (
        spec(objectives=[{"metric": "accuracy", "direction": "up"}]),
        "/objectives/0/direction",
    ),
    "no trials": (spec(budget={"trials": 0}), "/budget/trials"),
    "fewer than no trials": (spec(budget={"trials": -1}), "/budget/trials"),
    "too many trials": (spec(budget={"trials": 10_001}), "/budget/trials"),
    "half a trial": (spec(budget={"trials": 1.5}), "/budget/trials"),
    "a trial that is true": (spec(budget={"trials": True}), "/budget/trials"),
    "no time": (spec(budget={"wall_clock_seconds": 0}), "/budget/wall_clock_seconds"),
    "early stopping after the end": (
        spec(
            budget={"training_epochs": 2},
            early_stopping={"name": "successive_halving", "min_training_epochs": 3},
        ),
        "/early_stopping/min_training_epochs",
    ),
    "no CPU": (spec(resources={"cpus": 0}), "/resources/cpus"),
    "fraction of several GPUs": (spec(resources={"gpus": 1.5}), "/resources/gpus"),
    "unknown device profile": (spec(latency={"profile": "watch"}), "/latency/profile"),
    "unknown baseline": (spec(baselines=["mobilenet_v2", "lenet"]), "/baselines/1"),
    "baseline twice": (spec(baselines=["mobilenet_v2", "mobilenet_v2"]), "/baselines"),
    "retraining of less than nothing": (spec(retrain={"models": -1}), "/retrain/models"),
    "constraint without bounds": (spec(constraints=[{"metric": "params"}]), "/constraints/0"),
    "constraint upside down": (
        spec(constraints=[{"metric": "params", "min": 2, "max": 1}]),
        "/constraints/0",
    ),
    "reference so far that the volume is infinite": (
        spec(objectives=["accuracy", {"metric": "params", "reference": 1e308}]),
        "/objectives/1/reference",
    ),
    "constraint so far that the reference is": (
        spec(constraints=[{"metric": "latency_ms", "max": 1e308}]),
        "/objectives/2",
    ),
    "over-long name": (spec(name="x" * 101), "/name"),
    "empty name": (spec(name=""), "/name"),
    "name with a path": (spec(name="../../etc/passwd"), "/name"),
    "name with a NUL": (spec(name="a\0b"), "/name"),
    "name turned around": (spec(name="a\u202eb"), "/name"),
    "name of a device, CON": (spec(name="CON"), "/name"),
    "name of a device, nul": (spec(name="nul"), "/name"),
    "name of a device, com1": (spec(name="com1"), "/name"),
    "name of a device, Aux.txt": (spec(name="Aux.txt"), "/name"),
    "name of a device, LPT9 .json": (spec(name="LPT9 .json"), "/name"),
    "name of two lines": (spec(name="a\u2028b"), "/name"),
    "name of a wide space": (spec(name="\u3000"), "/name"),
    "tag that is no text": (spec(tags={"a": 1}), "/tags/a"),
    "priority out of range": (spec(priority=11), "/priority"),
    "integer beyond 2^53": (spec(priority=2**53 + 1), "/priority"),
}
UNSATISFIABLE = {
    "more CPUs than a node": (spec(resources={"cpus": 100_000}), "/resources/cpus"),
    "more GPUs than a node": (spec(resources={"gpus": 1}), "/resources/gpus"),
    "what no node has": (spec(resources={"custom": {"tpu": 1}}), "/resources/custom/tpu"),
    "more threads than a node": (spec(latency={"threads": 256}), "/latency/threads"),
    "too few parameters": (
        spec(constraints=[{"metric": "params", "max": 100}]),
        "/constraints/0/max",
    ),
    "too many operations": (
        spec(constraints=[{"metric": "accuracy", "min": 0.5}, {"metric": "macs", "min": 1e15}]),
        "/constraints/1/min",
    ),
    "better than perfect": (
        spec(constraints=[{"metric": "accuracy", "min": 1.5}]),
        "/constraints/0",
    ),
    "constraints against each other": (
        spec(
            constraints=[
                {"metric": "params", "max": 10_000},
                {"metric": "params", "min": 20_000},
            ]
        ),
        "/constraints/1",
    ),
}
TEXTS = {
    "malformed JSON": ('{"version": 1,', 400, "malformed", None),
    "nothing": ("", 400, "malformed", None),
    "repeated key": ('{"version": 1, "version": 1}', 400, "duplicate_key", "/version"),
    "repeated key inside": ('{"budget": {"trials": 1, "trials": 2}}', 400, "duplicate_key", "/budget/trials"),
    "NaN": ('{"budget": {"wall_clock_seconds": NaN}}', 422, "invalid", "/budget/wall_clock_seconds"),
    "infinity": ('{"priority": -Infinity}', 422, "invalid", "/priority"),
    "a list": ("[]", 422, "invalid", ""),
    "nested too deep": ('{"space":' + "[" * 5000 + "]" * 5000 + "}", 422, "invalid", ""),
}  # fmt: skip


@pytest.mark.parametrize(("document", "pointer"), CONTENT.values(), ids=CONTENT)
def test_content_that_no_job_can_have(
    served: Served, editor: httpx.Client, document: dict[str, Any], pointer: str
):
    before = served.stored()
    for query in ({}, {"dry_run": True}):
        problem = problem_of(editor.post("/jobs", json=document, params=query), 422, "invalid")
        assert pointers(problem) == [pointer]
    assert served.stored() == before


@pytest.mark.parametrize(("document", "pointer"), UNSATISFIABLE.values(), ids=UNSATISFIABLE)
def test_what_nothing_here_can_satisfy(
    served: Served, editor: httpx.Client, document: dict[str, Any], pointer: str
):
    before = served.stored()
    problem = problem_of(editor.post("/jobs", json=document), 422, "unsatisfiable")
    assert pointers(problem) == [pointer]
    assert served.stored() == before


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=UTF-8"])
@pytest.mark.parametrize(("text", "status", "code", "pointer"), TEXTS.values(), ids=TEXTS)
def test_texts_that_are_no_document(
    served: Served,
    editor: httpx.Client,
    text: str,
    status: int,
    code: str,
    pointer: str | None,
    media_type: str,
):
    before = served.stored()
    response = editor.post("/jobs", content=text, headers={"Content-Type": media_type})
    problem = problem_of(response, status, code)
    assert pointers(problem) == ([] if pointer is None else [pointer])
    assert served.stored() == before


def test_every_fault_is_told_at_once(editor: httpx.Client):
    document = spec(name="", priority=99, sampler={"name": "grid"}, budget={"trials": 0})
    problem = problem_of(editor.post("/jobs", json=document), 422)
    assert pointers(problem) == ["/name", "/sampler/name", "/budget/trials", "/priority"]


def test_a_flood_of_faults_is_cut(editor: httpx.Client):
    document = spec(**{f"unknown{i}": 1 for i in range(20_000)})
    problem = problem_of(editor.post("/jobs", json=document), 422)
    assert len(problem["errors"]) == 100


@pytest.mark.parametrize(
    ("dataset", "pointer", "command"),
    [
        ({"name": "cifar10"}, "/dataset/name", "`tclsearch data fetch cifar10`"),
        (
            {"name": "folder", "folder": "leaves"},
            "/dataset/folder",
            "`tclsearch data register leaves DIRECTORY`",
        ),
    ],
)
def test_an_absent_data_set_names_the_command_that_brings_it(
    served: Served, editor: httpx.Client, dataset: dict[str, Any], pointer: str, command: str
):
    before = served.stored()
    problem = problem_of(editor.post("/jobs", json=spec(dataset=dataset)), 422, "dataset_absent")
    assert pointers(problem) == [pointer]
    assert command in problem["errors"][0]["message"]
    assert command in problem["detail"]
    assert served.stored() == before


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "text/json", "application/xml", "application/json; charset=latin-1"],
)
def test_other_content_types(served: Served, editor: httpx.Client, content_type: str | None):
    before = served.stored()
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = editor.post("/jobs", content=json.dumps(SPEC), headers=headers)
    problem_of(response, 415, "unsupported_type")
    assert served.stored() == before


@pytest.mark.parametrize("content", [b'{"name": "\xff"}', b"\xfe\xff", b"name: \xe4"])
@pytest.mark.parametrize("media_type", ["application/json", "application/yaml"])
def test_bytes_that_are_no_utf8(editor: httpx.Client, content: bytes, media_type: str):
    response = editor.post("/jobs", content=content, headers={"Content-Type": media_type})
    problem_of(response, 400, "malformed")


@pytest.mark.parametrize(
    "text", ["a: [", "a: &x 1\nb: *x", "a: !!set {b}", "version: 1\n---\nversion: 1"]
)
def test_yaml_that_is_more_than_json(served: Served, editor: httpx.Client, text: str):
    before = served.stored()
    headers = {"Content-Type": "application/yaml"}
    problem_of(editor.post("/jobs", content=text, headers=headers), 400, "malformed")
    assert served.stored() == before


def test_a_body_over_one_mebibyte(served: Served, editor: httpx.Client):
    before = served.stored()
    body = json.dumps(spec(tags={"a": "x" * 1024 * 1024}))
    headers = {"Content-Type": "application/json"}
    problem_of(editor.post("/jobs", content=body, headers=headers), 413, "too_large")
    assert served.stored() == before


@pytest.mark.parametrize(
    ("length", "sent"),
    [
        ("Content-Length: 1048577", b""),
        ("Transfer-Encoding: chunked", 17 * (b"10000\r\n" + b" " * 0x10000 + b"\r\n")),
    ],
    ids=["declared", "chunked"],
)
def test_too_long_a_body_is_refused_before_its_end(
    served: Served, editor: httpx.Client, length: str, sent: bytes
):
    before = served.stored()
    head = [
        "POST /api/v1/jobs HTTP/1.1",
        f"Host: {editor.base_url.host}",
        f"Authorization: {editor.headers['Authorization']}",
        "Content-Type: application/json",
        length,
    ]
    with socket.create_connection((editor.base_url.host, editor.base_url.port), 20) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + sent)
        # The body has not ended, and never will.
        reply = connection.recv(65536)
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in reply
    assert served.stored() == before


@pytest.mark.parametrize(
    ("key", "shown"),
    [("x" * 256, "256 characters"), ("schlüssel".encode(), "not ASCII"), ("", "empty")],
    ids=["long", "not ASCII", "empty"],
)
def test_idempotency_keys_that_are_none(
    served: Served, editor: httpx.Client, key: str | bytes, shown: str
):
    before = served.stored()
    response = editor.post("/jobs", json=SPEC, headers={"Idempotency-Key": key})
    problem = problem_of(response, 400, "bad_idempotency_key")
    assert pointers(problem) == ["/header/Idempotency-Key"]
    assert served.stored() == before


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e9", "1000000000", "many", ""])
@pytest.mark.parametrize("path", ["/jobs", "/jobs/{job}/trials"])
def test_bad_limits(served: Served, editor: httpx.Client, limit: str, path: str):
    response = editor.get(path.format(job="job_0"), params={"limit": limit})
    assert pointers(problem_of(response, 422, "invalid")) == ["/query/limit"]


@pytest.mark.parametrize(
    "cursor",
    ["x", "", "AAAA", "MQ", "am9iXyc", "%F0%9F%98%80", "../../etc"],
)
def test_forged_cursors(editor: httpx.Client, cursor: str):
    problem = problem_of(editor.get(f"/jobs?cursor={cursor}"), 400, "bad_cursor")
    assert pointers(problem) == ["/query/cursor"]


def test_unknown_states_to_list_by(editor: httpx.Client):
    problem = problem_of(editor.get("/jobs", params={"state": "sleeping"}), 422)
    assert pointers(problem)[0].startswith("/query/state")


@pytest.mark.parametrize("number", ["-1", "x", "99999999999999999999", "1.5"])
def test_trial_numbers_that_are_none(editor: httpx.Client, number: str):
    job_id = editor.post("/jobs", json=SPEC).json()["id"]
    problem = problem_of(editor.get(f"/jobs/{job_id}/trials/{number}"), 422)
    assert pointers(problem) == ["/path/number"]


def test_unknown_addresses_and_methods(served: Served, editor: httpx.Client):
    problem_of(editor.get("/nothing"), 404, "not_found")
    refused = editor.put("/jobs", json=SPEC)
    problem_of(refused, 405, "method_not_allowed")
    assert re.search(r"GET|POST", refused.headers["allow"])


def test_a_host_that_is_none(served: Served, editor: httpx.Client):
    problem_of(editor.get("/jobs", headers={"Host": "a/?x="}), 400, "bad_request")


def test_a_nul_in_the_address(editor: httpx.Client):
    problem_of(editor.get("/jobs/a%00b"), 400, "bad_request")
    problem_of(editor.get("/jobs?tag=a%00b"), 400, "bad_request")


@pytest.mark.parametrize("query", ["dryrun=true", "sate=queued&limit=1", "=1", "a%2Fb~=1"])
def test_a_query_parameter_that_no_route_knows_is_refused(
    served: Served, editor: httpx.Client, query: str
):
    before = served.stored()
    pointer = {"a%2Fb~=1": "/query/a~1b~0"}.get(query, f"/query/{query.partition('=')[0]}")
    for call in (editor.get, partial(editor.post, json=SPEC)):
        problem = problem_of(call(f"/jobs?{query}"), 422, "invalid")
        assert pointer in pointers(problem)
    assert served.stored() == before


@pytest.mark.parametrize("coding", ["gzip", "br", "GZIP", "gzip, identity"])
def test_a_compressed_body(editor: httpx.Client, coding: str):
    response = editor.post("/jobs", json=spec(), headers={"Content-Encoding": coding})
    problem_of(response, 415, "unsupported_type")


def test_a_body_that_says_it_is_not_compressed(editor: httpx.Client):
    response = editor.post(
        "/jobs?dry_run=true", json=spec(), headers={"Content-Encoding": "identity"}
    )
    assert response.status_code == 200


@pytest.mark.parametrize("name", ["con man", "com10", "a.con", "console", "é", "auxin"])
def test_names_that_only_look_like_devices(editor: httpx.Client, name: str):
    response = editor.post("/jobs?dry_run=true", json=spec(name=name))
    assert response.status_code == 200
