"""Points that come again, and the points around one."""

from typing import Any

import numpy as np
import pytest

from searchspace.bounds import cost_bounds
from searchspace.dimensions import RandomSuggest, Value
from searchspace.duplicates import Result, Seen, Treatment
from searchspace.objectives import Constraint, Metric
from searchspace.repair import around, excess
from searchspace.space import Point, Space
from searchspace.spec import Duplicates
from tests.searchspace.conftest import MakeSpace

RESULT = Result(3, {"accuracy": 0.5})


def sampled(space: Space, seed: int = 0, **changes: Value) -> Point:
    point = space.sample(RandomSuggest(np.random.default_rng(seed)))
    return space.decode(space.complete(point | changes))


@pytest.mark.parametrize(
    ("policy", "new", "known", "complete"),
    [
        (Duplicates.RESEED, Treatment.TRAIN, Treatment.TRAIN, Treatment.TRAIN),
        (Duplicates.RESAMPLE, Treatment.TRAIN, Treatment.ASK_AGAIN, Treatment.ASK_AGAIN),
        (Duplicates.REUSE, Treatment.TRAIN, Treatment.ASK_AGAIN, Treatment.COPY),
    ],
)
def test_what_becomes_of_a_point(
    make_space: MakeSpace,
    policy: Duplicates,
    new: Treatment,
    known: Treatment,
    complete: Treatment,
) -> None:
    seen, point = Seen(policy), sampled(make_space())
    assert seen.treat(point) is new
    seen.note(point)
    assert seen.treat(point) is known
    seen.note(point, RESULT)
    assert seen.treat(point) is complete


def test_the_first_result_of_a_point_stays(make_space: MakeSpace) -> None:
    seen, point = Seen(Duplicates.REUSE), sampled(make_space())
    seen.note(point, RESULT)
    seen.note(point, Result(4, {"accuracy": 0.6}))
    assert seen.result(point) == RESULT


def test_a_point_is_what_is_trained_and_how(make_space: MakeSpace) -> None:
    head: dict[str, Any] = {"kinds": ["tcl"], "ranks": {"channels": [8, 16]}}
    space = make_space(stages=[{"widths": [4, 16]}], head=head)
    seen = Seen(Duplicates.RESAMPLE)
    narrow: dict[str, Value] = {"stage1.width": 4}
    seen.note(sampled(space, **narrow, **{"head.ranks.channels": 8}))
    cut = sampled(space, **narrow, **{"head.ranks.channels": 16})
    assert seen.treat(cut) is Treatment.ASK_AGAIN, "four channels cut both ranks to four"
    wider = sampled(space, **{"stage1.width": 16, "head.ranks.channels": 16})
    assert seen.treat(wider) is Treatment.TRAIN
    faster = sampled(space, **narrow, **{"head.ranks.channels": 8, "training.learning_rate": 0.02})
    assert seen.treat(faster) is Treatment.TRAIN


def test_around_a_point_all_keep_the_constraints_and_each_is_one_change_away(
    make_space: MakeSpace,
) -> None:
    space = make_space("cifar10", preset="small")
    low, high = cost_bounds(space).params
    constraints = [Constraint(metric=Metric.PARAMS, max=(low + high) / 4)]
    found = 0
    for seed in range(5):
        start = space.sample(RandomSuggest(np.random.default_rng(seed)))
        if excess(constraints, space.decode(start)) > 0:
            continue
        rings = list(around(space, constraints, start, np.random.default_rng(seed)))
        again = list(around(space, constraints, start, np.random.default_rng(seed)))
        assert rings == again, "the same seed looks around in the same order"
        for point in rings[0]:
            assert space.check(point) == point
            assert excess(constraints, space.decode(point)) == 0
            changed = [n for n in start.keys() & point.keys() if start[n] != point[n]]
            assert len(changed) == 1
        assert len({str(ring) for ring in rings}) > 1, "it gets further than one step"
        found += 1
    assert found > 0
