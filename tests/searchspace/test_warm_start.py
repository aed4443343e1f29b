"""What one job's trials tell another one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchspace.datasets import KNOWN
from searchspace.dimensions import RandomSuggest, Value
from searchspace.space import Space
from searchspace.spec import JobSpec
from searchspace.warm_start import carried_over, incomparable


def spec(**changes: Any) -> JobSpec:
    document = {"version": 1, "name": "a job", "dataset": {"name": "cifar10"}}
    return JobSpec.parse({**document, **changes})


def space(training: dict[str, Any] | None = None, **changes: Any) -> Space:
    fields = {"training": training} if training else {}
    return Space(spec(space={"preset": "tiny", **fields, **changes}), KNOWN["cifar10"])


def sampled(source: Space, seed: int = 0) -> dict[str, Value]:
    return source.sample(RandomSuggest(np.random.default_rng(seed)))


def of_kind(source: Space, kind: str) -> dict[str, Value]:
    found = (sampled(source, seed) for seed in range(100))
    return next(point for point in found if point["head.kind"] == kind)


@given(st.integers(0, 10_000))
def test_every_point_of_the_same_space_is_carried_over_as_it_is(seed: int) -> None:
    point = sampled(space(), seed)
    assert carried_over(point, space().spec, space()) == point


def test_a_value_outside_the_new_space_is_not() -> None:
    narrow = space(stem_widths=[4])
    source = space(stem_widths=[4, 6])
    found = [carried_over(sampled(source, seed), source.spec, narrow) for seed in range(40)]
    widths = [sampled(source, seed)["stem.width"] for seed in range(40)]
    assert [point is not None for point in found] == [width == 4 for width in widths]
    assert set(widths) == {4, 6}


def test_a_fixed_hyperparameter_becomes_a_searched_one_where_it_fits() -> None:
    source = space({"learning_rate": 0.01})
    point = sampled(source)
    searched = carried_over(point, source.spec, space())
    assert searched is not None
    assert searched["training.learning_rate"] == 0.01
    beyond = space({"learning_rate": {"low": 0.1, "high": 1.0}})
    assert carried_over(point, source.spec, beyond) is None


def test_a_searched_hyperparameter_becomes_the_fixed_one_that_it_equals() -> None:
    point = sampled(space())
    fixed = space({"learning_rate": point["training.learning_rate"]})
    carried = carried_over(point, space().spec, fixed)
    assert carried == {n: v for n, v in point.items() if n != "training.learning_rate"}
    other = space({"learning_rate": 0.02})
    assert carried_over(point, space().spec, other) is None


def test_other_hyperparameters_that_both_fix_make_other_points() -> None:
    one, other = space({"weight_decay": 0.1}), space({"weight_decay": 0.2})
    assert carried_over(sampled(one), one.spec, other) is None
    small = space({"batch_size": 32})
    assert carried_over(sampled(small), small.spec, space()) is None


def test_ranks_fixed_at_other_values_make_other_points_of_tcl_heads_alone() -> None:
    def fixed(*ranks: int) -> Space:
        return space(head={"ranks": {"policy": "fixed", "values": ranks}})

    for kind, fits in (("gap", True), ("tcl", False)):
        point = of_kind(fixed(4, 1, 1), kind)
        assert (carried_over(point, fixed(4, 1, 1).spec, fixed(4, 2, 2)) is not None) == fits
        assert (carried_over(point, fixed(4, 1, 1).spec, space()) is not None) == fits


def test_elastic_heads_are_alike_where_they_cover_the_same_ranks() -> None:
    def elastic(*channels: int) -> Space:
        return space(head={"ranks": {"policy": "elastic", "channels": channels}})

    for kind, fits in (("gap", True), ("tcl", False)):
        point = of_kind(elastic(4, 8), kind)
        assert carried_over(point, elastic(4, 8).spec, elastic(4, 8)) == point
        assert (carried_over(point, elastic(4, 8).spec, elastic(4)) is not None) == fits


LONGER = {"budget": {"training_epochs": 30}}
FEWER = {"dataset": {"name": "cifar10", "train_size": 1000}}
BATCHED = {"latency": {"batch_size": 8}}


@pytest.mark.parametrize(
    ("given", "earlier", "fault"),
    [
        ({}, {}, None),
        ({}, {"dataset": {"name": "cifar10", "train_size": 50_000}}, None),
        ({}, LONGER, "30 training epochs"),
        ({"objectives": ["params", "latency_ms"]}, LONGER, None),
        (
            {"objectives": ["params"], "constraints": [{"metric": "accuracy", "min": 0.5}]},
            LONGER,
            "30 training epochs",
        ),
        ({}, FEWER, "other images"),
        ({}, {"dataset": {"name": "cifar10", "validation_fraction": 0.2}}, "other images"),
        ({}, BATCHED, "latencies"),
        ({"objectives": ["accuracy", "params"]}, BATCHED, None),
        ({}, {"dataset": {"name": "cifar100"}}, "classes"),
        ({}, {"dataset": {"name": "mnist"}}, "images"),
    ],
)
def test_values_are_compared_where_they_mean_the_same(
    given: dict[str, Any], earlier: dict[str, Any], fault: str | None
) -> None:
    one, other = spec(**given), spec(**earlier)
    why = incomparable(one, KNOWN["cifar10"], other, KNOWN[other.dataset.key])
    assert (why is None) if fault is None else (why is not None and fault in why)
