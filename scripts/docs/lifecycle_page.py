"""`docs/reference/lifecycle.md` and its pictures, out of the tables of `service/lifecycle.py`."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import TypeVar

from scripts.docs.schema import row, table
from service.lifecycle import JOB_MOVES, TERMINAL, TRIAL_MOVES, TRIAL_TERMINAL

State = TypeVar("State", bound=StrEnum)

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"

JOB_PLACES: dict[str, tuple[float, float]] = {
    "queued": (0, 0),
    "starting": (1, 0),
    "running": (2, 0),
    "paused": (1.6, 1),
    "failed": (3, 0),
    "succeeded": (2, -1),
    "cancelled": (0, 2),
}
TRIAL_PLACES: dict[str, tuple[float, float]] = {
    "reserved": (0, 0),
    "running": (1, 0),
    "suspended": (1, 1),
    "complete": (2, -1),
    "pruned": (3, 0),
    "failed": (0, -1),
    "cancelled": (0, 1),
}
"""Column and row of each state."""

WIDTH, HEIGHT = 110, 40
STEP_X, STEP_Y = 220, 130
MARGIN = 40


@dataclass(frozen=True, slots=True)
class Move:
    number: int
    old: str
    new: str
    when: str


def moves(heading: str, states: Mapping[State, frozenset[State]]) -> list[Move]:
    """The moves of a table, numbered, each with the words at its arrow in the architecture."""
    _, _, rest = ARCHITECTURE.read_text().partition(f"### {heading}\n")
    diagram = rest.partition("stateDiagram-v2\n")[2].partition("```")[0]
    said = {
        (old, new): when
        for old, new, when in re.findall(r"^  (\w+) --> (\w+): (.+)$", diagram, re.MULTILINE)
    }
    order = list(states)
    pairs = [(old, new) for old in order for new in order if new in states[old]]
    return [
        Move(number, old.value, new.value, said.get((old.value, new.value), ""))
        for number, (old, new) in enumerate(pairs, 1)
    ]


def lifecycle_page() -> str:
    lines = [
        "# States",
        "",
        "Generated from the tables in `service/lifecycle.py`, which are all the moves that there",
        "are. Why a job or trial is where it is, is its `reason`:",
        "[what each reason means](../troubleshooting.md#reasons-of-jobs).",
        "",
    ]
    for heading, picture, drawn in (
        ("Jobs", "job-states.svg", moves("Jobs", JOB_MOVES)),
        ("Trials", "trial-states.svg", moves("Trials", TRIAL_MOVES)),
    ):
        lines += [f"## {heading}", "", f"![States of {heading.lower()}](../images/{picture})", ""]
        lines += table("", "from", "to", "when")
        lines += [
            row(str(move.number), f"`{move.old}`", f"`{move.new}`", move.when) for move in drawn
        ]
        lines.append("")
    return "\n".join(lines)


def job_picture() -> str:
    ends = {state.value for state in TERMINAL}
    return _picture("States of a job", moves("Jobs", JOB_MOVES), JOB_PLACES, ends)


def trial_picture() -> str:
    ends = {state.value for state in TRIAL_TERMINAL}
    return _picture("States of a trial", moves("Trials", TRIAL_MOVES), TRIAL_PLACES, ends)


STYLE = (
    "text{font:15px sans-serif;fill:#1c2733;text-anchor:middle;dominant-baseline:central}"
    ".n{font-size:12px;font-weight:bold;fill:#fff}"
    ".s{fill:#e8f0fa;stroke:#2b5d8c;stroke-width:1.5}.e{fill:#eef1f4;stroke:#5c6b7a;stroke-width:3}"
    ".a{fill:none;stroke:#5c6b7a;stroke-width:1.5;marker-end:url(#h)}.b{fill:#2b5d8c}"
)

ARROWHEAD = (
    '<defs><marker id="h" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto"><path d="M0 0 8 4 0 8z" fill="#5c6b7a"/></marker></defs>'
)


def _picture(
    title: str, drawn: list[Move], places: Mapping[str, tuple[float, float]], ends: set[str]
) -> str:
    lowest = min(y for _, y in places.values())
    centres = {
        state: (MARGIN + WIDTH / 2 + x * STEP_X, MARGIN + HEIGHT / 2 + 30 + (y - lowest) * STEP_Y)
        for state, (x, y) in places.items()
    }
    width = max(x for x, _ in centres.values()) + WIDTH / 2 + MARGIN + 30
    height = max(y for _, y in centres.values()) + HEIGHT / 2 + MARGIN + 30
    pairs = {(move.old, move.new) for move in drawn}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        ARROWHEAD,
        f'<rect width="{width:g}" height="{height:g}" rx="8" fill="#fff"/>',
    ]
    lines += [_arrow(move, centres, (move.new, move.old) in pairs) for move in drawn]
    for state, (x, y) in centres.items():
        box = f'x="{x - WIDTH / 2:g}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}"'
        kind = "e" if state in ends else "s"
        lines.append(
            f'<rect class="{kind}" {box} rx="8"/><text x="{x:g}" y="{y:g}">{state}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def _arrow(move: Move, centres: Mapping[str, tuple[float, float]], both: bool) -> str:
    """An arrow that leaves the straight line where something lies on it, and its number."""
    (x0, y0), (x1, y1) = centres[move.old], centres[move.new]
    if move.old == move.new:
        top = y0 - HEIGHT / 2
        path = f"M{x0 - 20:g} {top:g}C{x0 - 40:g} {top - 50:g} {x0 + 40:g} {top - 50:g} {x0 + 20:g} {top:g}"
        return _numbered(move, path, x0, top - 37)
    length = math.hypot(x1 - x0, y1 - y0)
    aside = (y1 - y0) / length, -(x1 - x0) / length
    between = [
        state
        for state, centre in centres.items()
        if state not in (move.old, move.new) and _lies_between(centre, (x0, y0), (x1, y1))
    ]
    bend = (22 if both else 0) + (70 if between else 0)
    middle = (x0 + x1) / 2 + aside[0] * bend * 2, (y0 + y1) / 2 + aside[1] * bend * 2
    start, end = _edge((x0, y0), middle), _edge((x1, y1), middle)
    path = (
        f"M{start[0]:.1f} {start[1]:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    )
    # The curve's own point, a little towards its start, where arrows that meet are still apart.
    t = 0.42
    x, y = ((1 - t) ** 2 * start[i] + 2 * t * (1 - t) * middle[i] + t**2 * end[i] for i in (0, 1))
    return _numbered(move, path, x, y)


def _numbered(move: Move, path: str, x: float, y: float) -> str:
    told = f"{move.number}: {move.old} to {move.new}, {move.when}"
    return (
        f'<g><title>{escape(told)}</title><path class="a" d="{path}"/>'
        f'<circle class="b" cx="{x:.1f}" cy="{y:.1f}" r="11"/>'
        f'<text class="n" x="{x:.1f}" y="{y:.1f}">{move.number}</text></g>'
    )


def _lies_between(
    point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]
) -> bool:
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / (dx * dx + dy * dy)
    off = abs((point[0] - start[0]) * dy - (point[1] - start[1]) * dx) / math.hypot(dx, dy)
    return 0 < along < 1 and off < WIDTH / 2


def _edge(centre: tuple[float, float], towards: tuple[float, float]) -> tuple[float, float]:
    """Where a line from the middle of a box leaves it."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    scale = min(
        (WIDTH / 2 + 3) / abs(dx) if dx else math.inf,
        (HEIGHT / 2 + 3) / abs(dy) if dy else math.inf,
    )
    return centre[0] + dx * scale, centre[1] + dy * scale
