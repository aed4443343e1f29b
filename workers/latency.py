"""How long an architecture takes on this machine: ONNX Runtime on the CPU.

The figure is the fastest run of many. On a machine shared with trainings, medians and CPU times
are off by up to 85 %, the fastest of 250 runs by 2 %: whatever disturbs a run can only add to it
(`benchmarks/latency.py`). Median and 90th percentile beside it say what a busy device would feel,
the reference model's fastest run whether the machine itself was slower than at another time.
"""

from collections.abc import Iterator
from functools import lru_cache
from time import perf_counter_ns

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
from searchspace.spec import LatencySpec
from service.protocol import Latency
from workers.export import INPUT, export_onnx
from workers.model import build_model

WARM_UP_RUNS = 20
RUNS = 250
FEWEST_RUNS = 50
BUDGET_SECONDS = 1.0
REFERENCE_RUNS = 100

NANOSECONDS_PER_MILLISECOND = 1e6

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


def measure_latency(architecture: Architecture, spec: LatencySpec) -> Latency:
    """Milliseconds of one batch. The weights are random: they do not matter.

    250 runs after a warm-up, fewer (at least 50) for a model that needs more than a second for
    them. The reference model is measured before and after, the faster of both counts.
    """
    subject = _Subject(architecture, spec)
    reference = _reference(spec)
    before = min(reference.times(REFERENCE_RUNS))
    times = sorted(subject.times(RUNS))
    after = min(reference.times(REFERENCE_RUNS))
    low, median, p90 = np.quantile(times, (0.0, 0.5, 0.9)).tolist()
    return Latency(min=low, median=median, p90=p90, runs=len(times), reference=min(before, after))


class _Subject:
    """A model ready to be run on the CPU again and again."""

    def __init__(self, architecture: Architecture, spec: LatencySpec) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = spec.threads
        options.inter_op_num_threads = spec.threads
        # Spinning threads would take the cores away from the trainings beside us.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        document = export_onnx(build_model(architecture), architecture, spec.batch_size)
        self._session = onnxruntime.InferenceSession(
            document, options, providers=["CPUExecutionProvider"]
        )
        image = architecture.input
        shape = (spec.batch_size, image.channels, image.height, image.width)
        self._feed = {INPUT: np.random.default_rng(0).random(shape, dtype=np.float32)}

    def times(self, runs: int) -> list[float]:
        """Milliseconds of each run after the warm-up."""
        for _ in range(WARM_UP_RUNS):
            self._session.run(None, self._feed)
        return list(self._timed(runs))

    def _timed(self, runs: int) -> Iterator[float]:
        deadline = perf_counter_ns() + BUDGET_SECONDS * 1e9
        for run in range(runs):
            started = perf_counter_ns()
            self._session.run(None, self._feed)
            ended = perf_counter_ns()
            yield (ended - started) / NANOSECONDS_PER_MILLISECOND
            if ended > deadline and run + 1 >= FEWEST_RUNS:
                return


@lru_cache(maxsize=4)
def _reference(spec: LatencySpec) -> _Subject:
    return _Subject(REFERENCE, spec)
