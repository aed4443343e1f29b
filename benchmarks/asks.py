"""What asking for the next point costs as trials pile up, and whether cheap asks find as much.

`python -m benchmarks.asks [--quick] [--json FILE]`

Cost: the preset `small`, three objectives, random trials recorded; our TPE and Optuna's
(`multivariate=True, group=True`) then ask and are told in turn, each for its own study, with one
more trial always running. CPU time of this process, so that a busy machine does not count.

Quality: hypervolume after the same number of trials, for our TPE, Optuna's, NSGA-II and random, on
an analytic stand-in for training (conditional space, three objectives) and on DTLZ2 (reals alone),
seed by seed. What one finds over what Optuna's TPE finds is a paired ratio.
"""

import argparse
import math
import statistics
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import optuna
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import TrialState

from benchmarks.report import Figure, at_least, at_most, report
from searchspace.architecture import HeadKind
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN
from searchspace.pareto import hypervolume
from searchspace.space import Point, Space
from searchspace.spec import JobSpec, SamplerSpec
from workers.search.sampler import build_sampler

DIRECTIONS = ("maximize", "minimize", "minimize")
PEERS = ("optuna-tpe", "nsga2", "random")
RUNNING = 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """Recorded trials and asks timed at each; trials and seeds of the comparison."""

    recorded: tuple[int, ...]
    asks: int
    trials: int
    seeds: int


FULL = Sizes(recorded=(100, 1000, 5000), asks=40, trials=200, seeds=12)
QUICK = Sizes(recorded=(100, 1000), asks=8, trials=60, seeds=3)

Values = Sequence[float]


@dataclass(frozen=True, slots=True)
class Problem:
    """Evaluates an Optuna trial; volume is measured from `reference`, all minimised."""

    name: str
    evaluate: Callable[[optuna.Trial], Values]
    directions: tuple[str, ...]
    reference: tuple[float, ...]

    def volume(self, found: Sequence[Values]) -> float:
        signs = [-1.0 if direction == "maximize" else 1.0 for direction in self.directions]
        return hypervolume(np.array(found) * signs, self.reference)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    sizes = QUICK if arguments.quick else FULL
    figures = [figure for n in sizes.recorded for figure in costs(n, sizes.asks)]
    for problem in (training(), dtlz2()):
        figures += qualities(problem, sizes)
    return report(figures, arguments.json)


def sampler_of(name: str, seed: int, trials: int) -> BaseSampler:
    if name == "optuna-tpe":
        return TPESampler(seed=seed, multivariate=True, group=True)
    spec = SamplerSpec.model_validate({"name": name, "seed": seed})
    return build_sampler(spec, trials, offset=0)


# Cost


def costs(recorded: int, asks: int) -> list[Figure]:
    """CPU milliseconds an ask, ours and Optuna's, at this many recorded trials."""
    problem = training()
    history = optuna.create_study(
        directions=problem.directions, sampler=sampler_of("random", 0, recorded)
    )
    for _ in range(recorded):
        trial = history.ask()
        history.tell(trial, problem.evaluate(trial))
    arms = {name: _Asking(problem, name, history, recorded) for name in ("tpe", "optuna-tpe")}
    first = {name: arm.ask() for name, arm in arms.items()}
    taken = {name: [] for name in arms}
    for _ in range(asks):
        for name, arm in arms.items():
            taken[name].append(arm.ask())
    ours, theirs = taken["tpe"], taken["optuna-tpe"]
    at = f"at {recorded} trials"
    ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
    found = [
        Figure(f"first ask {at}, ours, ms", first["tpe"]),
        Figure(f"ask {at}, Optuna's TPE, ms", statistics.median(theirs)),
        at_most(f"ask {at}, ours, ms", statistics.median(ours), 50),
        Figure(f"ask {at}, ours, ms, 9th decile", statistics.quantiles(ours, n=10)[-1]),
        Figure(f"ask {at}, Optuna's / ours", statistics.median(ratios)),
        Figure(f"ask {at}, Optuna's / ours, 1st decile", statistics.quantiles(ratios, n=10)[0]),
    ]
    print(", ".join(f"{figure.name} {figure.value:.3g}" for figure in found), flush=True)
    return found


class _Asking:
    """One sampler with its own study of the same recorded trials."""

    def __init__(self, problem: Problem, name: str, history: optuna.Study, trials: int) -> None:
        self._problem = problem
        self._study = optuna.create_study(
            directions=problem.directions, sampler=sampler_of(name, 1, trials)
        )
        self._study.add_trials(history.get_trials(deepcopy=False))
        self._running: deque[tuple[optuna.Trial, Values]] = deque()

    def ask(self) -> float:
        """CPU milliseconds from the ask to the last parameter; an earlier trial ends before it."""
        if len(self._running) == RUNNING:
            self._study.tell(*self._running.popleft())
        started = time.process_time()
        trial = self._study.ask()
        values = self._problem.evaluate(trial)
        taken = time.process_time() - started
        self._running.append((trial, values))
        return 1000 * taken


# Quality


def qualities(problem: Problem, sizes: Sizes) -> list[Figure]:
    """Each sampler's hypervolume, and ours over each peer's, paired by seed."""
    names = ("tpe", *PEERS)
    volumes: dict[str, list[float]] = {name: [] for name in names}
    for seed in range(sizes.seeds):
        for name in names:
            found = searched(problem, sampler_of(name, seed, sizes.trials), sizes.trials)
            volumes[name].append(problem.volume(found))
    best = max(max(found) for found in volumes.values())
    figures = []
    for name in names:
        share = [volume / best for volume in volumes[name]]
        figures.append(Figure(f"{problem.name}, {name}, share of best", statistics.mean(share)))
        figures.append(Figure(f"{problem.name}, {name}, deviation", statistics.stdev(share)))
    for peer, goal in (("optuna-tpe", 0.98), ("nsga2", 1.0), ("random", 1.0)):
        ratio = [a / b for a, b in zip(volumes["tpe"], volumes[peer], strict=True)]
        name = f"{problem.name}, tpe / {peer}"
        figures.append(at_least(name, statistics.mean(ratio), goal))
        error = statistics.stdev(ratio) / math.sqrt(len(ratio))
        figures.append(Figure(f"{name}, standard error", error))
    print(", ".join(f"{figure.name} {figure.value:.3g}" for figure in figures), flush=True)
    return figures


def searched(problem: Problem, sampler: BaseSampler, trials: int) -> list[Values]:
    """What `trials` trials found, two at a time."""
    study = optuna.create_study(directions=problem.directions, sampler=sampler)
    running: deque[tuple[optuna.Trial, Values]] = deque()
    for _ in range(trials):
        if len(running) == RUNNING:
            study.tell(*running.popleft())
        trial = study.ask()
        running.append((trial, problem.evaluate(trial)))
    for trial, values in running:
        study.tell(trial, values)
    return [trial.values for trial in study.get_trials(states=[TrialState.COMPLETE])]


# Problems


def training() -> Problem:
    """The product's own space with formulas for what training and a device would say."""
    dataset = KNOWN["cifar10"]
    spec = JobSpec.parse(
        {
            "version": 1,
            "name": "asks",
            "dataset": {"name": "cifar10"},
            "space": {"preset": "small"},
        }
    )
    space = Space(spec, dataset)

    def evaluate(trial: optuna.Trial) -> Values:
        return trained(space.decode(space.sample(trial)))  # type: ignore[arg-type]

    return Problem("training", evaluate, DIRECTIONS, (-0.3, 250_000.0, 8.0))


def trained(point: Point) -> Values:
    """Accuracy grows with work and saturates; the learning rate has its best; latency is per block.

    Widths that shrink from stage to stage, and ranks of one, cost accuracy.
    """
    architecture, hyper = point.architecture, point.hyperparameters
    cost = architecture_cost(architecture)
    accuracy = 0.45 + 0.45 * (1 - math.exp(-((cost.macs / 8e6) ** 0.6)))
    accuracy -= 0.05 * (math.log10(hyper.learning_rate) - math.log10(4e-3)) ** 2
    accuracy -= 0.01 * abs(math.log10(hyper.weight_decay) + 3)
    widths = [stage.width for stage in architecture.stages]
    accuracy -= 0.02 * sum(b < a for a, b in pairwise(widths))
    accuracy += 0.006 * sum(stage.squeeze_excite for stage in architecture.stages)
    latency = 0.2 + cost.macs / 2e7
    latency += sum(
        0.05 * s.depth * (1 + s.squeeze_excite + s.expansion) for s in architecture.stages
    )
    if architecture.head.kind is HeadKind.TCL:
        channels, height, width = architecture.head.ranks or (1, 1, 1)
        accuracy += 0.03 * (1 - math.exp(-channels * height * width / 60))
        latency += 0.02 * height * width
    elif architecture.head.kind is HeadKind.FLATTEN:
        accuracy += 0.02
    return accuracy, float(cost.params), latency


def dtlz2() -> Problem:
    """Three objectives on twelve reals; the front is an eighth of a sphere (Deb et al. 2005)."""

    def evaluate(trial: optuna.Trial) -> Values:
        x = [trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(12)]
        radius = 1 + sum((value - 0.5) ** 2 for value in x[2:])
        a, b = x[0] * math.pi / 2, x[1] * math.pi / 2
        return (
            radius * math.cos(a) * math.cos(b),
            radius * math.cos(a) * math.sin(b),
            radius * math.sin(a),
        )

    return Problem("dtlz2", evaluate, ("minimize",) * 3, (2.5, 2.5, 2.5))


if __name__ == "__main__":
    sys.exit(main())
