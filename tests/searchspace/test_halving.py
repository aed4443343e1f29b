"""Which trials go on at a rung."""

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchspace import halving
from searchspace.halving import Reached, Vector, epsilon_net, lasting_violation, rungs
from searchspace.objectives import Constraint
from searchspace.pareto import Points
from searchspace.spec import NoEarlyStopping, Promotion, SuccessiveHalving

VECTORS = st.integers(1, 3).flatmap(
    lambda objectives: st.lists(
        st.tuples(*[st.integers(0, 4).map(float)] * objectives), min_size=1, max_size=7
    )
)
PROMOTIONS = st.sampled_from(Promotion)
NON_DOMINATION, EPSILON_NET = Promotion.NON_DOMINATION, Promotion.EPSILON_NET


def place(
    reached: Sequence[Vector],
    own: int,
    promotion: Promotion = NON_DOMINATION,
    violations: Sequence[float] = (),
) -> int:
    behind = violations or [0.0] * len(reached)
    return halving.place(list(map(Reached, reached, behind)), own, promotion)


def goes_on(
    reached: Sequence[Vector], own: int, factor: int, promotion: Promotion = NON_DOMINATION
) -> bool:
    stopping = SuccessiveHalving(reduction_factor=factor, promotion=promotion)
    return halving.goes_on([Reached(vector) for vector in reached], own, stopping)


@pytest.mark.parametrize(
    ("least", "factor", "training_epochs", "expected"),
    [
        (1, 3, 6, (1, 3)),
        (1, 3, 9, (1, 3)),
        (1, 3, 10, (1, 3, 9)),
        (2, 2, 16, (2, 4, 8)),
        (4, 3, 4, ()),
        (5, 3, 4, ()),
        (1, 2, 1, ()),
    ],
)
def test_rungs_grow_by_the_factor_and_never_hold_the_last_epoch(
    least: int, factor: int, training_epochs: int, expected: tuple[int, ...]
) -> None:
    halving = SuccessiveHalving(min_training_epochs=least, reduction_factor=factor)
    assert rungs(halving, training_epochs) == expected


def test_no_early_stopping_has_no_rungs() -> None:
    assert rungs(NoEarlyStopping(name="none"), 100) == ()


def test_the_first_to_reach_a_rung_goes_on() -> None:
    assert goes_on([(0.5, 9.0)], own=0, factor=3)


def test_with_one_objective_the_best_of_each_factor_go_on() -> None:
    reached = [(float(loss),) for loss in (5, 3, 1, 4, 2, 6)]
    going_on = [reached[i][0] for i in range(6) if goes_on(reached, i, factor=3)]
    assert sorted(going_on) == [1.0, 2.0]


def test_a_seventh_trial_makes_room_for_a_third() -> None:
    reached = [(float(loss),) for loss in range(7)]
    assert [goes_on(reached, i, factor=3) for i in range(7)] == [True] * 3 + [False] * 4


def test_a_dominated_trial_comes_after_the_whole_front() -> None:
    reached = [(0.0, 2.0), (1.0, 1.0), (2.0, 0.0), (2.0, 2.0)]
    assert place(reached, 3) == 3


def test_within_a_rank_the_larger_contribution_comes_first() -> None:
    # Alone they gain 0.005, 0.0225, 0.325 and 0.03 before the reference (1.1, 1.1).
    reached = [(0.0, 1.0), (0.05, 0.95), (0.5, 0.3), (1.0, 0.0)]
    assert [place(reached, own) for own in range(4)] == [3, 2, 0, 1]


def test_objectives_of_any_magnitude_weigh_the_same() -> None:
    reached = [(-0.9, 5_000.0), (-0.7, 2_000.0), (-0.65, 1_900.0), (-0.2, 100.0)]
    scaled = [(1000 * a, b / 1e6) for a, b in reached]
    assert [place(reached, i) for i in range(4)] == [place(scaled, i) for i in range(4)]


@given(VECTORS, PROMOTIONS)
def test_duplicates_share_their_place(reached: list[Vector], promotion: Promotion) -> None:
    twice = [*reached, reached[0]]
    assert place(twice, 0, promotion) == place(twice, len(reached), promotion)


@pytest.mark.parametrize("promotion", Promotion)
def test_equal_trials_all_go_on_or_all_stop(promotion: Promotion) -> None:
    assert all(goes_on([(1.0, 1.0)] * 5, own, 3, promotion) for own in range(5))
    behind = [(0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (1.0, 1.0)]
    going = [goes_on(behind, own, 2, promotion) for own in range(4)]
    assert going == [True, True, False, False]


@given(VECTORS, st.randoms(use_true_random=False), PROMOTIONS)
def test_the_order_of_arrival_decides_nothing(
    reached: list[Vector], shuffle: random.Random, promotion: Promotion
) -> None:
    order = list(range(len(reached)))
    shuffle.shuffle(order)
    shuffled = [reached[i] for i in order]
    for new, old in enumerate(order):
        assert place(shuffled, new, promotion) == place(reached, old, promotion)


@given(VECTORS, st.integers(2, 4), PROMOTIONS)
def test_at_least_one_and_never_a_worse_rank_goes_on(
    reached: list[Vector], factor: int, promotion: Promotion
) -> None:
    places = [place(reached, i, promotion) for i in range(len(reached))]
    going = [goes_on(reached, i, factor, promotion) for i in range(len(reached))]
    assert min(places) == 0
    assert any(going)
    for better, worse in pairwise(sorted(range(len(reached)), key=places.__getitem__)):
        assert going[better] or not going[worse]


def plain_sort(reached: Sequence[Vector]) -> list[Vector]:
    """Algorithm of the paper as it is written: front after front, an epsilon net in each.

    It starts each net with the best in the first objective, and takes each vector once.
    """
    left, ordered = set(reached), list[Vector]()
    while left:
        front = {p for p in left if not any(q != p and all(map(float.__le__, q, p)) for q in left)}
        left -= front
        low, high = map(min, zip(*front, strict=True)), map(max, zip(*front, strict=True))
        ends = [(a, b - a or 1.0) for a, b in zip(low, high, strict=True)]
        scaled = {
            tuple((x - a) / span for x, (a, span) in zip(p, ends, strict=True)): p for p in front
        }
        chosen = [min(scaled)]
        while rest := sorted(scaled.keys() - set(chosen)):
            chosen.append(max(rest, key=lambda p: min(_distance(p, c) for c in chosen)))
        ordered += [scaled[point] for point in chosen]
    return ordered


def _distance(a: Vector, b: Vector) -> float:
    return float(np.linalg.norm(np.array([a]) - np.array([b]), axis=1)[0])


@given(VECTORS)
def test_the_epsilon_net_is_the_papers(reached: list[Vector]) -> None:
    ordered = plain_sort(reached)
    for own, vector in enumerate(reached):
        before = set(ordered[: ordered.index(vector)])
        expected = sum(other in before for other in reached)
        assert place(reached, own, EPSILON_NET) == expected


def test_the_net_takes_ends_before_what_lies_between() -> None:
    front: Points = np.array([[0.0, 1.0], [0.1, 0.8], [0.5, 0.5], [0.55, 0.4], [1.0, 0.0]])
    assert epsilon_net(front) == [0, 4, 2, 1, 3]


def test_the_two_promotions_prefer_different_trials_of_one_front() -> None:
    # The second adds the most volume; the third is farthest from the first.
    reached = [(0.0, 1.0), (0.2, 0.2), (1.0, 0.0)]
    assert [place(reached, i, NON_DOMINATION) for i in range(3)] == [1, 0, 1]
    assert [place(reached, i, EPSILON_NET) for i in range(3)] == [0, 2, 1]


class TestInfeasible:
    """Trials that will break a constraint whatever they learn."""

    @given(VECTORS, PROMOTIONS, st.data())
    def test_they_come_behind_all_others(
        self, reached: list[Vector], promotion: Promotion, data: st.DataObject
    ) -> None:
        violations = [float(data.draw(st.integers(0, 2))) for _ in reached]
        keeping = [v for v, lack in zip(reached, violations, strict=True) if lack == 0]
        places = [place(reached, i, promotion, violations) for i in range(len(reached))]
        for own, lack in enumerate(violations):
            if lack == 0:
                expected = place(keeping, keeping.index(reached[own]), promotion)
            else:
                expected = sum(other < lack for other in violations)
                assert places[own] >= len(keeping)
            assert places[own] == expected

    def test_latency_counts_and_accuracy_that_may_still_grow_does_not(self) -> None:
        constraints = [
            Constraint(metric="latency_ms", max=2.0),
            Constraint(metric="accuracy", min=0.9),
            Constraint(metric="macs", max=1.0),
        ]
        assert lasting_violation(constraints, {"accuracy": 0.1, "latency_ms": 2.0}) == 0
        assert lasting_violation(constraints, {"accuracy": 0.1, "latency_ms": 4.0}) == 0.5
