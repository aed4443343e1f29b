"""A data set with its images brought to squares of another size."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from workers.datasets.pictures import decode_picture, resize
from workers.datasets.prepared import Images, Prepared

NewImages = Callable[[tuple[int, ...], type[np.uint8]], Images]
"""An empty array of that shape and type, in memory or on disk."""


def resized(prepared: Prepared, side: int, new_images: NewImages) -> Prepared:
    """The set with images of `side` pixels, without its pictures' files.

    Pictures are decoded from their files, so that no size is worse for the one that is kept;
    what came as pixels is interpolated, over all that a new pixel covers.

    Raises:
        DatasetError: a picture cannot be read.
    """
    return replace(
        prepared,
        train_images=_images(prepared, "train", side, new_images),
        test_images=_images(prepared, "test", side, new_images),
        originals={},
    )


def _images(prepared: Prepared, part: str, side: int, new_images: NewImages) -> Images:
    kept: Images = getattr(prepared, f"{part}_images")
    count, _, _, channels = kept.shape
    images = new_images((count, side, side, channels), np.uint8)
    for index, image in enumerate(_each(prepared, part, kept, side)):
        images[index] = image
    return images


def _each(prepared: Prepared, part: str, kept: Images, side: int) -> Iterable[Images]:
    files = prepared.originals.get(part)
    if files is None:
        return resize(kept, side)
    name = f"a {part} picture from {prepared.source}"
    return (decode_picture(data, name, side) for data in files)
