"""How many jobs a cluster runs at once, and how many trials each of them may: pure deciders."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a cluster offers to trials, all its nodes together."""

    cpus: float
    gpus: float


def job_limit(capacity: Capacity) -> int:
    """Most jobs that a cluster works on at once: one for each whole CPU."""
    return max(1, int(capacity.cpus))


def granted(concurrency: int, cpus_per_trial: float, capacity: Capacity, jobs: int) -> int:
    """Trials that one of `jobs` jobs may run now: its even share of the CPUs, at least one."""
    share = capacity.cpus / max(1, jobs)
    return max(1, min(concurrency, int(share / cpus_per_trial)))
