"""A whole trial in this process: what it reports, and how it goes on from what was kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from searchspace.architecture import Architecture, HeadKind
from searchspace.baselines import AnyArchitecture, BaselineName, fitted
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN
from searchspace.objectives import Constraint, Objective
from searchspace.pareto import non_dominated
from searchspace.ranks import RankGrid
from searchspace.spec import DatasetSpec, LatencySpec
from service.protocol import Latency, Measure, Record, Report, Stop, TrialPurpose
from workers.assignment import Assignment, JobContext, Resume
from workers.datasets import digits, store
from workers.datasets.errors import DatasetError
from workers.models.checkpoint import decode_model
from workers.models.exports import Pictures, accuracy_of
from workers.training.data import load_split
from workers.training.final_score import load_test
from workers.training.loop import evaluate
from workers.trials.trial import run_trial

EPOCHS = 3
OBJECTIVES = tuple(Objective(metric=metric) for metric in ("accuracy", "params", "latency_ms"))
GRID = RankGrid(channels=(2, 8), height=(1, 2), width=(1, 2))
LATENCY = Latency(min=1.0, median=1.1, p90=1.3, runs=250, reference=0.5)


class Shelf:
    """Artifacts in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.asked: list[str] = []

    def put_artifact(self, sha256: str, data: bytes) -> None:
        self.kept[sha256] = data

    def get_artifact(self, sha256: str) -> bytes:
        return self.kept[sha256]

    def measure(self, subject: str, model: str, reference: str) -> Latency | None:
        """A device that is asked in vain once for each model."""
        assert {model, reference} <= self.kept.keys()
        self.asked.append(subject)
        return LATENCY if self.asked.count(subject) > 1 else None


class Bench:
    """Runs attempts at one trial; `wanted` says whether the last report is to be kept."""

    def __init__(self, architecture: AnyArchitecture, data_dir: Path) -> None:
        self.shelf = Shelf()
        self.wanted = False
        self.ranks: RankGrid | None = None
        self.constraints: tuple[Constraint, ...] = ()
        self.purpose = TrialPurpose.SEARCH
        self.dataset = DatasetSpec(name="digits", train_size=200)
        self.profile = LatencySpec().profile
        self.latency: Latency | None = LATENCY
        self._architecture = architecture
        self._data_dir = data_dir

    def steps(
        self, resume: Resume | None = None, checkpoint_seconds: float = 1e9
    ) -> Iterator[tuple[Record, ...]]:
        context = JobContext(
            job_id="job_1",
            epoch=1,
            dataset=self.dataset,
            latency=LatencySpec(profile=self.profile),
            objectives=OBJECTIVES,
            constraints=self.constraints,
            reference_point=(0.0, 1e6, 100.0),
            cpus=1,
            gpus=0,
            release="",
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
            purpose=self.purpose,
            latency=self.latency,
            resume=resume,
            ranks=self.ranks,
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


def test_it_waits_for_a_device_in_steps_without_records(bench: Bench) -> None:
    bench.profile, bench.latency, bench.ranks = "phone", None, GRID
    first, second, *epochs = bench.steps()
    assert first == ()
    assert isinstance(second[0], Measure)
    assert second[0].latency == LATENCY
    (stop,) = epochs[-1]
    assert isinstance(stop, Stop)
    # One empty step for each model that was asked for, the trial's own included.
    waits = [records for records in epochs if not records]
    assert len(waits) + 1 == len(set(bench.shelf.asked)) > 1
    assert {model.architecture_digest for model in stop.models} <= set(bench.shelf.asked)


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


@pytest.fixture
def elastic(bench: Bench) -> Bench:
    """Images enough for ranks to make a difference."""
    bench.ranks = GRID
    bench.dataset = DatasetSpec(name="digits", train_size=1000)
    return bench


def stop_of(steps: Iterator[tuple[Record, ...]]) -> Stop:
    (stop,) = [r for records in steps for r in records if isinstance(r, Stop)]
    return stop


def test_an_elastic_trial_delivers_non_dominated_models_that_are_what_they_say(
    elastic: Bench, architecture: Architecture, tmp_path: Path
) -> None:
    stop = stop_of(elastic.steps())

    split = load_split(tmp_path, "digits", train_size=1000, validation_fraction=0.1)
    for model in stop.models:
        assert model.ranks in set(GRID.triples())
        rebuilt = decode_model(elastic.shelf.kept[model.checkpoint])
        assert rebuilt.architecture == architecture.with_head(HeadKind.TCL, model.ranks)
        assert rebuilt.architecture.digest == model.architecture_digest
        assert rebuilt.architecture.model_dump(mode="json") == model.architecture
        cost = architecture_cost(rebuilt.architecture)
        built = sum(p.numel() for p in rebuilt.model.parameters())
        assert model.values["params"] == cost.params == built
        assert model.values["macs"] == cost.macs
        found = evaluate(rebuilt.model, split.validation_images, split.validation_labels)
        assert model.values["accuracy"] == found.accuracy, "to the last bit"
        assert model.values["latency_ms"] == model.latency.min
        assert model.checkpoint_bytes == len(elastic.shelf.kept[model.checkpoint])
    assert len({model.checkpoint for model in stop.models}) == len(stop.models) > 1
    losses = [
        (-m.values["accuracy"], m.values["params"], m.values["latency_ms"]) for m in stop.models
    ]
    assert non_dominated(losses).all()
    assert stop.values == stop.models[0].values


def test_the_curve_of_an_elastic_trial_is_that_of_its_largest_ranks(elastic: Bench) -> None:
    *epochs, end = elastic.steps()

    told = reports(iter(epochs))
    assert [report.training_epoch for report in told] == [1, 2, 3]
    (stop,) = end
    assert isinstance(stop, Stop)
    largest = [model for model in stop.models if model.ranks == GRID.largest]
    assert all(model.values["accuracy"] == told[-1].accuracy for model in largest)
    assert all(model.latency == LATENCY for model in largest), "measured once"


def test_an_elastic_trial_delivers_feasible_models_where_there_are_any(
    elastic: Bench, architecture: Architecture
) -> None:
    least = architecture_cost(architecture.with_head(HeadKind.TCL, GRID.smallest)).params
    elastic.constraints = (Constraint(metric="params", max=least),)

    stop = stop_of(elastic.steps())

    assert [model.ranks for model in stop.models] == [GRID.smallest]
    elastic.constraints = (Constraint(metric="params", max=1.0),)
    assert len(stop_of(elastic.steps()).models) > 1


def test_an_interrupted_elastic_trial_ends_with_the_very_same_models(elastic: Bench) -> None:
    unbroken, shelf = stop_of(elastic.steps()), dict(elastic.shelf.kept)

    steps = elastic.steps()
    next(steps)
    next(steps)
    elastic.wanted = True
    (kept,) = reports(iter([next(steps)]))
    assert kept.checkpoint is not None
    elastic.shelf.kept = {kept.checkpoint: elastic.shelf.kept[kept.checkpoint]}
    resumed = stop_of(elastic.steps(Resume(training_epoch=1, checkpoint=kept.checkpoint)))

    # What was measured decides which models are delivered; their weights are the same ones.
    ours = {model.ranks: model.checkpoint for model in unbroken.models}
    theirs = {model.ranks: model.checkpoint for model in resumed.models}
    both = ours.keys() & theirs.keys()
    assert both
    assert all(shelf[ours[ranks]] == elastic.shelf.kept[theirs[ranks]] for ranks in both)


def test_a_baseline_goes_on_from_its_kept_state_to_the_last_bit(tmp_path: Path) -> None:
    name = BaselineName.SHUFFLENET_V2_X0_5
    bench = Bench(fitted(name, KNOWN["digits"].image, 10), tmp_path)
    uninterrupted = reports(bench.steps(checkpoint_seconds=0))
    first = uninterrupted[0]
    assert first.checkpoint is not None
    resumed = reports(bench.steps(Resume(training_epoch=1, checkpoint=first.checkpoint)))
    assert results(resumed) == results(uninterrupted[1:])


def test_what_a_baseline_delivers_is_the_network_that_was_measured(tmp_path: Path) -> None:
    architecture = fitted(BaselineName.SHUFFLENET_V2_X0_5, KNOWN["digits"].image, 10)
    bench = Bench(architecture, tmp_path)
    (model,) = stop_of(bench.steps()).models
    loaded = decode_model(bench.shelf.kept[model.checkpoint])
    assert loaded.architecture == architecture
    trainable = sum(p.numel() for p in loaded.model.parameters())
    assert model.values["params"] == trainable
    assert (model.head, model.ranks) == ("torchvision", None)


def test_the_test_part_is_read_at_the_end_of_a_retraining_alone(
    bench: Bench, tmp_path: Path
) -> None:
    store.install(tmp_path, "folder-digits", digits.read())
    bench.dataset = DatasetSpec(name="folder", folder="digits", train_size=200)
    plain = stop_of(bench.steps())
    bench.purpose = TrialPurpose.RETRAIN
    scored = stop_of(bench.steps())
    assert "test_accuracy" not in plain.values
    (model,) = scored.models
    images, labels = load_test(tmp_path, "folder-digits")
    expected = evaluate(decode_model(bench.shelf.kept[model.checkpoint]).model, images, labels)
    assert model.values["test_accuracy"] == expected.accuracy
    assert model.values["accuracy"] == plain.values["accuracy"]

    for file in tmp_path.rglob("*test_*.npy"):
        file.unlink()
    for purpose in (TrialPurpose.SEARCH, TrialPurpose.BASELINE):
        bench.purpose = purpose
        assert stop_of(bench.steps()).models
    bench.purpose = TrialPurpose.RETRAIN
    steps = bench.steps()
    with pytest.raises(DatasetError):
        list(steps)


def test_a_trial_is_of_the_size_that_its_job_asks_for(tmp_path: Path, points) -> None:
    at_16 = KNOWN["digits"].resized(16)
    architecture = next(points("tiny", at_16)).architecture
    store.install(tmp_path, "folder-digits", digits.read())
    bench = Bench(architecture, tmp_path)
    bench.dataset = DatasetSpec(name="folder", folder="digits", train_size=200, image_size=16)
    bench.purpose = TrialPurpose.RETRAIN
    (model,) = stop_of(bench.steps()).models

    loaded = decode_model(bench.shelf.kept[model.checkpoint])
    split = load_split(tmp_path, "folder-digits", side=16, train_size=200, validation_fraction=0.1)
    assert loaded.architecture.input == at_16.image
    validation = evaluate(loaded.model, split.validation_images, split.validation_labels)
    assert model.values["accuracy"] == validation.accuracy
    test = evaluate(loaded.model, *load_test(tmp_path, "folder-digits", 16))
    assert model.values["test_accuracy"] == test.accuracy
    (onnx,) = [bench.shelf.kept[export.sha256] for export in model.exports]
    assert accuracy_of(
        onnx, Pictures(*[split.validation_images] * 2, split.validation_labels)
    ) == (validation.accuracy)
