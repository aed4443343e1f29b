"""A whole job on real Ray: a baseline, a search, and its winner trained longer and scored."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from tests.e2e.service_process import has_ended, serving
from workers.models.checkpoint import decode_model
from workers.training.final_score import load_test
from workers.training.loop import evaluate


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_winner_scores_on_the_test_part_what_is_told_of_it(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as service:
        job_id = service.post_job(
            dataset={"name": "digits"},
            space={"preset": "tiny", "training": {"batch_size": 32}},
            budget={"trials": 2, "training_epochs": 2},
            baselines=["squeezenet1_1"],
            retrain={"models": 1, "training_epochs": 4, "seeds": 2},
            exports=["onnx-int8"],
        )
        job = service.wait_for(job_id, has_ended, 400)
        trials = service.trials(job_id)
        front = service.call("GET", f"/jobs/{job_id}/front").json()
        ((winner, told),) = front["retrained"].items()
        model = service.call("GET", f"/jobs/{job_id}/models/{winner}").json()
        files = [
            service.call("GET", each["checkpoint"]["url"].removeprefix("/api/v1")).content
            for each in model["retrained"]
        ]
        forms = {
            form: service.call("GET", f"/jobs/{job_id}/models/{winner}/{form}").content
            for form in ("onnx", "onnx-int8", "bundle")
        }

    assert (job["state"], job["reason"]) == ("succeeded", "budget_spent")
    purposes = [trial["purpose"] for trial in trials]
    assert purposes == ["baseline", "search", "search", "retrain", "retrain"]
    assert [each["baseline"] for each in front["baselines"]] == ["squeezenet1_1"]
    assert told["seeds"] == 2
    assert model["exports"].keys() == {"onnx", "onnx-int8"}
    for form, export in model["exports"].items():
        assert hashlib.sha256(forms[form]).hexdigest() == export["sha256"]
    assert b"QuantizeLinear" in forms["onnx-int8"]
    assert zipfile.ZipFile(io.BytesIO(forms["bundle"])).read("model.onnx") == forms["onnx"]
    images, labels = load_test(tmp_path, "digits")
    for each, file in zip(model["retrained"], files, strict=True):
        scored = evaluate(decode_model(file).model, images, labels)
        assert scored.accuracy == each["test_accuracy"]
