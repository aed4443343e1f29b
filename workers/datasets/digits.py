"""Digits: 1,797 grey images of 8 x 8, inside scikit-learn (UCI Optical Recognition)."""

import numpy as np

from workers.datasets.packaged import packaged_table
from workers.datasets.prepared import Prepared
from workers.datasets.stratify import stratified

TEST_IMAGES = 360
BRIGHTEST = 16
SPLIT_SEED = 0


def read() -> Prepared:
    """The set has no split of its own; ours is stratified and never changes.

    Raises:
        DatasetError: scikit-learn is not installed.
    """
    table = packaged_table("sklearn", "datasets/data/digits.csv.gz", requirement="scikit-learn")
    pixels = table[:, :-1].reshape(-1, 8, 8, 1)
    images = np.rint(pixels * (255 / BRIGHTEST)).astype(np.uint8)
    labels = table[:, -1].astype(np.int64)
    test, train = stratified(labels, TEST_IMAGES, seed=SPLIT_SEED)
    return Prepared(
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
        class_names=tuple("0123456789"),
        source="scikit-learn",
    )
