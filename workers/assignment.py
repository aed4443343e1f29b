"""What a runner hands to a trial's process: plain values, no secrets, one JSON text each."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from searchspace.architecture import Architecture, HeadKind
from searchspace.baselines import AnyArchitecture
from searchspace.objectives import Constraint, Objective
from searchspace.ranks import RankGrid
from searchspace.space import Hyperparameters
from searchspace.spec import CompressSpec, DatasetSpec, ExportFormat, LatencySpec
from service.protocol import Latency, Record, TrialPurpose

CONTEXT_KEY = "context"
ASSIGNMENT_KEY = "assignment"
"""Of a trial's configuration: a `JobContext` and an `Assignment`, as JSON."""
RECORDS_KEY = "records"
"""Of a step's result: what the trial reports, as JSON of `RECORDS`."""
RECORDS = TypeAdapter(tuple[Record, ...])


class Handed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class JobContext(Handed):
    """What all trials of a job share.

    objectives, constraints, reference_point: what models are compared by.
    compress: the trained network that the trials begin with.
    cpus, gpus: of each trial.
    release: of the runner, which its trials' processes must be of too.
    step_seconds: deadline of one step (measuring, or one training epoch).
    checkpoint_seconds: a training epoch that ends this long after the last kept state is kept.
    """

    job_id: str
    epoch: int
    dataset: DatasetSpec
    latency: LatencySpec
    exports: tuple[ExportFormat, ...] = ()
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    reference_point: tuple[float, ...]
    compress: CompressSpec | None = None
    cpus: float
    gpus: float
    release: str
    step_seconds: Annotated[float, Field(gt=0)]
    checkpoint_seconds: Annotated[float, Field(ge=0)]


class Resume(Handed):
    """Where an earlier attempt left off."""

    training_epoch: int
    checkpoint: str


class Assignment(Handed):
    """One attempt at one trial. `latency` is known when the architecture was measured before.

    ranks: what an elastic training covers; None for one that trains the architecture alone.
    seconds_left: how long the attempt may take in all; None for as long as it likes.
    """

    number: int
    attempt: int
    architecture: AnyArchitecture
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    batch_size: int
    seed: int
    training_epochs: int
    purpose: TrialPurpose = TrialPurpose.SEARCH
    latency: Latency | None
    resume: Resume | None
    ranks: RankGrid | None = None
    seconds_left: float | None = None

    @property
    def trained(self) -> AnyArchitecture:
        """What is built and trained: an elastic one has the largest ranks that it covers."""
        if self.ranks is None:
            return self.architecture
        assert isinstance(self.architecture, Architecture)
        return self.architecture.with_head(HeadKind.TCL, self.ranks.largest)

    @property
    def hyperparameters(self) -> Hyperparameters:
        return Hyperparameters(
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
        )
