"""Imagenette: 13,394 photographs of ten easy ImageNet classes (fast.ai)."""

from dataclasses import replace
from pathlib import Path

from searchspace.datasets import KNOWN
from workers.datasets import folder
from workers.datasets.download import download_imagenette
from workers.datasets.errors import DatasetError
from workers.datasets.prepared import Prepared, Progress
from workers.datasets.tree import unpack

CLASS_NAMES = {
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
}
"""By WordNet id, which is what the class folders are called."""

SIDE = KNOWN["imagenette"].image.height


def read(source: Path | None, scratch: Path, progress: Progress) -> Prepared:
    """From the published folders of any resolution, or downloaded from their publisher.

    source: the directory with `train` and `val`, one that holds it, or its archive.

    Raises:
        DatasetError: it is not there or not Imagenette, or could not be downloaded.
        DatasetCorrupt: the archive is damaged.
    """
    published = _tree(source, scratch) if source else download_imagenette(scratch, progress)
    prepared = folder.read(published, SIDE, scratch, progress)
    if set(prepared.class_names) != set(CLASS_NAMES):
        raise DatasetError(f"{published} does not hold the ten class folders of Imagenette")
    names = tuple(CLASS_NAMES[wordnet_id] for wordnet_id in prepared.class_names)
    return replace(prepared, class_names=names)


def _tree(source: Path, scratch: Path) -> Path:
    """The directory with the parts."""
    if source.is_file():
        unpack(source, scratch / "archive")
        source = scratch / "archive"
    if (source / "train").is_dir():
        return source
    return next((inner.parent for inner in sorted(source.glob("*/train"))), source)
