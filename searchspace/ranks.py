"""Grids of TCL ranks: what one elastic training covers, every combination of its choices."""

from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import product
from typing import Self

from searchspace.architecture import Architecture, Frozen, Head, HeadKind, Ranks, Shape, Size
from searchspace.cost import Cost, architecture_cost, head_cost

MAX_CHOICES = 8
"""Of one mode, where they are derived."""

MAX_TRIPLES = MAX_CHOICES**3
"""Each is evaluated after an elastic training."""


class RankGrid(Frozen):
    """Ascending choices per mode; every triple of them is allowed."""

    channels: tuple[Size, ...]
    height: tuple[Size, ...]
    width: tuple[Size, ...]

    @property
    def largest(self) -> Ranks:
        return self.channels[-1], self.height[-1], self.width[-1]

    @property
    def smallest(self) -> Ranks:
        return self.channels[0], self.height[0], self.width[0]

    @classmethod
    def around(cls, triples: Collection[Ranks]) -> Self:
        """The least grid that has all of these triples."""
        channels, height, width = (tuple(sorted(set(mode))) for mode in zip(*triples, strict=True))
        return cls(channels=channels, height=height, width=width)

    def triples(self) -> Iterator[Ranks]:
        """Every allowed triple, the largest first."""
        return product(reversed(self.channels), reversed(self.height), reversed(self.width))

    def cut(self, feature_map: Shape) -> "RankGrid":
        """The grid over one feature map: ranks beyond a mode's size become that size."""
        return RankGrid(
            channels=_cut(self.channels, feature_map.channels),
            height=_cut(self.height, feature_map.height),
            width=_cut(self.width, feature_map.width),
        )


def derived(size: int) -> tuple[int, ...]:
    """Ranks for a mode of `size` that nobody listed: the powers of two below it, and itself.

    Of more than MAX_CHOICES the smallest go, but for 1.
    """
    powers = [2**exponent for exponent in range(size.bit_length()) if 2**exponent < size]
    return (1, *[*powers, size][1:][-(MAX_CHOICES - 1) :])


def costs(architecture: Architecture, grid: RankGrid) -> dict[Ranks, Cost]:
    """Of the backbone under each head of the grid, the largest first."""
    backbone = architecture.with_head(HeadKind.GAP)
    feature_map, classes = architecture.feature_map, architecture.classes
    pooled = head_cost(backbone.head, feature_map, classes)
    whole = architecture_cost(backbone)
    rest = Cost(whole.params - pooled.params, whole.macs - pooled.macs)
    heads = _head_costs(grid, feature_map, classes)
    return {ranks: rest + cost for ranks, cost in heads.items()}


@lru_cache(maxsize=1024)
def _head_costs(grid: RankGrid, feature_map: Shape, classes: int) -> dict[Ranks, Cost]:
    # Kept, because samplers and repairs ask for them again and again.
    return {
        ranks: head_cost(Head(kind=HeadKind.TCL, ranks=ranks), feature_map, classes)
        for ranks in grid.triples()
    }


def _cut(ranks: tuple[int, ...], limit: int) -> tuple[int, ...]:
    return tuple(sorted({min(rank, limit) for rank in ranks}))
