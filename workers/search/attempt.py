"""One attempt at one trial: what it is handed out with, and where the next one goes on from."""

from dataclasses import dataclass, field, replace
from typing import Self

from searchspace.space import Space
from searchspace.spec import JobSpec
from service.protocol import KnownTrial, Latency, Report
from workers.assignment import Assignment, Resume
from workers.search.extras import Work


@dataclass(kw_only=True)
class Attempt:
    """An attempt that waits to be handed out, or is under way.

    resume: the last kept state of the trial, this attempt's included.
    kept_seconds: what the training epochs up to there took, over all attempts.
    begun: whether its process has said that it is up.
    held_back: a report whose training epoch is to be kept before it is recorded.
    nodes_lost: how many attempts in a row lost their machine before a state was kept.
    """

    number: int
    attempt: int
    work: Work
    latency: Latency | None = None
    resume: Resume | None = None
    kept_seconds: float = 0.0
    values: dict[str, float] = field(default_factory=dict)
    begun: bool = False
    held_back: Report | None = None
    nodes_lost: int = 0
    _seconds: float = 0.0

    @classmethod
    def after(cls, trial: KnownTrial, spec: JobSpec, space: Space) -> Self:
        """The next attempt at a recorded trial that has not ended."""
        kept = [report for report in trial.reports if report.checkpoint is not None]
        last = max(kept, key=lambda report: report.training_epoch, default=None)
        # Reports come attempt by attempt, so that the last of a training epoch is what counts.
        seconds = {r.training_epoch: r.seconds for r in trial.reports}
        kept_seconds = sum(s for e, s in seconds.items() if last and e <= last.training_epoch)
        return cls(
            number=trial.number,
            attempt=trial.attempts + 1,
            work=Work.of(trial, spec, space),
            latency=trial.latency,
            resume=None if last is None else _resume(last),
            kept_seconds=kept_seconds,
            values=dict(trial.values),
            _seconds=kept_seconds,
        )

    def note(self, report: Report) -> None:
        """A training epoch was recorded."""
        self._seconds += report.seconds
        if report.checkpoint is not None:
            self.kept_seconds = self._seconds
            self.resume = _resume(report)
            self.nodes_lost = 0

    def next(self) -> Self:
        """The attempt that goes on from what this one has kept."""
        return replace(
            self,
            attempt=self.attempt + 1,
            begun=False,
            held_back=None,
            _seconds=self.kept_seconds,
        )

    def assignment(self, trial_seconds: float | None) -> Assignment:
        """What its process is told. trial_seconds: the budget of the trial, all attempts together."""
        chosen = self.work.hyperparameters
        return Assignment(
            number=self.number,
            attempt=self.attempt,
            architecture=self.work.architecture,
            learning_rate=chosen.learning_rate,
            weight_decay=chosen.weight_decay,
            label_smoothing=chosen.label_smoothing,
            batch_size=chosen.batch_size,
            seed=self.work.seed,
            training_epochs=self.work.training_epochs,
            purpose=self.work.purpose,
            latency=self.latency,
            resume=self.resume,
            ranks=self.work.ranks,
            seconds_left=None if trial_seconds is None else trial_seconds - self.kept_seconds,
        )


def _resume(kept: Report) -> Resume:
    assert kept.checkpoint is not None
    return Resume(training_epoch=kept.training_epoch, checkpoint=kept.checkpoint)
