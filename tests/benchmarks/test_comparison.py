"""The yardstick of the comparisons of searches."""

import math

import pytest

from benchmarks.comparison import MARGIN, Box, Course, losses


def test_equal_steps_are_equal_factors_of_params_and_latency() -> None:
    small = losses({"accuracy": 0.5, "params": 1000.0, "latency_ms": 0.1})
    large = losses({"accuracy": 0.5, "params": 2000.0, "latency_ms": 0.2})
    assert large[1] - small[1] == pytest.approx(math.log(2))
    assert large[2] - small[2] == pytest.approx(math.log(2))
    assert large[0] == small[0] == -0.5


def test_the_best_of_everything_is_the_whole_and_the_worst_nearly_nothing() -> None:
    box = Box.around([(0.0, 0.0, 0.0), (1.0, 2.0, 4.0)])
    assert box.volume([(0.0, 0.0, 0.0)]) == pytest.approx(1.0)
    assert box.volume([(-1.0, 0.0, 0.0)]) == pytest.approx(1.0)
    assert box.volume([(1.0, 2.0, 4.0)]) == pytest.approx((0.01 / MARGIN) ** 3)
    assert box.volume([]) == 0.0


def test_what_a_run_cost_until_it_was_as_good() -> None:
    box = Box.around([(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)])
    course = Course(
        box, [10.0, 20.0, 20.0, 30.0], [(0.9,) * 3, (0.5,) * 3, (0.6,) * 3, (0.2,) * 3]
    )
    assert course.cost_of(course.at(10.0)) == 10.0
    assert course.cost_of(box.volume([(0.5,) * 3])) == 20.0
    assert course.cost_of(box.volume([(0.4,) * 3])) == 30.0
    assert course.cost_of(1.0) == math.inf
