"""CIFAR-100: 60,000 colour images of 32 x 32 in a hundred classes."""

from pathlib import Path

from workers.datasets.cifar import CIFAR100, read_published
from workers.datasets.download import download_cifar100
from workers.datasets.prepared import Prepared, Progress


def read(source: Path | None, scratch: Path, progress: Progress) -> Prepared:
    """From published files, or downloaded from their publisher.

    Raises:
        DatasetError, DatasetCorrupt: see `cifar.read_published` and `download`.
    """
    return read_published(CIFAR100, source or download_cifar100(scratch, progress))
