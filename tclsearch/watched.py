"""A job as one sees it happen: what its events add up to. Pure; draws and asks nothing."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tclsearch_client.documents import (
    Event,
    Front,
    FrontPoint,
    Job,
    Outlook,
    Trial,
    TrialTable,
    Values,
)

TRIAL_ENDED = frozenset({"complete", "pruned", "failed", "cancelled"})
REMEMBERED = 6
"""Events that are shown."""


@dataclass(slots=True)
class Running:
    """A trial under way, as of its last report."""

    number: int
    attempt: int
    since: datetime
    training_epoch: int = 0
    accuracy: float | None = None


@dataclass(slots=True)
class Watched:
    """What is known of a job; grows with each event, and with what the service is asked for.

    complete: values of the complete trials, by number. front: those of the front's models.
    front_is_old: the front has changed since it was asked for.
    hypervolumes: of the front after each of its changes, up to `revision`.
    """

    job: Job
    running: dict[int, Running] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)
    complete: dict[int, Values] = field(default_factory=dict)
    front: list[Values] = field(default_factory=list)
    front_is_old: bool = False
    hypervolumes: list[float] = field(default_factory=list)
    revision: int = 0
    log: deque[Event] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    last_event: int = 0
    outlook: Outlook | None = None

    def learn(self, job: Job) -> None:
        """Take over what the service says the job is now."""
        self.job = job

    def begin(
        self, table: TrialTable, running: Iterable[Trial], history: Iterable[FrontPoint]
    ) -> None:
        """Take over what the service says has happened so far, so that events need not tell it.

        Events from before may be applied all the same: they change nothing that is known already.
        """
        for row, (number, state) in enumerate(zip(table.number, table.state, strict=True)):
            if state in TRIAL_ENDED:
                self.ended[number] = state
            if state == "complete":
                self.complete[number] = table.values_of(row)
        for trial in running:
            if trial.number not in self.ended and trial.started_at is not None:
                self.running[trial.number] = Running(
                    trial.number, trial.attempts, trial.started_at
                )
        for point in history:
            self.hypervolumes.append(point.hypervolume)
            self.revision = point.revision
        self.front_is_old = self.revision > 0
        self.last_event = table.events

    def learn_outlook(self, outlook: Outlook) -> None:
        self.outlook = outlook

    def learn_front(self, front: Front) -> None:
        self.front = [model.values for model in front.models]
        self.front_is_old = False

    def apply(self, event: Event) -> None:
        self.last_event = event.id
        match event.event:
            case "trial.state":
                self._trial(event.data)
            case "trial.report":
                self._report(event.data)
            case "front.changed":
                self._front(event.data)
            case _:
                pass
        if event.event != "trial.report":
            self.log.append(event)

    @property
    def state(self) -> str:
        return self.job.state

    @property
    def finished(self) -> int:
        return len(self.ended)

    @property
    def total(self) -> int:
        extra = self.job.extra_trials
        return max(self.job.trials.total + extra.finished + extra.left, self.finished)

    def counts(self) -> dict[str, int]:
        """Ended trials by state."""
        found: dict[str, int] = {}
        for state in self.ended.values():
            found[state] = found.get(state, 0) + 1
        return found

    def remaining(self, now: datetime) -> timedelta | None:
        """What is left of what the service foresaw; None while nothing tells."""
        foreseen = self.outlook
        if self.state != "running" or foreseen is None or foreseen.remaining_seconds is None:
            return None
        left = foreseen.at + timedelta(seconds=foreseen.remaining_seconds) - now
        return max(left, timedelta())

    def _trial(self, data: Mapping[str, Any]) -> None:
        number, state, at = data["number"], data["state"], datetime.fromisoformat(data["at"])
        if state == "running":
            self.ended.pop(number, None)
            self.running[number] = Running(number, data["attempt"], at)
            return
        self.running.pop(number, None)
        if state not in TRIAL_ENDED:
            return
        self.ended[number] = state
        if state == "complete":
            self.complete[number] = data["values"]

    def _front(self, data: Mapping[str, Any]) -> None:
        if data["revision"] > self.revision:
            self.revision = data["revision"]
            self.hypervolumes.append(data["hypervolume"])
            self.front_is_old = True

    def _report(self, data: Mapping[str, Any]) -> None:
        trial = self.running.get(data["number"])
        if trial is not None:
            trial.training_epoch = data["training_epoch"]
            trial.accuracy = data["accuracy"]
