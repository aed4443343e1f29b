"""Parameters and MACs against the formulas, worked out by hand on small parts."""

import pytest

from searchspace.architecture import Architecture, BlockKind, Head, HeadKind, Shape, Stage, Stem
from searchspace.cost import (
    Cost,
    architecture_cost,
    cost_by_part,
    head_cost,
    stage_cost,
    stem_cost,
)

MAP = Shape(channels=64, height=8, width=8)


def stage(block: BlockKind, **fields: object) -> Stage:
    shape = {"block": block, "depth": 1, "width": 4, "stride": 1}
    return Stage.model_validate({**shape, **fields})


@pytest.mark.parametrize(
    ("head", "params", "macs"),
    [
        (Head(kind=HeadKind.GAP), 64 * 10 + 10, 640),
        (Head(kind=HeadKind.FLATTEN), 40_970, 40_960),
        (
            Head(kind=HeadKind.TCL, ranks=(16, 2, 2)),
            64 * 16 + 8 * 2 + 8 * 2 + 16 * 2 * 2 * 10 + 10,
            # width first, then height, then channels, then the dense layer
            64 * 8 * 8 * 2 + 64 * 8 * 2 * 2 + 64 * 16 * 2 * 2 + 16 * 2 * 2 * 10,
        ),
    ],
)
def test_head(head: Head, params: int, macs: int) -> None:
    assert head_cost(head, MAP, classes=10) == Cost(params, macs)


# Head parameters that the product's measurements of 2026 name: (ranks, parameters).
@pytest.mark.parametrize(
    ("ranks", "params"),
    [((4, 1, 1), 322), ((8, 2, 2), 874), ((32, 2, 2), 3370), ((48, 4, 4), 10_826)],
)
def test_tcl_head_parameters_are_those_of_real_models(
    ranks: tuple[int, int, int], params: int
) -> None:
    assert head_cost(Head(kind=HeadKind.TCL, ranks=ranks), MAP, classes=10).params == params


def test_stem() -> None:
    image = Shape(channels=3, height=32, width=32)
    assert stem_cost(Stem(width=16), image) == Cost(3 * 16 * 9 + 32, 3 * 16 * 9 * 32 * 32)
    reduced = stem_cost(Stem(width=16, kernel=7, stride=4), image)
    assert reduced == Cost(3 * 16 * 49 + 32, 3 * 16 * 49 * 8 * 8)


def test_residual_block_with_the_same_shape_has_no_projection() -> None:
    entering = Shape(channels=4, height=8, width=8)
    two_convolutions = Cost(2 * (4 * 4 * 9 + 8), 2 * 4 * 4 * 9 * 64)
    assert stage_cost(stage(BlockKind.RESIDUAL), entering) == two_convolutions
    assert stage_cost(stage(BlockKind.RESIDUAL, depth=2), entering) == (
        two_convolutions + two_convolutions
    )


def test_residual_block_of_another_shape_projects_the_skip() -> None:
    entering = Shape(channels=2, height=8, width=8)
    cost = stage_cost(stage(BlockKind.RESIDUAL, stride=2), entering)
    weights = 2 * 4 * 9 + 4 * 4 * 9 + 2 * 4
    assert cost == Cost(weights + 3 * 8, weights * 16)


def test_mbconv_expands_filters_and_projects() -> None:
    entering = Shape(channels=2, height=8, width=8)
    cost = stage_cost(stage(BlockKind.MBCONV, stride=2, kernel=5, expansion=4), entering)
    assert cost.params == (2 * 8 + 16) + (8 * 25 + 16) + (8 * 4 + 8)
    # The expansion still runs at the entering size.
    assert cost.macs == 2 * 8 * 64 + 8 * 25 * 16 + 8 * 4 * 16


def test_mbconv_without_expansion_has_no_first_convolution() -> None:
    entering = Shape(channels=2, height=8, width=8)
    cost = stage_cost(stage(BlockKind.MBCONV), entering)
    assert cost.params == (2 * 9 + 4) + (2 * 4 + 8)


def test_squeeze_excite_adds_two_dense_layers() -> None:
    entering = Shape(channels=32, height=8, width=8)
    plain, gated = (
        stage_cost(stage(BlockKind.MBCONV, squeeze_excite=gate), entering)
        for gate in (False, True)
    )
    assert gated.params - plain.params == (32 * 8 + 8) + (8 * 32 + 32)
    assert gated.macs - plain.macs == 32 * 8 + 8 * 32


def test_parts_add_up_to_the_whole() -> None:
    architecture = Architecture(
        input=Shape(channels=1, height=8, width=8),
        classes=10,
        stem=Stem(width=8),
        stages=(stage(BlockKind.RESIDUAL), stage(BlockKind.MBCONV, stride=2)),
        head=Head(kind=HeadKind.GAP),
    )
    parts = cost_by_part(architecture)
    assert [part.part for part in parts] == ["stem", "stage1", "stage2", "head"]
    assert sum((part.cost for part in parts), Cost()) == architecture_cost(architecture)
    assert architecture_cost(architecture).size_bytes == 4 * architecture_cost(architecture).params
