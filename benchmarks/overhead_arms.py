"""The arms of `benchmarks.overhead`, each a process of its own: prints when what was done.

`python -m benchmarks.overhead_arms ARM TRIALS`. Every arm runs no-op trials with the same three
objectives on two CPUs; the clock runs from the first line of the search to its result, after Ray
is up.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import optuna
import ray
from ray import tune
from ray.tune.search.optuna import OptunaSearch

from benchmarks.no_op import NOTHING_TRAINED, no_op_records
from service.protocol import Record
from workers.artifacts import sha256_hex
from workers.assignment import Assignment, JobContext
from workers.environment import RunnerEnvironment
from workers.runner import drive
from workers.search.tune_run import TUNE_ENVIRONMENT
from workers.trials.trainable import TrialProcess

CPUS = 2
PARAMETERS = 18
METRICS = ("accuracy", "params", "latency_ms")
MODES = ("max", "min", "min")


def result_of(config: dict[str, Any]) -> dict[str, float]:
    """What a no-op trial reports, and when."""
    value = float(sum(config[f"p{i}"] for i in range(PARAMETERS)))
    return {**dict.fromkeys(METRICS, value), "at": time.time()}


def no_op_function(config: dict[str, Any]) -> None:
    tune.report(result_of(config))


class NoOpClass(tune.Trainable):
    def setup(self, config: dict[str, Any]) -> None:
        self.config = config

    def step(self) -> dict[str, Any]:
        return {**result_of(self.config), "done": True}

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self.config = new_config
        return True

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        return None

    def load_checkpoint(self, checkpoint: Any) -> None:
        return None


def define(trial: optuna.Trial) -> None:
    for i in range(PARAMETERS):
        trial.suggest_float(f"p{i}", 0.0, 1.0)


def tune_arm(trainable: Any, trials: int, *, sampled: bool, reuse: bool) -> dict[str, float]:
    """Times of a plain Tune run: with OptunaSearch, or with Tune's own random sampling."""
    search: dict[str, Any] = {}
    space: dict[str, Any] = {}
    if sampled:
        search = {
            "search_alg": OptunaSearch(space=define, metric=list(METRICS), mode=list(MODES)),
            "max_concurrent_trials": CPUS,
        }
    else:
        space = {f"p{i}": tune.uniform(0.0, 1.0) for i in range(PARAMETERS)}
    with tempfile.TemporaryDirectory() as scratch:
        tuner = tune.Tuner(
            trainable,
            param_space=space,
            tune_config=tune.TuneConfig(num_samples=trials, reuse_actors=reuse, **search),
            run_config=tune.RunConfig(storage_path=scratch, verbose=0),
        )
        began = time.time()
        results = tuner.fit()
        whole = time.time() - began
    if len(results) != trials or results.errors:
        raise SystemExit(f"{len(results)} of {trials} trials, errors {results.errors}")
    ends = [result.metrics["at"] for result in results]
    return {"first": min(ends) - began, "last": max(ends) - began, "whole": whole}


class NoOpTrialProcess(TrialProcess):
    """Records all that a real trial records, a model on the front included, and trains nothing.

    Untrained weights are the same bytes for every trial, so each process stores them once.
    """

    def setup(self, config: dict[str, Any], token: str) -> None:
        super().setup(config, token)
        self.artifacts().put_artifact(sha256_hex(NOTHING_TRAINED), NOTHING_TRAINED)

    def run_assignment(
        self, context: JobContext, assignment: Assignment
    ) -> Iterator[tuple[Record, ...]]:
        yield no_op_records(assignment)


def service_arm() -> None:
    """A whole job as its runner sees it, from hello to finish, with which the process ends."""
    began = time.time()

    def end(status: int) -> None:
        tell({"began": began, "whole": time.time() - began})
        os._exit(status)

    drive(RunnerEnvironment.read(os.environ), NoOpTrialProcess, end)


def tell(times: dict[str, float]) -> None:
    print(json.dumps(times), flush=True)


ARMS: dict[str, Callable[[int], dict[str, float]]] = {
    "function": lambda n: tune_arm(no_op_function, n, sampled=True, reuse=False),
    "class": lambda n: tune_arm(NoOpClass, n, sampled=False, reuse=True),
    "class-optuna": lambda n: tune_arm(NoOpClass, n, sampled=True, reuse=True),
}


def start_ray(arm: str, cpus: int, **more: str) -> None:
    """A Ray of this process's own; of `service`, as the dispatcher's runners have it.

    more: variables of its workers.
    """
    variables = {"PYTHONPATH": os.pathsep.join(sys.path), **more}
    if arm == "service":
        variables |= RunnerEnvironment.read(os.environ).variables()
        os.environ.update(TUNE_ENVIRONMENT)
    ray.init(
        num_cpus=cpus,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=200_000_000,
        runtime_env={"env_vars": variables},
    )


def main() -> None:
    arm, trials = sys.argv[1], int(sys.argv[2])
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    start_ray(arm, CPUS)
    if arm == "service":
        service_arm()
    tell(ARMS[arm](trials))
    # Ray's own shutdown takes seconds that nobody asked about.
    os._exit(0)


if __name__ == "__main__":
    main()
