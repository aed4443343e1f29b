"""The trials of a job that are no part of its search: what they are, and which comes next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from searchspace.baselines import AnyArchitecture, fitted, parse_architecture
from searchspace.dimensions import Value
from searchspace.ranks import RankGrid
from searchspace.space import Hyperparameters, Space
from searchspace.spec import JobSpec
from service.protocol import KnownTrial, TrialPurpose, TrialState


@dataclass(frozen=True, slots=True)
class Work:
    """What one trial trains, and how long.

    subject: of a baseline its name; of a trial of the search, none.
    parameters: as they are written down; they tell the hyperparameters.
    ranks: what an elastic training covers; None for one that trains the architecture alone.
    """

    purpose: TrialPurpose
    subject: str | None
    parameters: Mapping[str, Value]
    architecture: AnyArchitecture
    hyperparameters: Hyperparameters
    seed: int
    training_epochs: int
    ranks: RankGrid | None = None

    @classmethod
    def of(cls, trial: KnownTrial, spec: JobSpec, space: Space) -> "Work":
        """What a recorded trial trains."""
        point = space.decode(trial.parameters) if trial.architecture is None else None
        return cls(
            purpose=trial.purpose,
            subject=trial.subject,
            parameters=trial.parameters,
            architecture=(
                parse_architecture(trial.architecture) if point is None else point.architecture
            ),
            hyperparameters=space.hyperparameters(trial.parameters),
            seed=trial.seed,
            training_epochs=spec.budget.training_epochs,
            ranks=None if point is None else point.ranks,
        )


class Extras:
    """Which of them are still to be reserved; those that were cancelled are made anew."""

    def __init__(self, spec: JobSpec, space: Space, known: Iterable[KnownTrial]) -> None:
        there = {
            trial.subject
            for trial in known
            if trial.purpose is TrialPurpose.BASELINE and trial.state is not TrialState.CANCELLED
        }
        self._baselines = [
            Work(
                purpose=TrialPurpose.BASELINE,
                subject=name.value,
                parameters=space.baseline_parameters,
                architecture=fitted(name, space.dataset.image, space.dataset.classes),
                hyperparameters=space.hyperparameters(space.baseline_parameters),
                seed=trial_seed(spec.sampler.seed, index),
                training_epochs=spec.budget.training_epochs,
            )
            for index, name in enumerate(spec.baselines)
            if name.value not in there
        ]

    @property
    def baselines(self) -> Sequence[Work]:
        """The baselines that have no trial yet."""
        return self._baselines

    def take_baseline(self) -> Work:
        return self._baselines.pop(0)


def trial_seed(job_seed: int, index: int) -> int:
    """The seed of everything random in one trial: the index-th of its purpose in its job."""
    return job_seed * 1_000_003 + index
