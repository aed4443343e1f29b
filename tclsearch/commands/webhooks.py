"""`webhook`: addresses that are told of a team's events, for administrators."""

import argparse
import sys
from urllib.parse import quote

from tclsearch.client import Client, find_token
from tclsearch.failure import CommandFailed
from tclsearch.tables import open_console, print_webhooks


def create(arguments: argparse.Namespace) -> int:
    """Print the secret alone, so that it can be piped into where it is kept."""
    body = {"url": arguments.url_to_tell} | (
        {"events": arguments.event} if arguments.event else {}
    )
    made = _client(arguments).post("/webhooks", json=body)
    print(made["secret"])  # noqa: T201  for pipes, unformatted
    print(f"{made['id']}: shown this once", file=sys.stderr)  # noqa: T201  a command's message
    return 0


def list_all(arguments: argparse.Namespace) -> int:
    print_webhooks(open_console(), _client(arguments).items("/webhooks"))
    return 0


def delete(arguments: argparse.Namespace) -> int:
    _client(arguments).delete(_path(arguments))
    return 0


def test(arguments: argparse.Namespace) -> int:
    """Have one made-up event sent now."""
    tested = _client(arguments).post(f"{_path(arguments)}/test")
    if not tested["delivered"]:
        raise CommandFailed(f"not delivered: {tested['detail']}")
    return 0


def _path(arguments: argparse.Namespace) -> str:
    return f"/webhooks/{quote(arguments.webhook_id, safe='')}"


def _client(arguments: argparse.Namespace) -> Client:
    return Client(arguments.url, find_token(arguments.token, arguments.data_dir))
