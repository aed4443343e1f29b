"""TPE's densities are densities, and samples follow them."""

import itertools

import numpy as np
import pytest

from workers.search.parzen import Axes, Axis, Categories, Interval, Mixture, Positions

AXES = Axes([Positions(4), Interval(-1.0, 2.0), Categories(3)])
STEPS = 400


def observations(count: int) -> np.ndarray:
    rng = np.random.default_rng(count)
    return np.column_stack(
        [rng.integers(4, size=count), rng.uniform(-1, 2, count), rng.integers(3, size=count)]
    ).astype(float)


def cells() -> np.ndarray:
    middles = -1.0 + 3.0 * (np.arange(STEPS) + 0.5) / STEPS
    return np.array(list(itertools.product(range(4), middles, range(3))))


@pytest.mark.parametrize("count", [0, 1, 2, 30, 300])
def test_all_there_is_has_density_one(count: int) -> None:
    mixture = Mixture(AXES, observations(count), np.ones(count))
    total = np.exp(mixture.log_density(cells())).sum() * 3.0 / STEPS
    assert total == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("axis", [Positions(5), Interval(0.0, 1.0), Categories(4)])
def test_an_axis_alone_has_density_one_too(axis: Axis) -> None:
    real = isinstance(axis, Interval)
    values = (np.arange(STEPS) + 0.5) / STEPS if real else np.arange(axis.count, dtype=float)
    mixture = Mixture(Axes([axis]), values[:3, None], np.ones(3))
    total = np.exp(mixture.log_density(values[:, None])).sum() / (STEPS if real else 1)
    assert total == pytest.approx(1.0, abs=1e-3)
    drawn = mixture.sample(np.random.RandomState(0), 50)
    assert (drawn >= 0).all()
    assert (drawn <= (1.0 if real else axis.count - 1)).all()


@pytest.mark.parametrize("count", [0, 1, 30])
def test_samples_follow_the_density(count: int) -> None:
    mixture = Mixture(AXES, observations(count), np.ones(count))
    points = mixture.sample(np.random.RandomState(0), 20_000)
    weight = np.exp(mixture.log_density(cells())) * 3.0 / STEPS
    for axis, values in ((0, 4), (2, 3)):
        expected = [weight[cells()[:, axis] == value].sum() for value in range(values)]
        found = np.bincount(points[:, axis].astype(int), minlength=values) / len(points)
        assert found == pytest.approx(expected, abs=0.015)
    edges = np.linspace(-1.0, 2.0, 9)
    expected = np.histogram(cells()[:, 1], bins=edges, weights=weight)[0]
    found = np.histogram(points[:, 1], bins=edges)[0] / len(points)
    assert found == pytest.approx(expected, abs=0.015)


def test_a_heavy_observation_is_sampled_more_often() -> None:
    axes = Axes([Categories(2)])
    observed = np.array([[0.0]] * 20 + [[1.0]] * 20)
    mixture = Mixture(axes, observed, np.array([1.0] * 20 + [9.0] * 20))
    assert mixture.sample(np.random.RandomState(0), 2000).mean() > 0.8
