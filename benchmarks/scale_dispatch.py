"""The arms of the dispatch figures, each a process of its own: prints the seconds it took.

`python -m benchmarks.scale_dispatch ARM CONCURRENCY TRIALS SECONDS`. Trials sleep, so many of them at
once, on a Ray of their own, in processes that load no library of a training. The first trial of each
process waits until there are as many processes as trials may run at once: how soon a machine starts
processes is its own affair. The clock runs from that moment to the end of the last trial.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ray import tune

from benchmarks.no_op import NOTHING_TRAINED, no_op_records
from benchmarks.overhead_arms import start_ray
from service.protocol import Record
from workers.artifacts import sha256_hex
from workers.assignment import Assignment, JobContext
from workers.environment import RunnerEnvironment
from workers.runner import drive
from workers.trials.trainable import TrialProcess

SLEEP = "TCLSEARCH_SCALE_SLEEP_SECONDS"
DIARY = "TCLSEARCH_SCALE_DIARY"
"""A directory with a file for each process: when it was there, and when its trials ended."""
AT_ONCE = "TCLSEARCH_SCALE_AT_ONCE"
GLANCE_SECONDS = 0.02


class Sleeper:
    """What both arms' processes do."""

    def __init__(self) -> None:
        diary = Path(os.environ[DIARY])
        self._page = diary / str(os.getpid())
        self._note()
        while len(list(diary.iterdir())) < int(os.environ[AT_ONCE]):
            time.sleep(GLANCE_SECONDS)

    def sleep(self) -> None:
        time.sleep(float(os.environ[SLEEP]))
        self._note()

    def _note(self) -> None:
        with self._page.open("a") as page:
            page.write(f"{time.time()}\n")


def told(diary: Path) -> dict[str, float]:
    """How many trials have slept, and the seconds from the last process's beginning to their end."""
    pages = [[float(line) for line in page.read_text().split()] for page in diary.iterdir()]
    seconds = max(page[-1] for page in pages) - max(page[0] for page in pages)
    return {"trials": sum(len(page) - 1 for page in pages), "seconds": seconds}


class SleepingClass(tune.Trainable):
    """Tune's own best case: a process is kept for the next trial."""

    def setup(self, config: dict[str, Any]) -> None:
        self._sleeper: Sleeper | None = None

    def step(self) -> dict[str, Any]:
        self._sleeper = self._sleeper or Sleeper()
        self._sleeper.sleep()
        return {"done": True}

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        return True

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        return None

    def load_checkpoint(self, checkpoint: Any) -> None:
        return None


class SleepingTrialProcess(TrialProcess):
    """Records all that a real trial records, and sleeps instead of training."""

    def setup(self, config: dict[str, Any], token: str) -> None:
        self._sleeper: Sleeper | None = None
        super().setup(config, token)
        self.artifacts().put_artifact(sha256_hex(NOTHING_TRAINED), NOTHING_TRAINED)

    def _load(self) -> None:
        """Nothing is trained."""

    def run_assignment(
        self, context: JobContext, assignment: Assignment
    ) -> Iterator[tuple[Record, ...]]:
        self._sleeper = self._sleeper or Sleeper()
        self._sleeper.sleep()
        yield no_op_records(assignment)


def tune_arm(trials: int, end: Callable[[int], None]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        results = tune.Tuner(
            tune.with_resources(SleepingClass, {"cpu": 1}),
            tune_config=tune.TuneConfig(num_samples=trials, reuse_actors=True),
            run_config=tune.RunConfig(storage_path=scratch, verbose=0),
        ).fit()
    if len(results) != trials or results.errors:
        raise SystemExit(f"{len(results)} of {trials} trials, errors {results.errors}")
    end(0)


def service_arm(_: int, end: Callable[[int], None]) -> None:
    """A runner leaves with its last trial, from whichever thread has seen it."""
    drive(RunnerEnvironment.read(os.environ), SleepingTrialProcess, end)


ARMS = {"tune": tune_arm, "service": service_arm}


def main() -> None:
    arm, concurrency, trials, seconds = sys.argv[1:]
    diary = Path(tempfile.mkdtemp())

    def end(status: int) -> None:
        if status == 0:
            print(json.dumps(told(diary)), flush=True)
        shutil.rmtree(diary)
        # Ray's own shutdown takes seconds that nobody asked about.
        os._exit(status)

    os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"
    variables = {SLEEP: seconds, DIARY: str(diary), AT_ONCE: concurrency}
    start_ray(arm, int(concurrency), **variables)
    ARMS[arm](int(trials), end)


if __name__ == "__main__":
    main()
