"""`webhook`: addresses that are told of a team's events, for administrators."""

import argparse
import sys

from tclsearch.access_tables import print_webhooks
from tclsearch.connect import connected
from tclsearch.failure import CommandFailed
from tclsearch.output import open_console, print_documents, print_text
from tclsearch_client import access


def create(arguments: argparse.Namespace) -> int:
    """Print the secret alone, so that it can be piped into where it is kept."""
    with connected(arguments) as client:
        made = client.send(access.create_webhook(arguments.url_to_tell, arguments.event or ()))
    print_text(made.secret)
    print(f"{made.id}: shown this once", file=sys.stderr)  # noqa: T201  a command's message
    return 0


def list_all(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        found = client.each(access.webhooks())
        if arguments.json:
            print_documents(found)
        else:
            print_webhooks(open_console(), found)
    return 0


def delete(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        client.send(access.delete_webhook(arguments.webhook_id))
    return 0


def test(arguments: argparse.Namespace) -> int:
    """Have one made-up event sent now."""
    with connected(arguments) as client:
        tested = client.send(access.test_webhook(arguments.webhook_id))
    if not tested.delivered:
        raise CommandFailed(f"not delivered: {tested.detail}")
    return 0
