"""When waiting jobs will begin, if nothing else is posted: a pure decider.

An estimate by list scheduling: running jobs keep what they hold until they end, and each time
something comes free the next in line takes as much of it as it wants.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import inf

from service.queue.slots import EXACT, Capacity, Contender, share_out


@dataclass(frozen=True, slots=True)
class Load:
    """A job and the seconds of work it has left, of one slot; None where nothing tells."""

    job: Contender
    slot_seconds: float | None

    def seconds(self, slots: int) -> float:
        """How long it takes on so many slots."""
        return inf if self.slot_seconds is None else self.slot_seconds / max(1, slots)


def starts(
    capacity: Capacity,
    running: Sequence[Load],
    line: Sequence[Load],
    limits: Mapping[str, float],
) -> dict[str, float]:
    """Seconds until each job of the line begins; those that nothing tells of are left out.

    limits: CPUs that a team's trials may take.
    """
    contenders = [load.job for load in (*running, *line)]
    slots = share_out(capacity, contenders, limits)
    found = {load.job.job_id: 0.0 for load in line if slots[load.job.job_id]}
    working = [load for load in (*running, *line) if slots[load.job.job_id]]
    ends = [(load.seconds(n), n * load.job.cpus) for load, n in _with(slots, working)]
    heapify(ends)
    free = capacity.cpus - sum(cpus for _, cpus in ends) + EXACT
    now = 0.0
    for load in line:
        job = load.job
        if job.job_id in found or limits.get(job.team, inf) < job.cpus:
            continue
        while free < job.cpus and ends:
            now, cpus = heappop(ends)
            free += cpus
        if free < job.cpus or now == inf:
            break
        taken = max(1, min(job.wanted, int(free / job.cpus)))
        free -= taken * job.cpus
        heappush(ends, (now + load.seconds(taken), taken * job.cpus))
        found[job.job_id] = now
    return found


def _with(slots: Mapping[str, int], loads: Sequence[Load]) -> list[tuple[Load, int]]:
    return [(load, slots[load.job.job_id]) for load in loads]
