"""`token`, `team` and `audit`: who may do what and did what, for administrators."""

import argparse
import sys
from urllib.parse import quote

from tclsearch.client import Client, find_token
from tclsearch.failure import CommandFailed
from tclsearch.tables import (
    open_console,
    print_audit,
    print_members,
    print_teams,
    print_tokens,
)

QUOTAS = ("running_jobs", "slots", "queued_jobs", "stored_bytes")


def create_token(arguments: argparse.Namespace) -> int:
    """Print the new token alone, so that it can be piped into where it is kept."""
    client = _client(arguments)
    body = {
        "name": arguments.name,
        "team": _team(arguments, client),
        "role": arguments.role,
        "expires_at": arguments.expires_at,
        "member": arguments.member,
        "scopes": arguments.scope,
    }
    issued = client.post("/tokens", json=body)
    print(issued["token"])  # noqa: T201  for pipes, unformatted
    print(  # noqa: T201  a command's message to people
        f"{issued['id']}: {issued['role']} of team {issued['team']}; shown this once",
        file=sys.stderr,
    )
    return 0


def list_tokens(arguments: argparse.Namespace) -> int:
    print_tokens(open_console(), _client(arguments).items("/tokens"))
    return 0


def revoke_token(arguments: argparse.Namespace) -> int:
    _client(arguments).delete(f"/tokens/{_quoted(arguments.token_id)}")
    return 0


def create_team(arguments: argparse.Namespace) -> int:
    team = _client(arguments).post("/teams", json={"name": arguments.name})
    open_console().print(team["name"], markup=False, highlight=False)
    return 0


def list_teams(arguments: argparse.Namespace) -> int:
    print_teams(open_console(), _client(arguments).items("/teams"))
    return 0


def change_quotas(arguments: argparse.Namespace) -> int:
    """Set the quotas that are named; without one, only show what holds."""
    client = _client(arguments)
    given = vars(arguments)
    quotas = {name: _lifted(given[name]) for name in QUOTAS if given[name] is not None}
    body: dict[str, object] = {"quotas": quotas} if quotas else {}
    if arguments.retention_days is not None:
        body["retention_days"] = _lifted(arguments.retention_days)
    path = f"/teams/{_quoted(arguments.name)}"
    if body:
        print_teams(open_console(), [client.patch(path, json=body)])
    else:
        named = [team for team in client.items("/teams") if team["name"] == arguments.name]
        if not named:
            raise CommandFailed("there is no such team")
        print_teams(open_console(), named)
    return 0


def list_members(arguments: argparse.Namespace) -> int:
    client = _client(arguments)
    print_members(open_console(), client.items(_members(arguments, client)))
    return 0


def add_member(arguments: argparse.Namespace) -> int:
    client = _client(arguments)
    body = {"name": arguments.name, "role": arguments.role}
    print_members(open_console(), [client.post(_members(arguments, client), json=body)])
    return 0


def change_member(arguments: argparse.Namespace) -> int:
    client = _client(arguments)
    path = f"{_members(arguments, client)}/{_quoted(arguments.name)}"
    print_members(open_console(), [client.patch(path, json={"role": arguments.role})])
    return 0


def remove_member(arguments: argparse.Namespace) -> int:
    """Take a member out; their tokens end with that."""
    client = _client(arguments)
    client.delete(f"{_members(arguments, client)}/{_quoted(arguments.name)}")
    return 0


def list_audit(arguments: argparse.Namespace) -> int:
    page = _client(arguments).get(
        "/audit",
        action=arguments.action,
        actor=arguments.actor,
        object=arguments.object,
        limit=arguments.limit,
    )
    print_audit(open_console(), page["items"])
    return 0


def _lifted(limit: str) -> int | str | None:
    """What a quota is set to; the service says what is wrong with one that is no number."""
    if limit == "none":
        return None
    return int(limit) if limit.isdecimal() else limit


def _members(arguments: argparse.Namespace, client: Client) -> str:
    return f"/teams/{_quoted(_team(arguments, client))}/members"


def _team(arguments: argparse.Namespace, client: Client) -> str:
    return str(arguments.team or client.get("/me")["team"])


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _client(arguments: argparse.Namespace) -> Client:
    return Client(arguments.url, find_token(arguments.token, arguments.data_dir))
