"""What baselines are worth on the test part: scored once each, when their job is over, and kept."""

import json
import tempfile
from pathlib import Path

from searchspace.spec import DatasetSpec
from tclsearch_client import Client
from tclsearch_client.documents import BaselineModel, Job
from workers.models.checkpoint import decode_model
from workers.training.final_score import score_on_test

KEPT = "source-table-test.json"


class KeptScores:
    """Accuracies on the test part by the SHA-256 of a checkpoint, in a file of `state`.

    state: the directory that has the data sets too.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._file = state / KEPT
        self._kept: dict[str, float] = (
            json.loads(self._file.read_text()) if self._file.exists() else {}
        )

    def of(self, client: Client, job: Job, model: BaselineModel) -> float:
        """A fraction 0..1 of the whole test part. The model is downloaded where it is not known."""
        sha256 = model.checkpoint.sha256
        if sha256 not in self._kept:
            with tempfile.TemporaryDirectory() as scratch:
                data = client.download(job.id, model.id, scratch).read_bytes()
            spec = DatasetSpec.model_validate(job.spec["dataset"])
            network = decode_model(data).model
            accuracy = score_on_test(network, self._state, spec.key, spec.image_size, "cpu")
            self._keep({**self._kept, sha256: accuracy})
        return self._kept[sha256]

    def _keep(self, scores: dict[str, float]) -> None:
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps(scores, indent=1))
        beside.replace(self._file)
        self._kept = scores
