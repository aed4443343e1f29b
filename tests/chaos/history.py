"""What is stored after the faults, and what is wrong with it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from service.db.tables import IdempotencyRow
from tests.service.invariants import Stored, violations


@dataclass(frozen=True, slots=True)
class History:
    """A snapshot. keys: job by Idempotency-Key."""

    stored: Stored
    keys: Mapping[str, str]

    @classmethod
    def read(cls, session: Session) -> "History":
        rows = session.execute(select(IdempotencyRow.key, IdempotencyRow.job_id))
        return cls(Stored.read(session), dict(rows.all()))

    def job(self, job_id: str) -> Row[Any]:
        return next(job for job in self.stored.jobs if job.id == job_id)

    def violations(self) -> list[str]:
        return violations(self.stored)

    def lost(self, acknowledged: Mapping[str, str]) -> int:
        """Acknowledged posts whose job is not there, or not the one that was named."""
        there = {job.id for job in self.stored.jobs}
        return sum(
            job_id not in there or self.keys.get(key) != job_id
            for key, job_id in acknowledged.items()
        )

    def duplicated(self) -> int:
        """Jobs beyond one for each key; every job was posted under one."""
        return len(self.stored.jobs) - len(set(self.keys.values()))

    def lost_trials(self, job_id: str, budget: int) -> int:
        """Trials of the budget that did not end well."""
        trials = self.stored.trials.get(job_id, [])
        return budget - sum(trial.state == "complete" for trial in trials)

    def duplicated_trials(self, job_id: str) -> int:
        """Ends that were stored beyond one for each trial."""
        events = self.stored.events[job_id]
        ends = Counter(
            event.body["number"]
            for event in events
            if event.kind == "trial.state" and event.body["state"] == "complete"
        )
        return sum(ends.values()) - len(ends)

    def stale_writes(self, job_id: str) -> int:
        """Reports that were stored while another epoch than their own held the job.

        A fake runner writes its epoch into each report, as its loss; events are in the order of
        their commits.
        """
        epoch, stale = 0, 0
        for event in self.stored.events[job_id]:
            if event.kind == "job.state":
                owned = event.body["state"] in ("starting", "running")
                epoch = event.body["epoch"] if owned else -1
            elif event.kind == "trial.report":
                stale += event.body["loss"] != epoch
        return stale
