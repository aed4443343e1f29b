"""Grids of ranks, and what they are derived from."""

import numpy as np
import pytest

from searchspace.architecture import HeadKind, Shape
from searchspace.cost import architecture_cost
from searchspace.dimensions import RandomSuggest
from searchspace.ranks import MAX_CHOICES, RankGrid, costs, derived
from tests.searchspace.conftest import MakeSpace

GRID = RankGrid(channels=(2, 8, 24), height=(1, 3), width=(2,))


@pytest.mark.parametrize(
    ("size", "ranks"),
    [
        (1, (1,)),
        (2, (1, 2)),
        (7, (1, 2, 4, 7)),
        (8, (1, 2, 4, 8)),
        (48, (1, 2, 4, 8, 16, 32, 48)),
        (128, (1, 2, 4, 8, 16, 32, 64, 128)),
        (2048, (1, 32, 64, 128, 256, 512, 1024, 2048)),
    ],
)
def test_derived_ranks_are_powers_of_two_and_the_size_itself(
    size: int, ranks: tuple[int, ...]
) -> None:
    assert derived(size) == ranks


def test_derived_ranks_are_few_and_reach_from_1_to_the_size() -> None:
    for size in range(1, 3000):
        ranks = derived(size)
        assert len(ranks) <= MAX_CHOICES
        assert (ranks[0], ranks[-1]) == (1, size)
        assert list(ranks) == sorted(set(ranks))


def test_a_grid_holds_every_triple_once_the_largest_first() -> None:
    triples = list(GRID.triples())
    assert triples[0] == GRID.largest == (24, 3, 2)
    assert triples[-1] == GRID.smallest == (2, 1, 2)
    assert len(triples) == len(set(triples)) == 6


def test_a_grid_is_cut_to_a_feature_map() -> None:
    cut = GRID.cut(Shape(channels=6, height=2, width=1))
    assert cut == RankGrid(channels=(2, 6), height=(1, 2), width=(1,))


def test_the_least_grid_around_triples() -> None:
    assert RankGrid.around(list(GRID.triples())) == GRID
    corners = [(8, 1, 2), (2, 3, 2)]
    assert RankGrid.around(corners) == RankGrid(channels=(2, 8), height=(1, 3), width=(2,))


def test_costs_are_those_of_each_architecture(make_space: MakeSpace) -> None:
    space = make_space("cifar10", preset="small", head={"kinds": ["tcl"]})
    suggest = RandomSuggest(np.random.default_rng(0))
    for _ in range(5):
        backbone = space.decode(space.sample(suggest)).architecture
        grid = RankGrid(channels=(1, 8, 32), height=(1, 4), width=(2,))
        found = costs(backbone, grid)
        assert list(found) == list(grid.triples())
        for ranks, cost in found.items():
            assert cost == architecture_cost(backbone.with_head(HeadKind.TCL, ranks))
