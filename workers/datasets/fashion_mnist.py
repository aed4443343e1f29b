"""Fashion-MNIST: 70,000 grey images of 28 x 28 in ten classes (Xiao et al. 2017)."""

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.datasets.download import download_fashion_mnist
from workers.datasets.errors import DatasetCorrupt, DatasetError
from workers.datasets.prepared import Images, Labels, Prepared, Progress

PACKAGED = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package dataset-fashion-mnist puts it."""

SHA256 = {
    "train_images": "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
    "train_labels": "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
    "test_images": "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
    "test_labels": "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
}

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

UNSIGNED_BYTES = 0x08
"""The type code of pixels and labels in an IDX file."""


def read(source: Path | None, scratch: Path, progress: Progress) -> Prepared:
    """From the four IDX files, gzipped or not, wherever they are; verified by digest.

    Raises:
        DatasetError: a file is missing, or could not be downloaded.
        DatasetCorrupt: a file is not the published one.
    """
    prepared = read_idx(_directory(source, scratch, progress))
    prepared.verify(SHA256)
    return prepared


def read_idx(directory: Path) -> Prepared:
    """The data set in the four IDX files of a directory.

    Raises:
        DatasetError: a file is missing.
        DatasetCorrupt: a file is not in IDX format.
    """
    return Prepared(
        train_images=_images(directory, "train-images-idx3-ubyte"),
        train_labels=_labels(directory, "train-labels-idx1-ubyte"),
        test_images=_images(directory, "t10k-images-idx3-ubyte"),
        test_labels=_labels(directory, "t10k-labels-idx1-ubyte"),
        class_names=CLASS_NAMES,
        source=str(directory),
    )


def _directory(source: Path | None, scratch: Path, progress: Progress) -> Path:
    if source is not None:
        return source
    if PACKAGED.is_dir():
        return PACKAGED
    return download_fashion_mnist(scratch, progress)


def _images(directory: Path, name: str) -> Images:
    return _idx(directory, name, dimensions=3)[..., None]


def _labels(directory: Path, name: str) -> Labels:
    return _idx(directory, name, dimensions=1).astype(np.int64)


def _idx(directory: Path, name: str, *, dimensions: int) -> NDArray[np.uint8]:
    """An IDX file: two zero bytes, type, number of dimensions, big-endian sizes, values."""
    data = _bytes(directory, name)
    start = 4 + 4 * dimensions
    if len(data) < start or data[:4] != bytes((0, 0, UNSIGNED_BYTES, dimensions)):
        raise DatasetCorrupt(f"{name} is no IDX file of {dimensions} dimensions")
    shape = np.frombuffer(data, ">u4", count=dimensions, offset=4)
    values = np.frombuffer(data, np.uint8, offset=start)
    if values.size != int(np.prod(shape, dtype=np.int64)):
        raise DatasetCorrupt(f"{name} is cut off")
    return values.reshape(shape)


def _bytes(directory: Path, name: str) -> bytes:
    plain, zipped = directory / name, directory / f"{name}.gz"
    if plain.is_file():
        return plain.read_bytes()
    if not zipped.is_file():
        raise DatasetError(f"{directory} holds no {name} or {zipped.name}")
    try:
        return gzip.decompress(zipped.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetCorrupt(f"{zipped}: {error}") from None
