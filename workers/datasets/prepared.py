"""The one form in which every data set is handed over by its reader."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from searchspace.architecture import Shape
from searchspace.datasets import DatasetInfo
from workers.datasets.errors import DatasetCorrupt

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]

PARTS = ("train", "test")
ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")


class Progress(Protocol):
    """Hears how far a step has come: `done` of `total` parts."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


def unheard(step: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True, eq=False)
class Originals:
    """Pictures as the files they came in: all bytes one after another, and where each file ends."""

    data: NDArray[np.uint8]
    ends: NDArray[np.int64]

    def __iter__(self) -> Iterator[bytes]:
        start = 0
        for end in self.ends:
            yield self.data[start:end].tobytes()
            start = int(end)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A whole data set: images uint8 (N, H, W, C), labels int64 (N,) in 0..classes-1.

    source: where it came from, in words.
    originals: of a set of pictures, by part; what any other size of it is decoded from.
    """

    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    class_names: tuple[str, ...]
    source: str
    originals: Mapping[str, Originals] = field(default_factory=dict)

    def info(self, key: str) -> DatasetInfo:
        """What the search needs to know of it.

        Raises:
            DatasetCorrupt: the arrays do not fit together.
        """
        self._check()
        height, width, channels = self.train_images.shape[1:]
        return DatasetInfo(
            key=key,
            image=Shape(channels=channels, height=height, width=width),
            classes=len(self.class_names),
            train_images=len(self.train_images),
            test_images=len(self.test_images),
        )

    def verify(self, sha256: Mapping[str, str]) -> None:
        """Compare the bytes of images, and of labels as one byte each, with published ones.

        Raises:
            DatasetCorrupt: an array differs.
        """
        for name, expected in sha256.items():
            data = np.ascontiguousarray(getattr(self, name), dtype=np.uint8)
            if hashlib.sha256(data.data).hexdigest() != expected:
                raise DatasetCorrupt(f"{name} from {self.source} are not the published ones")

    def _check(self) -> None:
        for part in PARTS:
            images = getattr(self, f"{part}_images")
            labels = getattr(self, f"{part}_labels")
            if images.dtype != np.uint8 or images.ndim != 4 or not len(images):
                raise DatasetCorrupt(f"{part} images are {images.dtype} {images.shape}")
            if labels.dtype != np.int64 or labels.shape != images.shape[:1]:
                raise DatasetCorrupt(f"{part} labels are {labels.dtype} {labels.shape}")
            if labels.min() < 0 or labels.max() >= len(self.class_names):
                raise DatasetCorrupt(f"{part} labels lie outside 0..{len(self.class_names) - 1}")
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            raise DatasetCorrupt("train and test images differ in shape")
