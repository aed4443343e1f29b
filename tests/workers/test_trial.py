"""A whole trial in this process: what it reports, and how it goes on from what was kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from searchspace.architecture import Architecture
from searchspace.spec import DatasetSpec, LatencySpec
from service.protocol import Latency, Measure, Record, Report, Stop
from workers.assignment import Assignment, JobContext, Resume
from workers.trial import run_trial

EPOCHS = 3
LATENCY = Latency(min=1.0, median=1.1, p90=1.3, runs=250, reference=0.5)


class Shelf:
    """Artifacts in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put_artifact(self, sha256: str, data: bytes) -> None:
        self.kept[sha256] = data

    def get_artifact(self, sha256: str) -> bytes:
        return self.kept[sha256]


class Bench:
    """Runs attempts at one trial; `wanted` says whether the last report is to be kept."""

    def __init__(self, architecture: Architecture, data_dir: Path) -> None:
        self.shelf = Shelf()
        self.wanted = False
        self._architecture = architecture
        self._data_dir = data_dir

    def steps(
        self, resume: Resume | None = None, checkpoint_seconds: float = 1e9
    ) -> Iterator[tuple[Record, ...]]:
        context = JobContext(
            job_id="job_1",
            epoch=1,
            dataset=DatasetSpec(name="digits", train_size=200),
            latency=LatencySpec(),
            cpus=1,
            gpus=0,
            step_seconds=60,
            checkpoint_seconds=checkpoint_seconds,
        )
        assignment = Assignment(
            number=0,
            attempt=1,
            architecture=self._architecture,
            learning_rate=0.01,
            weight_decay=0.01,
            label_smoothing=0.0,
            batch_size=32,
            seed=7,
            training_epochs=EPOCHS,
            latency=LATENCY,
            resume=resume,
        )
        return run_trial(context, assignment, self._data_dir, self.shelf, self._take_wanted)

    def _take_wanted(self) -> bool:
        wanted, self.wanted = self.wanted, False
        return wanted


@pytest.fixture
def bench(architecture: Architecture, tmp_path: Path) -> Bench:
    return Bench(architecture, tmp_path)


def reports(steps: Iterator[tuple[Record, ...]]) -> list[Report]:
    return [record for records in steps for record in records if isinstance(record, Report)]


def results(found: list[Report]) -> list[tuple[int, float, float]]:
    return [(report.training_epoch, report.accuracy, report.loss) for report in found]


def test_it_measures_first_then_reports_every_epoch_and_delivers_a_model(bench: Bench) -> None:
    first, *epochs = bench.steps()
    assert isinstance(first[0], Measure)
    assert [r.training_epoch for r in reports(iter(epochs))] == [1, 2, 3]
    last = epochs[-1][-1]
    assert isinstance(last, Stop)
    assert last.models[0].checkpoint in bench.shelf.kept


def test_a_wanted_state_is_kept_by_reporting_the_same_epoch_again(bench: Bench) -> None:
    uninterrupted = reports(bench.steps())

    steps = bench.steps()
    next(steps)
    plain = reports(iter([next(steps)]))
    bench.wanted = True
    again = reports(iter([next(steps)]))
    assert results(again) == results(plain) == results(uninterrupted[:1])
    assert plain[0].checkpoint is None
    assert again[0].checkpoint in bench.shelf.kept

    assert again[0].checkpoint is not None
    resumed = reports(bench.steps(Resume(training_epoch=1, checkpoint=again[0].checkpoint)))
    assert results(resumed) == results(uninterrupted[1:]), "to the last bit"
    assert results(reports(steps)) == results(uninterrupted[1:]), "as if nothing had been asked"


def test_states_are_kept_unasked_after_a_while(bench: Bench) -> None:
    kept = [report.checkpoint for report in reports(bench.steps(checkpoint_seconds=0))]
    assert [checkpoint is not None for checkpoint in kept] == [True, True, False]
