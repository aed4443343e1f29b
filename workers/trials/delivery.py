"""From a trained model to what its trial delivers: checkpoints, uploaded, and their records."""

from collections.abc import Generator, Mapping
from typing import Protocol, TypeVar

from searchspace.architecture import Architecture, Ranks
from searchspace.baselines import AnyArchitecture
from searchspace.curve import own_front, shortlist
from searchspace.limits import analytic_values
from searchspace.ranks import costs
from service.protocol import Export, Latency, Model, Record
from workers.artifacts import sha256_hex
from workers.assignment import Assignment, JobContext
from workers.models.checkpoint import encode_model
from workers.models.exports import Exported, Pictures, exports_of, has_own_latency
from workers.models.latency import find_latency, wait_for_device
from workers.networks.model import Model as Network
from workers.networks.model import PixelModel
from workers.training.elastic import evaluate_ranks, sliced
from workers.training.loop import Training

OWN_HEAD = "torchvision"
"""What is written for the head of a baseline."""

SLICE_SECONDS = 1.0
"""How long undisturbed stretches are waited for with each of a trial's many models."""


class Artifacts(Protocol):
    """Where checkpoints are kept: `workers.control_plane.RunnerClient`."""

    def put_artifact(self, sha256: str, data: bytes) -> None: ...

    def get_artifact(self, sha256: str) -> bytes: ...

    def measure(self, subject: str, model: str, reference: str) -> Latency | None: ...


Delivered = TypeVar("Delivered")
Steps = Generator[tuple[Record, ...], None, Delivered]
"""Steps without records while a device is waited for, and then what is delivered."""


def deliver(
    context: JobContext,
    assignment: Assignment,
    trained: tuple[PixelModel, AnyArchitecture],
    values: Mapping[str, float],
    latency: Latency,
    pictures: Pictures,
    artifacts: Artifacts,
) -> Steps[Model]:
    """Upload one model in all its forms, and describe it. values: every metric of it."""
    network, architecture = trained
    head = architecture.head
    data = encode_model(
        network,
        architecture,
        {
            "dataset": context.dataset.model_dump_json(),
            "accuracy": repr(values["accuracy"]),
            "job_id": context.job_id,
            "trial_number": str(assignment.number),
        },
    )
    sha256 = sha256_hex(data)
    artifacts.put_artifact(sha256, data)
    exports = []
    for exported in exports_of(network, architecture, pictures, context.exports, context.latency):
        export = yield from _uploaded(context, exported, artifacts)
        exports.append(export)
    return Model(
        ranks=head.ranks if head else None,
        head=head.kind if head else OWN_HEAD,
        architecture=architecture.model_dump(mode="json"),
        architecture_digest=architecture.digest,
        values=dict(values),
        latency=latency,
        checkpoint=sha256,
        checkpoint_bytes=len(data),
        exports=tuple(exports),
    )


def deliver_ranks(
    context: JobContext,
    assignment: Assignment,
    training: Training,
    measured: Latency,
    artifacts: Artifacts,
) -> Steps[tuple[Model, ...]]:
    """Upload the non-dominated models of an elastic training, the primary one first.

    measured: what was measured of the assignment's architecture.

    Raises:
        NonFiniteLoss: some logits are NaN or infinite.
    """
    trained, network = assignment.trained, training.model
    assert assignment.ranks is not None
    assert isinstance(trained, Architecture)
    assert isinstance(network, Network)
    found = evaluate_ranks(network, trained, assignment.ranks.triples(), *training.validation)
    known: dict[Ranks, dict[str, float]] = {
        ranks: {**analytic_values(cost), "accuracy": found[ranks].accuracy}
        for ranks, cost in costs(trained, assignment.ranks).items()
    }
    triples = list(known)
    objectives, constraints = context.objectives, context.constraints
    chosen = [triples[i] for i in shortlist(list(known.values()), objectives, constraints)]
    latencies: dict[Ranks, Latency] = {}
    for ranks in chosen:
        smaller = _with_ranks(trained, ranks)
        if smaller == assignment.architecture:
            latencies[ranks] = measured
        else:
            latencies[ranks] = yield from find_latency(
                smaller, context.latency, artifacts, SLICE_SECONDS
            )
    values = [{**known[ranks], "latency_ms": latencies[ranks].min} for ranks in chosen]
    pictures = Pictures.of(training)
    best = own_front(values, objectives, constraints, context.reference_point)
    models = []
    for i in best:
        model = deliver(
            context,
            assignment,
            sliced(network, trained, chosen[i]),
            values[i],
            latencies[chosen[i]],
            pictures,
            artifacts,
        )
        models.append((yield from model))
    return tuple(models)


def _uploaded(context: JobContext, exported: Exported, artifacts: Artifacts) -> Steps[Export]:
    sha256, latency = sha256_hex(exported.data), exported.latency
    artifacts.put_artifact(sha256, exported.data)
    on_device = context.latency.device is not None
    if on_device and has_own_latency(exported.form, context.latency):
        latency = yield from wait_for_device(exported.data, sha256, context.latency, artifacts)
    return Export(form=exported.form, sha256=sha256, accuracy=exported.accuracy, latency=latency)


def _with_ranks(architecture: Architecture, ranks: Ranks) -> Architecture:
    return architecture.with_head(architecture.head.kind, ranks)
