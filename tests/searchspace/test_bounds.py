"""Bounds and size of a space against the enumeration of all its points."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest

from searchspace.architecture import Architecture, HeadKind
from searchspace.bounds import Bounds, cost_bounds, has_ranges, space_size, unsatisfiable
from searchspace.cost import architecture_cost
from searchspace.dimensions import RandomSuggest, Real
from searchspace.objectives import Constraint, Metric
from searchspace.presets import PRESETS
from searchspace.space import Space
from tests.searchspace.conftest import MakeSpace

# Small enough to enumerate, with every kind of choice, and ranks that a narrow map cuts together.
SMALL: list[dict[str, Any]] = [
    {
        "stem_widths": [4, 8],
        "stages": [
            {
                "blocks": ["mbconv"],
                "depths": [1, 2],
                "widths": [4, 12],
                "kernels": [3],
                "expansions": [1, 4],
                "squeeze_excite": [False],
            },
            {"depths": [1], "widths": [2, 6], "kernels": [3, 5], "expansions": [2]},
        ],
        "head": {"ranks": {"channels": [2, 3, 6], "height": [1, 4], "width": [2]}},
    },
    {
        "stem_widths": [6],
        "stages": [{"blocks": ["mbconv"], "depths": [1, 3], "widths": [4, 8], "kernels": [3, 5]}],
        "head": {"kinds": ["tcl"], "ranks": {"policy": "fixed", "values": [6, 2, 3]}},
    },
    {
        "stem_widths": [6],
        "stages": [{"depths": [1, 2], "widths": [3, 12], "kernels": [3], "expansions": [1]}],
        "head": {"ranks": {"policy": "elastic", "channels": [2, 5, 12], "height": [1, 4]}},
    },
    {
        "stem_widths": [4],
        "stages": [{"blocks": ["residual"], "depths": [2], "widths": [4]}],
        "head": {"kinds": ["gap"]},
        "training": {"learning_rate": 0.01},
    },
]


def all_architectures(space: Space) -> Iterator[Architecture]:
    """Every architecture, met as often as parameters stand for it."""
    listed = [d for d in space.dimensions.values() if not isinstance(d, Real)]
    reals = {d.name: d.low for d in space.dimensions.values() if isinstance(d, Real)}
    for values in product(*(dimension.values for dimension in listed)):
        names = (dimension.name for dimension in listed)
        point = {**dict(zip(names, values, strict=True)), **reals}
        decoded = space.decode(space.complete(point))
        if decoded.ranks is None:
            yield decoded.architecture
        else:
            for ranks in decoded.ranks.triples():
                yield decoded.architecture.with_head(HeadKind.TCL, ranks)


@pytest.mark.parametrize("fields", SMALL)
def test_bounds_and_size_equal_those_of_the_enumeration(
    fields: dict[str, Any], make_space: MakeSpace
) -> None:
    space = make_space(**fields)
    architectures = {a.digest: a for a in all_architectures(space)}
    assert space_size(space) == len(architectures)
    costs = [architecture_cost(architecture) for architecture in architectures.values()]
    bounds = cost_bounds(space)
    assert bounds.params == (min(c.params for c in costs), max(c.params for c in costs))
    assert bounds.macs == (min(c.macs for c in costs), max(c.macs for c in costs))


@pytest.mark.parametrize("dataset", ["digits", "cifar10", "imagenette"])
@pytest.mark.parametrize("preset", PRESETS)
def test_every_random_point_lies_within_the_bounds(
    preset: str, dataset: str, make_space: MakeSpace
) -> None:
    space = make_space(dataset, preset=preset)
    bounds = cost_bounds(space)
    generator = RandomSuggest(np.random.default_rng(0))
    for _ in range(100):
        cost = architecture_cost(space.decode(space.sample(generator)).architecture)
        for metric, value in (
            (Metric.PARAMS, cost.params),
            (Metric.MACS, cost.macs),
            (Metric.SIZE_BYTES, cost.size_bytes),
        ):
            low, high = bounds.of(metric)
            assert low <= value <= high


def test_only_analytic_metrics_have_bounds(make_space: MakeSpace) -> None:
    with pytest.raises(KeyError):
        cost_bounds(make_space()).of(Metric.LATENCY_MS)


def test_a_space_of_constants_has_no_ranges(make_space: MakeSpace) -> None:
    assert has_ranges(make_space())
    assert not has_ranges(make_space(training={"learning_rate": 0.01}))


BOUNDS = Bounds(params=(100, 200), macs=(1000, 2000))


@pytest.mark.parametrize(
    ("constraint", "pointer"),
    [
        (Constraint(metric=Metric.PARAMS, max=99), "/constraints/1/max"),
        (Constraint(metric=Metric.PARAMS, min=201), "/constraints/1/min"),
        (Constraint(metric=Metric.MACS, min=5, max=999), "/constraints/1/max"),
        (Constraint(metric=Metric.SIZE_BYTES, max=399), "/constraints/1/max"),
        (Constraint(metric=Metric.PARAMS, max=100), None),
        (Constraint(metric=Metric.PARAMS, min=200), None),
        (Constraint(metric=Metric.SIZE_BYTES, max=400), None),
        (Constraint(metric=Metric.ACCURACY, min=0.99), None),
        (Constraint(metric=Metric.LATENCY_MS, max=0.0), None),
    ],
)
def test_constraints_that_no_point_can_satisfy(
    constraint: Constraint, pointer: str | None
) -> None:
    fine = Constraint(metric=Metric.MACS, max=5000)
    problems = unsatisfiable([fine, constraint], BOUNDS)
    assert [problem.pointer for problem in problems] == ([pointer] if pointer else [])
