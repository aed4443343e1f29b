"""Fronts against brute force, hypervolume against moocore's independent implementation."""

import math

import moocore
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from searchspace.pareto import (
    PAIRWISE,
    added,
    as_points,
    contributions,
    domination_ranks,
    hypervolume,
    joined,
    knee,
    non_dominated,
)

Array = NDArray[np.float64]

# Few distinct values make ties and duplicates common; the reals make them rare.
GRID = st.integers(0, 4).map(float)
REALS = st.floats(-1e6, 1e6, allow_nan=False)


def points(
    values: st.SearchStrategy[float], least: int = 0, most: int = 14
) -> st.SearchStrategy[Array]:
    def of(objectives: int) -> st.SearchStrategy[Array]:
        rows = st.lists(st.tuples(*[values] * objectives), min_size=least, max_size=most)
        return rows.map(lambda r: np.array(r, dtype=np.float64).reshape(-1, objectives))

    return st.integers(1, 4).flatmap(of)


def dominates(a: Array, b: Array) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and any(
        x < y for x, y in zip(a, b, strict=True)
    )


def front_by_brute_force(rows: Array) -> list[bool]:
    return [not any(dominates(other, row) for other in rows) for row in rows]


def close(measured: float, expected: float) -> bool:
    return math.isclose(measured, expected, rel_tol=1e-9, abs_tol=1e-9)


@given(points(GRID) | points(REALS))
def test_front_is_what_brute_force_finds(rows: Array) -> None:
    assert non_dominated(rows).tolist() == front_by_brute_force(rows)


def test_front_of_many_random_points_is_what_brute_force_finds() -> None:
    for objectives in (1, 2, 3, 4):
        generator = np.random.default_rng(objectives)
        rows = generator.normal(size=(PAIRWISE + 1, objectives)).round(1)
        assert non_dominated(rows).tolist() == front_by_brute_force(rows)


@pytest.mark.parametrize(
    ("rows", "front"),
    [
        ([[1.0, 2.0]], [True]),
        ([[1.0, 2.0], [1.0, 2.0]], [True, True]),
        ([[1.0, 2.0], [1.0, 3.0]], [True, False]),
        ([[1.0, 3.0], [1.0, 2.0], [0.0, 3.0]], [False, True, True]),
        ([[3.0], [1.0], [1.0], [2.0]], [False, True, True, False]),
        ([[0.0, -0.0], [-0.0, 0.0]], [True, True]),
    ],
)
def test_front_of_degenerate_sets(rows: list[list[float]], front: list[bool]) -> None:
    assert non_dominated(rows).tolist() == front


def test_no_points_have_an_empty_front() -> None:
    empty = np.empty((0, 3))
    assert non_dominated(empty).tolist() == []
    assert domination_ranks(empty).tolist() == []
    assert contributions(empty, [1.0, 1.0, 1.0]).tolist() == []
    assert hypervolume(empty, [1.0, 1.0, 1.0]) == 0


@given(points(GRID), st.data())
def test_hypervolume_equals_moocore_on_ties_and_duplicates(
    rows: Array, data: st.DataObject
) -> None:
    # References within the grid leave some points on the boundary and some beyond it.
    reference = data.draw(
        st.lists(st.integers(1, 6).map(float), min_size=rows.shape[1], max_size=rows.shape[1])
    )
    expected = moocore.hypervolume(rows, ref=reference) if len(rows) else 0.0
    assert close(hypervolume(rows, reference), expected)


@given(points(st.floats(0, 1), least=1, most=20))
@example(np.array([[0.5, 0.5, 0.5]]))
@example(np.array([[2.0, 2.0], [3.0, 0.1]]))
def test_hypervolume_equals_moocore_on_reals(rows: Array) -> None:
    reference = [0.9] * rows.shape[1]
    assert close(hypervolume(rows, reference), moocore.hypervolume(rows, ref=reference))


@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
def test_hypervolume_of_a_hundred_points_equals_moocore(objectives: int) -> None:
    generator = np.random.default_rng(objectives)
    # On a sphere's octant nearly every point is on the front.
    rows = np.abs(generator.normal(size=(100, objectives)))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    expected = moocore.hypervolume(1 - rows, ref=[1.1] * objectives)
    assert close(hypervolume(1 - rows, [1.1] * objectives), expected)


def test_points_on_or_beyond_the_reference_add_nothing() -> None:
    inside = [[1.0, 1.0]]
    assert hypervolume(inside, [3.0, 2.0]) == 2.0
    assert hypervolume([*inside, [3.0, 0.0], [0.0, 2.0], [9.0, 9.0]], [3.0, 2.0]) == 2.0
    assert hypervolume([[3.0, 0.0]], [3.0, 2.0]) == 0.0


@given(points(GRID, least=1))
def test_a_duplicate_or_dominated_point_leaves_the_hypervolume(rows: Array) -> None:
    reference = [5.0] * rows.shape[1]
    again = np.vstack([rows, rows[:1], rows[:1] + 0.5])
    assert close(hypervolume(again, reference), hypervolume(rows, reference))


@given(points(GRID, least=1, most=8))
def test_contribution_is_what_moocore_loses_without_the_point(rows: Array) -> None:
    reference = [5.0] * rows.shape[1]
    whole = moocore.hypervolume(rows, ref=reference)
    expected = []
    for index in range(len(rows)):
        others = np.delete(rows, index, axis=0)
        rest = moocore.hypervolume(others, ref=reference) if len(others) else 0.0
        expected.append(whole - rest)
    assert np.allclose(contributions(rows, reference), expected, atol=1e-9)


@given(points(GRID) | points(st.floats(0, 5)), st.data())
def test_a_volume_grows_bit_by_bit_to_that_of_all(rows: Array, data: st.DataObject) -> None:
    reference = [4.5] * rows.shape[1]
    front, volume = rows[:0], 0.0
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=4))
    for new in np.split(rows, sorted(cuts)):
        staying, joining = joined(front, new)
        volume += added(front, new[joining], reference)
        front = np.vstack([front[staying], new[joining]])
    assert close(volume, moocore.hypervolume(rows, ref=reference) if len(rows) else 0.0)


@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
def test_a_long_search_ends_at_the_volume_that_moocore_finds(objectives: int) -> None:
    rows = (
        np.random.default_rng(objectives).uniform(size=(1000, objectives))
        * [1, 1e5, 1e7, 9][:objectives]
    )
    reference = rows.max(axis=0) * 0.9
    front, volume = rows[:0], 0.0
    for row in rows:
        staying, joining = joined(front, row[None])
        volume += added(front, row[None][joining], reference)
        front = np.vstack([front[staying], row[None][joining]])
    assert close(
        volume / reference.prod(), moocore.hypervolume(rows, ref=reference) / reference.prod()
    )


@given(points(GRID) | points(REALS))
def test_ranks_peel_one_front_after_another(rows: Array) -> None:
    ranks = domination_ranks(rows)
    left = np.arange(len(rows))
    for rank in range(len(rows)):
        if not len(left):
            break
        front = np.array(front_by_brute_force(rows[left]))
        assert (ranks[left[front]] == rank).all()
        left = left[~front]
    assert not len(left)


@given(points(GRID, most=8), st.data())
def test_joining_a_front_equals_the_front_of_all(new: Array, data: st.DataObject) -> None:
    objectives = new.shape[1]
    rows = data.draw(st.lists(st.tuples(*[GRID] * objectives), max_size=8))
    old = np.array(rows, dtype=np.float64).reshape(-1, objectives)
    members = old[non_dominated(old)]
    staying, joining = joined(members, new)
    assert [*staying, *joining] == front_by_brute_force(np.vstack([members, new]))


def test_knee_is_the_point_nearest_to_the_ideal_on_one_scale() -> None:
    # Unscaled, the second objective would drown the first.
    assert knee([[0.0, 1000.0], [0.2, 200.0], [1.0, 0.0]]) == 1
    assert knee([[0.0, 1000.0], [0.9, 700.0], [1.0, 0.0]]) == 0
    assert knee([[7.0, 7.0]]) == 0
    assert knee([[1.0, 5.0], [0.0, 5.0]]) == 1


@given(points(GRID, least=1))
def test_knee_is_on_the_front(rows: Array) -> None:
    assert non_dominated(rows)[knee(rows)]


def test_no_points_have_no_knee() -> None:
    with pytest.raises(ValueError, match="no points"):
        knee(np.empty((0, 2)))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    rows = [[1.0, 2.0], [bad, 0.0]]
    for function in (as_points, non_dominated, domination_ranks, knee):
        with pytest.raises(ValueError, match="finite"):
            function(rows)
    for function in (hypervolume, contributions):
        with pytest.raises(ValueError, match="finite"):
            function(rows, [3.0, 3.0])
        with pytest.raises(ValueError, match="finite"):
            function([[1.0, 2.0]], [3.0, bad])


@pytest.mark.parametrize("shape", [(3,), (0,), (2, 0), (1, 2, 3)])
def test_arrays_that_are_not_points_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="n x m"):
        as_points(np.zeros(shape))


@pytest.mark.parametrize("reference", [[1.0], [1.0, 1.0, 1.0], [[1.0, 1.0], [2.0, 2.0]]])
def test_a_reference_of_another_length_is_refused(reference: list[float]) -> None:
    with pytest.raises(ValueError, match="2 objectives"):
        hypervolume([[0.0, 0.0]], reference)
