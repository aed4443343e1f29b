"""Optuna by itself: `python -m benchmarks.peers.optuna_alone tpe|nsga2 TASK`, two threads of trials."""

import sys

import optuna

from benchmarks.peers.task import CONCURRENCY, METRICS, Task, train

DIRECTIONS = ("maximize", "minimize", "minimize")
POPULATION = 10
"""Optuna's own 50 would be a random search within the trials that these runs have."""


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    name, text = sys.argv[1:]
    task = Task.read(text)
    space = task.space()

    def objective(trial: optuna.Trial) -> tuple[float, ...]:
        space.sample(trial)  # type: ignore[arg-type]
        values = train(task, trial.params, str(trial.number), lambda _: None)
        return tuple(values[metric] for metric in METRICS)

    study = optuna.create_study(directions=DIRECTIONS, sampler=sampler(name, task.seed))
    study.optimize(objective, n_jobs=CONCURRENCY)


def sampler(name: str, seed: int) -> optuna.samplers.BaseSampler:
    """As one sets them up for a conditional space and few trials."""
    if name == "nsga2":
        return optuna.samplers.NSGAIISampler(seed=seed, population_size=POPULATION)
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True)


if __name__ == "__main__":
    main()
