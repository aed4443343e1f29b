"""What jobs are planned on is remembered for a moment, for one team, and no longer."""

import pytest

from service.jobs.ground import REMEMBERED_SECONDS, Ground, Grounds
from service.protocol import Node
from tests.factories import Hand

GROUND = Ground(datasets={}, nodes=[Node(cpus=1, gpus=0)])


@pytest.fixture
def grounds(hand: Hand) -> Grounds:
    return Grounds(hand)


def test_a_teams_ground_is_known_for_a_moment(grounds: Grounds, hand: Hand):
    assert grounds.of("default") is None
    grounds.keep("default", GROUND)
    assert grounds.of("default") is GROUND
    assert grounds.of("vision") is None, "it has devices of its own"
    hand.time += REMEMBERED_SECONDS
    assert grounds.of("default") is None


def test_the_memory_is_bounded(grounds: Grounds, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service.jobs.ground.MAX_TEAMS", 2)
    teams = ("default", "vision", "audio")
    for team in teams:
        grounds.keep(team, GROUND)
    assert [team for team in teams if grounds.of(team)] == ["audio"]
