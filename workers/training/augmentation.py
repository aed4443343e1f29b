"""Random changes to whole batches of training images that keep what they show."""

from dataclasses import dataclass

import torch
from torch import Tensor

MIRRORED_GREY = frozenset({"fashion-mnist"})
"""Grey sets whose images show the same in a mirror; other grey ones may be glyphs."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Shifts by up to `shift` pixels along each axis and, where `flip`, mirrors half the images.

    Shifting is a random crop of the padded image. Colour images are padded with their reflection;
    grey ones, glyphs and things on a plain ground, with their border.
    """

    shift: int
    flip: bool
    reflect: bool

    def __call__(
        self, images: Tensor, generator: torch.Generator, chosen: Tensor | None = None
    ) -> Tensor:
        """Changed copies of images (N, C, H, W) of any type, laid out channels last.

        chosen: which of the images (M,), all of them by default.
        """
        which = torch.arange(len(images)) if chosen is None else chosen
        _, channels, height, width = images.shape
        count = len(which)
        rows = self._shifted(count, height, generator)
        columns = self._shifted(count, width, generator)
        if self.flip:
            mirrored = torch.rand(count, generator=generator) < 0.5
            columns = torch.where(mirrored[:, None], columns.flip(1), columns)
        device = images.device
        which, rows, columns = which.to(device), rows.to(device), columns.to(device)
        # Indices into one long row of pixels: four times as quick as indexing by three axes.
        lines = which[:, None] * height + rows
        picked = lines[:, :, None] * width + columns[:, None, :]
        pixels = images.permute(0, 2, 3, 1).reshape(-1, channels)
        changed = pixels.index_select(0, picked.flatten())
        return changed.view(count, height, width, channels).permute(0, 3, 1, 2)

    def _shifted(self, count: int, size: int, generator: torch.Generator) -> Tensor:
        """For each image (count, size): which old pixel each new one shows."""
        offsets = torch.randint(-self.shift, self.shift + 1, (count, 1), generator=generator)
        index = torch.arange(size) + offsets
        if not self.reflect:
            return index.clamp(0, size - 1)
        last = size - 1
        return last - (last - index.abs()).abs()


def augmentation_for(key: str, images: Tensor) -> Augmentation:
    """The usual one for a data set's images (N, C, H, W).

    Colour images: shifts up to an eighth of the side, and mirroring. Grey ones fill their frame
    with one thing, so they shift by half of that at most (those of 8 x 8 not at all: a pixel
    there is a stroke's width), and are mirrored only where they are known to be no glyphs.
    """
    _, channels, height, width = images.shape
    side = min(height, width)
    if channels == 1:
        return Augmentation(shift=side // 14, flip=key in MIRRORED_GREY, reflect=False)
    return Augmentation(shift=side // 8, flip=True, reflect=True)
