"""`docs/reference/commands.md`, out of the parser of the command line."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.docs.schema import row, table
from tclsearch.arguments.parser import build_parser

INTRODUCTION = """\
# The command line

Every option that says so can also be given by an environment variable: its name in capitals after
`TCLSEARCH_`. `tclsearch COMMAND --help` shows the same text.

`--json` gives what the service answered, for programs. `tclsearch completion bash` (or `zsh`, `fish`)
prints what makes a shell complete commands, options and job ids.

Exit status: 0 done; 1 the job or the request failed, with a message on stderr; 2 the command was
not understood.
"""

CONNECTION = ("url", "token", "data_dir")
"""Of every command that asks a service for something."""

PROBE = "7"
"""A value that text, number and path options take alike."""


def commands_page() -> str:
    with _environment({}):
        plain = dict(leaves(build_parser()))
    variables = {_variable(action): PROBE for leaf in plain.values() for action in options(leaf)}
    with _environment(variables):
        probed = dict(leaves(build_parser()))
    lines = [INTRODUCTION]
    client = "tclsearch jobs"
    connection = [pair for pair in _pairs(plain[client], probed[client]) if _connects(pair[0])]
    lines += ["## Which service", "", "Every command that asks a service takes these:", ""]
    lines += [*_arguments(connection), ""]
    for name, leaf in plain.items():
        lines += _command(name, leaf, probed[name])
    return "\n".join(lines)


def leaves(
    parser: argparse.ArgumentParser, name: str = "tclsearch"
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that does something, with the words that call it."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]  # noqa: SLF001  argparse tells its arguments nowhere else
    if not groups:
        yield name, parser
    for group in groups:
        for word, inner in group.choices.items():
            # Those that shells call for themselves are nobody else's.
            if not word.startswith("_"):
                yield from leaves(inner, f"{name} {word}")


def options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The arguments of a command, but for `--help`."""
    return [a for a in parser._actions if not isinstance(a, argparse._HelpAction)]  # noqa: SLF001  as above


def _command(
    name: str, plain: argparse.ArgumentParser, probed: argparse.ArgumentParser
) -> list[str]:
    lines = [f"## `{name}`", ""]
    if plain.description:
        lines += [_sentence(plain.description), ""]
    pairs = _pairs(plain, probed)
    if all(any(action.dest == dest for action, _ in pairs) for dest in CONNECTION):
        pairs = [pair for pair in pairs if not _connects(pair[0])]
        lines += ["Asks [a service](#which-service).", ""]
    lines += [*_arguments(pairs), ""] if pairs else []
    return lines + _examples(plain)


def _examples(parser: argparse.ArgumentParser) -> list[str]:
    shown = [line.strip() for line in (parser.epilog or "").splitlines() if "$ " in line]
    return ["```console", *shown, "```", ""] if shown else []


def _pairs(
    plain: argparse.ArgumentParser, probed: argparse.ArgumentParser
) -> list[tuple[argparse.Action, argparse.Action]]:
    return list(zip(options(plain), options(probed), strict=True))


def _connects(action: argparse.Action) -> bool:
    return action.dest in CONNECTION


def _arguments(pairs: list[tuple[argparse.Action, argparse.Action]]) -> list[str]:
    """A table; each argument also with an environment full of our variables."""
    lines = table("argument", "default", "meaning")
    for action, other in pairs:
        variable = f"`{_variable(action)}`" if action.default != other.default else ""
        shown = "" if action.required else _default(action)
        told = [(action.help or "").strip(), _choices(action), variable and f"Or {variable}."]
        lines.append(row(_named(action), shown, " ".join(filter(None, map(_sentence, told)))))
    return lines


def _named(action: argparse.Action) -> str:
    shown = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings:
        return f"`{shown}`"
    takes = "" if action.nargs == 0 else f" {'CHOICE' if action.choices else shown}"
    return ", ".join(f"`{option}{takes}`" for option in action.option_strings)


def _default(action: argparse.Action) -> str:
    if action.default in (None, False, argparse.SUPPRESS):
        return ""
    return f"`{str(action.default).replace(str(Path.home()), '~')}`"


def _choices(action: argparse.Action) -> str:
    return f"One of {', '.join(f'`{each}`' for each in action.choices)}" if action.choices else ""


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "`")) else f"{text}."


def _variable(action: argparse.Action) -> str:
    longest = max(action.option_strings, key=len, default=action.dest)
    return f"TCLSEARCH_{longest.lstrip('-').upper().replace('-', '_')}"


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Just these variables of ours: the page must not depend on who makes it."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("TCLSEARCH_")]:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
