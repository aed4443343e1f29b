"""`tclsearch`: the command line. Parses arguments, then hands over to the command's module.

Exit status: 0 done, 1 the job or request failed (message on stderr), 2 usage.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from tclsearch.failure import CommandFailed

DEFAULT_URL = "http://127.0.0.1:8080"
ROLES = ("viewer", "editor", "admin")
OWN_TEAM = "the team; by default the caller's own"


def main(argv: Sequence[str] | None = None) -> int:
    arguments = build_parser().parse_args(argv)
    module = importlib.import_module(f"tclsearch.commands.{arguments.module}")
    try:
        return int(getattr(module, arguments.function)(arguments))
    except CommandFailed as error:
        print(f"tclsearch: {error}", file=sys.stderr)  # noqa: T201  a command's message to people
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tclsearch", description="Search for small CNNs, as a service."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serving(commands)
    _add_job_commands(commands)
    _add_data_commands(commands)
    _add_access_commands(commands)
    _add_webhook_commands(commands)
    return parser


def environment_default(option: str, otherwise: str | None = None) -> str | None:
    """The value of an option's variable: its name in capitals after TCLSEARCH_."""
    return os.environ.get(f"TCLSEARCH_{option.upper().replace('-', '_')}", otherwise)


def default_data_dir() -> Path:
    return Path(environment_default("data-dir") or Path.home() / ".tclsearch")


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  the only name of this type


def _command(
    commands: Commands, name: str, module: str, function: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(module=module, function=function)
    return parser


def _add_serving(commands: Commands) -> None:
    serve = _command(
        commands, "serve", "serve", "serve", "run control plane, dashboard and dispatcher"
    )
    serve.add_argument("--host", default=environment_default("host", "127.0.0.1"))
    serve.add_argument("--port", type=int, default=environment_default("port", "8080"))
    serve.add_argument("--data-dir", type=Path, default=default_data_dir())
    serve.add_argument("--database-url", default=environment_default("database-url"))
    serve.add_argument("--ray-address", default=environment_default("ray-address"))
    serve.add_argument(
        "--no-dispatcher",
        action="store_true",
        default=bool(environment_default("no-dispatcher")),
        help="serve the API alone; dispatchers run elsewhere",
    )
    dispatch = _command(commands, "dispatch", "serve", "dispatch", "run a dispatcher alone")
    dispatch.add_argument("--url", default=environment_default("url", DEFAULT_URL))
    dispatch.add_argument("--token", default=environment_default("token"))
    dispatch.add_argument("--data-dir", type=Path, default=default_data_dir())
    dispatch.add_argument("--ray-address", default=environment_default("ray-address"))


def _add_job_commands(commands: Commands) -> None:
    submit = _client_command(commands, "submit", "submit", "post a job")
    submit.add_argument("spec", type=Path, metavar="SPEC.yaml")
    submit.add_argument("--watch", action="store_true", help="follow the job to its end")
    jobs = _client_command(commands, "jobs", "list_jobs", "list jobs, newest first")
    jobs.add_argument("--state")
    jobs.add_argument("--limit", type=int, default=20)
    for name, text in (
        ("show", "show one job"),
        ("watch", "follow a job to its end"),
        ("cancel", "cancel a job"),
        ("pause", "pause a job"),
        ("resume", "resume a paused job"),
        ("retry", "queue an ended job again"),
    ):
        _client_command(commands, name, name, text).add_argument("job", metavar="JOB")
    front = _client_command(commands, "front", "front", "show a job's Pareto front")
    front.add_argument("job", metavar="JOB")
    front.add_argument("--csv", action="store_true")
    download = _client_command(commands, "download", "download", "download a model")
    download.add_argument("job", metavar="JOB")
    download.add_argument("model", metavar="MODEL", help="a model's id, or `knee`")
    download.add_argument("-o", "--output", type=Path, default=Path(), metavar="DIR")
    download.add_argument(
        "--format", choices=("checkpoint", "onnx", "bundle"), default="checkpoint"
    )
    _client_command(commands, "queue", "queue", "show the team's queue")


def _client_command(
    commands: Commands, name: str, function: str, text: str, module: str = "jobs"
) -> argparse.ArgumentParser:
    parser = _command(commands, name, module, function, text)
    parser.add_argument("--url", default=environment_default("url", DEFAULT_URL))
    parser.add_argument("--token", default=environment_default("token"))
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=default_data_dir(),
        help="where the administrator's token is, when no token is given",
    )
    return parser


def _add_data_commands(commands: Commands) -> None:
    data = commands.add_parser("data", help="data sets on this machine")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    listing = _command(actions, "list", "data", "list_sets", "list the data sets")
    fetch = _command(actions, "fetch", "data", "fetch_set", "bring a data set here, verified")
    fetch.add_argument("name", metavar="NAME")
    fetch.add_argument(
        "--source", type=Path, help="directory with the set's published files, instead of fetching"
    )
    register = _command(actions, "register", "data", "register", "register a class folder")
    register.add_argument("name", metavar="NAME")
    register.add_argument("directory", type=Path, metavar="DIR")
    register.add_argument("--image-size", type=int, default=64, metavar="PIXELS")
    for parser in (listing, fetch, register):
        parser.add_argument("--data-dir", type=Path, default=default_data_dir())


def _add_access_commands(commands: Commands) -> None:
    tokens = commands.add_parser("token", help="tokens, for administrators")
    actions = tokens.add_subparsers(required=True, metavar="ACTION")
    create = _client_command(actions, "create", "create_token", "make a token", "access")
    create.add_argument("name", metavar="NAME", help="who or what it is for")
    create.add_argument("--team", help=OWN_TEAM)
    create.add_argument("--role", choices=ROLES, default="viewer")
    create.add_argument("--member", help="whose it is: it ends with them")
    create.add_argument(
        "--scope",
        action="append",
        choices=("read", "download", "jobs", "access"),
        help="what it may be used for, may be repeated; by default all that its role may",
    )
    create.add_argument(
        "--expires",
        "--expires-at",
        dest="expires_at",
        metavar="TIME",
        help="as in 2027-01-31T12:00:00Z",
    )
    _client_command(actions, "list", "list_tokens", "list tokens, newest first", "access")
    revoke = _client_command(actions, "revoke", "revoke_token", "end a token at once", "access")
    revoke.add_argument("token_id", metavar="TOKEN_ID", help="as `token list` shows it")
    _add_team_commands(commands)
    audit = _client_command(commands, "audit", "list_audit", "show who changed what", "access")
    audit.add_argument("--action", help="as in job.cancel")
    audit.add_argument("--actor", help="who did it")
    audit.add_argument("--object", help="id or name of what it was done to")
    audit.add_argument("--limit", type=int, default=50)


def _add_team_commands(commands: Commands) -> None:
    teams = commands.add_parser("team", help="teams and their members, for administrators")
    actions = teams.add_subparsers(required=True, metavar="ACTION")
    create = _client_command(actions, "create", "create_team", "make a team", "access")
    create.add_argument("name", metavar="TEAM")
    _client_command(actions, "list", "list_teams", "list teams, newest first", "access")
    quotas = _client_command(
        actions, "quotas", "change_quotas", "show or set a team's quotas", "access"
    )
    quotas.add_argument("name", metavar="TEAM")
    for quota in ("running-jobs", "slots", "queued-jobs", "stored-bytes", "retention-days"):
        quotas.add_argument(f"--{quota}", metavar="N", help="a number, or none")
    members = _client_command(
        actions, "members", "list_members", "list members, newest first", "access"
    )
    members.add_argument("--team", help=OWN_TEAM)
    for name, text in (
        ("add", "take a person into a team"),
        ("change", "give a member another role"),
        ("remove", "take a member out, whose tokens end with that"),
    ):
        member = _client_command(actions, f"{name}-member", f"{name}_member", text, "access")
        member.add_argument("name", metavar="NAME")
        member.add_argument("--team", help=OWN_TEAM)
        if name == "add":
            member.add_argument("--role", choices=ROLES, default="viewer")
        if name == "change":
            member.add_argument("--role", choices=ROLES, required=True)


def _add_webhook_commands(commands: Commands) -> None:
    webhooks = commands.add_parser("webhook", help="webhooks, for administrators")
    actions = webhooks.add_subparsers(required=True, metavar="ACTION")
    create = _client_command(actions, "create", "create", "tell a URL of events", "webhooks")
    create.add_argument("url_to_tell", metavar="URL")
    create.add_argument(
        "--event",
        action="append",
        choices=("job.state", "trial.state", "front.changed"),
        help="a kind of event to send, may be repeated; by default job.state",
    )
    _client_command(actions, "list", "list_all", "list webhooks, newest first", "webhooks")
    for name, text in (
        ("delete", "tell a URL no more"),
        ("test", "send one event that is made up"),
    ):
        action = _client_command(actions, name, name, text, "webhooks")
        action.add_argument("webhook_id", metavar="WEBHOOK_ID", help="as `webhook list` shows it")


if __name__ == "__main__":
    sys.exit(main())
