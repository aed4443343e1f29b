"""CIFAR-10 and CIFAR-100 in their published forms (Krizhevsky 2009).

"Python" batches are pickles. Pickles run code when read, so ours builds numpy arrays and nothing
else, whatever the file asks for. "Binary" batches are records of label bytes and 3,072 pixels,
plane after plane.
"""

import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.datasets.errors import DatasetCorrupt, DatasetError
from workers.datasets.prepared import Images, Labels, Prepared
from workers.datasets.tree import Tree

SIDE = 32
PLANES = 3
PIXELS = PLANES * SIDE * SIDE


@dataclass(frozen=True, slots=True)
class CifarForm:
    """What differs between the two sets.

    label_bytes: label bytes of a binary record, of which the last is the label.
    """

    train: tuple[str, ...]
    test: str
    python_folder: str
    python_names: str
    names_key: bytes
    labels_key: bytes
    binary_folder: str
    binary_names: str
    label_bytes: int


CIFAR10 = CifarForm(
    train=tuple(f"data_batch_{number}" for number in range(1, 6)),
    test="test_batch",
    python_folder="cifar-10-batches-py",
    python_names="batches.meta",
    names_key=b"label_names",
    labels_key=b"labels",
    binary_folder="cifar-10-batches-bin",
    binary_names="batches.meta.txt",
    label_bytes=1,
)

CIFAR100 = CifarForm(
    train=("train",),
    test="test",
    python_folder="cifar-100-python",
    python_names="meta",
    names_key=b"fine_label_names",
    labels_key=b"fine_labels",
    binary_folder="cifar-100-binary",
    binary_names="fine_label_names.txt",
    label_bytes=2,
)


def read_published(form: CifarForm, source: Path) -> Prepared:
    """The set from its published files: a directory that holds them, or the archive.

    Raises:
        DatasetError: the files are neither the python nor the binary batches.
        DatasetCorrupt: a file is not what it should be.
    """
    python = Tree(source, form.python_folder)
    if form.python_names in python and form.test in python:
        names = _python_names(form, python)
        return _prepared(form, python, names, lambda name: _python_batch(form, python, name))
    binary = Tree(source, form.binary_folder)
    if form.binary_names in binary:
        names = tuple(binary.read(form.binary_names).decode().split())
        return _prepared(form, binary, names, lambda name: _binary_batch(form, binary, name))
    raise DatasetError(
        f"{source} holds neither {form.python_folder} nor {form.binary_folder} in published form"
    )


def _python_names(form: CifarForm, tree: Tree) -> tuple[str, ...]:
    found = _unpickle(tree, form.python_names).get(form.names_key)
    if not isinstance(found, list) or not all(isinstance(name, bytes) for name in found):
        raise DatasetCorrupt(f"{form.python_names} holds no {form.names_key.decode()}")
    return tuple(name.decode() for name in found)


def _prepared(
    form: CifarForm,
    tree: Tree,
    names: tuple[str, ...],
    read: Callable[[str], tuple[Images, Labels]],
) -> Prepared:
    train = [read(name) for name in form.train]
    test_images, test_labels = read(form.test)
    return Prepared(
        train_images=np.concatenate([images for images, _ in train]),
        train_labels=np.concatenate([labels for _, labels in train]),
        test_images=test_images,
        test_labels=test_labels,
        class_names=names,
        source=str(tree.source),
    )


def _python_batch(form: CifarForm, tree: Tree, name: str) -> tuple[Images, Labels]:
    batch = _unpickle(tree, name)
    try:
        images, labels = batch[b"data"], np.asarray(batch[form.labels_key], dtype=np.int64)
    except (KeyError, ValueError, TypeError) as error:
        raise DatasetCorrupt(f"{name}: {error!r}") from None
    return _interleaved(name, np.asarray(images)), labels


def _binary_batch(form: CifarForm, tree: Tree, name: str) -> tuple[Images, Labels]:
    data = np.frombuffer(tree.read(f"{name}.bin"), dtype=np.uint8)
    if data.size % (form.label_bytes + PIXELS):
        raise DatasetCorrupt(f"{name}.bin is cut off")
    records = data.reshape(-1, form.label_bytes + PIXELS)
    labels = records[:, form.label_bytes - 1].astype(np.int64)
    return _interleaved(name, records[:, form.label_bytes :]), labels


def _interleaved(name: str, planes: NDArray[Any]) -> Images:
    """Rows of three colour planes (N, 3072) as images (N, H, W, C)."""
    if planes.dtype != np.uint8 or planes.ndim != 2 or planes.shape[1] != PIXELS:
        raise DatasetCorrupt(f"{name} holds {planes.dtype} {planes.shape} for pixels")
    images = planes.reshape(-1, PLANES, SIDE, SIDE).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images)


def _unpickle(tree: Tree, name: str) -> Mapping[bytes, Any]:
    try:
        found = _ArrayUnpickler(io.BytesIO(tree.read(name)), encoding="bytes").load()
    except _DAMAGED as error:
        raise DatasetCorrupt(f"{name}: {error}") from None
    if not isinstance(found, dict):
        raise DatasetCorrupt(f"{name} holds no dictionary")
    return found


_DAMAGED = (
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
)
"""What reading a pickle of random bytes raises, short of running out of memory."""


class _ArrayUnpickler(pickle.Unpickler):
    """Reads pickled numpy arrays beside plain values; refuses every other class or function."""

    # The files were written by numpy 1; the first module has moved since.
    _ALLOWED: Mapping[tuple[str, str], Any] = {
        ("numpy.core.multiarray", "_reconstruct"): lambda *_: np.ndarray((0,), np.uint8),
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not an array") from None
