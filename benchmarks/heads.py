"""Forward and backward of a TCL head, beside the dense head it replaces and tltorch's TCL."""

import statistics
import sys
from collections.abc import Callable
from time import process_time

import torch
from torch import nn
from torch.nn import functional

from benchmarks.peers.environment import tltorch_packages
from benchmarks.report import Figure, at_least
from searchspace.architecture import Head, HeadKind, Ranks, Shape
from workers.networks.model import build_head

BATCH = 128
CALLS = 5
SHAPES: tuple[tuple[tuple[int, int, int], Ranks, int], ...] = (
    ((64, 8, 8), (16, 2, 2), 10),
    ((128, 4, 4), (32, 2, 2), 100),
    ((256, 4, 4), (64, 2, 2), 100),
    ((64, 8, 8), (64, 8, 8), 10),
)
"""Feature map, ranks, classes."""

TLTORCH_GOAL = 1.0

MakeHead = Callable[[Shape, Ranks, int], nn.Module]


def head_figures(quick: bool) -> list[Figure]:
    """Milliseconds of one batch, and how many times as quick as the others ours is."""
    heads: dict[str, MakeHead] = {"TCL": _tcl, "flatten": _flatten, "tltorch": _tltorch}
    found: list[Figure] = []
    for (channels, height, width), ranks, classes in SHAPES:
        shape = Shape(channels=channels, height=height, width=width)
        built = {name: make(shape, ranks, classes) for name, make in heads.items()}
        times = _times(built, shape, classes, rounds=3 if quick else 25)
        what = f"{channels}x{height}x{width} to {'x'.join(map(str, ranks))}"
        found += [
            Figure(f"{what}: {name}, CPU-ms", statistics.median(each))
            for name, each in times.items()
        ]
        for name, each in times.items():
            ratios = [a / b for a, b in zip(each, times["TCL"], strict=True)]
            ratio = f"{what}: {name} / TCL", statistics.median(ratios)
            if name == "tltorch":
                found.append(at_least(*ratio, TLTORCH_GOAL))
            elif name != "TCL":
                found.append(Figure(*ratio))
    return found


def _times(
    heads: dict[str, nn.Module], shape: Shape, classes: int, rounds: int
) -> dict[str, list[float]]:
    """CPU milliseconds of one batch there and back, in turn; a first round warms up."""
    size = (BATCH, shape.channels, shape.height, shape.width)
    features = torch.rand(size).contiguous(memory_format=torch.channels_last).requires_grad_()
    labels = torch.randint(classes, (BATCH,))
    times: dict[str, list[float]] = {name: [] for name in heads}
    for number in range(rounds + 1):
        for name, head in heads.items():
            started = process_time()
            for _ in range(CALLS):
                functional.cross_entropy(head(features), labels).backward()
            if number:
                times[name].append(1000 * (process_time() - started) / CALLS)
    return times


def _tcl(shape: Shape, ranks: Ranks, classes: int) -> nn.Module:
    return build_head(Head(kind=HeadKind.TCL, ranks=ranks), shape, classes)


def _flatten(shape: Shape, ranks: Ranks, classes: int) -> nn.Module:
    return build_head(Head(kind=HeadKind.FLATTEN), shape, classes)


def _tltorch(shape: Shape, ranks: Ranks, classes: int) -> nn.Module:
    sys.path.append(str(tltorch_packages()))
    from tltorch import TCL  # noqa: PLC0415  # type: ignore[import-not-found]

    r1, r2, r3 = ranks
    # With a bias its layer raises.
    contraction = TCL((shape.channels, shape.height, shape.width), rank=ranks, bias=False)
    return nn.Sequential(contraction, nn.Flatten(), nn.Linear(r1 * r2 * r3, classes))
