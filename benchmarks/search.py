"""Our search beside what one would use instead: the same space, data, recipe and cores, for real.

`python -m benchmarks.search [--quick] [--data-dir DIR] [--runs DIR] [--seeds N] [--json FILE]`

- ray tune + optuna: the script of an afternoon (`benchmarks/peers/ray_tune.py`)
- optuna tpe, optuna nsga2: plain Optuna, two threads of trials (`benchmarks/peers/optuna_alone.py`)
- syne tune moasha: its multi-objective ASHA (`benchmarks/peers/syne_tune_moasha.py`)
- ours: the service with its dispatcher and Ray and a job with elastic ranks, all defaults otherwise
- ours without elastic ranks, without early stopping, and without either

Every run has the same CPU-seconds, counted over all of its processes: start-up, sampling, latencies,
exports, databases and all. A model counts from the moment at which it was trained to its end. The
hypervolume is that of accuracy, log params and log latency, as a share of the box from the worst to
the best that any run found of each. Asking ahead is no arm of its own: it saves wall time, not CPU
time (`benchmarks/asks.py`).

With --quick, digits and less than a minute of CPU for each: does it work? Otherwise 10,000 images of
CIFAR-10 (fetched into DIR if they are not there), about two hours on two cores. What is in the folder
of runs is not done again, so that it may be stopped at any time; more seeds extend it.
"""

import argparse
import math
import signal
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.comparison import ARMS, Box, Course, figures, losses
from benchmarks.peers.runs import Run, run
from benchmarks.peers.task import Task
from benchmarks.report import Figure, report
from searchspace.datasets import BUNDLED
from searchspace.pareto import non_dominated
from workers.datasets.fetch import fetch
from workers.datasets.store import installed
from workers.models.checkpoint import decode_model
from workers.training.final_score import score_on_test


@dataclass(frozen=True, slots=True)
class Sizes:
    dataset: str
    train_size: int | None
    training_epochs: int
    cpu_seconds: float
    seeds: int


FULL = Sizes("cifar10", 10_000, 9, cpu_seconds=600.0, seeds=3)
QUICK = Sizes("digits", None, 3, cpu_seconds=30.0, seeds=1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--runs", type=Path, metavar="DIR")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else FULL
    if sizes.dataset not in BUNDLED and sizes.dataset not in installed(arguments.data_dir):
        fetch(sizes.dataset, arguments.data_dir)
    # What was started must be ended, whoever ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as temporary:
        # Quick runs are forgotten: they are to show that everything works now.
        kept = Path(temporary) if arguments.quick else Path("build/search")
        folder = (arguments.runs or kept).resolve()
        data_dir = arguments.data_dir.resolve()
        seeds = range(arguments.seeds or sizes.seeds)
        runs = [one(arm, seed, sizes, data_dir, folder) for seed in seeds for arm in ARMS]
        return report(all_figures(runs, sizes, data_dir, folder), arguments.json)


def one(arm: str, seed: int, sizes: Sizes, data_dir: Path, folder: Path) -> Run:
    task = Task(
        dataset=sizes.dataset,
        train_size=sizes.train_size,
        preset="tiny",
        training_epochs=sizes.training_epochs,
        data_dir=str(data_dir),
        folder=str(folder_of(folder, arm, seed)),
        seed=seed,
    )
    found = run(arm, task, sizes.cpu_seconds)
    best = max((model.values["accuracy"] for model in found.models), default=math.nan)
    print(
        f"{arm}, seed {seed}: {len(found.models)} models in {found.cost:.0f} CPU-s, "
        f"best accuracy {best:.3f}",
        flush=True,
    )
    return found


def folder_of(folder: Path, arm: str, seed: int) -> Path:
    name = "".join(c if c.isalnum() else "-" for c in arm)
    return folder / f"{name}-{seed}"


# Figures


def all_figures(runs: Sequence[Run], sizes: Sizes, data_dir: Path, folder: Path) -> list[Figure]:
    box = Box.around(losses(model.values) for run in runs for model in run.models)
    found = []
    for arm in ARMS:
        its = [run for run in runs if run.arm == arm]
        models = statistics.median(len(run.models) for run in its)
        found.append(Figure(f"{arm}: models trained to the end", models))
        tested = [_tested(run, box, sizes, data_dir, folder) for run in its]
        found.append(Figure(f"{arm}: hypervolume of the front, tested", statistics.mean(tested)))
    courses = {arm: [_course(run, box) for run in runs if run.arm == arm] for arm in ARMS}
    return [*found, *figures(courses)]


def _course(run: Run, box: Box) -> Course:
    return Course(
        box,
        [model.cost for model in run.models],
        [losses(model.values) for model in run.models],
    )


def _tested(run: Run, box: Box, sizes: Sizes, data_dir: Path, folder: Path) -> float:
    """The hypervolume of a run's front with accuracies on the test part."""
    if not run.models:
        return 0.0
    points = np.array([losses(model.values) for model in run.models])
    tested = []
    for index in np.flatnonzero(non_dominated(points)):
        model = run.models[index]
        data = (folder_of(folder, run.arm, run.seed) / model.file).read_bytes()
        network = decode_model(data).model
        accuracy = score_on_test(network, data_dir, sizes.dataset, None, "cpu")
        tested.append(losses({**model.values, "accuracy": accuracy}))
    return box.volume(tested)


if __name__ == "__main__":
    sys.exit(main())
