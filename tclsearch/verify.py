"""Proves a downloaded checkpoint: rebuilt from its bytes alone, it scores what was recorded."""

from dataclasses import dataclass
from pathlib import Path

import torch

from searchspace.spec import JobSpec
from workers.models.checkpoint import decode_model
from workers.training.data import load_split
from workers.training.loop import evaluate


@dataclass(frozen=True, slots=True)
class Verdict:
    """accuracy: measured now, on the same validation split. params: counted in the model."""

    accuracy: float
    params: int


def reevaluate(checkpoint: Path, spec: JobSpec, data_dir: Path) -> Verdict:
    """Rebuild the model from a checkpoint file and evaluate it on the job's validation split.

    Raises:
        BadCheckpoint: the file is not a checkpoint, or not a whole one.
    """
    # As many threads as the trial had: sums in another order could tip a close call.
    torch.set_num_threads(max(1, int(spec.resources.cpus)))
    dataset = spec.dataset
    loaded = decode_model(checkpoint.read_bytes())
    split = load_split(
        data_dir,
        dataset.key,
        side=dataset.image_size,
        train_size=dataset.train_size,
        validation_fraction=dataset.validation_fraction,
    )
    found = evaluate(loaded.model, split.validation_images, split.validation_labels)
    params = sum(p.numel() for p in loaded.model.parameters() if p.requires_grad)
    return Verdict(accuracy=found.accuracy, params=params)
