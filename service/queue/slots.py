"""How many trials each job may run now, and which waiting job comes next: pure deciders.

Priority comes first. Among jobs of equal priority the next slot goes to the team that holds the
least, then to its owner who holds the least, then to the owner's job that holds the least. What a
team, owner or job holds is measured by its dominant share: the larger of its parts of the
cluster's CPUs, GPUs and custom resources (Ghodsi et al., Dominant Resource Fairness, NSDI 2011). Between
equals a slot stays where it is, and a free one goes to the oldest job.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from service.protocol import Node

RUNNERS_PER_CPU = 2
"""A job that has given all its slots to others keeps its runner for a while."""
EXACT = 1e-9
"""Ten trials of a tenth of a CPU fit one, whatever their sum says in binary."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a cluster offers to trials, node by node."""

    nodes: tuple[Node, ...] = ()

    @property
    def cpus(self) -> float:
        return sum(node.cpus for node in self.nodes)

    @property
    def gpus(self) -> float:
        return sum(node.gpus for node in self.nodes)

    @property
    def custom(self) -> dict[str, float]:
        total: defaultdict[str, float] = defaultdict(float)
        for node in self.nodes:
            for name, amount in node.custom.items():
                total[name] += amount
        return dict(total)

    @property
    def runners(self) -> int:
        """Most jobs that the cluster has runners for at once."""
        return RUNNERS_PER_CPU * max(1, int(self.cpus))


@dataclass(frozen=True, slots=True)
class Contender:
    """A job that could run trials.

    priority: what it has gained by waiting included. cpus, gpus, custom: of one trial.
    wanted: most trials at once now. slots: granted until now; none while it waits.
    """

    job_id: str
    team: str
    owner: str
    priority: int
    cpus: float
    gpus: float
    custom: Mapping[str, float] | None
    wanted: int
    slots: int = 0

    def needs_as_much_as(self, other: "Contender") -> bool:
        """Of everything, for one trial."""
        ours, theirs = self.custom or {}, other.custom or {}
        special = all(ours.get(name, 0.0) >= amount for name, amount in theirs.items())
        return self.cpus >= other.cpus and self.gpus >= other.gpus and special


class Held:
    """Dominant shares of teams and owners, as they grow.

    jobs: what they hold until now decides between equals, so that no trial is stopped for nothing.
    """

    def __init__(self, capacity: Capacity, jobs: Iterable[Contender] = ()) -> None:
        self._cpus = capacity.cpus
        self._gpus = capacity.gpus
        self._custom = capacity.custom
        self._held: defaultdict[tuple[str, ...], float] = defaultdict(float)
        self._until_now: defaultdict[tuple[str, ...], float] = defaultdict(float)
        for job in jobs:
            self._add(self._until_now, job, job.slots)

    def add(self, job: Contender, trials: int = 1) -> None:
        self._add(self._held, job, trials)

    def by(self, *who: str) -> tuple[float, bool]:
        """What a team holds, or an owner of a team, and whether that is no less than until now."""
        held = self._held[who]
        return held, held + EXACT >= self._until_now[who]

    def share(self, job: Contender) -> float:
        """Of one trial of the job."""
        parts = [_part(job.cpus, self._cpus), _part(job.gpus, self._gpus)]
        for name, amount in (job.custom or {}).items():
            parts.append(_part(amount, self._custom.get(name, 0.0)))
        return max(parts)

    def _add(self, to: dict[tuple[str, ...], float], job: Contender, trials: int) -> None:
        share = trials * self.share(job)
        to[(job.team,)] += share
        to[job.team, job.owner] += share


def share_out(
    capacity: Capacity, jobs: Sequence[Contender], limits: Mapping[str, float]
) -> dict[str, int]:
    """Slots of each job by id.

    limits: CPUs that a team's trials may take; teams that are not named have no limit.
    """
    slots = {job.job_id: 0 for job in jobs}
    room = _Room(capacity, limits)
    held = Held(capacity, jobs)
    for equals in _by_priority(job for job in jobs if job.wanted > 0):
        fairest = _Fairest(equals, held, slots)
        while (job := fairest.take()) is not None:
            # Room only shrinks: a job that finds none now finds none later.
            if room.take(job):
                slots[job.job_id] += 1
                held.add(job)
                if slots[job.job_id] < job.wanted:
                    fairest.give_back(job)
    return slots


def line(waiting: Iterable[Contender], held: Held) -> Iterator[Contender]:
    """Waiting jobs in the order of their turn, as if each took one slot when it came.

    held: what the running jobs hold; it grows with the line.
    """
    for equals in _by_priority(waiting):
        fairest = _Fairest(equals, held, {})
        while (job := fairest.take()) is not None:
            held.add(job)
            yield job


def entitled(
    waiting: Iterable[Contender],
    capacity: Capacity,
    running: Sequence[Contender],
    limits: Mapping[str, float],
) -> Iterator[tuple[Contender, dict[str, int]]]:
    """The waiting jobs that would get a slot, each beside the running ones, with all their slots.

    waiting: in the order of their turn. So where one finds no slot, none that needs as much and
    comes later is tried; unless it was its team's limit, which holds for that team alone.
    """
    hopeless: list[tuple[Contender, str | None]] = []
    for job in waiting:
        if any(job.needs_as_much_as(one) and team in (None, job.team) for one, team in hopeless):
            continue
        slots = share_out(capacity, [*running, job], limits)
        if slots[job.job_id]:
            yield job, slots
        else:
            hopeless.append((job, job.team if job.team in limits else None))


@dataclass
class _Left:
    """What is left of a node."""

    cpus: float
    gpus: float
    custom: dict[str, float]

    @classmethod
    def of(cls, node: Node) -> "_Left":
        custom = {name: amount + EXACT for name, amount in node.custom.items()}
        return cls(node.cpus + EXACT, node.gpus + EXACT, custom)

    def holds(self, job: Contender) -> bool:
        if self.cpus < job.cpus or self.gpus < job.gpus:
            return False
        return not job.custom or all(
            self.custom.get(name, 0.0) >= amount for name, amount in job.custom.items()
        )

    def spared(self, job: Contender) -> tuple[float, float, float]:
        """What would be lost to others by a trial of the job; the least is the best."""
        special = 0.0 if job.custom or not self.custom else sum(self.custom.values())
        return 0.0 if job.gpus else self.gpus, special, self.cpus

    def take(self, job: Contender) -> None:
        self.cpus -= job.cpus
        self.gpus -= job.gpus
        for name, amount in (job.custom or {}).items():
            self.custom[name] -= amount


class _Room:
    """What is left of the nodes, and of the teams' limits."""

    def __init__(self, capacity: Capacity, limits: Mapping[str, float]) -> None:
        self._nodes = [_Left.of(node) for node in capacity.nodes]
        self._limits = {team: cpus + EXACT for team, cpus in limits.items()}

    def take(self, job: Contender) -> bool:
        """Take room for one trial on the fullest node that has it; False where none has."""
        if self._limits.get(job.team, job.cpus) < job.cpus:
            return False
        fitting = [node for node in self._nodes if node.holds(job)]
        if not fitting:
            return False
        # A trial that does not need what some nodes alone have leaves those to others, as far as it can.
        min(fitting, key=lambda node: node.spared(job)).take(job)
        if job.team in self._limits:
            self._limits[job.team] -= job.cpus
        return True


_Rank = tuple[float, bool, str]
"""What somebody holds, whether that is no less than until now, and the id of their next job."""


class _Fairest:
    """Jobs of one priority, the fairest next one first: heaps of teams, owners and jobs."""

    def __init__(self, jobs: Sequence[Contender], held: Held, slots: Mapping[str, int]) -> None:
        self._held = held
        self._slots = slots
        self._jobs: defaultdict[tuple[str, str], list[tuple[_Rank, Contender]]]
        self._jobs = defaultdict(list)
        for job in jobs:
            self._jobs[job.team, job.owner].append((self._rank(job), job))
        self._owners: defaultdict[str, list[tuple[_Rank, str]]] = defaultdict(list)
        for (team, owner), owned in self._jobs.items():
            heapify(owned)
            self._push_owner(team, owner)
        self._teams: list[tuple[_Rank, str]] = []
        for team in self._owners:
            self._push_team(team)
        self._taken: tuple[str, str] | None = None

    def take(self) -> Contender | None:
        """The next job; it does not come again until it is given back."""
        if self._taken is not None:
            team, owner = self._taken
            self._push_owner(team, owner)
            self._push_team(team)
            self._taken = None
        if not self._teams:
            return None
        _, team = heappop(self._teams)
        _, owner = heappop(self._owners[team])
        _, job = heappop(self._jobs[team, owner])
        self._taken = team, owner
        return job

    def give_back(self, job: Contender) -> None:
        """Let a job that was taken come again."""
        heappush(self._jobs[job.team, job.owner], (self._rank(job), job))

    def _push_owner(self, team: str, owner: str) -> None:
        if owned := self._jobs[team, owner]:
            (*_, next_job), _ = owned[0]
            heappush(self._owners[team], ((*self._held.by(team, owner), next_job), owner))

    def _push_team(self, team: str) -> None:
        if owners := self._owners[team]:
            (*_, next_job), _ = owners[0]
            heappush(self._teams, ((*self._held.by(team), next_job), team))

    def _rank(self, job: Contender) -> _Rank:
        slots = self._slots.get(job.job_id, 0)
        return slots * self._held.share(job), slots >= job.slots, job.job_id


def _by_priority(jobs: Iterable[Contender]) -> Iterator[list[Contender]]:
    classes: defaultdict[int, list[Contender]] = defaultdict(list)
    for job in jobs:
        classes[job.priority].append(job)
    for priority in sorted(classes, reverse=True):
        yield classes[priority]


def _part(amount: float, whole: float) -> float:
    if amount == 0:
        return 0.0
    return amount / whole if whole > 0 else 1.0
