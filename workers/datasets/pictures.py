"""Pictures of people's own: PNG and JPEG files, decoded with care."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from workers.datasets.errors import DatasetError
from workers.datasets.prepared import Images

SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})

LARGEST_PICTURE = 50_000_000
"""Pixels. A picture of a few bytes can claim to be of any size; real ones are below this."""


def read_picture(path: Path, side: int) -> Images:
    """One picture as (side, side, 3): upright, cropped to a centred square, in RGB.

    Raises:
        DatasetError: the file is damaged, too large, or neither PNG nor JPEG.
    """
    try:
        with Image.open(path, formats=["PNG", "JPEG"]) as picture:
            if picture.width * picture.height > LARGEST_PICTURE:
                raise DatasetError(f"{path} is {picture.width} x {picture.height} pixels")
            # JPEG alone can be decoded at a fraction of its size; never below twice ours.
            picture.draft("RGB", (2 * side, 2 * side))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            square = ImageOps.fit(upright, (side, side), Image.Resampling.BILINEAR)
            return np.asarray(square)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DatasetError(f"{path} cannot be read as PNG or JPEG: {error}") from None
