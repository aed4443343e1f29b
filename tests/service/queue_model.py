"""The queue as a handful of dictionaries: what the service must do, told a second time.

Written from the lifecycle's description and not from the code, without its tables and enums, so
that a mistake would have to be made twice. Who may be claimed, and when, is told by `line`,
`require_fair` and `require_busy` and nowhere else.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

OWNED = {"starting", "running"}
TERMINAL = {"succeeded", "failed", "cancelled"}
TRIAL_TERMINAL = {"complete", "pruned", "failed", "cancelled"}
STOPPED_AS = {
    "finished": "complete",
    "early_stopped": "pruned",
    "crash": "failed",
    "paused": "suspended",
    "cancelled": "cancelled",
}
FINISHED_AS = {
    "budget_spent": "succeeded",
    "runner_error": "failed",
    "interrupted": "queued",
    "paused": "queued",
}
"""Where a runner's goodbye leads while people want the job to run."""


class Refused(Exception):
    """The service has to refuse with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Seen(NamedTuple):
    """What the service decides by arithmetic of its own; the model takes it as it finds it."""

    boost: int
    slots: int


@dataclass
class ModelTrial:
    seed: int
    state: str = "reserved"
    attempts: int = 0
    reason: str | None = None
    made: object = None
    """Its one model, once it is complete."""
    measured: tuple[int, float] | None = None
    """Which attempt measured the latency, and what it found."""
    reports: dict[tuple[int, int], float] = field(default_factory=dict)
    """Accuracy by attempt and training epoch."""

    def start(self, attempt: int) -> None:
        if attempt <= self.attempts:
            return
        if attempt > self.attempts + 1 or self.state in TRIAL_TERMINAL:
            raise Refused("record_conflict")
        self.state, self.attempts, self.reason = "running", attempt, None

    def measure(self, attempt: int, fastest: float) -> None:
        before = 0 if self.measured is None else self.measured[0]
        if before > attempt or (attempt, fastest) == self.measured:
            return
        if before == attempt or self.state != "running" or attempt != self.attempts:
            raise Refused("record_conflict")
        self.measured = attempt, fastest

    def report(self, attempt: int, training_epoch: int, accuracy: float) -> None:
        stored = self.reports.get((attempt, training_epoch))
        if stored == accuracy:
            return
        if stored is not None or self.state != "running" or attempt != self.attempts:
            raise Refused("record_conflict")
        self.reports[attempt, training_epoch] = accuracy

    def stop(self, attempt: int, reason: str, made: object) -> bool:
        """Whether it changes anything."""
        state = STOPPED_AS[reason]
        if attempt < self.attempts:
            return False
        if attempt > max(1, self.attempts):
            raise Refused("record_conflict")
        if (self.state, self.reason, self.made) == (state, reason, made):
            return False
        possible = {
            "reserved": {"failed", "cancelled"},
            "running": TRIAL_TERMINAL | {"suspended"},
            "suspended": {"cancelled"},
        }
        if state not in possible.get(self.state, set()):
            raise Refused("record_conflict")
        self.state, self.reason, self.made = state, reason, made
        return True


@dataclass
class ModelJob:
    id: str
    team: str
    owner: str
    priority: int
    budget: int
    state: str = "queued"
    desired: str = "run"
    epoch: int = 0
    crashes: int = 0
    cluster: str | None = None
    process: int | None = None
    lease_until: datetime | None = None
    cancelled_at: datetime | None = None
    points: list[str] = field(default_factory=list)
    trials: list[ModelTrial] = field(default_factory=list)

    def urgency(self, seen: Mapping[str, Seen]) -> int:
        return self.priority + seen[self.id].boost

    def reserve(self, number: int, seed: int, point: str | None) -> None:
        if number < len(self.trials):
            if seed != self.trials[number].seed:
                raise Refused("record_conflict")
            return
        if number > len(self.trials):
            raise Refused("gap")
        if number >= self.budget:
            raise Refused("budget")
        if point is not None:
            if point not in self.points:
                raise Refused("record_conflict")
            self.points.remove(point)
        self.trials.append(ModelTrial(seed))

    def trial(self, number: int) -> ModelTrial:
        if number >= len(self.trials):
            raise Refused("record_conflict")
        return self.trials[number]

    def stop(self, number: int, attempt: int, reason: str, made: object) -> None:
        changed = self.trial(number).stop(attempt, reason, made)
        if changed and STOPPED_AS[reason] in TRIAL_TERMINAL:
            self.crashes = 0

    def move(self, state: str) -> None:
        self.state = state
        if state not in OWNED:
            self.lease_until = self.cancelled_at = None
        if state in TERMINAL:
            for trial in self.trials:
                if trial.state not in TRIAL_TERMINAL:
                    trial.state, trial.reason = "cancelled", "cancelled"

    def want(self, desired: str, at: datetime) -> None:
        if desired != self.desired:
            self.desired = desired
            self.cancelled_at = at if desired == "cancel" else None

    def queue_again(self) -> None:
        self.epoch += 1
        self.crashes, self.desired = 0, "run"
        self.move("queued")

    def take_back(self) -> None:
        self.crashes += 1
        self.epoch += 1
        if self.desired == "cancel":
            self.move("cancelled")
        elif self.crashes == 3:
            self.move("failed")
        else:
            self.move("paused" if self.desired == "pause" else "queued")


@dataclass
class QueueModel:
    """Every job that was acknowledged and not deleted, the oldest first."""

    lease: timedelta
    running_quota: dict[str, int]
    queued_quota: dict[str, int]
    slots_quota: dict[str, int]
    cpus: dict[str, int] = field(default_factory=dict)
    """Of the clusters that were heard of."""
    jobs: dict[str, ModelJob] = field(default_factory=dict)
    keys: dict[tuple[str, str], tuple[str, object]] = field(default_factory=dict)
    """Job and document by team and Idempotency-Key."""

    def posted_before(self, team: str, key: str | None, document: object) -> str | None:
        """The job that an equal post has made before; raises for what must be refused."""
        if key is not None and (team, key) in self.keys:
            job_id, first = self.keys[team, key]
            if first != document:
                raise Refused("idempotency_key_reused")
            return job_id
        queued = sum(job.team == team and job.state == "queued" for job in self.jobs.values())
        if queued >= self.queued_quota.get(team, 1000):
            raise Refused("quota")
        return None

    def line(self, cluster: str, seen: Mapping[str, Seen]) -> Iterator[ModelJob]:
        """Queued jobs that a cluster may claim, in their turn, each counted as served when it came.

        The most urgent first; between equals the team that holds the fewest slots, then its owner
        who does, then the oldest job. All trials need the same.
        """
        full = {t for t, most in self.running_quota.items() if self.driven(team=t) >= most}
        waiting = [j for j in self.jobs.values() if j.state == "queued" and j.team not in full]
        held: Counter[tuple[str, ...]] = Counter()

        def serve(job: ModelJob, slots: int) -> None:
            held[(job.team,)] += slots
            held[job.team, job.owner] += slots

        def fairest(jobs: list[ModelJob]) -> ModelJob:
            owners: dict[tuple[str, str], ModelJob] = {}
            teams: dict[str, ModelJob] = {}
            for job in sorted(jobs, key=lambda job: job.id):
                owners.setdefault((job.team, job.owner), job)
            for job in sorted(owners.values(), key=lambda j: (held[j.team, j.owner], j.id)):
                teams.setdefault(job.team, job)
            return min(teams.values(), key=lambda job: (held[(job.team,)], job.id))

        for job in self.jobs.values():
            if job.state in OWNED and job.cluster == cluster:
                serve(job, seen[job.id].slots)
        while waiting:
            urgency = max(job.urgency(seen) for job in waiting)
            job = fairest([job for job in waiting if job.urgency(seen) == urgency])
            yield job
            serve(job, 1)
            waiting.remove(job)

    def require_fair(self, cluster: str, claimed: str | None, before: Mapping[str, Seen]) -> None:
        """Nobody was passed over; `claimed` is still queued here.

        Teams with a quota of slots may be, whenever that is used up.
        """
        for job in self.line(cluster, before):
            if job.id == claimed:
                return
            assert claimed is None or job.team in self.slots_quota, f"{job.id} comes first"
        assert claimed is None, f"{claimed} cannot be claimed"

    def require_busy(self, cluster: str, after: Mapping[str, Seen]) -> None:
        """Where a claim gave nothing: no slot was free, or held by somebody less urgent."""
        here = [j for j in self.jobs.values() if j.state in OWNED and j.cluster == cluster]
        waiting = [j for j in self.line(cluster, after) if j.team not in self.slots_quota]
        if not waiting or len(here) >= 2 * self.cpus[cluster]:
            return
        served = [job for job in here if after[job.id].slots]
        assert sum(after[job.id].slots for job in served) == self.cpus[cluster], "a slot is free"
        urgency = max(job.urgency(after) for job in waiting)
        assert all(job.urgency(after) >= urgency for job in served), "others are more urgent"

    def driven(self, *, cluster: str | None = None, team: str | None = None) -> int:
        """How many jobs of a cluster, or of a team, are in the hands of runners."""
        return sum(
            job.state in OWNED and cluster in (None, job.cluster) and team in (None, job.team)
            for job in self.jobs.values()
        )

    def claim(self, job: ModelJob, cluster: str, at: datetime) -> None:
        job.epoch += 1
        job.cluster = cluster
        job.lease_until = at + self.lease
        job.move("starting")

    def held(self, job_id: str, epoch: int) -> ModelJob:
        """The fence."""
        job = self.jobs.get(job_id)
        if job is None:
            raise Refused("unauthorized")
        if job.epoch != epoch or job.state not in OWNED:
            raise Refused("stale_epoch")
        return job

    def renew(self, job_id: str, epoch: int, at: datetime) -> ModelJob:
        job = self.held(job_id, epoch)
        job.lease_until = at + self.lease
        return job

    def hello(self, job_id: str, epoch: int, process: int, at: datetime) -> None:
        job = self.held(job_id, epoch)
        if job.state == "running":
            if process != job.process:
                raise Refused("already_running")
            return
        job.process = process
        job.lease_until = at + self.lease
        job.move("running")

    def rescue(self, at: datetime) -> list[str]:
        late = [j for j in self.jobs.values() if j.lease_until is not None and j.lease_until < at]
        for job in late:
            job.take_back()
        return [job.id for job in late]

    def force_cancels(self, at: datetime, grace: timedelta) -> list[str]:
        deaf = [
            job
            for job in self.jobs.values()
            if job.cancelled_at is not None and job.cancelled_at < at - grace
        ]
        for job in deaf:
            job.epoch += 1
            job.move("cancelled")
        return [job.id for job in deaf]

    def finish(self, job_id: str, epoch: int, reason: str) -> None:
        given_up = self.jobs.get(job_id)
        if given_up is not None and given_up.epoch == epoch and given_up.state not in OWNED:
            return
        job = self.held(job_id, epoch)
        if reason == "budget_spent" and job.points:
            reason = "interrupted"
        state = FINISHED_AS[reason]
        if state == "queued":
            state = {"run": "queued", "pause": "paused", "cancel": "cancelled"}[job.desired]
        if job.state == "starting" and state == "succeeded":
            raise Refused("job_state")
        job.move(state)

    def lost(self, job_id: str, epoch: int) -> None:
        job = self.jobs.get(job_id)
        if job is None or job.epoch != epoch or job.state not in OWNED:
            raise Refused("stale_epoch")
        job.take_back()

    def cancel(self, job: ModelJob, at: datetime) -> None:
        if job.state in TERMINAL:
            raise Refused("job_state")
        if job.state in OWNED:
            job.want("cancel", at)
        else:
            job.move("cancelled")

    def pause(self, job: ModelJob, at: datetime) -> None:
        if job.state in OWNED and job.desired != "cancel":
            job.want("pause", at)
        elif job.state == "queued":
            job.move("paused")
        else:
            raise Refused("job_state")

    def resume(self, job: ModelJob, at: datetime) -> None:
        if job.state in OWNED and job.desired == "pause":
            job.want("run", at)
        elif job.state == "paused":
            job.desired = "run"
            job.move("queued")
        else:
            raise Refused("job_state")

    def retry(self, job: ModelJob, at: datetime) -> None:
        if job.state not in TERMINAL or len(job.trials) >= job.budget:
            raise Refused("job_state")
        job.queue_again()

    def remove(self, job: ModelJob, at: datetime) -> None:
        if job.state not in TERMINAL:
            raise Refused("job_state")
        del self.jobs[job.id]
        self.keys = {key: made for key, made in self.keys.items() if made[0] != job.id}

    def change(self, job: ModelJob, priority: int | None, budget: int | None) -> None:
        if budget is not None and budget < job.budget:
            raise Refused("budget_shrinks")
        job.priority = job.priority if priority is None else priority
        grown = budget is not None and budget > job.budget
        job.budget = job.budget if budget is None else budget
        if grown and job.state == "succeeded" and len(job.trials) < job.budget:
            job.queue_again()

    def give_point(self, job: ModelJob) -> None:
        """The point's id is the caller's to add."""
        if job.state in TERMINAL:
            raise Refused("job_state")
        job.budget += 1

    def copy(self) -> "QueueModel":
        return deepcopy(self)
