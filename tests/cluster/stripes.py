"""A data set that the control plane has and no node."""

from pathlib import Path

import numpy as np

from workers.datasets import store
from workers.datasets.prepared import Prepared

DATASET = {"name": "folder", "folder": "stripes"}
KEY = "folder-stripes"


def install_stripes(data_dir: Path, seed: int = 0) -> None:
    """A data set that no node has: grey pictures with a stripe, in two directions."""
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 64, size=(240, 8, 8, 1), dtype=np.uint8)
    labels = np.arange(240, dtype=np.int64) % 2
    images[labels == 0, 3, :] = 255
    images[labels == 1, :, 3] = 255
    parts = images[:200], labels[:200], images[200:], labels[200:]
    store.install(data_dir, KEY, Prepared(*parts, class_names=("row", "column"), source="a test"))
