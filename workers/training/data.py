"""What a trial learns from: a data set's train part, in memory, split into train and validation.

The test part is read in `workers.training.final_score` alone.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workers.datasets import store
from workers.datasets.errors import DatasetError
from workers.datasets.stratify import stratified

SPLIT_SEED = 0
"""Of every job: trials, jobs and machines that use equal data options share one split."""

LARGEST_PIXEL = 255


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Images uint8 (N, C, H, W), laid out channels last; labels int64 (N,).

    mean, std: per channel, of the train images' pixels scaled to 0..1.
    """

    key: str
    train_images: Tensor
    train_labels: Tensor
    validation_images: Tensor
    validation_labels: Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]


@lru_cache(maxsize=2)
def load_split(
    data_dir: Path,
    key: str,
    *,
    side: int | None = None,
    train_size: int | None = None,
    validation_fraction: float,
    seed: int = SPLIT_SEED,
) -> Split:
    """The train part of a data set, split by class shares; kept for the process's next trial.

    side: of the images, in pixels; as the set is kept, by default.
    train_size: how many images are taken from the train part, all of them by default or when it
        has fewer. The validation images come out of these: 20,000 at a fraction of 0.1 are
        18,000 to train on and 2,000 to validate on.

    Raises:
        DatasetMissing, DatasetCorrupt: the set is not on this machine, or damaged.
        DatasetError: too few images to split.
    """
    arrays = store.load(data_dir, key, ("train_images", "train_labels"), side)
    images, labels = arrays["train_images"], arrays["train_labels"]
    taken, _ = stratified(labels, min(train_size or len(labels), len(labels)), seed=seed)
    if len(taken) < 2:
        raise DatasetError(
            f"{len(taken)} image of {key} cannot be split into train and validation"
        )
    count = min(max(round(len(taken) * validation_fraction), 1), len(taken) - 1)
    validation, train = stratified(labels[taken], count, seed=seed)
    train_images = as_images(images, taken[train])
    mean, std = _moments(train_images)
    return Split(
        key=key,
        train_images=train_images,
        train_labels=torch.from_numpy(labels[taken[train]]),
        validation_images=as_images(images, taken[validation]),
        validation_labels=torch.from_numpy(labels[taken[validation]]),
        mean=mean,
        std=std,
    )


def as_images(images: NDArray[np.uint8], chosen: NDArray[np.int64]) -> Tensor:
    """The chosen images of (N, H, W, C), copied out of the mapped file."""
    return torch.from_numpy(np.take(images, chosen, axis=0)).permute(0, 3, 1, 2)


def _moments(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel, exact: pixels are counted, not summed."""
    values = torch.arange(LARGEST_PIXEL + 1, dtype=torch.float64) / LARGEST_PIXEL
    means, stds = [], []
    for channel in images.unbind(1):
        counts = torch.bincount(channel.flatten(), minlength=len(values)).double()
        mean = (counts @ values / counts.sum()).item()
        variance = (counts @ (values - mean) ** 2 / counts.sum()).item()
        means.append(mean)
        # A channel of one colour must not divide by zero.
        stds.append(max(variance**0.5, 1 / LARGEST_PIXEL))
    return tuple(means), tuple(stds)
