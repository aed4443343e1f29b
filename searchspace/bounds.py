"""The least and the most that any architecture of a space costs, exactly and without sampling.

Cost is a sum over stages, and a stage's cost depends on what came before only through the width
that enters it: a shortest and a longest path over widths.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from searchspace.architecture import BlockKind, Head, HeadKind, Shape, Stage, Stem
from searchspace.compression import CompressionSpace
from searchspace.cost import BYTES_PER_PARAM, Cost, head_cost, stage_cost, stem_cost
from searchspace.dimensions import Real
from searchspace.errors import Problem, json_pointer
from searchspace.objectives import ANALYTIC, Constraint, Metric
from searchspace.presets import stem_stride
from searchspace.space import MODES, Space, largest_feature_map
from searchspace.spec import RankPolicy, StageSpec

Measure = Callable[[Cost], int]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most of each analytic metric over the space; every end is attained."""

    params: tuple[int, int]
    macs: tuple[int, int]

    def of(self, metric: Metric) -> tuple[int, int]:
        """Bounds of an analytic metric.

        Raises:
            KeyError: the metric is not analytic.
        """
        low, high = self.params
        return {
            Metric.PARAMS: self.params,
            Metric.MACS: self.macs,
            Metric.SIZE_BYTES: (low * BYTES_PER_PARAM, high * BYTES_PER_PARAM),
        }[metric]


def cost_bounds(space: Space) -> Bounds:
    if isinstance(space, CompressionSpace):
        costs = space.costs
        params, macs = [cost.params for cost in costs], [cost.macs for cost in costs]
        return Bounds(params=(min(params), max(params)), macs=(min(macs), max(macs)))
    return Bounds(
        params=_ends(space, lambda cost: cost.params), macs=_ends(space, lambda cost: cost.macs)
    )


def unsatisfiable(constraints: Iterable[Constraint], bounds: Bounds) -> tuple[Problem, ...]:
    """The analytic constraints that no point of the space can satisfy."""
    problems = []
    for index, constraint in enumerate(constraints):
        if constraint.metric not in ANALYTIC:
            continue
        low, high = bounds.of(constraint.metric)
        if constraint.max is not None and constraint.max < low:
            at, reach = "max", f"at least {low}"
        elif constraint.min is not None and constraint.min > high:
            at, reach = "min", f"at most {high}"
        else:
            continue
        message = f"every architecture of the space has {reach} {constraint.metric.value}"
        problems.append(Problem(json_pointer(("constraints", index, at)), message))
    return tuple(problems)


def space_size(space: Space) -> int:
    """How many architectures the space holds; ranges of reals do not count."""
    if isinstance(space, CompressionSpace):
        return len(space.costs)
    *early, last = space.stages
    backbones = len(space.spec.stem_widths or ())
    for stage in early:
        backbones *= _forms(stage) * len(stage.widths or ())
    largest = largest_feature_map(space.dataset.image, space.stages)
    heads = sum(_heads(space, largest.strided(width, 1)) for width in last.widths or ())
    return backbones * _forms(last) * heads


def has_ranges(space: Space) -> bool:
    """Whether some dimension is a range of reals, so that the points cannot be counted."""
    return any(isinstance(dimension, Real) for dimension in space.dimensions.values())


def _ends(space: Space, measure: Measure) -> tuple[int, int]:
    """Least and most of `measure` over all architectures."""
    image = space.dataset.image
    stride = stem_stride(image)
    reached: dict[Shape, tuple[int, int]] = {}
    for width in space.spec.stem_widths or ():
        stem = Stem(width=width, kernel=7 if stride == 4 else 3, stride=stride)
        cost = measure(stem_cost(stem, image))
        reached[image.strided(width, stride)] = (cost, cost)
    for stage_choices, stage_stride in zip(space.stages, space.strides, strict=True):
        reached = _through_stage(reached, stage_choices, stage_stride, measure)
    ends = [
        (low + measure(cost), high + measure(cost))
        for shape, (low, high) in reached.items()
        for cost in _head_costs(space, shape)
    ]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _through_stage(
    entering: dict[Shape, tuple[int, int]], choices: StageSpec, stride: int, measure: Measure
) -> dict[Shape, tuple[int, int]]:
    leaving: dict[Shape, tuple[int, int]] = {}
    for width, block in product(choices.widths or (), choices.blocks or ()):
        least, most = (_extreme(end, choices, width, block, stride) for end in (min, max))
        for shape, (low, high) in entering.items():
            through = (
                low + measure(stage_cost(least, shape)),
                high + measure(stage_cost(most, shape)),
            )
            output = shape.strided(width, stride)
            known = leaving.get(output, through)
            leaving[output] = (min(known[0], through[0]), max(known[1], through[1]))
    return leaving


def _extreme(
    end: Callable[[Iterable[int]], int],
    choices: StageSpec,
    width: int,
    block: BlockKind,
    stride: int,
) -> Stage:
    """The cheapest (`min`) or dearest (`max`) stage: cost grows with each of these choices."""
    form = {
        "depth": end(choices.depths or ()),
        "squeeze_excite": end(choices.squeeze_excite or ()),
    }
    if block is not BlockKind.RESIDUAL:
        form |= {"kernel": end(choices.kernels or ()), "expansion": end(choices.expansions or ())}
    return Stage.model_validate({"block": block, "width": width, "stride": stride, **form})


def _forms(choices: StageSpec) -> int:
    """How many stages of one width there are (a residual block has no kernel or expansion)."""
    variants = len(choices.kernels or ()) * len(choices.expansions or ())
    blocks = sum(1 if block is BlockKind.RESIDUAL else variants for block in choices.blocks or ())
    return blocks * len(choices.depths or ()) * len(choices.squeeze_excite or ())


def _heads(space: Space, shape: Shape) -> int:
    """How many heads fit over `shape`, where ranks beyond it are cut to it."""
    ranks = space.spec.head.ranks
    triples = 1
    if ranks.policy is not RankPolicy.FIXED:
        for mode, limit in zip(MODES, (shape.channels, shape.height, shape.width), strict=True):
            triples *= len({min(rank, limit) for rank in getattr(ranks, mode)})
    return sum(triples if kind is HeadKind.TCL else 1 for kind in space.spec.head.kinds or ())


def _head_costs(space: Space, shape: Shape) -> Iterable[Cost]:
    ranks = space.spec.head.ranks
    limits = (shape.channels, shape.height, shape.width)
    for kind in space.spec.head.kinds or ():
        if kind is not HeadKind.TCL:
            yield head_cost(Head(kind=kind), shape, space.dataset.classes)
            continue
        # Cost grows with every rank, so that the smallest and the largest triple are the ends.
        ends = (
            [ranks.values]
            if ranks.values is not None
            else [[end(getattr(ranks, mode)) for mode in MODES] for end in (min, max)]
        )
        for wanted in ends:
            r1, r2, r3 = (min(r, limit) for r, limit in zip(wanted, limits, strict=True))
            head = Head(kind=kind, ranks=(r1, r2, r3))
            yield head_cost(head, shape, space.dataset.classes)
