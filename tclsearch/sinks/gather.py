"""What a job has to show, asked for once and handed to whatever writes it down."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tclsearch.failure import CommandFailed
from tclsearch_client import Client
from tclsearch_client.documents import Front, Job, TrialDetail


@dataclass(frozen=True, slots=True)
class Results:
    """trials: those of the search, by number, with their learning curves and models."""

    job: Job
    front: Front
    trials: tuple[TrialDetail, ...]

    @property
    def on_front(self) -> frozenset[str]:
        return frozenset(model.id for model in self.front.models)


def gather(client: Client, job_id: str) -> Results:
    """A job's results, one request per trial. Trials that begin meanwhile are left out."""
    job = client.job(job_id)
    numbers = sorted(t.number for t in client.trials(job_id) if t.purpose == "search")
    trials = tuple(client.trial(job_id, number) for number in numbers)
    return Results(job, client.front(job_id), trials)


@contextmanager
def whole_file(place: Path) -> Iterator[Path]:
    """A path to write to, which becomes `place` when all of it is written, or nothing does.

    Raises:
        CommandFailed: nothing can be written there.
    """
    try:
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    except OSError as error:
        raise CommandFailed(f"{place}: {error.strerror}") from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # As a file that is opened for writing would have them, not as a private one.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_directory(place: Path, *, replace: bool) -> Iterator[Path]:
    """As `whole_file`, for a directory that may have to go first."""
    if place.exists() and not replace:
        raise CommandFailed(f"{place} is there already: --replace puts a new export in its place")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    except OSError as error:
        raise CommandFailed(f"{place}: {error.strerror}") from None
    try:
        yield temporary
        temporary.chmod(0o755)
        if place.exists():
            shutil.rmtree(place)
        temporary.replace(place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
