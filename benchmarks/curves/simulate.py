"""Our search beside its peers in simulated time, on what the table of curves says of trainings.

`python -m benchmarks.curves.simulate [--quick] [--table FILE] [--seeds N] [--plot FILE] [--json FILE]`

Two workers, each busy all the time; a trial's steps cost the CPU-seconds that the surrogate says,
latencies and the scoring of an elastic training's triples included. What searches themselves cost
(asking, starting processes) is left out; `benchmarks/search.py` has it. A search learns noisy
accuracies, as 2,000 validation images give them; its hypervolume is that of the accuracies behind
them, so that choosing the luckiest of many models earns nothing. Only models trained to the end
count. Ray Tune + OptunaSearch is, in simulated time, the sampler that OptunaSearch takes by default,
with every trial trained to its end.

The bands are 95 % confidence intervals of the mean over seeds.
"""

import argparse
import heapq
import statistics
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import optuna

from benchmarks.comparison import Box, Course, Losses, figures, losses, standard_error
from benchmarks.curves.plan import TRAINING_EPOCHS, job_spec, space_of
from benchmarks.curves.strategies import Strategy, strategies, syne_tune
from benchmarks.curves.surrogate import Surrogate, errors
from benchmarks.curves.table import TABLE, read
from benchmarks.curves.world import Training
from benchmarks.plot import Line, write_plot
from benchmarks.report import Figure, report
from searchspace.bounds import cost_bounds
from searchspace.dimensions import RandomSuggest
from searchspace.reference import reference_point
from searchspace.spec import RankPolicy

WORKERS = 2
LEAST_ROWS = 20
BOX_POINTS = 2000
GRID = 60


@dataclass(frozen=True, slots=True)
class Sizes:
    """full_trainings: the CPU time of a run, in trainings of the mean architecture."""

    seeds: int
    full_trainings: int


FULL = Sizes(seeds=20, full_trainings=60)
QUICK = Sizes(seeds=3, full_trainings=15)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--plot", type=Path, metavar="FILE")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sizes = QUICK if arguments.quick else FULL
    rows = read(arguments.table)
    if len(rows) < LEAST_ROWS:
        raise SystemExit(f"{arguments.table} has {len(rows)} rows; {LEAST_ROWS} are the least")
    found = [Figure("architectures in the table", len(rows))]
    for each in errors(rows):
        found.append(Figure(f"surrogate's {each.name}: mean absolute error", each.error))
        found.append(Figure(f"surrogate's {each.name}: rank correlation", each.rank_correlation))
    world = World.of(Surrogate(rows))
    budget = sizes.full_trainings * world.mean_training
    runs = simulated(world, budget, arguments.seeds or sizes.seeds)
    grid = np.linspace(0.0, budget, GRID + 1)[1:]
    if arguments.plot is not None:
        lines = [_line(arm, its, grid) for arm, its in runs.items()]
        write_plot(arguments.plot, "CPU-seconds", "share of the hypervolume", lines)
    return report([*found, *figures(runs)], arguments.json)


@dataclass(frozen=True, slots=True)
class World:
    """Where searches run. mean_training: CPU-seconds of a random point's whole training."""

    surrogate: Surrogate
    box: Box
    reference: tuple[float, ...]
    mean_training: float

    @classmethod
    def of(cls, surrogate: Surrogate) -> "World":
        spec, space = job_spec(RankPolicy.SEARCHED), space_of(RankPolicy.SEARCHED)
        reference = reference_point(spec.objectives, (), cost_bounds(space))
        suggest = RandomSuggest(np.random.default_rng(0))
        points, seconds = [], []
        for _ in range(BOX_POINTS):
            training = Training(space.decode(space.sample(suggest)), surrogate, reference, 0)
            (model,), _took = training.deliver(0.0)
            points.append(losses(model.true))
            seconds.append(training.epoch_seconds * TRAINING_EPOCHS)
        return cls(surrogate, Box.around(points), reference, statistics.mean(seconds))


def simulated(world: World, budget: float, seeds: int) -> dict[str, list[Course]]:
    runs: dict[str, list[Course]] = {}
    with syne_tune() as ask:
        for arm, start in strategies(ask).items():
            runs[arm] = [Simulation(world, start(seed), seed).run(budget) for seed in range(seeds)]
            told = statistics.mean(course.end for course in runs[arm])
            print(f"{arm}: hypervolume {told:.4f} on average", flush=True)
    return runs


Steps = Generator[float, None, None]
"""CPU-seconds of each step of a trial, as it comes to them."""


@dataclass
class Simulation:
    """One search on workers that never wait."""

    world: World
    strategy: Strategy
    seed: int
    _now: float = 0.0
    _trials: int = 0
    _costs: list[float] = field(default_factory=list)
    _models: list[Losses] = field(default_factory=list)

    def run(self, budget: float) -> Course:
        """Until the workers have used so many CPU-seconds, all together."""
        waiting = [(0.0, worker, self._trial()) for worker in range(WORKERS)]
        order = WORKERS
        while waiting[0][0] * WORKERS < budget:
            self._now, _, steps = heapq.heappop(waiting)
            try:
                took = next(steps)
            except StopIteration:
                steps, took = self._trial(), 0.0
            heapq.heappush(waiting, (self._now + took, order, steps))
            order += 1
        return Course(self.world.box, self._costs, self._models)

    def _trial(self) -> Steps:
        number = self._trials
        self._trials += 1
        point = self.strategy.ask(number)
        seed = self.seed * 1_000_003 + number
        training = Training(point, self.world.surrogate, self.world.reference, seed)
        yield training.measuring_seconds
        accuracy = 0.0
        for training_epoch in range(1, TRAINING_EPOCHS + 1):
            yield training.epoch_seconds
            accuracy = training.accuracy(training_epoch)
            values = {**training.first, "accuracy": accuracy}
            goes_on = self.strategy.goes_on(number, training_epoch, values)
            if training_epoch < TRAINING_EPOCHS and not goes_on:
                self.strategy.end(number, None)
                return
        models, took = training.deliver(accuracy)
        yield took
        self.strategy.end(number, models[0].seen)
        for model in models:
            self._costs.append(self._now * WORKERS)
            self._models.append(losses(model.true))


def _line(arm: str, runs: Sequence[Course], grid: Sequence[float]) -> Line:
    volumes = np.array([[run.at(cost) for cost in grid] for run in runs])
    mean = volumes.mean(axis=0)
    spread = 1.96 * np.array([standard_error(list(column)) for column in volumes.T])
    return Line(arm, list(grid), list(mean), list(mean - spread), list(mean + spread))


if __name__ == "__main__":
    sys.exit(main())
