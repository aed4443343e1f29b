"""A command's client, and what its user can do about each way in which it fails."""

import argparse
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tclsearch.failure import CommandFailed
from tclsearch_client import (
    Client,
    Forbidden,
    Patience,
    RateLimited,
    RequestFailed,
    TclsearchError,
    Unauthorized,
    Unreachable,
)

STEADFAST = Patience()
"""Of a command that has had an answer: the service is there, and will be back."""
CURIOUS = dataclasses.replace(STEADFAST, contact_seconds=2.0)
"""Of a command's first call: a service that does not run is soon told so."""


@contextmanager
def connected(arguments: argparse.Namespace) -> Iterator[Client]:
    """The client of a command.

    Raises:
        CommandFailed: there is no token, or what was done with the client failed.
    """
    token = find_token(arguments.token, arguments.data_dir)
    with Client(arguments.url, token, patience=CURIOUS) as client:
        try:
            yield client
        except TclsearchError as error:
            raise CommandFailed(advise(error)) from None


def find_token(given: str | None, data_dir: Path) -> str:
    """The token to use: the one given, or the administrator's in the data directory.

    Raises:
        CommandFailed: there is neither.
    """
    if given:
        return given
    path = data_dir / "admin-token"
    try:
        return path.read_text().strip()
    except OSError:
        raise CommandFailed(
            f"no token: set TCLSEARCH_TOKEN, or --data-dir to the service's (no {path})"
        ) from None


def advise(error: TclsearchError) -> str:
    """What went wrong, and what to do about it where that is known."""
    said = str(error)
    match error:
        case Unreachable(sent=False):
            said += "\nStart a service with `tclsearch serve`, or say with --url or TCLSEARCH_URL"
            said += " where one runs."
        case Unauthorized():
            said += "\nGive a good token with --token or TCLSEARCH_TOKEN; an administrator makes"
            said += " one with `tclsearch token create`."
        case Forbidden():
            said += "\n`tclsearch whoami` shows what this token may, and who can give another."
        case RateLimited():
            said += "\nIt was waited for, in vain: others use the same token."
        case RequestFailed(status=status, request_id=str(request_id)) if status >= 500:
            said += f"\nThe service's log knows more, under request {request_id}."
        case _:
            pass
    return said
