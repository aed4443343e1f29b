"""What the command line prints of teams, members, tokens, webhooks and the audit trail."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from tclsearch.tables import moment
from tclsearch_client.access import AuditEntry, Member, Team, Token, Webhook


def print_teams(console: Console, teams: Iterable[Team]) -> None:
    table = Table(Column("team", overflow="fold"), "quotas", "keeps jobs", "created")
    for team in teams:
        limits = {name: limit for name, limit in team.quotas.items() if limit is not None}
        told = ", ".join(f"{name} {limit}" for name, limit in limits.items())
        kept = "for ever" if team.retention_days is None else f"{team.retention_days} days"
        table.add_row(Text(team.name), told or "none", kept, moment(team.created_at))
    console.print(table)


def print_members(console: Console, members: Iterable[Member]) -> None:
    table = Table(Column("member", overflow="fold"), "team", "role", "since")
    for member in members:
        table.add_row(Text(member.name), Text(member.team), member.role, moment(member.created_at))
    console.print(table)


def print_tokens(console: Console, tokens: Iterable[Token]) -> None:
    table = Table(Column("token", no_wrap=True), Column("name", overflow="fold"))
    for title in ("team", "role", "member", "scopes", "expires"):
        table.add_column(title)
    for token in tokens:
        table.add_row(
            token.id,
            Text(token.name),
            Text(token.team),
            token.role,
            Text(token.member or ""),
            "all" if token.scopes is None else ", ".join(token.scopes),
            moment(token.expires_at) or "never",
        )
    console.print(table)


def print_audit(console: Console, entries: Iterable[AuditEntry]) -> None:
    table = Table("at", "who", "did", Column("to", overflow="fold"), "team", "with")
    for entry in entries:
        told = ", ".join(f"{name} {value}" for name, value in entry.body.items())
        table.add_row(
            moment(entry.at), Text(entry.actor), entry.action, Text(entry.object),
            Text(entry.team), Text(told),
        )  # fmt: skip
    console.print(table)


def print_webhooks(console: Console, webhooks: Iterable[Webhook]) -> None:
    table = Table(Column("webhook", no_wrap=True), Column("url", overflow="fold"), "events", "")
    for webhook in webhooks:
        state = "disabled: " if webhook.disabled_at else ""
        table.add_row(
            webhook.id, Text(webhook.url), ", ".join(webhook.events),
            Text(state + (webhook.detail or "")),
        )  # fmt: skip
    console.print(table)
