"""What the command line prints: tables of jobs, fronts and queues."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

Document = Mapping[str, Any]

COLUMN_TITLES = {
    "accuracy": "accuracy %",
    "params": "params",
    "latency_ms": "latency ms",
    "macs": "MACs",
    "size_bytes": "bytes",
}


PIPED_WIDTH = 140


def open_console() -> Console:
    """Where commands print: as wide as the terminal, and wide enough for a table elsewhere."""
    terminal = Console()
    fixed = terminal.is_terminal or "COLUMNS" in os.environ
    return terminal if fixed else Console(width=PIPED_WIDTH)


def print_jobs(console: Console, jobs: Sequence[Document]) -> None:
    table = Table(Column("job", overflow="fold"), "name", "state", "trials", "front", "created")
    for job in jobs:
        table.add_row(
            job["id"], job["name"], _state(job), _progress(job), str(job["front_size"]),
            job["created_at"],
        )  # fmt: skip
    console.print(table)


def print_job(console: Console, job: Document) -> None:
    table = Table(show_header=False)
    for title, value in (
        ("job", job["id"]),
        ("name", job["name"]),
        ("state", _state(job)),
        ("trials", _progress(job)),
        ("warm start", _warm_start(job["warm_start"])),
        ("front", f"{job['front_size']} models, hypervolume {job['hypervolume']:.6g}"),
        ("data set", job["spec"]["dataset"]["name"]),
        ("queue position", job["queue_position"]),
        ("created", job["created_at"]),
        ("finished", job["finished_at"]),
    ):
        if value is not None:
            table.add_row(title, str(value))
    console.print(table)
    if job.get("detail"):
        console.print(job["detail"], markup=False, highlight=False)


def print_front(console: Console, front: Document) -> None:
    """The models of a front, the most accurate first; the knee is marked."""
    metrics = [o if isinstance(o, str) else o["metric"] for o in front["objectives"]]
    # On a narrow terminal the id is folded, since the figures are what people look at.
    table = Table(Column("model", overflow="fold"))
    for title in ("trial", *(COLUMN_TITLES[m] for m in metrics), "head", "ranks", ""):
        table.add_column(title, no_wrap=True)
    models = sorted(front["models"], key=lambda m: m["values"].get("accuracy", 0), reverse=True)
    for model in models:
        ranks = model["ranks"]
        table.add_row(
            model["id"],
            str(model["trial_number"]),
            *(_figure(metric, model["values"][metric]) for metric in metrics),
            model["head"],
            "×".join(str(rank) for rank in ranks) if ranks else "–",
            "knee" if model["id"] == front["knee"] else "",
        )
    console.print(table)
    console.print(f"hypervolume {front['hypervolume']:.6g} against {front['reference_point']}")


def print_queue(console: Console, queue: Document) -> None:
    slots = queue["slots"]
    console.print(f"{slots['busy']} of {slots['total']} slots busy")
    table = Table("", "job", "name", "owner", "priority", "why it waits", "may begin")
    for job in queue["running"]:
        table.add_row(
            f"runs on {job['slots']}", job["job_id"], job["name"], job["owner"],
            str(job["priority"]), "", "",
        )  # fmt: skip
    for job in queue["queued"]:
        boost = f" + {job['boost']}" if job["boost"] else ""
        table.add_row(
            str(job["position"]), job["job_id"], job["name"], job["owner"],
            f"{job['priority']}{boost}", job["reason"], job["estimated_start"] or "",
        )  # fmt: skip
    console.print(table)


def print_teams(console: Console, teams: Iterable[Document]) -> None:
    table = Table(Column("team", overflow="fold"), "quotas", "keeps jobs", "created")
    for team in teams:
        limits = {name: limit for name, limit in team["quotas"].items() if limit is not None}
        told = ", ".join(f"{name} {limit}" for name, limit in limits.items())
        kept = "for ever" if team["retention_days"] is None else f"{team['retention_days']} days"
        table.add_row(Text(team["name"]), told or "none", kept, team["created_at"])
    console.print(table)


def print_members(console: Console, members: Iterable[Document]) -> None:
    table = Table(Column("member", overflow="fold"), "team", "role", "since")
    for member in members:
        table.add_row(
            Text(member["name"]), Text(member["team"]), member["role"], member["created_at"]
        )
    console.print(table)


def print_tokens(console: Console, tokens: Iterable[Document]) -> None:
    table = Table(Column("token", no_wrap=True), Column("name", overflow="fold"))
    for title in ("team", "role", "member", "scopes", "expires"):
        table.add_column(title)
    for token in tokens:
        table.add_row(
            token["id"],
            Text(token["name"]),
            Text(token["team"]),
            token["role"],
            Text(token["member"] or ""),
            "all" if token["scopes"] is None else ", ".join(token["scopes"]),
            token["expires_at"] or "never",
        )
    console.print(table)


def print_audit(console: Console, entries: Iterable[Document]) -> None:
    table = Table("at", "who", "did", Column("to", overflow="fold"), "team", "with")
    for entry in entries:
        told = ", ".join(f"{name} {value}" for name, value in entry["body"].items())
        table.add_row(
            entry["at"], Text(entry["actor"]), entry["action"], Text(entry["object"]),
            Text(entry["team"]), Text(told),
        )  # fmt: skip
    console.print(table)


def print_webhooks(console: Console, webhooks: Iterable[Document]) -> None:
    table = Table(Column("webhook", no_wrap=True), Column("url", overflow="fold"), "events", "")
    for webhook in webhooks:
        state = "disabled: " if webhook["disabled_at"] else ""
        table.add_row(
            webhook["id"], Text(webhook["url"]), ", ".join(webhook["events"]),
            Text(state + (webhook["detail"] or "")),
        )  # fmt: skip
    console.print(table)


def progress_line(job: Document) -> str:
    """One line on how far a job is."""
    return f"{_state(job)}: {_progress(job)} trials, front of {job['front_size']}"


def _state(job: Document) -> str:
    return f"{job['state']} ({job['reason']})" if job["reason"] else str(job["state"])


def _progress(job: Document) -> str:
    trials = job["trials"]
    parts = [f"{trials['finished']}/{trials['total']}"]
    parts += [f"{trials[kind]} {kind}" for kind in ("running", "pruned", "failed") if trials[kind]]
    return ", ".join(parts)


def _warm_start(start: Document) -> str | None:
    if not start["observations"] and not start["dropped"]:
        return None
    return f"{start['observations']} results, {start['dropped']} outside the space left out"


def _figure(metric: str, value: float) -> str:
    match metric:
        case "accuracy":
            return f"{100 * value:.2f}"
        case "latency_ms":
            return f"{value:.3f}"
        case _:
            return f"{value:,.0f}"
