"""`token`, `team` and `audit`: who may do what and did what, for administrators."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console

from tclsearch.access_tables import print_audit, print_members, print_teams, print_tokens
from tclsearch.connect import connected
from tclsearch.failure import CommandFailed
from tclsearch.output import open_console, print_documents, print_text
from tclsearch_client import Client, access
from tclsearch_client.calls import Pages

QUOTAS = ("running_jobs", "slots", "queued_jobs", "stored_bytes")


def create_token(arguments: argparse.Namespace) -> int:
    """Print the new token alone, so that it can be piped into where it is kept."""
    with connected(arguments) as client:
        wanted = {
            "name": arguments.name,
            "team": _team(arguments, client),
            "role": arguments.role,
            "expires_at": arguments.expires_at,
            "member": arguments.member,
            "scopes": arguments.scope,
        }
        issued = client.send(access.create_token(wanted))
    print_text(issued.token)
    print(  # noqa: T201  a command's message to people
        f"{issued.id}: {issued.role} of team {issued.team}; shown this once", file=sys.stderr
    )
    return 0


def list_tokens(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        return _listed(arguments, client, access.tokens(), print_tokens)


def revoke_token(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        client.send(access.revoke_token(arguments.token_id))
    return 0


def create_team(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        print_text(client.send(access.create_team(arguments.name)).name)
    return 0


def list_teams(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        return _listed(arguments, client, access.teams(), print_teams)


def change_quotas(arguments: argparse.Namespace) -> int:
    """Set the quotas that are named; without one, only show what holds."""
    given = vars(arguments)
    quotas = {name: _lifted(given[name]) for name in QUOTAS if given[name] is not None}
    changes: dict[str, object] = {"quotas": quotas} if quotas else {}
    if arguments.retention_days is not None:
        changes["retention_days"] = _lifted(arguments.retention_days)
    with connected(arguments) as client:
        if changes:
            shown = [client.send(access.change_team(arguments.name, changes))]
        else:
            shown = [t for t in client.each(access.teams()) if t.name == arguments.name]
    if not shown:
        raise CommandFailed("there is no such team")
    if arguments.json:
        print_documents(shown)
    else:
        print_teams(open_console(), shown)
    return 0


def list_members(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        pages = access.members(_team(arguments, client))
        return _listed(arguments, client, pages, print_members)


def add_member(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        team = _team(arguments, client)
        member = client.send(access.add_member(team, arguments.name, arguments.role))
    print_members(open_console(), [member])
    return 0


def change_member(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        team = _team(arguments, client)
        member = client.send(access.change_member(team, arguments.name, arguments.role))
    print_members(open_console(), [member])
    return 0


def remove_member(arguments: argparse.Namespace) -> int:
    """Take a member out; their tokens end with that."""
    with connected(arguments) as client:
        client.send(access.remove_member(_team(arguments, client), arguments.name))
    return 0


def list_audit(arguments: argparse.Namespace) -> int:
    pages = access.audit(arguments.action, arguments.actor, arguments.object, most=arguments.limit)
    with connected(arguments) as client:
        return _listed(arguments, client, pages, print_audit)


def _listed(
    arguments: argparse.Namespace,
    client: Client,
    pages: Pages[Any],
    show: Callable[[Console, Any], None],
) -> int:
    found = client.each(pages)
    if arguments.json:
        print_documents(found)
    else:
        show(open_console(), found)
    return 0


def _lifted(limit: str) -> int | str | None:
    """What a quota is set to; the service says what is wrong with one that is no number."""
    if limit == "none":
        return None
    return int(limit) if limit.isdecimal() else limit


def _team(arguments: argparse.Namespace, client: Client) -> str:
    return str(arguments.team or client.me().team)
