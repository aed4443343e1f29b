"""Following a job to its end: a live view in a terminal, plain lines elsewhere, JSON for programs."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

from rich.console import Console
from rich.live import Live

from tclsearch.connect import STEADFAST
from tclsearch.failure import CommandFailed
from tclsearch.live import live_view
from tclsearch.output import open_console, print_text
from tclsearch.tables import print_front, state_of
from tclsearch.watched import REMEMBERED, Watched
from tclsearch_client import Client
from tclsearch_client.documents import ENDED, Event, Job

FRAMES_PER_SECOND = 4
FRONT_SECONDS = 1.0
OUTLOOK_SECONDS = 5.0


class Interrupted(CommandFailed):
    """Ctrl-C: the job goes on without anybody who watches it."""

    status = 130


def follow(
    client: Client, job: Job, *, as_json: bool = False, console: Console | None = None
) -> Job:
    """Show what happens until the job has ended; the job as it is then.

    Raises:
        Interrupted: by Ctrl-C.
    """
    where = console or open_console()
    # The service has answered: it is waited for when it restarts.
    client.patience = STEADFAST
    watched = Watched(job)
    try:
        if as_json:
            # A program that reads all of it wants all of it.
            for event in client.watch(job.id):
                print_text(event.model_dump_json())
        elif where.is_terminal:
            _draw(client, watched, where)
        else:
            _tell(client, watched, where)
        return client.job(job.id)
    except KeyboardInterrupt:
        raise Interrupted(
            f"job {job.id} goes on. Follow it again with `tclsearch watch {job.id}`, "
            f"stop it with `tclsearch cancel {job.id}`."
        ) from None


def conclude(client: Client, job: Job, as_json: bool = False) -> int:
    """Show what came of a job that has ended.

    Raises:
        CommandFailed: it has not succeeded.
    """
    if job.front_size and not as_json:
        print_front(open_console(), client.front(job.id))
    if job.state != "succeeded":
        raise CommandFailed(f"job {job.id} {state_of(job)}")
    return 0


def _draw(client: Client, watched: Watched, console: Console) -> None:
    after = _begin(client, watched)
    with _live(watched, console):
        # The last few once more: the view shows what has just happened.
        for _ in _events(client, watched, max(0, after - REMEMBERED)):
            pass


def _begin(client: Client, watched: Watched) -> int:
    """Ask for what has happened so far; the number of the event that it is as of."""
    job_id = watched.job.id
    table = client.trial_table(job_id)
    watched.learn(client.job(job_id))
    watched.begin(table, client.trials(job_id, states=["running"]), client.history(job_id))
    if watched.front_is_old:
        watched.learn_front(client.front(job_id))
    return table.events


@contextmanager
def _live(watched: Watched, console: Console) -> Iterator[Live]:
    with Live(
        console=console,
        refresh_per_second=FRAMES_PER_SECOND,
        get_renderable=lambda: live_view(watched, console),
    ) as live:
        yield live


def _tell(client: Client, watched: Watched, console: Console) -> None:
    """A line on how far the job is, and another whenever it has got further."""
    after = _begin(client, watched)
    last: tuple[object, ...] = ()
    for _ in chain([None], _events(client, watched, after)):
        # Trials begin right after others have ended: only the latter is worth a line.
        step = (state_of(watched.job), watched.finished, len(watched.front))
        if step != last:
            now = time.strftime("%H:%M:%S")
            console.print(f"{now} {_line(watched)}", highlight=False, markup=False)
            last = step


def _events(client: Client, watched: Watched, after: int) -> Iterator[Event]:
    """The job's events from `after` on, each once `watched` knows of it and what it has changed."""
    asked = foreseen = -math.inf
    for event in client.watch(watched.job.id, after=after):
        watched.apply(event)
        ended = event.event == "job.state" and event.data["state"] in ENDED
        if event.event == "job.state":
            watched.learn(client.job(watched.job.id))
        # At most once a second; what waits is asked for with the next event.
        if watched.front_is_old and (ended or time.monotonic() - asked >= FRONT_SECONDS):
            watched.learn_front(client.front(watched.job.id))
            asked = time.monotonic()
        if not ended and time.monotonic() - foreseen >= OUTLOOK_SECONDS:
            watched.learn_outlook(client.outlook(watched.job.id))
            foreseen = time.monotonic()
        yield event


def _line(watched: Watched) -> str:
    counts = watched.counts()
    counts["running"] = len(watched.running)
    told = [
        f"{counts[kind]} {kind}" for kind in ("running", "pruned", "failed") if counts.get(kind)
    ]
    progress = ", ".join([f"{watched.finished}/{watched.total}", *told])
    return f"{state_of(watched.job)}: {progress} trials, front of {len(watched.front)}"
