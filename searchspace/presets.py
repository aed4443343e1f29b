"""The spaces that come with the product: what a spec's `preset` stands for."""

from dataclasses import dataclass
from typing import Literal

from searchspace.architecture import BlockKind, HeadKind, Shape

BOTH = (BlockKind.RESIDUAL, BlockKind.MBCONV)
HEADS = (HeadKind.GAP, HeadKind.FLATTEN, HeadKind.TCL)

SMALLEST_MAP = 4
"""Stages stop downsampling here: below 4 x 4 a spatial rank has nothing left to choose."""


@dataclass(frozen=True, slots=True)
class StageChoices:
    """Every alternative of one stage."""

    widths: tuple[int, ...]
    depths: tuple[int, ...]
    blocks: tuple[BlockKind, ...] = BOTH
    kernels: tuple[Literal[3, 5], ...] = (3, 5)
    expansions: tuple[Literal[1, 2, 4, 6], ...] = (1, 2, 4, 6)
    squeeze_excite: tuple[bool, ...] = (False, True)


@dataclass(frozen=True, slots=True)
class Preset:
    stem_widths: tuple[int, ...]
    stages: tuple[StageChoices, ...]
    channel_ranks: tuple[int, ...] = (4, 8, 16, 32)
    spatial_ranks: tuple[int, ...] = (1, 2, 4)


PRESETS = {
    "tiny": Preset(
        stem_widths=(8,),
        stages=tuple(
            StageChoices(widths, depths=(1,), kernels=(3,), expansions=(1, 2))
            for widths in ((8, 16), (16, 24), (24, 32))
        ),
    ),
    "small": Preset(
        stem_widths=(8, 16),
        stages=tuple(
            StageChoices(widths, depths=(1, 2), expansions=(1, 2, 4))
            for widths in ((8, 16, 24), (16, 24, 32, 48), (32, 48, 64))
        ),
    ),
    "mobile": Preset(
        stem_widths=(16, 24),
        stages=tuple(
            StageChoices(widths, depths=(1, 2, 3, 4))
            for widths in ((16, 24, 32), (24, 32, 48), (48, 64, 96), (64, 96, 128))
        ),
        channel_ranks=(4, 8, 16, 32, 64),
    ),
}


def stem_stride(image: Shape) -> Literal[1, 2, 4]:
    """Large images are reduced at once, so that the first stage costs as at 32 x 32."""
    side = min(image.height, image.width)
    if side <= 64:
        return 1
    return 2 if side <= 128 else 4


def stage_strides(image: Shape, stages: int) -> tuple[Literal[1, 2], ...]:
    """Stride of each stage: the first keeps the map, later ones halve it down to SMALLEST_MAP."""
    side = -(-min(image.height, image.width) // stem_stride(image))
    strides: list[Literal[1, 2]] = [1]
    while len(strides) < stages:
        halved = -(-side // 2)
        strides.append(2 if halved >= SMALLEST_MAP else 1)
        side = halved if halved >= SMALLEST_MAP else side
    return tuple(strides)
