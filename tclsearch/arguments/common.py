"""What the commands' arguments have in common."""

import argparse
import os
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

DEFAULT_URL = "http://127.0.0.1:8080"

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  the only name of this type


def environment_default(option: str, otherwise: str | None = None) -> str | None:
    """The value of an option's variable: its name in capitals after TCLSEARCH_.

    With _FILE behind it the variable names a file that holds the value; one that cannot be read is
    as good as none.
    """
    variable = f"TCLSEARCH_{option.upper().replace('-', '_')}"
    if variable not in os.environ and (path := os.environ.get(f"{variable}_FILE")):
        with suppress(OSError):
            return Path(path).read_text().strip()
    return os.environ.get(variable, otherwise)


def default_data_dir() -> Path:
    return Path(environment_default("data-dir") or Path.home() / ".tclsearch")


def add_command(
    commands: Commands, name: str, module: str, function: str, text: str, examples: str = ""
) -> argparse.ArgumentParser:
    """A command that `function` of `tclsearch.commands.MODULE` carries out.

    examples: shown under its help, one a line.
    """
    shown = "\n".join(f"  $ tclsearch {line}" for line in examples.splitlines())
    parser = commands.add_parser(
        name,
        help=text,
        description=text,
        epilog=f"examples:\n{shown}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(module=module, function=function)
    return parser


def add_client_command(
    commands: Commands, name: str, module: str, function: str, text: str, examples: str = ""
) -> argparse.ArgumentParser:
    """A command that asks a service."""
    parser = add_command(commands, name, module, function, text, examples)
    parser.add_argument(
        "--url", default=environment_default("url", DEFAULT_URL), help="of the service"
    )
    parser.add_argument(
        "--token", default=environment_default("token"), help="better given by the variable"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=default_data_dir(),
        help="where the administrator's token is, when no token is given",
    )
    return parser


def add_reading_command(
    commands: Commands, name: str, module: str, function: str, text: str, examples: str = ""
) -> argparse.ArgumentParser:
    """A command that asks a service and shows what it answers, to people or to programs."""
    parser = add_client_command(commands, name, module, function, text, examples)
    parser.add_argument("--json", action="store_true", help="the answer as one JSON document")
    return parser


def add_job(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", metavar="JOB", help="a job's id, as `tclsearch jobs` shows it")


def add_database_url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database-url",
        default=environment_default("database-url"),
        help="of PostgreSQL; by default SQLite in the data directory",
    )


def add_ray_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ray-address",
        default=environment_default("ray-address"),
        help="of a cluster's job API, as in http://HEAD:8265; by default a head of its own",
    )
