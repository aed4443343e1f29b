"""A job as one sees it happen: what its events add up to. Pure; draws and asks nothing."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tclsearch_client.documents import Event, Front, Job, Outlook, Values

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

    complete, front: values of the complete trials and of the front's models.
    front_is_old: the front has changed since it was asked for.
    """

    job: Job
    running: dict[int, Running] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)
    complete: list[Values] = field(default_factory=list)
    front: list[Values] = field(default_factory=list)
    front_is_old: bool = False
    hypervolumes: list[float] = field(default_factory=list)
    log: deque[Event] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    last_event: int = 0
    outlook: Outlook | None = None

    def learn(self, job: Job) -> None:
        """Take over what the service says the job is now."""
        self.job = job

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
                self.hypervolumes.append(event.data["hypervolume"])
                self.front_is_old = True
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

    @property
    def caught_up(self) -> bool:
        """Whether the events have come as far as the job was when it was last asked for."""
        return self.finished >= self.job.trials.finished + self.job.extra_trials.finished

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
            self.complete.append(data["values"])

    def _report(self, data: Mapping[str, Any]) -> None:
        trial = self.running.get(data["number"])
        if trial is not None:
            trial.training_epoch = data["training_epoch"]
            trial.accuracy = data["accuracy"]
