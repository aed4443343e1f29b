"""Lines with bands, as one SVG file that needs nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 860, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 20, 50
COLOURS = (
    "#d97706", "#8a94a6", "#2f9e5f", "#dc4444", "#4c8dff", "#a070e0", "#0f9fb5", "#b8860b",
)  # fmt: skip
TICKS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """low, high: the band around y at each x."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True)
class _Axes:
    left: float
    right: float
    bottom: float
    top: float

    def at(self, x: float, y: float) -> str:
        across = LEFT + (x - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT)
        up = (
            HEIGHT
            - BOTTOM
            - (y - self.bottom) / (self.top - self.bottom) * (HEIGHT - TOP - BOTTOM)
        )
        return f"{across:.1f},{up:.1f}"


def write_plot(path: Path, across: str, up: str, lines: Sequence[Line]) -> None:
    """across, up: what the axes show. At most as many lines as there are colours."""
    axes = _Axes(
        left=0.0,
        right=max(max(line.x) for line in lines),
        bottom=min(min(line.low) for line in lines),
        top=max(max(line.high) for line in lines),
    )
    parts = [*_frame(axes, across, up)]
    for index, (line, colour) in enumerate(zip(lines, COLOURS, strict=False)):
        parts += _drawn(axes, line, colour)
        y = TOP + 20 + 22 * index
        parts.append(
            f'<rect x="{WIDTH - RIGHT + 16}" y="{y - 9}" width="14" height="4" fill="{colour}"/>'
        )
        parts.append(f'<text x="{WIDTH - RIGHT + 36}" y="{y}">{escape(line.name)}</text>')
    body = "\n".join(parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="13">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )


def _frame(axes: _Axes, across: str, up: str) -> Iterator[str]:
    for step in range(TICKS + 1):
        x = axes.left + (axes.right - axes.left) * step / TICKS
        y = axes.bottom + (axes.top - axes.bottom) * step / TICKS
        column, row = axes.at(x, axes.bottom).split(",")[0], axes.at(axes.left, y).split(",")[1]
        yield (
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{row}" y2="{row}" stroke="#dddddd"/>'
            f'<text x="{LEFT - 8}" y="{row}" dy="4" text-anchor="end">{y:.3g}</text>'
            f'<text x="{column}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:,.0f}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>'
    yield (
        f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(up)}</text>"
    )


def _drawn(axes: _Axes, line: Line, colour: str) -> Iterator[str]:
    band = [*zip(line.x, line.low, strict=True), *reversed([*zip(line.x, line.high, strict=True)])]
    yield f'<polygon points="{_path(axes, band)}" fill="{colour}" fill-opacity="0.15"/>'
    path = _path(axes, zip(line.x, line.y, strict=True))
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _path(axes: _Axes, points: Iterable[tuple[float, float]]) -> str:
    return " ".join(axes.at(x, y) for x, y in points)
