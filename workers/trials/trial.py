"""One trial from its assignment to its last record: measure, train, deliver. No Ray in here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import torch

from searchspace.limits import analytic_values
from service.protocol import (
    TEST_ACCURACY,
    Latency,
    Measure,
    Model,
    Record,
    Report,
    Stop,
    TrialPurpose,
    TrialReason,
)
from workers.artifacts import sha256_hex
from workers.assignment import Assignment, JobContext
from workers.models.checkpoint import decode_training, encode_training
from workers.models.exports import Pictures
from workers.models.latency import find_latency
from workers.networks.building import build, cost_of
from workers.training.data import load_split
from workers.training.elastic import SandwichLoss
from workers.training.final_score import score_on_test
from workers.training.loop import EpochReport, Training, cross_entropy
from workers.trials.delivery import Artifacts, deliver, deliver_ranks


def run_trial(
    context: JobContext,
    assignment: Assignment,
    data_dir: Path,
    artifacts: Artifacts,
    keep_wanted: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Record, ...]]:
    """Yields the records of each step: what is measured first, then every training epoch's.

    A step without records waits for the device that measures.

    A checkpoint is uploaded before the record that names it is yielded.

    keep_wanted: asked between training epochs; if so, the next step reports the last one again,
        with its state kept, before training goes on.

    Raises:
        NonFiniteLoss: training diverged.
    """
    torch.set_num_threads(max(1, int(context.cpus)))
    latency = assignment.latency
    if latency is None:
        latency = yield from find_latency(assignment.architecture, context.latency, artifacts)
    # What a compression begins with is measured before it is trained, like all that is known first.
    started = (
        _start(context, assignment, data_dir, artifacts)
        if _compresses(context, assignment)
        else None
    )
    measure = _measured(assignment, latency, started.found if started else {})
    yield (measure,)

    training = (started or _start(context, assignment, data_dir, artifacts)).training
    kept_at = monotonic()
    while training.training_epoch < assignment.training_epochs:
        report = training.run_epoch()
        if report.training_epoch == assignment.training_epochs:
            values = measure.values | {"accuracy": report.accuracy}
            if assignment.purpose is TrialPurpose.RETRAIN:
                values |= _test_score(context, training, data_dir)
            yield from _end(
                context, assignment, training, report, values, measure.latency, artifacts
            )
        elif monotonic() - kept_at >= context.checkpoint_seconds:
            kept_at = monotonic()
            yield (_reported(assignment, report, _keep(training, artifacts)),)
        else:
            yield (_reported(assignment, report, None),)
            if keep_wanted():
                kept_at = monotonic()
                yield (_reported(assignment, report, _keep(training, artifacts)),)


def _end(
    context: JobContext,
    assignment: Assignment,
    training: Training,
    report: EpochReport,
    values: dict[str, float],
    latency: Latency,
    artifacts: Artifacts,
) -> Iterator[tuple[Record, ...]]:
    """The last training epoch's report, and what the trial delivers."""
    last = _reported(assignment, report, None)
    if assignment.ranks is None:
        trained = training.model, assignment.architecture
        pictures = Pictures.of(training)
        model = yield from deliver(
            context, assignment, trained, values, latency, pictures, artifacts
        )
        yield last, _finished(assignment, (model,))
    else:
        # Measuring many models is a step of its own.
        yield (last,)
        models = yield from deliver_ranks(context, assignment, training, latency, artifacts)
        yield (_finished(assignment, models),)


def _measured(assignment: Assignment, latency: Latency, found: Mapping[str, float]) -> Measure:
    values = analytic_values(cost_of(assignment.architecture))
    return Measure(
        number=assignment.number,
        attempt=assignment.attempt,
        values={**values, **found, "latency_ms": latency.min},
        latency=latency,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Started:
    """found: what was measured of the weights that the training begins with, by name."""

    training: Training
    found: Mapping[str, float]


def _compresses(context: JobContext, assignment: Assignment) -> bool:
    return context.compress is not None and assignment.purpose is not TrialPurpose.BASELINE


def _start(
    context: JobContext, assignment: Assignment, data_dir: Path, artifacts: Artifacts
) -> _Started:
    split = load_split(
        data_dir,
        context.dataset.key,
        side=context.dataset.image_size,
        train_size=context.dataset.train_size,
        validation_fraction=context.dataset.validation_fraction,
    )
    training = Training(
        build(assignment.trained, seed=assignment.seed),
        split,
        assignment.hyperparameters,
        assignment.training_epochs,
        assignment.seed,
        loss=cross_entropy if assignment.ranks is None else SandwichLoss(assignment.ranks),
        device=_device(context),
    )
    found: Mapping[str, float] = {}
    if context.compress is not None and _compresses(context, assignment):
        # Loads torchvision, which takes seconds that most trials need not spend.
        from workers.models.compression import begin_compressed  # noqa: PLC0415

        weights = artifacts.get_artifact(context.compress.weights)
        found = begin_compressed(training, assignment.architecture, context.compress, weights)
    if assignment.resume is not None:
        training.restore(decode_training(artifacts.get_artifact(assignment.resume.checkpoint)))
    return _Started(training, found)


def _test_score(context: JobContext, training: Training, data_dir: Path) -> dict[str, float]:
    key, side = context.dataset.key, context.dataset.image_size
    accuracy = score_on_test(training.model, data_dir, key, side, _device(context))
    return {TEST_ACCURACY: accuracy}


def _device(context: JobContext) -> str:
    return "cuda" if context.gpus else "cpu"


def _reported(assignment: Assignment, report: EpochReport, checkpoint: str | None) -> Report:
    return Report(
        number=assignment.number,
        attempt=assignment.attempt,
        training_epoch=report.training_epoch,
        accuracy=report.accuracy,
        loss=report.loss,
        seconds=report.seconds,
        checkpoint=checkpoint,
    )


def _finished(assignment: Assignment, models: tuple[Model, ...]) -> Stop:
    """The trial's end; its own values are those of the first model."""
    return Stop(
        number=assignment.number,
        attempt=assignment.attempt,
        reason=TrialReason.FINISHED,
        values=models[0].values,
        models=models,
    )


def _keep(training: Training, artifacts: Artifacts) -> str:
    data = encode_training(training.state())
    sha256 = sha256_hex(data)
    artifacts.put_artifact(sha256, data)
    return sha256
