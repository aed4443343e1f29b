"""How long an architecture takes on this machine: ONNX Runtime on the CPU.

The figure is the fastest run of many: whatever disturbs a run can only add to it. On a machine
shared with trainings, medians and CPU times are off by up to 85 %, the fastest run by a few
percent (`benchmarks/latency.py`). Median and 90th percentile beside it say what a busy device
would feel.

One disturbance outlasts many runs: cores that share their caches or their clock with a neighbour
(another virtual machine, say) are slower by 10 to 30 % for up to a second at a time. So the runs
come in short bursts between bursts of a fixed reference model, and go on until enough of them
fell into stretches in which the reference was as fast as this process has ever seen it.
"""

from collections.abc import Generator
from dataclasses import asdict
from functools import lru_cache
from time import sleep
from typing import Protocol

import numpy as np

from searchspace.architecture import (
    Architecture,
    BlockKind,
    Head,
    HeadKind,
    Shape,
    Stage,
    Stem,
)
from searchspace.baselines import AnyArchitecture
from searchspace.spec import LatencySpec, Precision
from service.protocol import Latency, Record
from workers.artifacts import sha256_hex
from workers.device_agent import LONGEST_SECONDS, Reference, Subject, measure
from workers.networks.building import as_onnx, build

CALIBRATION_IMAGES = 8
"""For ranges that weights without meaning give: they make no difference to the time."""

POLL_SECONDS = 1.0
"""Between two questions for what a device has measured."""

REFERENCE = Architecture(
    input=Shape(channels=3, height=32, width=32),
    classes=10,
    stem=Stem(width=16),
    stages=(
        Stage(block=BlockKind.RESIDUAL, depth=1, width=16, stride=1),
        Stage(block=BlockKind.MBCONV, depth=1, width=32, stride=2, expansion=2),
        Stage(block=BlockKind.RESIDUAL, depth=1, width=64, stride=2),
    ),
    head=Head(kind=HeadKind.TCL, ranks=(16, 2, 2)),
)
"""The same for ever: its latency compares machines and times."""


Waiting = Generator[tuple[Record, ...], None, Latency]
"""Steps without records for as long as a device is waited for, and then its latency."""


class Bench(Protocol):
    """Where models are left to be measured on a device: `workers.control_plane.RunnerClient`."""

    def put_artifact(self, sha256: str, data: bytes) -> None: ...

    def measure(self, subject: str, model: str, reference: str) -> Latency | None: ...


def find_latency(
    architecture: AnyArchitecture,
    spec: LatencySpec,
    bench: Bench,
    longest_seconds: float = LONGEST_SECONDS,
) -> Waiting:
    """Milliseconds of one batch, measured here or on the profile's device.

    Raises what the bench does for a model that its device cannot measure.
    """
    if spec.device is None:
        return measure_latency(architecture, spec, longest_seconds)
    document = subject_document(architecture, spec)
    return (yield from wait_for_device(document, architecture.digest, spec, bench))


def wait_for_device(document: bytes, subject: str, spec: LatencySpec, bench: Bench) -> Waiting:
    """What the device makes of an ONNX model.

    subject: under what it goes on record: an architecture's digest, or the file's own hash.
    """
    reference = _reference_document(spec.batch_size)
    model_sha256, reference_sha256 = sha256_hex(document), sha256_hex(reference)
    bench.put_artifact(model_sha256, document)
    bench.put_artifact(reference_sha256, reference)
    while True:
        latency = bench.measure(subject, model_sha256, reference_sha256)
        if latency is not None:
            return latency
        # Each poll is a step of its own, so that a device may take as long as it likes.
        yield ()
        sleep(POLL_SECONDS)


def measure_latency(
    architecture: AnyArchitecture, spec: LatencySpec, longest_seconds: float = LONGEST_SECONDS
) -> Latency:
    """Milliseconds of one batch on this machine. The weights are random: they do not matter.

    Takes about a third of a second for a small model on a calm machine, at most some five.

    longest_seconds: how long undisturbed stretches are waited for.
    """
    document = subject_document(architecture, spec)
    return measure_document(document, spec, longest_seconds)


def subject_document(architecture: AnyArchitecture, spec: LatencySpec) -> bytes:
    """What is measured of an architecture: ONNX in the profile's precision, with random weights."""
    network = build(architecture)
    if spec.precision is Precision.FP32:
        return as_onnx(network, architecture, spec.batch_size)
    # Takes half a second to import, which most searches can do without.
    from workers.models.quantization import quantized  # noqa: PLC0415

    image = architecture.input
    random = np.random.default_rng(0)
    shape = (CALIBRATION_IMAGES, image.channels, image.height, image.width)
    return quantized(as_onnx(network, architecture), random.random(shape, dtype=np.float32))


def measure_document(
    document: bytes, spec: LatencySpec, longest_seconds: float = LONGEST_SECONDS
) -> Latency:
    """Milliseconds of one batch of an ONNX model on this machine."""
    return measure_subject(Subject(document, spec.batch_size, spec.threads), spec, longest_seconds)


def measure_subject(
    subject: Subject, spec: LatencySpec, longest_seconds: float = LONGEST_SECONDS
) -> Latency:
    """Milliseconds of one run of whatever is ready to be run on this machine."""
    times = measure(subject, _reference(spec.batch_size, spec.threads), longest_seconds)
    return Latency(**asdict(times))


@lru_cache(maxsize=4)
def _reference(batch_size: int, threads: int) -> Reference:
    return Reference.calibrated(Subject(_reference_document(batch_size), batch_size, threads))


@lru_cache(maxsize=4)
def _reference_document(batch_size: int) -> bytes:
    return as_onnx(build(REFERENCE), REFERENCE, batch_size)
