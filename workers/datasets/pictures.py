"""Images to squares of one size: people's own pictures, PNG and JPEG, and arrays of pixels."""

import io
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageOps

from workers.datasets.errors import DatasetError
from workers.datasets.prepared import Images

SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})

LARGEST_PICTURE = 50_000_000
"""Pixels. A picture of a few bytes can claim to be of any size; real ones are below this."""


def decode_picture(data: bytes, name: str, side: int) -> Images:
    """One picture file as (side, side, 3): upright, cropped to a centred square, in RGB.

    name: what the file is called where it cannot be read.

    Raises:
        DatasetError: the file is damaged, too large, or neither PNG nor JPEG.
    """
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as picture:
            if picture.width * picture.height > LARGEST_PICTURE:
                raise DatasetError(f"{name} is {picture.width} x {picture.height} pixels")
            # JPEG alone can be decoded at a fraction of its size; never below twice ours.
            picture.draft("RGB", (2 * side, 2 * side))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            square = ImageOps.fit(upright, (side, side), Image.Resampling.BILINEAR)
            return np.asarray(square)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DatasetError(f"{name} cannot be read as PNG or JPEG: {error}") from None


def resize(images: Images, side: int) -> Iterable[Images]:
    """Each of the images (N, H, W, C), grey or RGB, as (side, side, C)."""
    channels = images.shape[3]
    for image in images:
        picture = Image.fromarray(image[..., 0] if channels == 1 else image)
        resized = picture.resize((side, side), Image.Resampling.BILINEAR)
        yield np.asarray(resized).reshape(side, side, channels)
