"""Which trials go on at a rung."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchspace.halving import Vector, goes_on, place, rungs
from searchspace.spec import NoEarlyStopping, SuccessiveHalving

VECTORS = st.integers(1, 3).flatmap(
    lambda objectives: st.lists(
        st.tuples(*[st.integers(0, 4).map(float)] * objectives), min_size=1, max_size=7
    )
)


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


@given(VECTORS)
def test_duplicates_share_their_place(reached: list[Vector]) -> None:
    twice = [*reached, reached[0]]
    assert place(twice, 0) == place(twice, len(reached))


def test_equal_trials_all_go_on_or_all_stop() -> None:
    assert all(goes_on([(1.0, 1.0)] * 5, own, factor=3) for own in range(5))
    behind = [(0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (1.0, 1.0)]
    assert [goes_on(behind, own, factor=2) for own in range(4)] == [True, True, False, False]


@given(VECTORS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(
    reached: list[Vector], shuffle: random.Random
) -> None:
    order = list(range(len(reached)))
    shuffle.shuffle(order)
    shuffled = [reached[i] for i in order]
    for new, old in enumerate(order):
        assert place(shuffled, new) == place(reached, old)


@given(VECTORS, st.integers(2, 4))
def test_at_least_one_and_never_a_worse_rank_goes_on(reached: list[Vector], factor: int) -> None:
    places = [place(reached, i) for i in range(len(reached))]
    assert min(places) == 0
    assert any(goes_on(reached, i, factor) for i in range(len(reached)))
    for better, worse in pairwise(sorted(range(len(reached)), key=places.__getitem__)):
        assert goes_on(reached, better, factor) or not goes_on(reached, worse, factor)
