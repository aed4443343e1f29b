"""Digits: 1,797 grey images of 8 x 8, inside scikit-learn (UCI Optical Recognition)."""

import numpy as np

from workers.datasets.packaged import packaged_table
from workers.datasets.prepared import Prepared
from workers.datasets.stratify import stratified

TEST_IMAGES = 360
BRIGHTEST = 16
SPLIT_SEED = 0

SHA256 = {
    "train_images": "d61d7b8cce2f7b103dc7399d727cd6b1d2fbf926c977ea17f2441b8830a874df",
    "train_labels": "673aef1a16b330da7e5766ef723bb1635094afb31bb603404850bcb795198628",
    "test_images": "8af2db9e7ab2dc9e48e69645046dd611b60e85016a0932c279db5feed7d9fa48",
    "test_labels": "ca49e8505305eb83e7b1ea11fa0abe7a6e5088af1cd8cdfda1edeaed8ef1deb1",
}


def read() -> Prepared:
    """The set has no split of its own; ours is stratified and never changes.

    Raises:
        DatasetError: scikit-learn is not installed.
        DatasetCorrupt: it holds other images.
    """
    table = packaged_table("sklearn", "datasets/data/digits.csv.gz", requirement="scikit-learn")
    pixels = table[:, :-1].reshape(-1, 8, 8, 1)
    images = np.rint(pixels * (255 / BRIGHTEST)).astype(np.uint8)
    labels = table[:, -1].astype(np.int64)
    test, train = stratified(labels, TEST_IMAGES, seed=SPLIT_SEED)
    prepared = Prepared(
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
        class_names=tuple("0123456789"),
        source="scikit-learn",
    )
    prepared.verify(SHA256)
    return prepared
