"""A real runner on a Ray of its own, whose trials fail each in its own way, by number.

Started by the tests of faults as `python -m tests.chaos.faulty_runner`, with a runner's environment
and in FAULTS, between commas, the faults of the first trials.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator

import ray

from service.protocol import Record
from workers.assignment import Assignment, JobContext
from workers.environment import RunnerEnvironment
from workers.runner import drive
from workers.search.tune_run import TUNE_ENVIRONMENT
from workers.trials.trainable import TrialProcess

VARIABLE = "FAULTS"

HOG_BYTES = 6 * 2**30
"""What the fault `hog` takes, if it is let."""


class FaultyTrialProcess(TrialProcess):
    def run_assignment(
        self, context: JobContext, assignment: Assignment
    ) -> Iterator[tuple[Record, ...]]:
        fault = dict(enumerate(os.environ[VARIABLE].split(","))).get(assignment.number)
        if fault == "not_a_number":
            # A real training that really diverges.
            assignment = assignment.model_copy(update={"learning_rate": 1e12})
        steps = super().run_assignment(context, assignment)
        yield next(steps)
        while fault == "dawdle":
            # No step of it takes long.
            time.sleep(0.1)
            yield ()
        _misbehave(fault)
        yield from steps


def _misbehave(fault: str | None) -> None:
    match fault:
        case "raise":
            raise ValueError("a fault of the trial's own")
        case "exit":
            sys.exit(7)
        case "segfault":
            ctypes.string_at(0)
        case "hang":
            # PyDLL holds the interpreter's lock: no Python code of this process runs any more.
            ctypes.PyDLL(None).sleep(100_000)
        case "freeze":
            # Every thread, the watchdog that ends a hang included.
            os.kill(os.getpid(), signal.SIGSTOP)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "memory":
            raise MemoryError("no room")
        case "hog":
            # Page by page, until Ray finds its machine short of memory and kills the process.
            hoard = [bytes(range(256)) * 2**16 for _ in range(HOG_BYTES >> 24)]
            raise AssertionError(f"nobody minded {len(hoard)} parts of 16 MiB")
        case _:
            return


def main() -> None:
    environment = RunnerEnvironment.read(os.environ)
    os.environ.update(TUNE_ENVIRONMENT)
    # Workers must find this very module.
    variables = {
        **environment.variables(),
        "PYTHONPATH": os.pathsep.join(sys.path),
        VARIABLE: os.environ[VARIABLE],
    }
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=100_000_000,
        runtime_env={"env_vars": variables},
    )
    drive(environment, trainable=FaultyTrialProcess)


if __name__ == "__main__":
    main()
