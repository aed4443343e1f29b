"""A front as comma-separated values, safe to open in a spreadsheet."""

import csv
from io import StringIO

from service.api.schemas.front import FrontReply
from service.api.schemas.models import Model

METRICS = ("accuracy", "params", "latency_ms", "macs", "size_bytes")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | None


def front_table(front: FrontReply) -> str:
    """One row per model: what it is, what was measured, and the parameters of its trial."""
    names = sorted({name for model in front.models for name in model.parameters})
    fixed = ("id", "trial_number", "head", "rank_channels", "rank_height", "rank_width")
    tail = ("knee", "feasible", "architecture_digest", "checkpoint_sha256", "checkpoint_url")
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([*fixed, *METRICS, *tail, *(f"parameter.{name}" for name in names)])
    for model in front.models:
        cells = [*_cells(model, front.knee), *(model.parameters.get(name) for name in names)]
        writer.writerow([_safe(cell) for cell in cells])
    return text.getvalue()


def _cells(model: Model, knee: str | None) -> list[Cell]:
    return [
        model.id,
        model.trial_number,
        model.head,
        *(model.ranks or (None, None, None)),
        *(model.values.get(metric) for metric in METRICS),
        model.id == knee,
        model.feasible,
        model.architecture_digest,
        model.checkpoint.sha256,
        model.checkpoint.url,
    ]


def _safe(cell: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula, with a mark that it is text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
