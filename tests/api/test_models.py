"""Models and their checkpoints' bytes over HTTP."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from searchspace.architecture import Architecture, HeadKind
from searchspace.cost import architecture_cost
from tests.api.served import Dispatcher, Served, serving, spec
from tests.api.test_bad_input import problem_of
from tests.shelves import DirectoryShelf, Shelf, new_shelf

CONTENT = bytes(range(256)) * 4096 + b"the end"
SIZE = len(CONTENT)


@pytest.fixture(scope="module", params=["directory", "s3"])
def shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return new_shelf(request, tmp_path_factory.mktemp("data"))(2 * SIZE)


@pytest.fixture(scope="module")
def served(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data_dir = tmp_path_factory.mktemp("data")
    if isinstance(shelf, DirectoryShelf):
        data_dir = shelf.root.parent
    with serving(data_dir, **shelf.settings) as served:
        yield served


@dataclass
class Stored:
    """A model with a checkpoint of CONTENT."""

    served: Served
    client: httpx.Client
    model: dict[str, Any]
    path: str

    def get(self, **headers: str) -> httpx.Response:
        return self.client.get(
            f"{self.path}/checkpoint",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(CONTENT).hexdigest()}"'


@pytest.fixture(scope="module")
def stored(served: Served) -> Stored:
    client = served.person()
    job_id = client.post("/jobs", json=spec(space={"preset": "tiny", "head": {"kinds": ["tcl"]}}))
    job_id = job_id.json()["id"]
    Dispatcher.of(served).claim(job_id).complete(0.9, 0.5, CONTENT)
    (model,) = client.get(f"/jobs/{job_id}/front").json()["models"]
    return Stored(served, client, model, f"/jobs/{job_id}/models/{model['id']}")


def test_a_model_stands_beside_the_heads_without_ranks(stored: Stored):
    model = stored.client.get(stored.path).json()
    architecture = Architecture.parse(model["architecture"])
    assert architecture_cost(architecture).params == model["values"]["params"]
    gap, flatten = (architecture.with_head(kind) for kind in (HeadKind.GAP, HeadKind.FLATTEN))
    assert model["baselines"] == {
        "gap_params": architecture_cost(gap).params,
        "flatten_params": architecture_cost(flatten).params,
    }
    assert model["ranks"] == list(architecture.head.ranks or ())
    assert model["latency"] == {
        "min": 0.5,
        "median": 0.6,
        "p90": 0.7,
        "runs": 250,
        "reference": 1.0,
    }


def test_the_whole_checkpoint(stored: Stored):
    response = stored.get()
    assert response.status_code == 200
    assert response.content == CONTENT
    assert response.headers["etag"] == stored.etag
    assert stored.model["checkpoint"]["sha256"] == stored.etag.strip('"')
    assert stored.model["checkpoint"]["size"] == SIZE == int(response.headers["content-length"])
    assert response.headers["content-disposition"] == (
        f'attachment; filename="{stored.model["id"]}.safetensors"'
    )
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-type"] == "application/octet-stream"
    url = stored.served.url + stored.model["checkpoint"]["url"]
    assert stored.client.get(url).content == CONTENT


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=1000000-", 1_000_000, SIZE),
        ("bytes=-7", SIZE - 7, SIZE),
        (f"bytes=-{10 * SIZE}", 0, SIZE),
        (f"bytes=5-{10 * SIZE}", 5, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
    ],
)
def test_a_part_of_the_checkpoint(stored: Stored, asked: str, first: int, end: int):
    response = stored.get(Range=asked)
    assert response.status_code == 206
    assert response.content == CONTENT[first:end]
    assert response.headers["content-range"] == f"bytes {first}-{end - 1}/{SIZE}"
    assert response.headers["etag"] == stored.etag


@pytest.mark.parametrize(
    "asked",
    [
        f"bytes={SIZE}-",
        "bytes=-0",
        "bytes=0-1,5-6",
        "bytes=" + ",".join(["0-1"] * 10_000),
        f"bytes={10**40}-",
    ],
    ids=["beyond the end", "the last none", "two", "ten thousand", "beyond every end"],
)
def test_ranges_that_cannot_be_had(stored: Stored, asked: str):
    response = stored.get(Range=asked)
    problem_of(response, 416, "range_not_satisfiable")
    assert response.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=", "bytes=-", "bytes=9-3", "bytes=a-b", "lines=1-2", "x"]
)
def test_ranges_that_mean_nothing_are_passed_over(stored: Stored, asked: str):
    response = stored.get(Range=asked)
    assert response.status_code == 200
    assert response.content == CONTENT


def test_a_broken_download_goes_on_only_over_the_same_bytes(stored: Stored):
    same = stored.get(Range="bytes=10-", If_Range=stored.etag)
    assert (same.status_code, same.content) == (206, CONTENT[10:])
    other = stored.get(Range="bytes=10-", If_Range='"other"')
    assert (other.status_code, other.content) == (200, CONTENT)
    dated = stored.get(Range="bytes=10-", If_Range="Wed, 21 Oct 2026 07:28:00 GMT")
    assert dated.status_code == 200


@pytest.mark.parametrize("known", ["{etag}", 'W/{etag}, "x"', "*"])
def test_bytes_that_the_client_has_are_not_sent(stored: Stored, known: str):
    response = stored.get(If_None_Match=known.format(etag=stored.etag))
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == stored.etag


def test_a_client_may_be_sent_to_the_storage(stored: Stored, shelf: Shelf):
    response = stored.client.get(f"{stored.path}/checkpoint", params={"redirect": True})
    if isinstance(shelf, DirectoryShelf):
        assert (response.status_code, response.content) == (200, CONTENT)
        return
    assert response.status_code == 307
    assert response.headers["etag"] == stored.etag
    assert response.headers["cache-control"] == "no-store"
    there = httpx.get(response.headers["location"], trust_env=False)
    assert there.content == CONTENT
    assert there.headers["content-disposition"].endswith(f'"{stored.model["id"]}.safetensors"')
    known = stored.client.get(
        f"{stored.path}/checkpoint",
        params={"redirect": True},
        headers={"If-None-Match": stored.etag},
    )
    assert known.status_code == 304


def test_changed_bytes_are_an_error_and_never_an_answer(served: Served, shelf: Shelf):
    content = b"soon to be changed"
    client = served.person()
    job_id = client.post("/jobs", json=spec()).json()["id"]
    Dispatcher.of(served).claim(job_id).complete(0.9, 0.5, content)
    (model,) = client.get(f"/jobs/{job_id}/front").json()["models"]
    sha256 = model["checkpoint"]["sha256"]
    shelf.alter(sha256, content[:-1] + b"!")
    path = f"/jobs/{job_id}/models/{model['id']}/checkpoint"
    for headers in ({}, {"Range": "bytes=0-3"}):
        response = client.get(path, headers=headers)
        problem_of(response, 500, "corrupt_artifact")
        assert b"soon" not in response.content
    shelf.store.delete(sha256)
    problem_of(client.get(path), 404, "not_found")


def test_absent_models(stored: Stored):
    job = stored.path.split("/models/")[0]
    for model_id in ("mdl_" + "0" * 32, "x", "..%2f..%2fadmin-token"):
        problem_of(stored.client.get(f"{job}/models/{model_id}"), 404, "not_found")
        problem_of(stored.client.get(f"{job}/models/{model_id}/checkpoint"), 404, "not_found")


@pytest.mark.parametrize("part", ["checkpoint", "bundle"])
@pytest.mark.parametrize("asked", ['"other"', "W/{etag}", '"a", "b"', ""])
def test_another_version_than_the_one_asked_for(stored: Stored, part: str, asked: str):
    path = f"{stored.path}/{part}"
    etag = stored.client.get(path).raise_for_status().headers["etag"]
    response = stored.client.get(path, headers={"If-Match": asked.format(etag=etag)})
    problem_of(response, 412, "precondition_failed")


@pytest.mark.parametrize("asked", ["{etag}", '"other", {etag}', "*"])
def test_the_version_asked_for(stored: Stored, asked: str):
    assert stored.get(If_Match=asked.format(etag=stored.etag)).content == CONTENT
