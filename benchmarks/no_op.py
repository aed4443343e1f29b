"""What a trial records that trains nothing, without a library that a training needs."""

import random

from searchspace.architecture import Architecture
from searchspace.cost import architecture_cost
from searchspace.limits import analytic_values
from service.protocol import Latency, Measure, Model, Record, Report, Stop, TrialReason
from workers.artifacts import sha256_hex
from workers.assignment import Assignment

NOTHING_TRAINED = b"the weights of a model that was never trained"


def no_op_records(assignment: Assignment, weights: bytes = NOTHING_TRAINED) -> tuple[Record, ...]:
    """What a trial records whose model has these weights, which are stored already."""
    number, attempt = assignment.number, assignment.attempt
    architecture: Architecture = assignment.architecture
    latency = Latency(min=1.0, median=1.1, p90=1.2, runs=250, reference=1.0)
    measured = analytic_values(architecture_cost(architecture)) | {"latency_ms": latency.min}
    accuracy = random.Random(number).random()
    model = Model(
        ranks=architecture.head.ranks,
        head=architecture.head.kind,
        architecture=architecture.model_dump(mode="json"),
        architecture_digest=architecture.digest,
        values=measured | {"accuracy": accuracy},
        latency=latency,
        checkpoint=sha256_hex(weights),
        checkpoint_bytes=len(weights),
    )
    return (
        Measure(number=number, attempt=attempt, values=measured, latency=latency),
        Report(
            number=number,
            attempt=attempt,
            training_epoch=1,
            accuracy=accuracy,
            loss=1.0,
            seconds=0.0,
        ),
        Stop(
            number=number,
            attempt=attempt,
            reason=TrialReason.FINISHED,
            values=model.values,
            models=(model,),
        ),
    )
