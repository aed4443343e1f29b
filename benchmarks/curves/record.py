"""Trains one architecture after the other and writes down how it learned.

`python -m benchmarks.curves.record --data-dir DIR [--architectures N] [--seconds S] [--table FILE]
    [--threads T]`

CIFAR-10 has to be in DIR (`tclsearch data fetch cifar10 --data-dir DIR`). Each architecture is
trained as a trial trains it, without Ray, and becomes one line of the table, written when it is
whole. So the script may be killed at any time; called again it goes on with the next one that is
not there. The first N of a list that never changes are meant (`benchmarks/curves/plan.py`), so that
a larger N extends the table. An architecture takes about four minutes of CPU on one thread.
"""

import argparse
import sys
import time
from pathlib import Path

import torch

from benchmarks.curves.plan import TRAIN_SIZE, TRAINING_EPOCHS, Planned, planned
from benchmarks.curves.table import TABLE, Epoch, Row, Scored, writing
from searchspace.architecture import HeadKind
from searchspace.cost import architecture_cost
from searchspace.spec import LatencySpec
from workers.models.latency import measure_latency
from workers.networks.model import Model, build_model
from workers.training.data import Split, load_split
from workers.training.divergence import NonFiniteLoss
from workers.training.elastic import SandwichLoss, evaluate_ranks
from workers.training.loop import Training, cross_entropy
from workers.training.memory import keep_freed_memory

VALIDATION_FRACTION = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--architectures", type=int, default=300, metavar="N")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="S")
    parser.add_argument("--table", type=Path, default=TABLE, metavar="FILE")
    parser.add_argument("--threads", type=int, default=1, metavar="T")
    arguments = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(arguments.threads)
    split = load_split(
        arguments.data_dir,
        "cifar10",
        train_size=TRAIN_SIZE,
        validation_fraction=VALIDATION_FRACTION,
    )
    started = time.monotonic()
    with writing(arguments.table) as table:
        there = {row.index for row in table.rows}
        for index in range(arguments.architectures):
            if index in there:
                continue
            if time.monotonic() - started > arguments.seconds:
                break
            row = record(planned(index), split)
            table.append(row)
            print(_told(row), flush=True)
    return 0


def record(plan: Planned, split: Split) -> Row:
    """Measure, train and score one architecture."""
    point = plan.point
    trained = point.architecture
    before = time.process_time()
    latency = measure_latency(trained, LatencySpec())
    smallest = None
    if point.ranks is not None:
        reduced = trained.with_head(HeadKind.TCL, point.ranks.smallest)
        smallest = measure_latency(reduced, LatencySpec())
    measuring = time.process_time() - before

    training = Training(
        build_model(trained, seed=plan.seed),
        split,
        point.hyperparameters,
        TRAINING_EPOCHS,
        plan.seed,
        loss=cross_entropy if point.ranks is None else SandwichLoss(point.ranks),
        clock=time.process_time,
    )
    epochs, diverged = _trained(training)
    before = time.process_time()
    curve = () if diverged else _curve(plan, training)
    cost = architecture_cost(trained)
    return Row(
        index=plan.index,
        stratum=plan.stratum,
        seed=plan.seed,
        parameters=plan.parameters,
        digest=trained.digest,
        ranks=trained.head.ranks,
        params=cost.params,
        macs=cost.macs,
        latency=latency,
        smallest_latency=smallest,
        measuring_cpu_seconds=measuring,
        epochs=epochs,
        curve=curve,
        curve_cpu_seconds=time.process_time() - before if curve else 0.0,
        diverged=diverged,
    )


def _trained(training: Training) -> tuple[tuple[Epoch, ...], bool]:
    epochs: list[Epoch] = []
    try:
        for _ in range(TRAINING_EPOCHS):
            found = training.run_epoch()
            epochs.append(
                Epoch(accuracy=found.accuracy, loss=found.loss, cpu_seconds=found.seconds)
            )
    except NonFiniteLoss:
        return tuple(epochs), True
    return tuple(epochs), False


def _curve(plan: Planned, training: Training) -> tuple[Scored, ...]:
    grid = plan.point.ranks
    if grid is None:
        return ()
    assert isinstance(training.model, Model)
    found = evaluate_ranks(
        training.model, plan.point.architecture, grid.triples(), *training.validation
    )
    return tuple(Scored(ranks=ranks, accuracy=each.accuracy) for ranks, each in found.items())


def _told(row: Row) -> str:
    seconds = sum(epoch.cpu_seconds for epoch in row.epochs)
    last = row.epochs[-1].accuracy if row.epochs else 0.0
    return (
        f"{row.index}: {row.stratum}, {row.params:,} params, {row.latency.min:.3f} ms, "
        f"accuracy {last:.3f}, {seconds:.0f} CPU-s"
    )


if __name__ == "__main__":
    sys.exit(main())
