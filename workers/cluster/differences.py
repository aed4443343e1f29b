"""What should run, and what does: where Ray and the control plane disagree."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from service.protocol import Held, JobState
from workers.cluster.ray_jobs import ENDED, RayJob

HANDLE_PREFIX = "tclsearch-"
LAUNCH_SECONDS = 60.0
"""So long another dispatcher of the cluster may take from a claim to its runner's launch."""
UNKNOWN = "the cluster does not know it"


@dataclass(frozen=True, slots=True)
class Missing:
    """A job whose runner is not there. launched: whether it ever was."""

    job: Held
    why: str
    launched: bool = True


@dataclass(frozen=True, slots=True)
class Differences:
    """missing: should run, and does not. stray: runs, and should not. ended: to be forgotten."""

    missing: tuple[Missing, ...]
    stray: tuple[str, ...]
    ended: tuple[str, ...]


def compare(
    held: Collection[Held],
    jobs: Mapping[str, RayJob],
    *,
    before: Collection[str],
    pending: Collection[str] = (),
    sole: bool,
) -> Differences:
    """What differs between the jobs that are held and those that Ray listed after that.

    before: handles that Ray listed before the held jobs were asked for. One that is not among them
    may belong to a claim that another dispatcher has made since, so it is not judged yet.
    pending: handles of our own claims that are yet to be launched.
    sole: whether nobody else launches on this cluster.
    """
    found = (_missing(job, jobs, pending, sole) for job in held)
    wanted = {job.handle for job in held}
    unwanted = [
        job
        for handle, job in jobs.items()
        if handle.startswith(HANDLE_PREFIX) and handle in before and handle not in wanted
    ]
    return Differences(
        missing=tuple(missing for missing in found if missing is not None),
        stray=tuple(job.handle for job in unwanted if job.state not in ENDED),
        ended=tuple(job.handle for job in unwanted if job.state in ENDED),
    )


def older_runners(handle: str, jobs: Mapping[str, RayJob]) -> tuple[str, ...]:
    """Runners of the same job at other epochs that have not ended."""
    of_job = f"{handle.rpartition('-e')[0]}-e"
    return tuple(
        other
        for other, job in jobs.items()
        if other.startswith(of_job) and other != handle and job.state not in ENDED
    )


def _missing(
    job: Held, jobs: Mapping[str, RayJob], pending: Collection[str], sole: bool
) -> Missing | None:
    if job.handle in jobs:
        known = jobs[job.handle]
        return Missing(job, known.message) if known.state in ENDED else None
    if job.handle in pending:
        return None
    if job.state is not JobState.STARTING:
        # Its runner has said hello, so it was there.
        return Missing(job, UNKNOWN)
    if sole or (job.starting_seconds or 0.0) > LAUNCH_SECONDS:
        # Whoever claimed it died before the launch, or Ray has lost it since.
        return Missing(job, UNKNOWN, launched=False)
    return None
