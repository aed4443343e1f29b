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

from dataclasses import dataclass, field
from functools import lru_cache
from time import perf_counter

import numpy as np
import onnxruntime

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
from searchspace.spec import LatencySpec
from service.protocol import Latency
from workers.export import INPUT
from workers.networks import as_onnx, build

WARM_UP_RUNS = 20
RUNS = 250
FEWEST_RUNS = 50
CALM_BURSTS = 5
"""How many bursts must fall into undisturbed stretches."""

CALM = 1.03
"""The reference counts as undisturbed up to this multiple of its fastest run."""

BURST_SECONDS = 0.01
USUAL_SECONDS = 1.0
LONGEST_SECONDS = 4.0
CALIBRATION_SECONDS = 2.0
"""Time for the reference to meet an undisturbed stretch, once in a process."""

MILLISECONDS = 1000.0

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


def measure_latency(
    architecture: AnyArchitecture, spec: LatencySpec, longest_seconds: float = LONGEST_SECONDS
) -> Latency:
    """Milliseconds of one batch. The weights are random: they do not matter.

    Takes about a third of a second for a small model on a calm machine, at most some five.

    longest_seconds: how long undisturbed stretches are waited for.
    """
    document = as_onnx(build(architecture), architecture, spec.batch_size)
    return measure_document(document, architecture.input, spec, longest_seconds)


def measure_document(
    document: bytes, image: Shape, spec: LatencySpec, longest_seconds: float = LONGEST_SECONDS
) -> Latency:
    """Milliseconds of one batch of an ONNX model that takes images of this shape."""
    reference = _reference(spec)
    subject = _Subject(document, image, spec)
    times: list[float] = []
    around: list[float] = []
    started = perf_counter()
    before = reference.burst()
    while not enough(
        runs=len(times),
        calm_bursts=sum(r <= CALM * reference.fastest for r in around),
        seconds=perf_counter() - started,
        longest_seconds=longest_seconds,
    ):
        times += subject.burst()
        after = reference.burst()
        around.append(max(before, after))
        before = after
    low, median, p90 = np.quantile(times, (0.0, 0.5, 0.9)).tolist()
    return Latency(min=low, median=median, p90=p90, runs=len(times), reference=min(around))


def enough(
    *, runs: int, calm_bursts: int, seconds: float, longest_seconds: float = LONGEST_SECONDS
) -> bool:
    """Whether the fastest run so far can be taken for the undisturbed one."""
    if runs < FEWEST_RUNS:
        return False
    if seconds >= longest_seconds:
        return True
    return calm_bursts >= CALM_BURSTS and (runs >= RUNS or seconds >= USUAL_SECONDS)


class _Subject:
    """A warm model, ready to be run on the CPU again and again."""

    def __init__(self, document: bytes, image: Shape, spec: LatencySpec) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = spec.threads
        options.inter_op_num_threads = spec.threads
        # Spinning threads would take the cores away from the trainings beside us.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            document, options, providers=["CPUExecutionProvider"]
        )
        shape = (spec.batch_size, image.channels, image.height, image.width)
        self._feed = {INPUT: np.random.default_rng(0).random(shape, dtype=np.float32)}
        for _ in range(WARM_UP_RUNS):
            self._session.run(None, self._feed)

    def burst(self) -> list[float]:
        """Milliseconds of each run that fits into a burst, of one at least."""
        times: list[float] = []
        deadline = perf_counter() + BURST_SECONDS
        ended = 0.0
        while ended < deadline:
            started = perf_counter()
            self._session.run(None, self._feed)
            ended = perf_counter()
            times.append((ended - started) * MILLISECONDS)
        return times


@dataclass(slots=True)
class _Reference:
    """The reference model, and its fastest run in this process, in milliseconds."""

    subject: _Subject
    fastest: float = field(default=float("inf"))

    def burst(self) -> float:
        fastest = min(self.subject.burst())
        self.fastest = min(self.fastest, fastest)
        return fastest


@lru_cache(maxsize=4)
def _reference(spec: LatencySpec) -> _Reference:
    document = as_onnx(build(REFERENCE), REFERENCE, spec.batch_size)
    reference = _Reference(_Subject(document, REFERENCE.input, spec))
    deadline = perf_counter() + CALIBRATION_SECONDS
    while perf_counter() < deadline:
        reference.burst()
    return reference
