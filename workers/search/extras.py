"""The trials of a job that are no part of its search: what they are, and which comes next."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from searchspace.baselines import AnyArchitecture, fitted, parse_architecture
from searchspace.dimensions import Value
from searchspace.ranks import RankGrid
from searchspace.space import Hyperparameters, Space
from searchspace.spec import JobSpec
from service.protocol import KnownTrial, TrialPurpose, TrialState, Winner

RETRAIN_SEEDS_FROM = 100_000


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
            training_epochs=(
                spec.retrain.training_epochs
                if trial.purpose is TrialPurpose.RETRAIN
                else spec.budget.training_epochs
            ),
            ranks=None if point is None else point.ranks,
        )


class Extras:
    """Which of them are still to be reserved; those that were cancelled are made anew."""

    def __init__(self, spec: JobSpec, space: Space, known: Iterable[KnownTrial]) -> None:
        self._spec = spec
        self._space = space
        self._there: set[tuple[str | None, int]] = {
            (trial.subject, trial.seed)
            for trial in known
            if trial.subject is not None and trial.state is not TrialState.CANCELLED
        }
        self._retrainings: list[Work] | None = None
        baselines = {subject for subject, _ in self._there}
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
            if name.value not in baselines
        ]

    @property
    def baselines(self) -> Sequence[Work]:
        """The baselines that have no trial yet."""
        return self._baselines

    def take_baseline(self) -> Work:
        return self._baselines.pop(0)

    @property
    def may_retrain(self) -> bool:
        """Whether there are retrainings to come; as far as anybody knows, until the winners are."""
        wanted = self._spec.retrain.models > 0
        return wanted if self._retrainings is None else bool(self._retrainings)

    def reopen(self) -> None:
        """The search goes on, and may come to other winners."""
        self._retrainings = None

    def settle(self, winners: Callable[[], Sequence[Winner]]) -> None:
        """The search is over: every winner is to be trained once by each seed.

        winners: asked once. Each of them is trained once before any is a second time.
        """
        if self._retrainings is None:
            found = winners()
            self._retrainings = [
                self._retraining(winner, seed)
                for seed in retrain_seeds(self._spec)
                for winner in found
                if (winner.model_id, seed) not in self._there
            ]

    def take_retraining(self) -> Work | None:
        """The next one; only after `settle`."""
        assert self._retrainings is not None
        if not self._retrainings:
            return None
        work = self._retrainings.pop(0)
        self._there.add((work.subject, work.seed))
        return work

    def _retraining(self, winner: Winner, seed: int) -> Work:
        return Work(
            purpose=TrialPurpose.RETRAIN,
            subject=winner.model_id,
            parameters=winner.parameters,
            architecture=parse_architecture(winner.architecture),
            hyperparameters=self._space.hyperparameters(winner.parameters),
            seed=seed,
            training_epochs=self._spec.retrain.training_epochs,
        )


def retrain_seeds(spec: JobSpec) -> list[int]:
    """Equal for all models of a job, and no seeds of its search."""
    indices = range(RETRAIN_SEEDS_FROM, RETRAIN_SEEDS_FROM + spec.retrain.seeds)
    return [trial_seed(spec.sampler.seed, index) for index in indices]


def trial_seed(job_seed: int, index: int) -> int:
    """The seed of everything random in one trial: the index-th of its purpose in its job."""
    return job_seed * 1_000_003 + index
