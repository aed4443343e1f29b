"""`backup` and `restore`: a whole service in a directory, from beside it."""

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from service.artifacts.port import ArtifactStore
from service.artifacts.storage import artifact_store
from service.clock import DatabaseClock
from service.db.engine import Database
from service.errors import ServiceError
from service.operations.backup import Backup, back_up, restore
from service.settings import Settings
from tclsearch.failure import CommandFailed
from tclsearch.output import open_console, print_text


def backup(arguments: argparse.Namespace) -> int:
    """Needs no service, and disturbs none."""
    with _opened(arguments) as (settings, database, store), _bar() as progress:
        made = back_up(
            database, store, DatabaseClock(), settings.data_dir, arguments.directory, progress
        )
    print_text(f"{arguments.directory}: {_counted(made)}, as of {made.at}")
    if made.lost:
        raise CommandFailed(
            f"{len(made.lost)} artifacts are missing or damaged in the store, so their models are "
            f"not in the backup: {', '.join(made.lost[:3])}"
        )
    return 0


def restore_backup(arguments: argparse.Namespace) -> int:
    """Fills an empty service; nobody may be serving meanwhile."""
    with _opened(arguments) as (settings, database, store), _bar() as progress:
        found = restore(
            arguments.directory, database, store, DatabaseClock(), settings.data_dir, progress
        )
    print_text(f"restored {_counted(found)}, as of {found.at}")
    return 0


@contextmanager
def _opened(
    arguments: argparse.Namespace,
) -> Iterator[tuple[Settings, Database, ArtifactStore]]:
    try:
        settings = Settings.from_environment(
            os.environ, data_dir=arguments.data_dir, database_url=arguments.database_url
        )
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (
            closing(Database(settings.url)) as database,
            closing(artifact_store(settings)) as store,
        ):
            yield settings, database, store
    except ServiceError as error:
        raise CommandFailed(error.detail) from None
    except (ValueError, OSError) as error:
        raise CommandFailed(str(error)) from None


@contextmanager
def _bar() -> Iterator[Callable[[int, int], object]]:
    console = open_console()
    columns = (TextColumn("artifacts"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)


def _counted(backup: Backup) -> str:
    return f"{backup.rows:,} rows and {backup.artifacts:,} artifacts"
