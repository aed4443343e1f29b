"""What makes shells complete `tclsearch`: scripts, and the words that they ask for."""

import argparse
import importlib
from collections.abc import Sequence

from tclsearch.arguments.parser import build_parser
from tclsearch.failure import CommandFailed
from tclsearch.output import print_text

Parser = argparse.ArgumentParser

SCRIPTS = {
    "bash": """\
_tclsearch() {
    local words
    words=$(tclsearch _complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tclsearch tclsearch
""",
    "zsh": """\
#compdef tclsearch
_tclsearch() {
    local -a found
    found=(${(f)"$(tclsearch _complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( ${#found} )); then compadd -a found; else _files; fi
}
if [ "$funcstack[1]" = "_tclsearch" ]; then _tclsearch; else compdef _tclsearch tclsearch; fi
""",
    "fish": """\
function __tclsearch_words
    set -l words (commandline -opc) (commandline -ct)
    tclsearch _complete $words[2..-1] 2>/dev/null
end
complete -c tclsearch -a '(__tclsearch_words)'
""",
}
JOBS = 50
"""Ids that are offered: those of the newest jobs."""
SECONDS = 1.0
"""As long as somebody who has pressed the tab key waits."""


def script(arguments: argparse.Namespace) -> int:
    print_text(SCRIPTS[arguments.shell].rstrip())
    return 0


def complete(arguments: argparse.Namespace) -> int:
    """Print what the last of the words may become, one a line; nothing where files may."""
    *done, begun = arguments.words or [""]
    found = [word for word in candidates(build_parser(), done, begun) if word.startswith(begun)]
    if found:
        print_text("\n".join(found))
    return 0


def candidates(parser: Parser, done: Sequence[str], begun: str) -> Sequence[str]:
    """What may follow the words that are `done`."""
    pending: argparse.Action | None = None
    positions = _positional(parser)
    for word in done:
        if pending is not None:
            pending = None
        elif word.startswith("-"):
            pending = _taking_value(parser, word)
        elif positions and isinstance(positions[0].choices, dict):
            parser = positions[0].choices.get(word, parser)
            positions = _positional(parser)
        elif positions and positions[0].nargs not in ("*", "+"):
            positions = positions[1:]
    if pending is not None:
        return _values(parser, pending)
    if begun.startswith("-"):
        return [name for action in _actions(parser) for name in action.option_strings]
    return _values(parser, positions[0]) if positions else []


def _values(parser: Parser, action: argparse.Action) -> Sequence[str]:
    if action.choices is not None:
        return [str(choice) for choice in action.choices if not str(choice).startswith("_")]
    return _job_ids(parser) if action.metavar == "JOB" else []


def _job_ids(parser: Parser) -> Sequence[str]:
    """Those of the newest jobs; none where the service does not answer at once."""
    # Loaded only here: nothing else that is completed needs them.
    connect = importlib.import_module("tclsearch.connect")
    client_package = importlib.import_module("tclsearch_client")
    try:
        token = connect.find_token(parser.get_default("token"), parser.get_default("data_dir"))
        hasty = client_package.Patience(seconds=0)
        url = parser.get_default("url")
        with client_package.Client(url, token, patience=hasty, timeout=SECONDS) as client:
            return [job.id for job in client.jobs(limit=JOBS)]
    except (CommandFailed, client_package.TclsearchError):
        return []


def _positional(parser: Parser) -> list[argparse.Action]:
    return [action for action in _actions(parser) if not action.option_strings]


def _taking_value(parser: Parser, word: str) -> argparse.Action | None:
    named = [action for action in _actions(parser) if word in action.option_strings]
    return next((action for action in named if action.nargs != 0), None)


def _actions(parser: Parser) -> list[argparse.Action]:
    return parser._actions  # noqa: SLF001  argparse has no other way to ask
