"""A real runner on a Ray of its own, whose trials fail each in its own way, by number.

Started by the test of faults as `python -m tests.chaos.faulty_runner`, with a runner's environment.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator

import ray

from service.protocol import Record
from workers.assignment import Assignment, JobContext
from workers.environment import RunnerEnvironment
from workers.runner import drive
from workers.trainable import TrialProcess
from workers.tune_run import TUNE_ENVIRONMENT

FAULTS = ("raise", "not_a_number", "exit", "segfault", "hang", "freeze", "kill", "memory")


class FaultyTrialProcess(TrialProcess):
    def run_assignment(
        self, context: JobContext, assignment: Assignment
    ) -> Iterator[tuple[Record, ...]]:
        fault = FAULTS[assignment.number] if assignment.number < len(FAULTS) else None
        if fault == "not_a_number":
            # A real training that really diverges.
            assignment = assignment.model_copy(update={"learning_rate": 1e12})
        steps = super().run_assignment(context, assignment)
        yield next(steps)
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
        case _:
            return


def main() -> None:
    environment = RunnerEnvironment.read(os.environ)
    os.environ.update(TUNE_ENVIRONMENT)
    # Workers must find this very module.
    variables = {**environment.variables(), "PYTHONPATH": os.pathsep.join(sys.path)}
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
