"""CIFAR-100: 60,000 colour images of 32 x 32 in a hundred classes."""

from pathlib import Path

from searchspace.datasets import KNOWN
from workers.datasets.cifar import CIFAR100, read_published
from workers.datasets.download import download_cifar100
from workers.datasets.errors import DatasetCorrupt
from workers.datasets.prepared import Prepared, Progress


def read(source: Path | None, scratch: Path, progress: Progress) -> Prepared:
    """From published files, or downloaded from their publisher.

    Raises:
        DatasetError, DatasetCorrupt: see `cifar.read_published` and `download`.
    """
    prepared = read_published(CIFAR100, source or download_cifar100(scratch, progress))
    if len(prepared.class_names) != KNOWN["cifar100"].classes:
        raise DatasetCorrupt(f"{prepared.source} names {len(prepared.class_names)} classes")
    return prepared
