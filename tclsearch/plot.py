"""Scatter plots and lines out of characters: eight dots of Braille to a character."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text

Point = tuple[float, float]

BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a Braille character, by row and column."""
BLOCKS = "▁▂▃▄▅▆▇█"
MARK = "◆"
LABEL = 9
"""Characters of the longest number on the vertical axis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An interval of values on so many positions, by logarithm where they span decades."""

    low: float
    high: float
    positions: int
    log: bool

    @classmethod
    def over(cls, values: Sequence[float], positions: int) -> "Axis":
        low, high = min(values), max(values)
        log = low > 0 and high / low > 30
        if low == high:
            low, high = low - abs(low or 1) / 2, high + abs(high or 1) / 2
        return cls(low, high, positions, log)

    def position(self, value: float) -> int:
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(value)
        share = (at - low) / (high - low)
        return min(self.positions - 1, max(0, round(share * (self.positions - 1))))


def scatter(
    points: Sequence[Point], marked: Sequence[Point], width: int, height: int, plain: bool = False
) -> list[Text]:
    """Lines of a plot of `width` × `height` characters, axes included, upwards and to the right.

    points: drawn as dots; marked: drawn over them, each as a sign of its own.
    plain: ASCII alone, for terminals that have no more.
    """
    everything = [*points, *marked]
    if not everything:
        return [Text("nothing to plot yet", style="dim")]
    columns, rows = max(8, width - LABEL - 2), max(3, height - 2)
    across = Axis.over([x for x, _ in everything], 2 * columns)
    upwards = Axis.over([y for _, y in everything], 4 * rows)
    signs = [[0] * columns for _ in range(rows)]
    for x, y in points:
        column, row = across.position(x), upwards.positions - 1 - upwards.position(y)
        signs[row // 4][column // 2] |= DOTS[row % 4][column % 2]
    marks = {
        ((upwards.positions - 1 - upwards.position(y)) // 4, across.position(x) // 2)
        for x, y in marked
    }
    lines = [
        _line(row, cells, marks, _label(row, rows, upwards), plain)
        for row, cells in enumerate(signs)
    ]
    corner, dash = ("+", "-") if plain else ("└", "─")
    left, right = short(across.low), short(across.high)
    gap = " " * max(1, columns - len(left) - len(right))
    lines.append(Text(" " * LABEL + " " + corner + dash * columns, style="dim"))
    lines.append(Text(" " * (LABEL + 2) + left + gap + right, style="dim"))
    return lines


def _line(
    row: int, cells: Sequence[int], marks: set[tuple[int, int]], label: str, plain: bool
) -> Text:
    line = Text(f"{label:>{LABEL}} {'|' if plain else '│'}", style="dim")
    for column, bits in enumerate(cells):
        if (row, column) in marks:
            line.append("*" if plain else MARK, style="bold green not dim")
        elif plain:
            line.append("." if bits else " ")
        else:
            line.append(chr(BRAILLE + bits) if bits else " ", style="cyan not dim")
    return line


def _label(row: int, rows: int, axis: Axis) -> str:
    return short(axis.high) if row == 0 else short(axis.low) if row == rows - 1 else ""


def sparkline(values: Iterable[float], width: int) -> str:
    """The last values as bars of one character each, from the lowest to the highest of them."""
    shown = list(values)[-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    step = (high - low) or 1.0
    return "".join(BLOCKS[round((value - low) / step * (len(BLOCKS) - 1))] for value in shown)


def short(value: float) -> str:
    """A number in a few characters."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            return f"{value / (1e3 if unit == 'k' else limit):.3g}{unit}"
    return f"{value:.4g}"
