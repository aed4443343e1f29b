"""A job's image size over HTTP: everything that has a shape has this one."""

from typing import Any

import httpx

from searchspace.datasets import KNOWN
from searchspace.presets import stage_strides
from tests.api.served import Dispatcher, Served, spec
from tests.api.test_bad_input import pointers, problem_of

PHOTOGRAPHS = KNOWN["imagenette"]


def photographs(**given: Any) -> dict[str, Any]:
    return spec(dataset={"name": "imagenette", **given})


def person(served: Served) -> httpx.Client:
    """Someone of a team whose cluster has photographs."""
    Dispatcher.of(served, datasets=(KNOWN["digits"], PHOTOGRAPHS)).beat()
    return served.person()


def test_models_baselines_and_bundles_take_images_of_that_size(on_each: Served):
    client = person(on_each)
    asked = photographs(image_size=96) | {"baselines": ["squeezenet1_1"], "priority": 10}
    job = client.post("/jobs", json=asked).json()
    assert job["spec"]["dataset"]["image_size"] == 96
    cluster = Dispatcher.of(on_each, datasets=(KNOWN["digits"], PHOTOGRAPHS))
    runner = cluster.claim(job["id"])
    assert (runner.space.dataset.image.height, runner.space.dataset.image.width) == (96, 96)
    assert runner.space.strides == stage_strides(PHOTOGRAPHS.resized(96).image, 3)
    runner.complete_baseline("squeezenet1_1", 0.7, 0.5)
    runner.complete(0.8, 0.4)

    front = client.get(f"/jobs/{job['id']}/front").json()
    for model in (*front["models"], *front["baselines"]):
        assert model["architecture"]["input"] == {"channels": 3, "height": 96, "width": 96}
    macs = front["models"][0]["values"]["macs"]
    again = client.post("/jobs", json=photographs(image_size=32) | {"priority": 10}).json()
    smaller = cluster.claim(again["id"])
    smaller.complete(0.8, 0.4)
    (model,) = client.get(f"/jobs/{again['id']}/front").json()["models"]
    assert model["values"]["macs"] < macs


def test_without_one_images_are_as_they_are_kept(on_each: Served):
    client = person(on_each)
    job = client.post("/jobs", json=photographs()).json()
    assert job["spec"]["dataset"]["image_size"] is None
    plain = client.post("/jobs", params={"dry_run": True}, json=photographs()).json()
    native = client.post(
        "/jobs", params={"dry_run": True}, json=photographs(image_size=128)
    ).json()
    assert (plain["params_min"], plain["params_max"], plain["space_size"]) == (
        native["params_min"],
        native["params_max"],
        native["space_size"],
    )


def test_images_that_no_trial_can_hold_are_refused(on_each: Served):
    client = person(on_each)
    before = on_each.stored()
    problem = problem_of(client.post("/jobs", json=photographs(image_size=512)), 422)
    assert pointers(problem) == ["/dataset/image_size"]
    assert "9,469 images" in problem["errors"][0]["message"]
    assert on_each.stored() == before
    fitting = photographs(image_size=512, train_size=1000)
    assert client.post("/jobs", json=fitting).status_code == 201


def test_ranks_fit_the_feature_maps_of_that_size(on_each: Served):
    client = person(on_each)
    large = photographs(image_size=160) | {
        "space": {"preset": "tiny", "head": {"ranks": {"height": [1, 10]}}}
    }
    assert client.post("/jobs", json=large).status_code == 201
    small = large | {"dataset": {"name": "imagenette", "image_size": 32}}
    problem = problem_of(client.post("/jobs", json=small), 422)
    assert pointers(problem) == ["/space/head/ranks/height/1"]
