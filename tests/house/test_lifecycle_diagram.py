"""The pictures of the lifecycle in the documentation show the tables, move for move."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from service.lifecycle import (
    JOB_MOVES,
    TRIAL_MOVES,
    JobReason,
    TrialReason,
    job_state_after,
    trial_state_after,
)

PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()
MOVE = re.compile(r"^  (\w+) --> (\w+): (.+)$", re.MULTILINE)

Moves = Mapping[StrEnum, frozenset[StrEnum]]


def drawn(heading: str) -> list[tuple[str, str, str]]:
    """(from, to, label) of each arrow in the diagram under a heading, but for the first state's."""
    _, _, rest = PAGE.partition(f"### {heading}\n")
    diagram, _, _ = rest.partition("```mermaid\nstateDiagram-v2\n")[2].partition("```")
    arrows = [line for line in diagram.splitlines() if not line.startswith("  [*]")]
    found = MOVE.findall("\n".join(arrows))
    assert len(found) == len(arrows)
    return found


@pytest.mark.parametrize(("heading", "moves"), [("Jobs", JOB_MOVES), ("Trials", TRIAL_MOVES)])
def test_every_move_is_drawn_once_and_no_other(heading: str, moves: Moves) -> None:
    arrows = [(old, new) for old, new, _ in drawn(heading)]
    assert len(set(arrows)) == len(arrows)
    assert set(arrows) == {(old.value, new.value) for old in moves for new in moves[old]}


def test_a_reason_stands_at_an_arrow_into_the_state_that_it_leads_to() -> None:
    for heading, reasons, state_after in (
        ("Jobs", JobReason, job_state_after),
        ("Trials", TrialReason, trial_state_after),
    ):
        leads_to = {reason.value: state_after(reason).value for reason in reasons}
        for _, new, label in drawn(heading):
            named = set(re.split(r"[ ,]+", label)) & leads_to.keys()
            assert {leads_to[reason] for reason in named} <= {new}, label


def test_every_reason_of_failure_and_success_is_drawn() -> None:
    labels = " ".join(label for heading in ("Jobs", "Trials") for *_, label in drawn(heading))
    told = {"cancelled", "paused"}  # drawn as what a person does, or as the job's end
    for reason in (*JobReason, *TrialReason):
        assert reason.value in told or reason.value in labels, reason
