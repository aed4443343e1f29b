"""Is the latency of an architecture the same beside two trainings as on a quiet machine?

Measures random architectures of the small space on CIFAR-10's shape, first alone, then with as
many trainings as this machine has cores running beside, all of them twice each way, and compares.
Run it on a machine that does nothing else:

    python -m benchmarks.latency [--precision int8] [--quick] [--json FILE]
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from scipy.stats import spearmanr

from benchmarks.report import Figure, at_least, at_most, report
from searchspace.architecture import Architecture
from searchspace.datasets import KNOWN
from searchspace.dimensions import RandomSuggest
from searchspace.space import Hyperparameters, Space
from searchspace.spec import JobSpec, LatencySpec, Precision
from service.protocol import Latency
from workers.models.latency import REFERENCE, measure_latency
from workers.networks.model import build_model
from workers.training.data import Split
from workers.training.loop import Training

ARCHITECTURES = 50
QUICK_ARCHITECTURES = 6
SEED = 0

SPEARMAN_GOAL = 0.99
WORST_ERROR_GOAL = 0.05
REPEAT_GOAL = 0.02
"""Of the same architecture's two figures, how far one is off the other; of the worst one."""

ENDLESS = 10**6
TRAINING_IMAGES = 2048
BATCH_SIZE = 128


def main() -> int:
    arguments = _arguments()
    if arguments.train:
        _train_for_ever()
    torch.set_num_threads(1)
    count = QUICK_ARCHITECTURES if arguments.quick else ARCHITECTURES
    architectures = list(islice(_architectures(), count))
    spec = LatencySpec(precision=arguments.precision)
    quiet = [_measure(name, architectures, spec) for name in ("quiet", "quiet again")]
    with _trainings(os.cpu_count() or 1):
        started = perf_counter()
        loaded = [_measure(name, architectures, spec) for name in ("loaded", "loaded again")]
        seconds = perf_counter() - started
    figures = _figures(quiet[0], loaded[0], seconds / (2 * count))
    figures += [*_repeat("quiet", *quiet), *_repeat("loaded", *loaded)]
    return report(figures, arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few architectures: is it working?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    parser.add_argument("--precision", type=Precision, default=Precision.FP32, help="or int8")
    parser.add_argument("--train", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _architectures() -> Iterator[Architecture]:
    document = {"version": 1, "name": "latency", "dataset": {"name": "cifar10"}}
    space = Space(JobSpec.parse(document), KNOWN["cifar10"])
    suggest = RandomSuggest(np.random.default_rng(SEED))
    while True:
        yield space.decode(space.sample(suggest)).architecture


def _measure(name: str, architectures: list[Architecture], spec: LatencySpec) -> list[Latency]:
    found = []
    for number, architecture in enumerate(architectures, start=1):
        latency = measure_latency(architecture, spec)
        found.append(latency)
        print(
            f"{name} {number:>2}/{len(architectures)}: fastest {latency.min:.4f} ms, "
            f"median {latency.median:.4f}, runs {latency.runs}, reference {latency.reference:.4f}"
        )
    return found


def _figures(quiet: list[Latency], loaded: list[Latency], seconds: float) -> list[Figure]:
    alone = np.array([latency.min for latency in quiet])
    beside = np.array([latency.min for latency in loaded])
    errors = np.abs(beside / alone - 1)
    medians = np.array([latency.median for latency in loaded])
    return [
        at_least("Spearman, loaded and quiet", float(spearmanr(alone, beside)[0]), SPEARMAN_GOAL),
        at_most("worst relative error", float(errors.max()), WORST_ERROR_GOAL),
        Figure("median relative error", float(np.median(errors))),
        Figure("worst error of the loaded median", float((medians / alone - 1).max())),
        Figure("seconds per loaded measurement", seconds),
    ]


def _repeat(name: str, first: list[Latency], again: list[Latency]) -> list[Figure]:
    pairs = zip(first, again, strict=True)
    differences = [abs(second.min / one.min - 1) for one, second in pairs]
    return [
        at_most(f"worst difference of a repeat, {name}", max(differences), REPEAT_GOAL),
        Figure(f"median difference of a repeat, {name}", float(np.median(differences))),
    ]


@contextmanager
def _trainings(count: int) -> Iterator[None]:
    """`count` processes that train without end, each past its first step."""
    command = [sys.executable, "-m", "benchmarks.latency", "--train"]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _train_for_ever() -> None:
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    images = torch.randint(
        0, 256, (TRAINING_IMAGES, 32, 32, 3), generator=generator, dtype=torch.uint8
    ).permute(0, 3, 1, 2)
    labels = torch.randint(0, 10, (TRAINING_IMAGES,), generator=generator)
    split = Split(
        key="cifar10",
        train_images=images,
        train_labels=labels,
        validation_images=images[:BATCH_SIZE],
        validation_labels=labels[:BATCH_SIZE],
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
    )
    hyperparameters = Hyperparameters(
        learning_rate=1e-3, weight_decay=0.01, label_smoothing=0.0, batch_size=BATCH_SIZE
    )
    training = Training(build_model(REFERENCE), split, hyperparameters, ENDLESS, SEED)
    training.run_epoch()
    print("training", flush=True)
    while True:
        training.run_epoch()


if __name__ == "__main__":
    sys.exit(main())
