"""The trials of `benchmarks.soak`: everything of a real one but its training."""

import os
from collections.abc import Iterator
from random import Random

from benchmarks.no_op import no_op_records
from benchmarks.soak_parts import CRASHING, FAILING, WEIGHTS_BYTES
from service.protocol import Record
from workers.artifacts import sha256_hex
from workers.assignment import Assignment, JobContext
from workers.trials.trainable import TrialProcess


class SoakTrialProcess(TrialProcess):
    """Uploads weights of its own and records them, or fails."""

    def run_assignment(
        self, context: JobContext, assignment: Assignment
    ) -> Iterator[tuple[Record, ...]]:
        if assignment.number == CRASHING:
            os._exit(1)
        if assignment.number % FAILING == FAILING - 1:
            raise RuntimeError("one of the trials that fail")
        weights = Random(assignment.seed).randbytes(WEIGHTS_BYTES)
        self.artifacts().put_artifact(sha256_hex(weights), weights)
        yield no_op_records(assignment, weights)
