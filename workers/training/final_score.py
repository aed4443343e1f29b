"""The one score on the test part, which nothing else here reads.

Only a retraining's last step asks for it: what a search has chosen by is the validation part, so
that the test part can say what the chosen models are worth.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from workers.datasets import store
from workers.training.data import as_images
from workers.training.loop import evaluate


def score_on_test(
    model: nn.Module, data_dir: Path, key: str, side: int | None, device: str
) -> float:
    """Accuracy of a model, a fraction 0..1, on the whole test part of a data set.

    side: of the images, in pixels, as the model was trained on; None for as the set is kept.

    Raises:
        DatasetMissing, DatasetCorrupt: the set is not on this machine, or damaged.
        NonFiniteLoss: some logits are NaN or infinite.
    """
    images, labels = load_test(data_dir, key, side)
    return evaluate(model, images.to(device), labels.to(device)).accuracy


def load_test(data_dir: Path, key: str, side: int | None = None) -> tuple[Tensor, Tensor]:
    """The test part: images uint8 (N, C, H, W) and labels int64 (N,).

    Raises:
        DatasetMissing, DatasetCorrupt: the set is not on this machine, or damaged.
    """
    arrays = store.load(data_dir, key, ("test_images", "test_labels"), side)
    images, labels = arrays["test_images"], arrays["test_labels"]
    return as_images(images, np.arange(len(images))), torch.from_numpy(np.array(labels))
