"""What every benchmark ends with: a line per figure, and the same as JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number and what it was meant to be.

    goal: in words, as ">= 0.99"; empty where there is none.
    met: None where there is no goal.
    """

    name: str
    value: float
    goal: str = ""
    met: bool | None = None


def at_least(name: str, value: float, goal: float) -> Figure:
    return Figure(name, value, f">= {goal:g}", value >= goal)


def at_most(name: str, value: float, goal: float) -> Figure:
    return Figure(name, value, f"<= {goal:g}", value <= goal)


def report(
    figures: Sequence[Figure], file: Path | None, *, write: Callable[[str], object] = print
) -> int:
    """Print the figures and, where asked, write them to `file`; the exit status.

    Status 1 says that a goal was missed.
    """
    for figure in figures:
        write(line(figure))
    if file is not None:
        document = [asdict(figure) for figure in figures]
        file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return int(any(figure.met is False for figure in figures))


def line(figure: Figure) -> str:
    """Name, value, goal, and whether it was met."""
    verdict = {True: "met", False: "missed", None: ""}[figure.met]
    return f"{figure.name:<44} {figure.value:>12.4g}  {figure.goal:<10} {verdict}".rstrip()
