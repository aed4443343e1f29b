"""The body of `POST /compressions`, checked field by field.

What depends on the network itself, its weights and its data set is `service.jobs.compression`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from searchspace.architecture import Frozen, Ranks
from searchspace.baselines import BaselineName
from searchspace.spec import (
    MAX_COMPRESSIONS,
    USUAL_OBJECTIVES,
    BudgetSpec,
    Constraints,
    DatasetSpec,
    EarlyStopping,
    Exports,
    LatencySpec,
    Name,
    NoEarlyStopping,
    Objectives,
    PixelMoments,
    Priority,
    ResourcesSpec,
    RetrainSpec,
    SamplerSpec,
    Tags,
    TrainingSpec,
    Trials,
    Version,
)

Sha256 = Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{64}$")]


class ModelSource(Frozen):
    """A model of one of the team's jobs.

    model: its id; its head is pooled or flattened.
    job: the id of its job.
    weights: SHA-256 of uploaded weights for it, a checkpoint of the same architecture or a file of
        nothing but its tensors; its own where none are given.
    """

    model: Annotated[str, Field(strict=True, max_length=40)]
    job: Annotated[str, Field(strict=True, max_length=40)]
    weights: Sha256 | None = None


class NetworkSource(Frozen):
    """One of torchvision's networks.

    architecture: its name.
    weights: SHA-256 of uploaded weights, their tensors named as torchvision names them, or of a
        baseline's checkpoint.
    halvings: how often it halves images; as often as a baseline of a job does, where not given.
    moments: by which the network expects its pixels to be normalised; those of the data set's
        training images where not given.
    """

    architecture: BaselineName
    weights: Sha256
    halvings: Annotated[int, Field(strict=True, ge=0, le=5)] | None = None
    moments: PixelMoments | None = None


def _kind_of_source(value: object) -> str:
    named = value.get("model") if isinstance(value, Mapping) else getattr(value, "model", None)
    return "<network>" if named is None else "<model>"


Source = Annotated[
    Annotated[ModelSource, Tag("<model>")] | Annotated[NetworkSource, Tag("<network>")],
    Discriminator(_kind_of_source),
]


class FineTuningBudget(BudgetSpec):
    """What a compression may use up.

    trials: how many triples are tried; where it is not given, every one that is listed, and 24 at
        most of automatic ones. Where it is fewer than there are, the sampler chooses.
    training_epochs: of each trial's fine-tuning.
    wall_clock_seconds: of the job while it runs; it succeeds with what it has by then.
    trial_seconds: of each trial, as in a search.
    """

    trials: Trials | None = None  # type: ignore[assignment]  # a number by the time it is a job's
    training_epochs: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 2


def _each_once(triples: tuple[Ranks, ...]) -> tuple[Ranks, ...]:
    if len(set(triples)) != len(triples):
        raise ValueError("triples must not repeat")
    return triples


Triples = Annotated[
    tuple[Ranks, ...],
    Field(min_length=1, max_length=MAX_COMPRESSIONS),
    AfterValidator(_each_once),
]


def _kind_of_ranks(value: object) -> str:
    return "<auto>" if isinstance(value, str) else "<listed>"


Wanted = Annotated[
    Annotated[Triples, Tag("<listed>")] | Annotated[Literal["auto"], Tag("<auto>")],
    Discriminator(_kind_of_ranks),
]


class Compression(Frozen):
    """A trained network to be compressed: its dense head becomes a TCL, at several ranks.

    version: of this form of document; 1.
    name: of the job, for people.
    source: the network and its weights.
    dataset: what it is fine-tuned and measured on; that of the model's job where not given.
    ranks: triples over channels, height and width to try; or `auto`, powers of two up to what the
        head has along each mode, as far as they make it smaller. A head that pools has 1 along
        height and width.
    training: how it is fine-tuned; by a tenth of a search's usual learning rate.
    objectives: as in a search, and so is everything below.
    """

    version: Version = 1
    name: Name
    source: Source
    dataset: DatasetSpec | None = None
    ranks: Wanted = "auto"
    training: TrainingSpec = TrainingSpec(learning_rate=1e-3)
    budget: FineTuningBudget = FineTuningBudget()
    objectives: Objectives = USUAL_OBJECTIVES
    constraints: Constraints = ()
    sampler: SamplerSpec = SamplerSpec()
    early_stopping: EarlyStopping = NoEarlyStopping(name="none")
    resources: ResourcesSpec = ResourcesSpec()
    latency: LatencySpec = LatencySpec()
    retrain: RetrainSpec = RetrainSpec()
    exports: Exports = ()
    priority: Priority = 0
    tags: Annotated[Tags, Field(default_factory=dict)]
