"""The other forms of a model over HTTP, and the bundle."""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.artifacts.collect import collect
from tests.api.served import Dispatcher, Served, spec
from tests.api.test_bad_input import problem_of

FORMS = {
    "onnx": (b"an ONNX model", 0.9),
    "onnx-int8": (b"a small one", 0.88),
    "pte": (b"a program", 0.9),
}
ENDINGS = {"onnx": ".onnx", "onnx-int8": ".int8.onnx", "pte": ".pte"}


@dataclass
class Exported:
    """A job with one model in every form."""

    served: Served
    client: httpx.Client
    path: str

    def get(self, form: str, **headers: str) -> httpx.Response:
        return self.client.get(f"{self.path}/{form}", headers=headers)

    def detail(self) -> dict[str, Any]:
        detail: dict[str, Any] = self.client.get(self.path).json()
        return detail


@pytest.fixture(scope="module")
def exported(on_each: Served) -> Exported:
    client = on_each.person()
    job_id = client.post("/jobs", json=spec(exports=["onnx-int8"])).json()["id"]
    Dispatcher.of(on_each).claim(job_id).complete_exported(0.9, b"weights", FORMS)
    (model,) = client.get(f"/jobs/{job_id}/front").json()["models"]
    return Exported(on_each, client, f"/jobs/{job_id}/models/{model['id']}")


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_there_with_its_own_numbers(exported: Exported, form: str):
    data, accuracy = FORMS[form]
    told = exported.detail()["exports"][form]
    assert told["sha256"] == hashlib.sha256(data).hexdigest()
    assert (told["size"], told["accuracy"], told["latency_ms"]) == (len(data), accuracy, 0.25)
    assert told["url"] == f"/api/v1{exported.path}/{form}"
    response = exported.get(form)
    assert response.content == data
    assert response.headers["ETag"] == f'"{told["sha256"]}"'
    assert response.headers["Content-Disposition"].endswith(f'{ENDINGS[form]}"')
    part = exported.get(form, Range="bytes=3-5")
    assert (part.status_code, part.content) == (206, data[3:6])
    assert exported.get(form, **{"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_the_bundle_holds_everything_and_stays_the_same(exported: Exported):
    response = exported.get("bundle")
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.read("model.safetensors") == b"weights"
    assert archive.read("model.onnx") == FORMS["onnx"][0]
    assert b"def load(" in archive.read("model.py")
    metrics = json.loads(archive.read("metrics.json"))
    assert metrics["values"]["accuracy"] == 0.9
    assert metrics["job"]["dataset"]["name"] == "digits"
    assert exported.detail()["architecture"] == json.loads(archive.read("architecture.json"))
    assert response.headers["ETag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
    assert response.headers["Content-Disposition"].endswith('.zip"')
    rest = exported.get("bundle", Range="bytes=100-", **{"If-Range": response.headers["ETag"]})
    assert response.content[:100] + rest.content == response.content


def test_what_was_not_delivered_is_absent(on_each: Served):
    client = on_each.person()
    job_id = client.post("/jobs", json=spec()).json()["id"]
    Dispatcher.of(on_each).claim(job_id).complete(0.9, 0.5)
    (model,) = client.get(f"/jobs/{job_id}/front").json()["models"]
    path = f"/jobs/{job_id}/models/{model['id']}"
    assert client.get(path).json()["exports"] == {}
    for form in FORMS:
        assert problem_of(client.get(f"{path}/{form}"), 404)["code"] == "not_found"
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"{path}/bundle").content))
    assert "model.onnx" not in archive.namelist()


def test_no_form_is_collected_while_its_model_is_there(exported: Exported):
    parts = exported.served.parts
    with parts.database.read() as session:
        later = parts.clock.now(session) + timedelta(days=1)
    for _ in collect(parts.database, parts.artifacts, later):
        pass
    for form, (data, _) in FORMS.items():
        assert exported.get(form).content == data


def test_every_form_counts_as_stored(exported: Exported):
    answer = exported.client.post("/jobs", params={"dry_run": True}, json=spec()).json()
    least = len(b"weights") + sum(len(data) for data, _ in FORMS.values())
    assert answer["quota"]["stored_bytes"] >= least


def test_an_unknown_form_is_refused_in_a_spec(exported: Exported):
    response = exported.client.post("/jobs", json=spec(exports=["onnx", "tflite"]))
    assert problem_of(response, 422)["errors"][0]["pointer"] == "/exports/1"


def test_a_form_whose_extra_no_node_has_is_refused_with_what_brings_it(exported: Exported):
    asked = spec(exports=["onnx", "pte"])
    before = exported.served.stored()
    problem = problem_of(exported.client.post("/jobs", json=asked), 422)
    (error,) = problem["errors"]
    assert error["pointer"] == "/exports/1"
    assert "pip install 'tclsearch[executorch]'" in error["message"]
    assert exported.served.stored() == before
    nodes = ({"cpus": 64, "gpus": 0}, {"cpus": 4, "gpus": 0, "executorch": True})
    Dispatcher.of(exported.served, nodes=nodes).beat()
    assert exported.client.post("/jobs", json=asked).status_code == 201
