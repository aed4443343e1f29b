"""States of jobs and trials, the moves between them, and why they end: pure deciders.

The table below is the whole lifecycle; `docs/architecture.md` draws it. A reason decides the state
that it leads to, so "why" and "what" cannot disagree.
"""

from enum import StrEnum
from typing import assert_never


class JobState(StrEnum):
    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Desired(StrEnum):
    """What people want of a job; owners read it and write `state`."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


class JobReason(StrEnum):
    """Why a job left the hands of its runner."""

    BUDGET_SPENT = "budget_spent"
    WALL_CLOCK_SPENT = "wall_clock_spent"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    """The runner was asked to leave (drain, preemption); not counted as a crash."""
    RUNNER_LOST = "runner_lost"
    """The runner died or its lease ran out."""
    POISON = "poison"
    """Three crashes without one newly finished trial."""
    EVERY_TRIAL_FAILED = "every_trial_failed"
    NO_FEASIBLE_POINT = "no_feasible_point"
    RUNNER_ERROR = "runner_error"
    """The runner met an error of its own that a rerun would meet again."""


class TrialState(StrEnum):
    RESERVED = "reserved"
    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"


class TrialPurpose(StrEnum):
    """What a trial is for. Those that are no part of the search come on top of its budget."""

    SEARCH = "search"
    BASELINE = "baseline"
    """A network that people know, trained by the job's recipe to compare the front to."""
    RETRAIN = "retrain"
    """A model of the front, trained longer."""


class ArtifactState(StrEnum):
    """Where the bytes of an artifact's row are."""

    COMING = "coming"
    """On their way, or their upload has crashed."""
    STORED = "stored"
    CONDEMNED = "condemned"
    """Being deleted."""


class TrialReason(StrEnum):
    """Why a trial stopped."""

    FINISHED = "finished"
    EARLY_STOPPED = "early_stopped"
    EXCEPTION = "exception"
    NOT_A_NUMBER = "not_a_number"
    EXIT = "exit"
    """The trial called sys.exit."""
    CRASH = "crash"
    """Its process died: a segmentation fault, a kill."""
    OUT_OF_MEMORY = "out_of_memory"
    DEADLINE = "deadline"
    BAD_METRIC = "bad_metric"
    """An objective is missing or not finite at the end."""
    DEVICE_FAILED = "device_failed"
    """The device could not measure its model."""
    CANCELLED = "cancelled"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    PREEMPTED = "preempted"
    """Its job was granted fewer slots."""
    NODE_LOST = "node_lost"
    """Its machine left the cluster."""


TERMINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
OWNED = frozenset({JobState.STARTING, JobState.RUNNING})
"""A runner holds the job's lease."""

TRIAL_TERMINAL = frozenset(
    {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED, TrialState.CANCELLED}
)

JOB_MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.STARTING, JobState.PAUSED, JobState.CANCELLED}),
    JobState.STARTING: frozenset(
        {JobState.RUNNING, JobState.QUEUED, JobState.PAUSED, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.RUNNING: frozenset(
        {
            JobState.QUEUED,
            JobState.PAUSED,
            JobState.SUCCEEDED,
            JobState.FAILED,
            JobState.CANCELLED,
        }
    ),
    JobState.PAUSED: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    # Only a person's retry or a larger budget leaves a terminal state, and it adds an epoch.
    JobState.SUCCEEDED: frozenset({JobState.QUEUED}),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}

TRIAL_MOVES: dict[TrialState, frozenset[TrialState]] = {
    TrialState.RESERVED: frozenset({TrialState.RUNNING, TrialState.FAILED, TrialState.CANCELLED}),
    # Running to running is another attempt at the same trial after its runner was lost.
    TrialState.RUNNING: frozenset({*TRIAL_TERMINAL, TrialState.SUSPENDED, TrialState.RUNNING}),
    TrialState.SUSPENDED: frozenset({TrialState.RUNNING, TrialState.CANCELLED}),
    TrialState.COMPLETE: frozenset(),
    TrialState.PRUNED: frozenset(),
    TrialState.FAILED: frozenset(),
    TrialState.CANCELLED: frozenset(),
}

POISON_CRASHES = 3


class IllegalMove(RuntimeError):
    """A change of state that the tables above do not hold."""


def require_job_move(old: JobState, new: JobState) -> None:
    """Raises IllegalMove unless the table holds the move."""
    if new not in JOB_MOVES[old]:
        raise IllegalMove(f"a {old} job cannot become {new}")


def require_trial_move(old: TrialState, new: TrialState) -> None:
    """Raises IllegalMove unless the table holds the move."""
    if new not in TRIAL_MOVES[old]:
        raise IllegalMove(f"a {old} trial cannot become {new}")


def job_state_after(reason: JobReason) -> JobState:
    """Where a job goes when its runner gives it up, or loses it, for `reason`."""
    match reason:
        case JobReason.BUDGET_SPENT | JobReason.WALL_CLOCK_SPENT:
            return JobState.SUCCEEDED
        case JobReason.CANCELLED:
            return JobState.CANCELLED
        case JobReason.PAUSED:
            return JobState.PAUSED
        case JobReason.INTERRUPTED | JobReason.RUNNER_LOST:
            return JobState.QUEUED
        case (
            JobReason.POISON
            | JobReason.EVERY_TRIAL_FAILED
            | JobReason.NO_FEASIBLE_POINT
            | JobReason.RUNNER_ERROR
        ):
            return JobState.FAILED
        case _:
            assert_never(reason)


def trial_state_after(reason: TrialReason) -> TrialState:
    """Where a trial goes when it stops for `reason`."""
    match reason:
        case TrialReason.FINISHED:
            return TrialState.COMPLETE
        case TrialReason.EARLY_STOPPED:
            return TrialState.PRUNED
        case TrialReason.CANCELLED:
            return TrialState.CANCELLED
        case (
            TrialReason.PAUSED
            | TrialReason.INTERRUPTED
            | TrialReason.PREEMPTED
            | TrialReason.NODE_LOST
        ):
            return TrialState.SUSPENDED
        case (
            TrialReason.EXCEPTION
            | TrialReason.NOT_A_NUMBER
            | TrialReason.EXIT
            | TrialReason.CRASH
            | TrialReason.OUT_OF_MEMORY
            | TrialReason.DEADLINE
            | TrialReason.BAD_METRIC
            | TrialReason.DEVICE_FAILED
        ):
            return TrialState.FAILED
        case _:
            assert_never(reason)


def reason_after_release(reason: JobReason, desired: Desired) -> JobReason:
    """What becomes of a job whose runner left for `reason`, given what people want by then."""
    if reason not in (JobReason.PAUSED, JobReason.INTERRUPTED):
        return reason
    match desired:
        case Desired.CANCEL:
            return JobReason.CANCELLED
        case Desired.PAUSE:
            return JobReason.PAUSED
        case Desired.RUN:
            return JobReason.INTERRUPTED
        case _:
            assert_never(desired)


def reason_after_crash(crashes: int, desired: Desired) -> JobReason:
    """What becomes of a job whose runner was lost for the `crashes`-th time without progress."""
    if desired is Desired.CANCEL:
        return JobReason.CANCELLED
    if crashes >= POISON_CRASHES:
        return JobReason.POISON
    if desired is Desired.PAUSE:
        return JobReason.PAUSED
    return JobReason.RUNNER_LOST
