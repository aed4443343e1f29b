"""HEAD: what GET would be answered, without the body."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.api.served import Dispatcher, Served, spec

CONTENT = b"weights of a model"


@dataclass(frozen=True)
class Model:
    client: httpx.Client
    job: str
    checkpoint: str


@pytest.fixture(scope="module")
def model(served: Served) -> Iterator[Model]:
    client = served.person()
    job_id = client.post("/jobs", json=spec()).raise_for_status().json()["id"]
    runner = Dispatcher.of(served).claim(job_id)
    runner.complete(0.5, 1.0, CONTENT)
    job = f"/jobs/{job_id}"
    [found] = client.get(f"{job}/front").json()["models"]
    yield Model(client, job, f"{job}/models/{found['id']}/checkpoint")
    runner.finish("budget_spent")


@pytest.mark.parametrize("path", ["", "/front", "/trials", "/trials/0", "/trials/9"])
def test_what_get_would_say(model: Model, path: str):
    got, head = model.client.get(model.job + path), model.client.head(model.job + path)
    assert head.status_code == got.status_code
    assert head.content == b""
    differing = {"date", "x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in differing} == {
        k: v for k, v in got.headers.items() if k not in differing
    }


def test_a_file_tells_its_size_and_hash(model: Model):
    head = model.client.head(model.checkpoint, headers={"Range": "bytes=0-1"})
    assert head.status_code == 200
    assert head.headers["content-length"] == str(len(CONTENT))
    assert head.headers["etag"] == model.client.get(model.checkpoint).headers["etag"]
    unchanged = model.client.head(
        model.checkpoint, headers={"If-None-Match": head.headers["etag"]}
    )
    assert unchanged.status_code == 304


def test_a_stream_ends_at_once(served: Served, model: Model):
    head = model.client.head(f"{model.job}/events")
    assert head.status_code == 200
    assert head.headers["content-type"].startswith("text/event-stream")
    # The same connection serves on, and no place among the streams is taken.
    assert model.client.get(model.job).status_code == 200


def test_what_cannot_be_read_has_no_head_either(model: Model):
    head = model.client.head(f"{model.job}/cancel")
    assert head.status_code == 405
    assert head.headers["allow"] == "POST"
