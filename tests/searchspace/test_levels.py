"""Levels kept point by point against a sort of all; subsets against a plain greedy choice."""

import moocore
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from searchspace import subset
from searchspace.levels import Levels
from searchspace.pareto import domination_ranks, hypervolume
from searchspace.subset import by_volume

Array = NDArray[np.float64]


def rows(objectives: int) -> st.SearchStrategy[list[tuple[float, ...]]]:
    # Few distinct values make ties and duplicates common.
    return st.lists(st.tuples(*[st.integers(0, 5).map(float)] * objectives), max_size=30)


def filled(points: list[tuple[float, ...]], objectives: int) -> Levels:
    levels = Levels(objectives)
    for number, losses in enumerate(points):
        levels.add(number, losses)
    return levels


@given(st.integers(1, 4).flatmap(lambda m: st.tuples(st.just(m), rows(m))))
def test_levels_are_the_domination_ranks(
    given_points: tuple[int, list[tuple[float, ...]]],
) -> None:
    objectives, points = given_points
    found = filled(points, objectives).levels()
    ranks = domination_ranks(np.array(points).reshape(-1, objectives))
    assert [level.tolist() for level in found] == [
        np.flatnonzero(ranks == rank).tolist() for rank in range(len(found))
    ]
    assert sum(len(level) for level in found) == len(points)


@given(rows(3), st.integers(0, 40))
def test_the_best_are_whole_levels_and_a_part_of_the_next(
    points: list[tuple[float, ...]], count: int
) -> None:
    best = filled(points, 3).best(count).tolist()
    assert len(set(best)) == len(best) == min(count, len(points))
    assert best == sorted(best)
    ranks = domination_ranks(np.array(points).reshape(-1, 3))
    worst = max((ranks[number] for number in best), default=-1)
    assert set(np.flatnonzero(ranks < worst)) <= set(best)


def test_the_best_follow_every_new_point() -> None:
    """What is remembered from the last time is not used once it is wrong."""
    points = [tuple(row) for row in np.random.default_rng(0).normal(size=(60, 3))]
    growing = Levels(3)
    for number, losses in enumerate(points):
        growing.add(number, losses)
        for count in (3, number // 4):
            fresh = filled(points[: number + 1], 3)
            assert growing.best(count).tolist() == fresh.best(count).tolist()


def test_an_infinite_loss_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Levels(2).add(0, (0.0, float("inf")))


def greedily(points: Array, count: int, reference: Array) -> set[int]:
    chosen: list[int] = []
    for _ in range(count):
        left = [i for i in range(len(points)) if i not in chosen]
        volumes = [moocore.hypervolume(points[[*chosen, i]], ref=reference) for i in left]
        chosen.append(left[int(np.argmax(volumes))])
    return set(chosen)


def on_a_sphere(count: int, objectives: int, seed: int) -> Array:
    """Points that do not dominate each other, as on one level."""
    rows = np.abs(np.random.default_rng(seed).normal(size=(count, objectives)))
    return 2.0 - rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("objectives", [2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_the_subset_is_the_greedy_one(objectives: int, seed: int) -> None:
    points, reference = on_a_sphere(40, objectives, seed), np.full(objectives, 2.1)
    assert set(by_volume(points, 9, reference)) == greedily(points, 9, reference)


def test_past_the_picks_one_by_one_little_volume_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points, reference = on_a_sphere(400, 3, 0), np.full(3, 2.1)
    cut = by_volume(points, 200, reference)
    monkeypatch.setattr(subset, "PICKS", 200)
    complete = by_volume(points, 200, reference)
    assert cut[:100].tolist() == complete[:100].tolist()
    assert len(set(cut.tolist())) == 200
    volume = hypervolume(points[cut], reference)
    assert volume > 0.99 * hypervolume(points[complete], reference)


def test_a_subset_by_samples_is_nearly_as_good() -> None:
    points, reference = on_a_sphere(60, 4, 0), np.full(4, 2.1)
    exact = hypervolume(points[list(greedily(points, 12, reference))], reference)
    assert hypervolume(points[by_volume(points, 12, reference)], reference) > 0.98 * exact


@given(rows(3).filter(len), st.data())
def test_duplicates_come_after_all_distinct_points(
    points: list[tuple[float, ...]], data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, len(points)))
    chosen = by_volume(np.array(points), count, np.full(3, 6.0)).tolist()
    assert len(set(chosen)) == len(chosen) == count
    assert len({points[i] for i in chosen}) == min(count, len(set(points)))


def test_more_than_there_are_cannot_be_chosen() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        by_volume(np.ones((2, 2)), 3, np.full(2, 2.0))
