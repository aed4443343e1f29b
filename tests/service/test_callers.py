"""What is remembered of good tokens, and for how long."""

import pytest

from service.team.access import Caller, Role
from service.team.callers import Callers
from tests.factories import Hand

ADA = Caller("tok_1", "Ada", "default", Role.EDITOR)


@pytest.fixture
def callers(hand: Hand) -> Callers:
    return Callers(1.0, hand)


def test_a_good_token_is_known_for_a_moment(callers: Callers, hand: Hand):
    assert callers.of("ada") is None
    callers.keep("ada", ADA, callers.forgotten)
    hand.time += 0.99
    assert callers.of("ada") == ADA
    assert callers.of("grace") is None
    hand.time += 0.01
    assert callers.of("ada") is None


def test_nobody_is_known_after_a_change(callers: Callers):
    callers.keep("ada", ADA, callers.forgotten)
    callers.forget()
    assert callers.of("ada") is None


def test_what_the_database_said_before_a_change_is_not_kept(callers: Callers):
    """A request that has read the token just before it was revoked."""
    before = callers.forgotten
    callers.forget()
    callers.keep("ada", ADA, before)
    assert callers.of("ada") is None


def test_a_memory_of_no_seconds_is_none(hand: Hand):
    callers = Callers(0.0, hand)
    callers.keep("ada", ADA, callers.forgotten)
    assert callers.of("ada") is None


def test_the_memory_is_bounded(callers: Callers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service.team.callers.MAX_CALLERS", 2)
    for name in ("ada", "grace", "edsger"):
        callers.keep(name, ADA, callers.forgotten)
    assert [name for name in ("ada", "grace", "edsger") if callers.of(name)] == ["edsger"]
