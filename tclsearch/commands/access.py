"""`token` and `team`: who may do what, for administrators."""

import argparse
import sys
from urllib.parse import quote

from tclsearch.client import Client, find_token
from tclsearch.tables import open_console, print_teams, print_tokens


def create_token(arguments: argparse.Namespace) -> int:
    """Print the new token alone, so that it can be piped into where it is kept."""
    client = _client(arguments)
    body = {
        "name": arguments.name,
        "team": arguments.team or client.get("/me")["team"],
        "role": arguments.role,
        "expires_at": arguments.expires_at,
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
    _client(arguments).delete(f"/tokens/{quote(arguments.token_id, safe='')}")
    return 0


def create_team(arguments: argparse.Namespace) -> int:
    team = _client(arguments).post("/teams", json={"name": arguments.name})
    open_console().print(team["name"], markup=False, highlight=False)
    return 0


def list_teams(arguments: argparse.Namespace) -> int:
    print_teams(open_console(), _client(arguments).items("/teams"))
    return 0


def _client(arguments: argparse.Namespace) -> Client:
    return Client(arguments.url, find_token(arguments.token, arguments.data_dir))
