"""Compressions over HTTP: what is taken as source, and what becomes of it; weights that are brought."""

import hashlib
import json
from collections.abc import Mapping
from math import prod
from typing import Any

import httpx
import pytest

from searchspace.architecture import Architecture, HeadKind
from searchspace.baseline_layers import tensors
from searchspace.baselines import BaselineName, fitted, parse_architecture
from searchspace.compression import full_ranks
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN
from searchspace.tensorfile import LENGTH_BYTES, MAX_HEADER, MODEL_FORMAT, SIZES, TensorForm
from service.db.tables import JobRow
from service.team.access import Role
from tests.api.served import Dispatcher, Served, spec
from tests.api.test_bad_input import problem_of

Forms = Mapping[str, TensorForm]
SHUFFLENET = BaselineName.SHUFFLENET_V2_X0_5
DIGITS = KNOWN["digits"]
FITTED = fitted(SHUFFLENET, DIGITS.image, DIGITS.classes)
NETWORK = tensors(FITTED)
MOMENT = TensorForm("F32", (1,))
CHECKPOINT: Mapping[str, TensorForm] = {
    "normalize.mean": MOMENT,
    "normalize.std": MOMENT,
    **{f"network.{name}": form for name, form in NETWORK.items()},
}
"""Of a baseline."""
SMALL: Forms = {"a": TensorForm("F32", (2, 3)), "b": TensorForm("I64", ())}


def safetensors(forms: Forms, **metadata: str) -> bytes:
    """A file of these tensors, all of them nothing but zeros."""
    header: dict[str, Any] = {"__metadata__": metadata}
    end = 0
    for name, form in forms.items():
        start, end = end, end + prod(form.shape) * SIZES[form.dtype]
        header[name] = {"dtype": form.dtype, "shape": form.shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    return len(text).to_bytes(LENGTH_BYTES, "little") + text + bytes(end)


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def bring(client: httpx.Client, content: bytes) -> httpx.Response:
    return client.put(f"/weights/{sha256_of(content)}", content=content)


def brought(client: httpx.Client, forms: Forms = NETWORK, **metadata: str) -> str:
    sha256: str = bring(client, safetensors(forms, **metadata)).raise_for_status().json()["sha256"]
    return sha256


def network(weights: str, **changes: Any) -> dict[str, Any]:
    """A compression of a torchvision network."""
    return {
        "name": "smaller",
        "source": {"architecture": SHUFFLENET.value, "weights": weights},
        "dataset": {"name": "digits"},
        **changes,
    }


def model_of(served: Served, client: httpx.Client, head: str, content: bytes) -> dict[str, str]:
    """A source: the model that a new job has found, with such a head."""
    space = {"preset": "tiny", "head": {"kinds": [head]}}
    job = client.post("/jobs", json=spec(space=space)).raise_for_status().json()["id"]
    Dispatcher.of(served).claim(job).complete(0.9, 0.5, content)
    (model,) = client.get(f"/jobs/{job}/front").json()["models"]
    return {"model": model["id"], "job": job}


def test_a_model_with_a_dense_head_becomes_a_job_of_ranks(on_each: Served):
    client = on_each.person()
    source = model_of(on_each, client, "flatten", safetensors(SMALL))
    posted = client.post("/compressions", json={"name": "smaller", "source": source})
    assert posted.status_code == 201, posted.text
    job = posted.json()
    assert posted.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert job == client.get(f"/jobs/{job['id']}").json()
    compress = job["spec"]["compress"]
    assert {name: compress[name] for name in source} == source
    assert job["spec"]["dataset"]["name"] == "digits", "that of the model's job"
    model = client.get(f"/jobs/{source['job']}/models/{source['model']}").json()
    dense = parse_architecture(compress["architecture"])
    assert dense == Architecture.parse(model["architecture"])
    assert compress["weights"] == model["checkpoint"]["sha256"]

    ranks = [tuple(each) for each in compress["ranks"]]
    sizes = [architecture_cost(dense.with_head(HeadKind.TCL, each)).params for each in ranks]
    assert sizes == sorted(sizes)
    assert sizes[-1] < architecture_cost(dense).params
    assert job["trials"]["total"] == min(24, len(ranks))

    runner = Dispatcher.of(on_each).claim(job["id"])
    runner.complete(0.8, 0.4, safetensors(SMALL, of="the smaller one"))
    (found,) = client.get(f"/jobs/{job['id']}/front").json()["models"]
    assert (found["head"], tuple(found["ranks"]) in ranks) == ("tcl", True)
    assert found["parameters"]["head.ranks"] == "x".join(map(str, found["ranks"]))
    sent = runner.client.get(f"/artifacts/{compress['weights']}")
    assert sent.content == safetensors(SMALL), "as the trials begin"


def test_what_would_become_of_it_is_told_without_storing_anything(served: Served):
    client = served.person()
    source = model_of(served, client, "gap", safetensors(SMALL))
    before = served.stored()
    ranks = [[4, 1, 1], [2, 1, 1]]
    body = {"name": "smaller", "source": source, "ranks": ranks}
    told = client.post("/compressions", json=body, params={"dry_run": True})
    assert told.status_code == 200, told.text
    answer = told.json()
    assert (answer["valid"], answer["space_size"], answer["trials"]) == (True, 2, 2)
    assert answer["params_min"] < answer["params_max"]
    assert served.stored() == before


def test_the_same_key_gives_the_same_job(served: Served):
    client = served.person()
    source = model_of(served, client, "gap", safetensors(SMALL))
    body = {"name": "smaller", "source": source}
    headers = {"Idempotency-Key": "compress once"}
    first, again = (client.post("/compressions", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = client.post("/compressions", json={**body, "name": "other"}, headers=headers)
    problem_of(other, 422, "idempotency_key_reused")


def test_another_teams_models_and_weights_are_absent(served: Served):
    source = model_of(served, served.person(), "gap", safetensors(SMALL))
    stranger = served.person(team="strangers")
    problem_of(stranger.post("/compressions", json={"name": "theirs", "source": source}), 404)
    weights = brought(served.person())
    problem = problem_of(stranger.post("/compressions", json=network(weights)), 422, "weights")
    assert [error["pointer"] for error in problem["errors"]] == ["/source/weights"]
    brought(stranger)
    assert stranger.post("/compressions", json=network(weights)).status_code == 201


def test_a_viewer_may_bring_nothing_and_compress_nothing(served: Served):
    weights = brought(served.person())
    viewer = served.person(Role.VIEWER)
    problem_of(viewer.post("/compressions", json=network(weights)), 403)
    problem_of(bring(viewer, safetensors(SMALL)), 403)


def test_a_network_of_torchvisions_is_taken_with_weights_that_were_brought(on_each: Served):
    client = on_each.person()
    weights = brought(client)
    job = client.post("/compressions", json=network(weights)).raise_for_status().json()
    compress = job["spec"]["compress"]
    dense = parse_architecture(compress["architecture"])
    assert dense == fitted(SHUFFLENET, DIGITS.image, DIGITS.classes)
    assert full_ranks(dense) == (10, 1, 1), "ten classes; what is pooled has one place"
    assert compress["ranks"] == [[1, 1, 1], [2, 1, 1], [4, 1, 1], [8, 1, 1]]
    assert compress["weights"] == weights
    assert job["spec"]["budget"]["training_epochs"] == 2
    with on_each.parts.database.read() as session:
        row = session.get_one(JobRow, job["id"])
        assert (row.weights, row.stored_bytes) == (weights, len(safetensors(NETWORK)))


def test_a_compressed_network_is_shown_like_any_model(served: Served):
    client = served.person()
    job = client.post("/compressions", json=network(brought(client))).raise_for_status().json()
    Dispatcher.of(served).claim(job["id"]).complete(0.8, 0.4, safetensors(SMALL, of="it"))
    at = f"/jobs/{job['id']}"
    (model,) = client.get(f"{at}/front").json()["models"]
    assert (model["head"], len(model["ranks"])) == ("tcl", 3)
    pages = ("/trials", "/trials/0", "/trial-table", f"/models/{model['id']}", "/front/history")
    charts = ("front", "hypervolume", "curves", "parallel", "importances")
    ranks = "/trials/0/figures/ranks"
    for path in (*pages, *(f"/figures/{chart}" for chart in charts), ranks):
        assert client.get(at + path).status_code == 200, path


def test_a_checkpoint_of_a_baseline_is_taken_too(served: Served):
    client = served.person()
    told = FITTED.canonical_json()
    weights = brought(client, CHECKPOINT, format=MODEL_FORMAT, architecture=told)
    assert client.post("/compressions", json=network(weights)).status_code == 201


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (
            FITTED.model_copy(update={"halvings": 0}).canonical_json(),
            "the checkpoint is that of another architecture",
        ),
        ("[" * 100_000, "the checkpoint's architecture: /: no JSON"),
        ("{}", "the checkpoint's architecture: /input: required field is missing"),
    ],
    ids=["of-equal-shapes", "deeply-nested", "empty"],
)
def test_a_checkpoint_of_another_network_is_refused_before_a_job_is_stored(
    served: Served, told: str, message: str
):
    client = served.person()
    weights = brought(client, CHECKPOINT, format=MODEL_FORMAT, architecture=told)
    before = served.stored()
    problem = problem_of(client.post("/compressions", json=network(weights)), 422, "weights")
    (error,) = problem["errors"]
    assert error["pointer"] == "/source/weights"
    assert error["message"].startswith(message)
    assert served.stored() == before


@pytest.mark.parametrize(
    ("forms", "message"),
    [
        (
            NETWORK | {"fc.weight": TensorForm("F32", (1000, 1024))},
            "fc.weight is F32 (1000, 1024), not F32 (10, 1024)",
        ),
        (NETWORK | {"fc.bias": TensorForm("F16", (10,))}, "fc.bias is F16 (10,), not F32 (10,)"),
        (NETWORK | {"extra": TensorForm("F32", ())}, "extra is no tensor of the network"),
        ({n: f for n, f in NETWORK.items() if n != "fc.bias"}, "fc.bias is missing"),
    ],
)
def test_weights_of_another_network_are_refused_tensor_by_tensor(
    served: Served, forms: Forms, message: str
):
    client = served.person()
    weights = brought(client, forms)
    before = served.stored()
    problem = problem_of(client.post("/compressions", json=network(weights)), 422, "weights")
    assert problem["errors"] == [{"pointer": "/source/weights", "message": message}]
    assert served.stored() == before


def test_other_weights_for_a_model_have_its_tensors(served: Served):
    client = served.person()
    source = model_of(served, client, "gap", safetensors(SMALL))
    body = {"name": "smaller", "source": source | {"weights": brought(client, SMALL, by="me")}}
    job = client.post("/compressions", json=body).raise_for_status().json()
    assert job["spec"]["compress"]["weights"] == body["source"]["weights"]
    wrong = {"a": TensorForm("F32", (3, 2)), "b": SMALL["b"]}
    body = {"name": "smaller", "source": source | {"weights": brought(client, wrong)}}
    problem = problem_of(client.post("/compressions", json=body), 422, "weights")
    assert problem["errors"][0]["message"] == "a is F32 (3, 2), not F32 (2, 3)"


WHOLE = safetensors(SMALL)
TOO_LONG = (MAX_HEADER + 1).to_bytes(LENGTH_BYTES, "little") + bytes(16)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x80\x04\x95pickled", "a pickle, which could run code"),
        (b"PK\x03\x04 and what torch.save writes", "a pickle, which could run code"),
        (WHOLE[:-1], "31 bytes of tensors"),
        (WHOLE[:20], "the file ends within its header"),
        (WHOLE + b"\0", "33 bytes of tensors"),
        (TOO_LONG, f"a header of {MAX_HEADER + 1} bytes"),
        (b"abc", "3 bytes are too few"),
    ],
)
def test_bytes_that_are_no_weights_are_not_stored(served: Served, content: bytes, why: str):
    client = served.person()
    problem = problem_of(bring(client, content), 422, "weights")
    assert why in problem["detail"]
    again = client.post("/compressions", json=network(sha256_of(content)))
    assert "upload them" in problem_of(again, 422, "weights")["errors"][0]["message"]


def test_bytes_of_another_name_are_not_stored(served: Served):
    answer = served.person().put(f"/weights/{'0' * 64}", content=WHOLE)
    problem_of(answer, 422, "digest_mismatch")


def test_the_upload_is_written_down_and_may_be_repeated(served: Served):
    client, admin = served.person(team="careful"), served.person(Role.ADMIN, team="careful")
    for _ in range(2):
        answer = bring(client, WHOLE)
        assert (answer.status_code, answer.json()) == (
            200,
            {"sha256": sha256_of(WHOLE), "size": len(WHOLE), "tensors": 2},
        )
    notes = admin.get("/audit", params={"action": "weights.upload"}).json()["items"]
    assert [note["object"] for note in notes] == [sha256_of(WHOLE)] * 2


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"dataset": None}, "/dataset"),
        ({"dataset": {"name": "digits", "image_size": 99999}}, "/dataset/image_size"),
        ({"ranks": []}, "/ranks"),
        ({"ranks": "all"}, "/ranks"),
        ({"ranks": [[2, 1]]}, "/ranks/0/2"),
        ({"ranks": [[2, 1, 1], [11, 1, 1]]}, "/ranks/1/0"),
        ({"ranks": [[2, 2, 1]]}, "/ranks/0/1"),
        ({"ranks": [[2, 1, 1], [2, 1, 1]]}, "/ranks"),
        ({"ranks": [[2, 1, 1]], "constraints": [{"metric": "params", "max": 9}]}, "/ranks/0"),
        (
            {"source": {"architecture": "squeezenet1_1", "weights": "0" * 64}},
            "/source/architecture",
        ),
        ({"source": {"architecture": "resnet18", "weights": "0" * 64}}, "/source/architecture"),
        ({"source": {"architecture": "mnasnet0_5"}}, "/source/weights"),
        ({"source": {"model": "mdl_1"}}, "/source/job"),
        ({"source": None}, "/source"),
        ({"space": {"preset": "tiny"}}, "/space"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(
    served: Served, changes: dict[str, Any], pointer: str
):
    client = served.person()
    body = network(brought(client), **changes)
    if changes.get("source", {}) and "0" * 64 in str(changes["source"]):
        body["source"]["weights"] = brought(client)
    problem = problem_of(client.post("/compressions", json=body), 422)
    assert pointer in [error["pointer"] for error in problem["errors"]]


def test_moments_are_told_for_each_channel(served: Served):
    client = served.person()
    weights = brought(client)
    source = {"architecture": SHUFFLENET.value, "weights": weights}
    body = network(weights, source=source | {"moments": {"mean": [0.5], "std": [0.25]}})
    job = client.post("/compressions", json=body).raise_for_status().json()
    assert job["spec"]["compress"]["moments"] == {"mean": [0.5], "std": [0.25]}
    body = network(weights, source=source | {"moments": {"mean": [0.5] * 3, "std": [0.25]}})
    problem = problem_of(client.post("/compressions", json=body), 422)
    assert [error["pointer"] for error in problem["errors"]] == ["/source/moments/mean"]


def test_a_head_that_is_a_tcl_already_is_not_dense(served: Served):
    client = served.person()
    source = model_of(served, client, "tcl", safetensors(SMALL))
    problem = problem_of(client.post("/compressions", json={"name": "no", "source": source}), 422)
    assert [error["pointer"] for error in problem["errors"]] == ["/source/model"]


def test_only_the_route_of_compressions_writes_their_part_of_a_spec(served: Served):
    client = served.person()
    job = client.post("/compressions", json=network(brought(client))).raise_for_status().json()
    problem = problem_of(client.post("/jobs", json=job["spec"]), 422)
    assert [error["pointer"] for error in problem["errors"]] == ["/compress"]


def test_a_team_brings_no_more_than_its_quota(alone: Served):
    admin = alone.person(Role.ADMIN)
    admin.patch("/teams/default", json={"quotas": {"stored_bytes": 10}}).raise_for_status()
    assert bring(admin, WHOLE).status_code == 200, "there was room before"
    problem_of(bring(admin, safetensors(SMALL, another="one")), 403, "quota")
