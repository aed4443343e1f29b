"""Allowances are exact: checked by a clock that a test sets, against counting by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import RateLimited
from service.team import allowance
from service.team.allowance import Allowance


class Time:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def use(limit: Allowance, key: str = "Ada") -> bool:
    """Ask once, as a request does; whether it was let past."""
    try:
        limit.require(key)
    except RateLimited:
        return False
    limit.spend(key)
    return True


def test_a_burst_is_let_past_and_then_what_grows_back() -> None:
    time = Time()
    limit = Allowance(per_second=10, burst=5, now=time)
    assert [use(limit) for _ in range(7)] == [True] * 5 + [False] * 2
    time.seconds += 0.1
    assert [use(limit) for _ in range(2)] == [True, False]
    time.seconds += 60
    assert [use(limit) for _ in range(7)] == [True] * 5 + [False] * 2


def test_keys_do_not_share() -> None:
    limit = Allowance(per_second=1, burst=1, now=Time())
    assert [use(limit, key) for key in ("Ada", "Bob", "Ada")] == [True, True, False]


@given(
    per_second=st.floats(0.01, 1000),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 2), max_size=30),
)
def test_who_waits_as_told_is_let_past_and_no_sooner(
    per_second: float, burst: int, pauses: list[float]
) -> None:
    time = Time()
    limit = Allowance(per_second, burst, now=time)
    for pause in pauses:
        time.seconds += pause
        use(limit)
    while use(limit):
        pass
    with pytest.raises(RateLimited) as refused:
        limit.require("Ada")
    told = int(refused.value.headers["Retry-After"])
    # What is told is rounded up to whole seconds, which are the header's.
    assert told >= 1
    assert told - 1 <= max(1.0, 1 / per_second)
    time.seconds += told
    assert use(limit)


@given(pauses=st.lists(st.floats(0, 3), max_size=60), burst=st.integers(1, 5))
def test_no_more_pass_in_any_stretch_than_the_burst_and_the_rate(
    pauses: list[float], burst: int
) -> None:
    time = Time()
    limit = Allowance(per_second=1, burst=burst, now=time)
    passed = []
    for pause in pauses:
        time.seconds += pause
        if use(limit):
            passed.append(time.seconds)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            stretch = passed[last] - passed[first]
            assert last - first + 1 <= burst + stretch + 1e-3


def test_copies_let_past_together_what_one_would() -> None:
    time = Time()
    limits = [Allowance(per_second=10, burst=6, now=time) for _ in range(3)]
    for limit in limits:
        limit.share(3)
    assert [sum(use(limit) for _ in range(10)) for limit in limits] == [2, 2, 2]
    time.seconds += 0.3
    assert [sum(use(limit) for _ in range(10)) for limit in limits] == [1, 1, 1]
    limits[0].share(1)
    time.seconds += 60
    assert sum(use(limits[0]) for _ in range(10)) == 6, "the others are gone"


def test_a_copy_of_many_lets_one_past_at_least() -> None:
    limit = Allowance(per_second=1, burst=2, now=Time())
    limit.share(5)
    assert [use(limit) for _ in range(2)] == [True, False]


def test_nothing_is_limited_at_a_rate_of_zero() -> None:
    limit = Allowance(per_second=0, burst=1)
    assert all(use(limit) for _ in range(1000))
    assert len(limit) == 0


def test_memory_is_bounded_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MAX_KEYS", 100)
    time = Time()
    limit = Allowance(per_second=1, burst=2, now=time)
    while use(limit, "the busiest"):
        pass
    for number in range(1000):
        assert use(limit, str(number))
        assert len(limit) <= 100
    assert not use(limit, "the busiest"), "those who owe the most are not forgotten"


def test_what_has_grown_back_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MAX_KEYS", 100)
    time = Time()
    limit = Allowance(per_second=1, burst=2, now=time)
    for number in range(100):
        limit.spend(str(number))
    time.seconds += 2
    limit.spend("one more")
    assert len(limit) == 1
