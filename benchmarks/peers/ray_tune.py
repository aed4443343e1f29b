"""The script that a good engineer writes in an afternoon: Ray Tune, OptunaSearch, three objectives.

`python -m benchmarks.peers.ray_tune TASK`. Every trial is trained to its end: Tune's schedulers stop
by one metric, and one that stops by accuracy stops the small networks that the front is made of.
"""

import os
import sys
from functools import partial
from typing import Any

import optuna
import ray
from ray import tune
from ray.tune.search.optuna import OptunaSearch

from benchmarks.peers.task import CONCURRENCY, ENDLESS, METRICS, MODES, Task, train
from searchspace.space import Space


def define(space: Space, trial: optuna.Trial) -> None:
    space.sample(trial)  # type: ignore[arg-type]


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    text = sys.argv[1]
    task = Task.read(text)

    def objective(config: dict[str, Any]) -> None:
        train(Task.read(text), config, tune.get_context().get_trial_id(), tune.report)

    ray.init(
        num_cpus=CONCURRENCY,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=200_000_000,
        runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path)}},
    )
    tune.Tuner(
        tune.with_resources(objective, {"cpu": 1}),
        tune_config=tune.TuneConfig(
            search_alg=OptunaSearch(
                space=partial(define, task.space()),
                metric=list(METRICS),
                mode=list(MODES),
                seed=task.seed,
            ),
            num_samples=ENDLESS,
            max_concurrent_trials=CONCURRENCY,
        ),
        run_config=tune.RunConfig(storage_path=task.folder, verbose=0),
    ).fit()


if __name__ == "__main__":
    main()
