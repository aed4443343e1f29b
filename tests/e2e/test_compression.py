"""A whole compression on real Ray: a model is searched for, and its head made smaller."""

from pathlib import Path

import pytest

from tests.e2e.service_process import has_ended, serving
from workers.models.checkpoint import decode_model
from workers.training.data import load_split
from workers.training.loop import evaluate


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_searched_models_head_is_compressed_at_every_rank_that_is_listed(
    tmp_path: Path,
) -> None:
    ranks = [[1, 1, 1], [4, 2, 2], [8, 4, 4]]
    with serving(tmp_path / "data") as service:
        searched = service.post_job(
            dataset={"name": "digits"},
            space={
                "preset": "tiny",
                "head": {"kinds": ["flatten"]},
                "training": {"batch_size": 32, "learning_rate": 0.01},
            },
            budget={"trials": 1, "training_epochs": 4},
        )
        service.wait_for(searched, has_ended, 300)
        (dense,) = service.call("GET", f"/jobs/{searched}/front").json()["models"]
        source = {"job": searched, "model": dense["id"]}
        body = {"name": "smaller", "source": source, "ranks": ranks}
        job_id = service.call("POST", "/compressions", json=body).json()["id"]
        job = service.wait_for(job_id, has_ended, 300)
        trials = service.trials(job_id)
        front = service.call("GET", f"/jobs/{job_id}/front").json()["models"]
        files = [
            service.call("GET", model["checkpoint"]["url"].removeprefix("/api/v1")).content
            for model in front
        ]

    assert (job["state"], job["reason"]) == ("succeeded", "budget_spent")
    assert {trial["state"] for trial in trials} == {"complete"}
    values = {trial["parameters"]["head.ranks"]: trial["values"] for trial in trials}
    assert values.keys() == {"1x1x1", "4x2x2", "8x4x4"}, "each of them once"
    for found in values.values():
        assert found["dense_params"] == dense["values"]["params"]
        assert found["dense_accuracy"] == dense["values"]["accuracy"]
    errors = [values[ranks]["reconstruction_error"] for ranks in ("1x1x1", "4x2x2", "8x4x4")]
    assert errors == sorted(errors, reverse=True)
    split = load_split(tmp_path / "data", "digits", validation_fraction=0.1)
    for model, file in zip(front, files, strict=True):
        loaded = decode_model(file)
        assert loaded.architecture.head is not None
        assert list(loaded.architecture.head.ranks or ()) == model["ranks"] in ranks
        scored = evaluate(loaded.model, split.validation_images, split.validation_labels)
        assert scored.accuracy == model["values"]["accuracy"]
