"""What a runner hands to a trial's process: plain values, no secrets, one JSON text each."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from searchspace.baselines import AnyArchitecture
from searchspace.space import Hyperparameters
from searchspace.spec import DatasetSpec, LatencySpec
from service.protocol import Latency


class Handed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class JobContext(Handed):
    """What all trials of a job share.

    cpus, gpus: of each trial.
    step_seconds: deadline of one step (measuring, or one training epoch).
    checkpoint_seconds: a training epoch that ends this long after the last kept state is kept.
    """

    job_id: str
    epoch: int
    dataset: DatasetSpec
    latency: LatencySpec
    cpus: float
    gpus: float
    step_seconds: Annotated[float, Field(gt=0)]
    checkpoint_seconds: Annotated[float, Field(ge=0)]


class Resume(Handed):
    """Where an earlier attempt left off."""

    training_epoch: int
    checkpoint: str


class Assignment(Handed):
    """One attempt at one trial. `latency` is known when the architecture was measured before.

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
    latency: Latency | None
    resume: Resume | None
    seconds_left: float | None = None

    @property
    def hyperparameters(self) -> Hyperparameters:
        return Hyperparameters(
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
        )
