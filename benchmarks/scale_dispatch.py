"""The arms of the dispatch figures, each a process of its own: prints the seconds it took.

`python -m benchmarks.scale_dispatch ARM CONCURRENCY TRIALS SECONDS`. Trials sleep, so many of them at
once, on a Ray of their own; the clock runs from the first line of the search to its result.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from ray import tune

from benchmarks.overhead_arms import no_op_records, start_ray
from service.protocol import Record
from workers.assignment import Assignment, JobContext
from workers.environment import RunnerEnvironment
from workers.models.checkpoint import sha256_hex
from workers.runner import drive
from workers.trials.trainable import TrialProcess

NOTHING_TRAINED = b"the weights of a model that was never trained"
SLEEP = "TCLSEARCH_SCALE_SLEEP_SECONDS"


class SleepingClass(tune.Trainable):
    """Tune's own best case: a process is kept for the next trial."""

    def setup(self, config: dict[str, Any]) -> None:
        self.seconds = config["seconds"]

    def step(self) -> dict[str, Any]:
        time.sleep(self.seconds)
        return {"done": True}

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self.seconds = new_config["seconds"]
        return True

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        return None

    def load_checkpoint(self, checkpoint: Any) -> None:
        return None


class SleepingTrialProcess(TrialProcess):
    """Records all that a real trial records, and sleeps instead of training."""

    def setup(self, config: dict[str, Any], token: str) -> None:
        super().setup(config, token)
        self.artifacts().put_artifact(sha256_hex(NOTHING_TRAINED), NOTHING_TRAINED)

    def run_assignment(
        self, context: JobContext, assignment: Assignment
    ) -> Iterator[tuple[Record, ...]]:
        time.sleep(float(os.environ[SLEEP]))
        yield no_op_records(assignment)


def tune_arm(concurrency: int, trials: int, seconds: float) -> float:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        results = tune.Tuner(
            tune.with_resources(SleepingClass, {"cpu": 1}),
            param_space={"seconds": seconds},
            tune_config=tune.TuneConfig(num_samples=trials, reuse_actors=True),
            run_config=tune.RunConfig(storage_path=scratch, verbose=0),
        ).fit()
    if len(results) != trials or results.errors:
        raise SystemExit(f"{len(results)} of {trials} trials, errors {results.errors}")
    return time.perf_counter() - began


def service_arm(concurrency: int, trials: int, seconds: float) -> float:
    began = time.perf_counter()
    statuses: list[int] = []
    drive(RunnerEnvironment.read(os.environ), SleepingTrialProcess, statuses.append)
    if statuses != [0]:
        raise SystemExit(f"the runner left with {statuses}")
    return time.perf_counter() - began


ARMS: dict[str, Callable[[int, int, float], float]] = {"tune": tune_arm, "service": service_arm}


def main() -> None:
    arm, concurrency, trials, seconds = (
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        sys.argv[4],
    )
    os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"
    start_ray(arm, concurrency, **{SLEEP: seconds})
    print(json.dumps({"seconds": ARMS[arm](concurrency, trials, float(seconds))}), flush=True)
    # Ray's own shutdown takes seconds that nobody asked about.
    os._exit(0)


if __name__ == "__main__":
    main()
