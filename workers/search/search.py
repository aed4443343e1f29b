"""The search of one job as its runner sees it: what to hand out next, what to make of each record.

Knows nothing of Ray or HTTP. Everything it decides is recorded before it takes effect.
"""

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from searchspace.space import Space
from searchspace.spec import JobSpec
from service.protocol import (
    Desired,
    GivenPoint,
    JobReason,
    KnownTrial,
    Measure,
    Orders,
    Record,
    Report,
    Reserve,
    Start,
    Stop,
    TrialPurpose,
    TrialReason,
    TrialState,
    Winner,
    trial_state_after,
)
from workers.assignment import Assignment
from workers.search.asking import Asking, Recording, reserve
from workers.search.attempt import Attempt
from workers.search.extras import Extras, Work
from workers.search.rungs import Rungs
from workers.search.sampler import NoFeasiblePoint

COPIES_AT_ONCE = 32
"""Trials that take an earlier result one after the other, before Tune's loop has its turn again."""

LOST_NODES = 3
"""A trial that loses its machine so often without getting on may well be what takes it down."""

UNFINISHED = frozenset({TrialState.RESERVED, TrialState.RUNNING, TrialState.SUSPENDED})


class Decision(Enum):
    """What a trial's process is to do next."""

    GO_ON = "go on"
    KEEP = "report the last training epoch again, with its state kept"
    STOP = "stop, and be there for another trial"
    RELEASE = "stop, and give its place on the cluster up"


class Nothing(Enum):
    NOW = "nothing until a trial under way reports"
    WITHOUT_SLOTS = "nothing until the job is granted slots"
    MORE = "nothing more"


class Search:
    """Hands out trials and decides on their reports.

    Unfinished trials go first, then the baselines, then people's own points, then the sampler's.
    When all of these have ended, the winners are trained longer. Only the search's own trials are
    told to the sampler, compared at rungs and counted against the budget.

    While more trials are under way than the job has slots, a trial that reports is suspended: its
    state is kept first, and it is handed out again, before any new one, as soon as there are
    slots. A job that is to be paused, or a runner that is to leave, has none.

    Where the sampler may be early, its next trial is reserved while those before it run. Until it
    is handed out it is on record like any trial whose process has not come up.

    orders: what the control plane wants now.
    winners: which models are to be trained longer, by all that is recorded.
    """

    def __init__(
        self,
        spec: JobSpec,
        space: Space,
        known: Sequence[KnownTrial],
        orders: Callable[[], Orders],
        recording: Recording,
        asking: Asking,
        winners: Callable[[], Sequence[Winner]],
    ) -> None:
        self._spec = spec
        self._recording = recording
        self._asking = asking
        self._winners = winners
        self._orders = orders
        searched = [trial for trial in known if trial.purpose is TrialPurpose.SEARCH]
        self._numbers = len(known)
        self._total = len(searched)
        self._failed = sum(trial.state is TrialState.FAILED for trial in searched)
        self._extras = Extras(spec, space, known)
        self._underway: dict[int, Attempt] = {}
        self._unfinished: dict[int, Attempt] = {
            trial.number: Attempt.after(trial, spec, space)
            for trial in known
            if trial.state in UNFINISHED
        }
        self._ahead: Attempt | None = None
        # Orders that were on their way may still name a point that has become a trial.
        self._taken: set[str] = set()
        self._no_feasible_point = False
        self._rejected = 0
        self._interrupted = False
        self._abandoned = False
        self._rungs = Rungs(spec, space, known)
        # The lease's thread brings orders and may abandon the search in the middle of a step.
        self._lock = threading.RLock()

    @property
    def trials(self) -> int:
        """How many trials the search has had."""
        return self._total

    @property
    def rejected(self) -> int:
        """Sampled points that broke a constraint and that no reservation has told of."""
        return self._rejected

    def next(self) -> Assignment | Nothing:
        """The next trial to run, recorded; or nothing."""
        with self._lock:
            orders = self._orders()
            if self._abandoned:
                return Nothing.NOW
            if not self._has_more(orders):
                return Nothing.NOW if self._underway else Nothing.MORE
            slots = self._slots(orders)
            if len(self._underway) >= slots:
                return Nothing.NOW if self._underway else Nothing.WITHOUT_SLOTS
            handed = self._next(orders)
            if isinstance(handed, Assignment):
                self._look_ahead(orders)
            return handed

    def begin(self, number: int, attempt: int) -> None:
        """An attempt's process is up."""
        with self._lock:
            found = self._find(number, attempt)
            if found is not None:
                found.begun = True
                self._recording.add(Start(number=number, attempt=attempt))

    def receive(self, records: Iterable[Record]) -> Decision:
        """Take what a trial's process reports, and decide whether it goes on."""
        decision = Decision.GO_ON
        with self._lock:
            for record in records:
                if isinstance(record, Reserve | Start):
                    raise ValueError(f"a trial does not send {record.kind} records")
                # A trial that was stopped meanwhile may still have had a message under way.
                found = self._find(record.number, record.attempt)
                decision = Decision.STOP if found is None else self._receive(found, record)
        return decision

    def wait(self, number: int, attempt: int) -> Decision:
        """An attempt waits for its device, and has nothing to report: whether it may."""
        with self._lock:
            found = self._find(number, attempt)
            if found is None:
                return Decision.STOP
            return self._suspend(found) if self._must_leave(found) else Decision.GO_ON

    def lose(self, number: int, attempt: int, reason: TrialReason, detail: str) -> None:
        """An attempt's process is gone."""
        with self._lock:
            found = self._find(number, attempt)
            if found is None:
                return
            if reason is TrialReason.NODE_LOST:
                self._move(found, detail)
                return
            if not found.begun and attempt > 1:
                # What was suspended has to go on before it can fail.
                self._recording.add(Start(number=number, attempt=attempt))
            self._stop(found, reason, detail)

    def interrupt(self) -> None:
        """Suspend every trial as it reports: the runner is to leave soon."""
        with self._lock:
            self._interrupted = True

    def abandon(self, reason: TrialReason) -> None:
        """Stop every trial under way at once: the job is being given up."""
        with self._lock:
            for attempt in list(self._underway.values()):
                # One that has not begun is on record as it was before, and stays so.
                if attempt.begun:
                    self._stop(attempt, reason, "")
            self._underway.clear()
            self._abandoned = True

    def at_rest(self) -> bool:
        """Whether nothing runs and nothing may; what has not begun yet is taken back then."""
        with self._lock:
            begun = any(attempt.begun for attempt in self._underway.values())
            if begun or self._abandoned or self._slots(self._orders()) > 0:
                return False
            self._unfinished |= self._underway
            self._underway.clear()
            return True

    def may_go_on(self) -> bool:
        """Whether there is a trial to hand out, and a slot for it."""
        with self._lock:
            orders = self._orders()
            return self._slots(orders) > 0 and self._has_more(orders)

    def over(self) -> JobReason | None:
        """Why the runner should leave now; None while it should not."""
        with self._lock:
            return None if self._underway or self._abandoned else self.outcome()

    def outcome(self) -> JobReason | None:
        """Why the runner should leave, once nothing is under way; None while it should not."""
        with self._lock:
            orders = self._orders()
            if not self._has_more(orders):
                return self._verdict()
            if self._interrupted or orders.give_way:
                return JobReason.INTERRUPTED
            return JobReason.PAUSED if orders.desired is Desired.PAUSE else None

    def _verdict(self) -> JobReason:
        if self._no_feasible_point:
            return JobReason.NO_FEASIBLE_POINT
        if self._total and self._failed == self._total:
            return JobReason.EVERY_TRIAL_FAILED
        return JobReason.BUDGET_SPENT

    def _slots(self, orders: Orders) -> int:
        """How many trials may be under way."""
        return 0 if self._interrupted or orders.desired is Desired.PAUSE else orders.slots

    def _has_more(self, orders: Orders) -> bool:
        """Whether there is a trial to hand out, now or when the search's last one has ended."""
        return self._has_waiting(orders) or self._extras.may_retrain

    def _has_waiting(self, orders: Orders) -> bool:
        """Whether there is a trial to hand out that waits for no other."""
        waiting = bool(self._unfinished or self._extras.baselines) or self._is_ahead()
        return waiting or self._given_point(orders) is not None or self._may_ask(orders)

    def _may_ask(self, orders: Orders) -> bool:
        """Whether the sampler may be asked for one more, if it is not being asked."""
        return not self._no_feasible_point and self._total < orders.trials

    def _is_ahead(self) -> bool:
        """Whether the sampler's next trial is reserved already, or about to be."""
        return self._ahead is not None or self._asking.is_under_way

    def _given_point(self, orders: Orders) -> GivenPoint | None:
        """A person's own point that may become a trial."""
        if self._total >= orders.trials:
            return None
        return next((point for point in orders.points if point.id not in self._taken), None)

    def _next(self, orders: Orders) -> Assignment | Nothing:
        """One to hand out, as there is a slot for it."""
        if self._unfinished:
            return self._hand_out(self._unfinished.pop(min(self._unfinished)))
        if self._extras.baselines:
            return self._reserve(self._extras.take_baseline())
        given = self._given_point(orders)
        return self._hand_out_new(orders) if given is None else self._hand_out_given(given)

    def _hand_out_new(self, orders: Orders) -> Assignment | Nothing:
        for _ in range(COPIES_AT_ONCE):
            if not self._is_ahead():
                if not self._may_ask(orders):
                    return self._hand_out_retraining()
                self._ask()
            self._settle()
            if self._ahead is not None:
                attempt, self._ahead = self._ahead, None
                return self._hand_out(attempt)
        return Nothing.NOW

    def _look_ahead(self, orders: Orders) -> None:
        """Have the sampler's next trial reserved while others run, where it would come next."""
        others = self._unfinished or self._extras.baselines or self._given_point(orders)
        if others or self._is_ahead() or not self._may_ask(orders):
            return
        if self._asking.may_be_early(self._slots(orders)):
            self._ask()

    def _ask(self) -> None:
        self._asking.begin(self._numbers, self._total)

    def _settle(self) -> None:
        """Wait for what is being reserved: numbers are taken in order."""
        if not self._asking.is_under_way:
            return
        try:
            self._ahead = self._asking.wait()
        except NoFeasiblePoint as error:
            self._rejected += error.rejected
            self._no_feasible_point = True
        else:
            self._count(TrialPurpose.SEARCH)

    def _hand_out_retraining(self) -> Assignment | Nothing:
        if self._is_searching():
            return Nothing.NOW
        self._recording.flush()
        self._extras.settle(self._winners)
        work = self._extras.take_retraining()
        if work is None:
            return Nothing.NOW if self._underway else Nothing.MORE
        return self._reserve(work)

    def _is_searching(self) -> bool:
        """Whether a trial that may still change the front is under way."""
        return any(each.work.purpose is TrialPurpose.SEARCH for each in self._underway.values())

    def _hand_out_given(self, given: GivenPoint) -> Assignment:
        self._settle()
        self._taken.add(given.id)
        attempt = self._asking.take(self._numbers, self._total, given, self._rejected)
        self._count(TrialPurpose.SEARCH)
        return self._hand_out(attempt)

    def _reserve(self, work: Work) -> Assignment:
        attempt = reserve(self._recording, self._numbers, work, rejected=self._rejected)
        self._count(work.purpose)
        return self._hand_out(attempt)

    def _count(self, purpose: TrialPurpose) -> None:
        """A new trial is on record, with the rejected points before it."""
        self._rejected = 0
        self._numbers += 1
        if purpose is TrialPurpose.SEARCH:
            self._total += 1
            self._extras.reopen()

    def _hand_out(self, attempt: Attempt) -> Assignment:
        self._underway[attempt.number] = attempt
        return attempt.assignment(self._trial_seconds(attempt.work))

    def _trial_seconds(self, work: Work) -> float | None:
        """The budget of one trial, in proportion where it is trained longer."""
        seconds = self._spec.budget.trial_seconds
        if seconds is None:
            return None
        return seconds * work.training_epochs / self._spec.budget.training_epochs

    def _find(self, number: int, attempt: int) -> Attempt | None:
        """An attempt under way; none where it has been stopped meanwhile."""
        found = self._underway.get(number)
        return found if found is not None and found.attempt == attempt else None

    def _receive(self, attempt: Attempt, record: Measure | Report | Stop) -> Decision:
        match record:
            case Measure():
                attempt.values |= record.values
                attempt.latency = record.latency
                self._recording.add(record)
                # Nothing is lost yet: what was kept before is all there is.
                return self._suspend(attempt) if self._must_leave(attempt) else Decision.GO_ON
            case Report():
                return self._report(attempt, record)
            case Stop():
                self._finish(attempt, record)
                return self._ended()

    def _report(self, attempt: Attempt, report: Report) -> Decision:
        again, attempt.held_back = attempt.held_back is not None, None
        attempt.values["accuracy"] = report.accuracy
        must_leave = self._must_leave(attempt)
        # What is reported again, with its state, has been compared before.
        if not again and not self._goes_on(attempt, report.training_epoch):
            self._record(attempt, report)
            self._stop(attempt, TrialReason.EARLY_STOPPED, "")
            return self._ended()
        if must_leave and report.checkpoint is None:
            attempt.held_back = report
            return Decision.KEEP
        self._record(attempt, report)
        return self._suspend(attempt) if must_leave else Decision.GO_ON

    def _goes_on(self, attempt: Attempt, training_epoch: int) -> bool:
        if attempt.work.purpose is not TrialPurpose.SEARCH:
            return True
        return self._rungs.passes(training_epoch, attempt.number, attempt.values)

    def _must_leave(self, attempt: Attempt) -> bool:
        """Whether an attempt that reports now is one too many."""
        others = [other for other in self._underway.values() if other is not attempt]
        staying = sum(other.held_back is None for other in others)
        return staying >= self._slots(self._orders())

    def _suspend(self, attempt: Attempt) -> Decision:
        if self._interrupted:
            reason = TrialReason.INTERRUPTED
        elif self._orders().desired is Desired.PAUSE:
            reason = TrialReason.PAUSED
        else:
            reason = TrialReason.PREEMPTED
        self._stop(attempt, reason, "")
        self._unfinished[attempt.number] = attempt.next()
        return self._ended()

    def _move(self, attempt: Attempt, detail: str) -> None:
        """Hand an attempt out again that has lost its machine, from what it has kept."""
        if not attempt.begun:
            # On record it is as it was before.
            self._unfinished[attempt.number] = self._underway.pop(attempt.number)
            return
        attempt.nodes_lost += 1
        if attempt.nodes_lost == LOST_NODES:
            why = f"{LOST_NODES} machines in a row were lost under it"
            self._stop(attempt, TrialReason.CRASH, f"{why}: {detail}"[:4000])
            return
        self._stop(attempt, TrialReason.NODE_LOST, detail)
        self._unfinished[attempt.number] = attempt.next()

    def _ended(self) -> Decision:
        """A trial has just ended: what becomes of its process."""
        if not self._underway or any(not attempt.begun for attempt in self._underway.values()):
            # The run ends with it, or one that was handed out has no process yet.
            return Decision.STOP
        orders = self._orders()
        # Tune would keep it for a next trial, and its place on the cluster with it.
        next_one = self._has_waiting(orders)
        next_one |= self._extras.may_retrain and not self._is_searching()
        idle = len(self._underway) >= self._slots(orders) or not next_one
        return Decision.RELEASE if idle else Decision.STOP

    def _finish(self, attempt: Attempt, stop: Stop) -> None:
        values = attempt.values | stop.values
        unusable = [
            objective.metric.value
            for objective in self._spec.objectives
            if not math.isfinite(values.get(objective.metric, math.nan))
        ]
        if stop.reason is TrialReason.FINISHED and unusable:
            detail = f"no usable value of {', '.join(unusable)}"
            self._stop(attempt, TrialReason.BAD_METRIC, detail)
            return
        self._close(attempt, stop.model_copy(update={"values": values}))

    def _stop(self, attempt: Attempt, reason: TrialReason, detail: str) -> None:
        self._close(
            attempt,
            Stop(
                number=attempt.number,
                attempt=attempt.attempt,
                reason=reason,
                detail=detail,
                values=attempt.values,
            ),
        )

    def _close(self, attempt: Attempt, stop: Stop) -> None:
        if attempt.held_back is not None:
            self._record(attempt, attempt.held_back)
        del self._underway[stop.number]
        state = trial_state_after(stop.reason)
        self._recording.add(stop)
        if attempt.work.purpose is TrialPurpose.SEARCH:
            self._failed += state is TrialState.FAILED
            self._asking.tell(stop.number, state, stop.values)

    def _record(self, attempt: Attempt, report: Report) -> None:
        self._recording.add(report)
        attempt.note(report)
