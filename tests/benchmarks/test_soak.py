"""What the soak makes of what it saw."""

import pytest

from benchmarks.soak import FULL, Series, Watched, figures


def series(*sizes: float) -> Series:
    """One look for each hundred trials."""
    found = Series()
    for number, size in enumerate(sizes):
        found.add(100 * number, size)
    return found


def test_what_grows_at_first_and_stays_then_is_flat() -> None:
    assert series(10, 80, 100, 100, 100, 100, 100, 100, 100, 100, 100).slope == pytest.approx(0)


def test_what_goes_on_growing_is_told_for_a_thousand_trials() -> None:
    growing = series(*(50 + 0.5 * number for number in range(11)))
    assert growing.slope == pytest.approx(5)
    assert (growing.first, growing.last) == (51, 55)


@pytest.mark.parametrize(("more", "met"), [(0, True), (1, False)])
def test_a_leak_of_the_control_plane_is_a_missed_goal(more: int, met: bool) -> None:
    flat, leaking = series(*[100] * 11), series(*(100 + more * number for number in range(11)))
    watched = Watched()
    for each in (watched.memory, watched.files):
        each |= {"control plane": leaking, "seen once": series(1)}
    watched.disk["database"] = flat
    watched.rows |= {"jobs": flat, "audit": leaking, "latencies": leaking}
    found = {figure.name: figure for figure in figures(watched, FULL, 60)}
    assert found["control plane, MiB more for 1,000 trials"].met is met
    assert found["control plane, open files more for 1,000 trials"].met is met
    assert found["rows more for 1,000 trials"].met is True
    assert not any("seen once" in name for name in found)
