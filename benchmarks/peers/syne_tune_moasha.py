"""Syne Tune's multi-objective ASHA on its local back end; runs in an environment of its own.

`python syne_tune_moasha.py TASK`, by `benchmarks.peers.environment`'s interpreter.
"""

import logging
import os
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
from syne_tune import Tuner
from syne_tune.backend import LocalBackend
from syne_tune.config_space import choice, loguniform, randint, uniform
from syne_tune.optimizer.schedulers.multiobjective.moasha import MOASHA

from benchmarks.peers.task import CONCURRENCY, METRICS, TASK_VARIABLE, Task
from searchspace.dimensions import Choice, Dimension, Ordinal, Real
from searchspace.space import Space

TRIAL = Path(__file__).with_name("syne_tune_trial.py")
FACTOR = 3
FIRST = 1
"""Our own early stopping's, so that both look at the same rungs."""


def main() -> None:
    logging.getLogger().setLevel(logging.WARNING)
    task = Task.read(sys.argv[1])
    # Its trials are processes that get a configuration and this environment.
    os.environ[TASK_VARIABLE] = sys.argv[1]
    seed_globally(task.seed)
    Tuner(
        trial_backend=LocalBackend(entry_point=str(TRIAL), pass_args_as_json=True),
        scheduler=moasha(config_space(task.space()), task.training_epochs, task.seed),
        stop_criterion=lambda status: False,
        n_workers=CONCURRENCY,
        sleep_time=0.2,
        save_tuner=False,
        max_failures=1000,
        trial_backend_path=task.folder,
    ).run()


def seed_globally(seed: int) -> None:
    """It samples from the global random states, whatever seed it is given."""
    random.seed(seed)
    np.random.seed(seed)


def moasha(space: dict[str, Any], training_epochs: int, seed: int) -> MOASHA:
    """Everything is minimised: trials report an error instead of an accuracy."""
    return MOASHA(
        config_space=space,
        metrics=["error", *METRICS[1:]],
        time_attr="training_epoch",
        max_t=training_epochs,
        grace_period=FIRST,
        reduction_factor=FACTOR,
        random_seed=seed,
    )


def config_space(space: Space) -> dict[str, Any]:
    """Flat: it knows no conditions, so what a point has no use for is sampled and ignored."""
    return {
        dimension.name: domain(dimension)
        for dimension in space.dimensions.values()
        if isinstance(dimension, Real) or len(dimension.values) > 1
    }


def domain(dimension: Dimension) -> Any:
    match dimension:
        case Choice(values=values):
            return choice(list(values))
        case Ordinal(values=values):
            return randint(0, len(values) - 1)
        case Real(low=low, high=high, log=log):
            return (loguniform if log else uniform)(low, high)


if __name__ == "__main__":
    main()
