"""The search of one job as its runner sees it: what to hand out next, what to make of each record.

Knows nothing of Ray or HTTP. Everything it decides is recorded before it takes effect.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from searchspace.halving import Vector, goes_on, rungs
from searchspace.objectives import losses
from searchspace.space import Point, Space
from searchspace.spec import JobSpec, NoEarlyStopping
from service.protocol import (
    GivenPoint,
    JobReason,
    KnownTrial,
    Latency,
    Measure,
    Orders,
    Record,
    Report,
    Reserve,
    Start,
    Stop,
    TrialReason,
    TrialState,
    trial_state_after,
)
from workers.assignment import Assignment, Resume
from workers.sampler import NoFeasiblePoint, Sampler, Suggestion

UNFINISHED = frozenset({TrialState.RESERVED, TrialState.RUNNING, TrialState.SUSPENDED})


class Decision(Enum):
    GO_ON = "go on"
    STOP = "stop"


class Nothing(Enum):
    NOW = "nothing now"
    MORE = "nothing more"


class Recording(Protocol):
    """Where records go: `workers.recorder.Recorder`."""

    def add(self, *records: Record) -> None: ...

    def flush(self) -> None: ...

    def latency_of(self, number: int) -> Latency | None: ...


@dataclass
class Underway:
    """A trial in the hands of Ray Tune."""

    attempt: int
    values: dict[str, float] = field(default_factory=dict)


class Search:
    """Hands out trials, unfinished ones of earlier runners first, and decides on their reports.

    orders: what the control plane wants now; read at every hand-out.
    """

    def __init__(
        self,
        spec: JobSpec,
        space: Space,
        known: Sequence[KnownTrial],
        orders: Callable[[], Orders],
        recording: Recording,
        sampler: Sampler,
    ) -> None:
        self._spec = spec
        self._space = space
        self._recording = recording
        self._sampler = sampler
        self._orders = orders
        self._unfinished = deque(
            sorted((t for t in known if t.state in UNFINISHED), key=lambda trial: trial.number)
        )
        self._total = len(known)
        self._failed = sum(trial.state is TrialState.FAILED for trial in known)
        self._underway: dict[int, Underway] = {}
        # Orders that were on their way may still name a point that has become a trial.
        self._taken: set[str] = set()
        self._no_feasible_point = False
        self._abandoned = False
        self._rungs = _Rungs(spec, known)
        # The lease's thread brings orders and may abandon the search in the middle of a step.
        self._lock = threading.RLock()

    def next(self) -> Assignment | Nothing:
        """The next trial to run, recorded; nothing now, or nothing more."""
        with self._lock:
            orders = self._orders()
            if self._abandoned or len(self._underway) >= orders.slots:
                return Nothing.NOW
            if self._unfinished:
                return self._hand_out_again(self._unfinished.popleft())
            if self._total < orders.trials:
                given = next((p for p in orders.points if p.id not in self._taken), None)
                if given is not None:
                    return self._hand_out_given(given)
                if not self._no_feasible_point:
                    return self._hand_out_new(self._total)
            return Nothing.NOW if self._underway else Nothing.MORE

    def begin(self, number: int) -> None:
        """A trial's process is up."""
        with self._lock:
            self._recording.add(Start(number=number, attempt=self._underway[number].attempt))

    def receive(self, records: Iterable[Record]) -> Decision:
        """Take what a trial's process reports, and decide whether it goes on."""
        decision = Decision.GO_ON
        with self._lock:
            for record in records:
                # A trial that was stopped meanwhile may still have had a message under way.
                if record.number in self._underway:
                    decision = self._receive(record)
        return decision

    def lose(self, number: int, reason: TrialReason, detail: str) -> None:
        """A trial's process is gone."""
        with self._lock:
            if number in self._underway:
                self._stop(number, reason, detail)

    def abandon(self, reason: TrialReason) -> None:
        """Stop every trial under way: the job is being given up."""
        with self._lock:
            for number in list(self._underway):
                self._stop(number, reason, "")
            self._abandoned = True

    def outcome(self) -> JobReason:
        """Why the job is over, once there is nothing more."""
        with self._lock:
            if self._no_feasible_point:
                return JobReason.NO_FEASIBLE_POINT
            if self._total and self._failed == self._total:
                return JobReason.EVERY_TRIAL_FAILED
            return JobReason.BUDGET_SPENT

    def _hand_out_new(self, number: int) -> Assignment | Nothing:
        try:
            suggestion = self._sampler.ask(number)
        except NoFeasiblePoint:
            self._no_feasible_point = True
            return Nothing.NOW if self._underway else Nothing.MORE
        return self._reserve(number, suggestion, None)

    def _hand_out_given(self, given: GivenPoint) -> Assignment:
        self._taken.add(given.id)
        suggestion = self._sampler.take(self._total, given.parameters)
        return self._reserve(self._total, suggestion, given.id)

    def _reserve(self, number: int, suggestion: Suggestion, point: str | None) -> Assignment:
        seed = trial_seed(self._spec.sampler.seed, number)
        architecture = suggestion.point.architecture
        self._recording.add(
            Reserve(
                number=number,
                parameters=suggestion.parameters,
                architecture=architecture.model_dump(mode="json"),
                architecture_digest=architecture.digest,
                seed=seed,
                point=point,
            )
        )
        self._recording.flush()
        self._total += 1
        self._underway[number] = Underway(attempt=1)
        latency = self._recording.latency_of(number)
        return _assignment(number, 1, suggestion.point, seed, latency, None)

    def _hand_out_again(self, trial: KnownTrial) -> Assignment:
        attempt = trial.attempts + 1
        self._underway[trial.number] = Underway(attempt, dict(trial.values))
        point = self._space.decode(trial.parameters)
        return _assignment(
            trial.number, attempt, point, trial.seed, trial.latency, _last_kept(trial)
        )

    def _receive(self, record: Record) -> Decision:
        underway = self._underway[record.number]
        match record:
            case Measure():
                underway.values |= record.values
                self._recording.add(record)
            case Report():
                self._recording.add(record)
                underway.values["accuracy"] = record.accuracy
                if not self._rungs.passes(record.training_epoch, record.number, underway.values):
                    self._stop(record.number, TrialReason.EARLY_STOPPED, "")
                    return Decision.STOP
            case Stop():
                self._finish(record)
                return Decision.STOP
            case _:
                raise ValueError(f"a trial does not send {record.kind} records")
        return Decision.GO_ON

    def _finish(self, record: Stop) -> None:
        values = self._underway[record.number].values | record.values
        unusable = [
            objective.metric.value
            for objective in self._spec.objectives
            if not math.isfinite(values.get(objective.metric, math.nan))
        ]
        if record.reason is TrialReason.FINISHED and unusable:
            detail = f"no usable value of {', '.join(unusable)}"
            self._stop(record.number, TrialReason.BAD_METRIC, detail)
            return
        self._close(record.model_copy(update={"values": values}))

    def _stop(self, number: int, reason: TrialReason, detail: str) -> None:
        underway = self._underway[number]
        self._close(
            Stop(
                number=number,
                attempt=underway.attempt,
                reason=reason,
                detail=detail,
                values=underway.values,
            )
        )

    def _close(self, stop: Stop) -> None:
        del self._underway[stop.number]
        state = trial_state_after(stop.reason)
        self._failed += state is TrialState.FAILED
        self._recording.add(stop)
        self._sampler.tell(stop.number, state, stop.values)


class _Rungs:
    """What every trial had reached at each rung; a function of the recorded reports."""

    def __init__(self, spec: JobSpec, known: Sequence[KnownTrial]) -> None:
        self._spec = spec
        levels = rungs(spec.early_stopping, spec.budget.training_epochs)
        self._reached: dict[int, dict[int, Vector]] = {level: {} for level in levels}
        for trial in known:
            for report in trial.reports:
                values = {**trial.values, "accuracy": report.accuracy}
                self._note(report.training_epoch, trial.number, values)

    def passes(self, training_epoch: int, number: int, values: dict[str, float]) -> bool:
        """Whether the trial goes on; always, between rungs."""
        stopping = self._spec.early_stopping
        if isinstance(stopping, NoEarlyStopping) or training_epoch not in self._reached:
            return True
        self._note(training_epoch, number, values)
        reached = self._reached[training_epoch]
        if number not in reached:
            return True
        own = list(reached).index(number)
        return goes_on(list(reached.values()), own, stopping.reduction_factor)

    def _note(self, training_epoch: int, number: int, values: dict[str, float]) -> None:
        # A trial that misses a measurement cannot be compared; its end will say what was wrong.
        usable = all(math.isfinite(values.get(o.metric, math.nan)) for o in self._spec.objectives)
        if training_epoch in self._reached and usable:
            self._reached[training_epoch][number] = losses(self._spec.objectives, values)


def _last_kept(trial: KnownTrial) -> Resume | None:
    kept = [r for r in trial.reports if r.checkpoint is not None]
    if not kept:
        return None
    last = max(kept, key=lambda report: report.training_epoch)
    assert last.checkpoint is not None
    return Resume(training_epoch=last.training_epoch, checkpoint=last.checkpoint)


def trial_seed(job_seed: int, number: int) -> int:
    """The seed of everything random in one trial."""
    return job_seed * 1_000_003 + number


def _assignment(
    number: int,
    attempt: int,
    point: Point,
    seed: int,
    latency: Latency | None,
    resume: Resume | None,
) -> Assignment:
    return Assignment(
        number=number,
        attempt=attempt,
        architecture=point.architecture,
        learning_rate=point.hyperparameters.learning_rate,
        weight_decay=point.hyperparameters.weight_decay,
        label_smoothing=point.hyperparameters.label_smoothing,
        batch_size=point.hyperparameters.batch_size,
        seed=seed,
        latency=latency,
        resume=resume,
    )
