"""`doctor`: examines a deployment, and says what to put right and how."""

import argparse
from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from service.operations.findings import Finding, Level
from tclsearch.arguments.parser import build_parser
from tclsearch.checkup import examine_here, examine_there
from tclsearch.output import open_console, print_json

OTHER_VARIABLES = frozenset({"TCLSEARCH_LOG", "TCLSEARCH_CACHE_DIR"})
"""Read by no option and no setting."""
STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.ERROR: "bold red"}


def examine(arguments: argparse.Namespace) -> int:
    """Status 1 where something does not work."""
    if arguments.token:
        found = list(examine_there(arguments))
    else:
        found = list(examine_here(arguments, _variables() | OTHER_VARIABLES))
    healthy = all(finding.level is not Level.ERROR for finding in found)
    if arguments.json:
        print_json({"healthy": healthy, "findings": [asdict(finding) for finding in found]})
    else:
        _print(open_console(), found)
    return 0 if healthy else 1


def _print(console: Console, found: Iterable[Finding]) -> None:
    counts = dict.fromkeys(Level, 0)
    for finding in found:
        counts[finding.level] += 1
        line = Text(f"{finding.level:>7}  ", style=STYLES[finding.level])
        console.print(line.append(f"{finding.check}: {finding.what}", style="default"))
        for said in filter(None, (finding.why, finding.mend and f"→ {finding.mend}")):
            console.print(Text(f"         {said}"), soft_wrap=True)
    told = ", ".join(f"{count} {level}" for level, count in counts.items())
    console.print(Text(told), highlight=False)


def _variables() -> set[str]:
    """Those of all commands' options."""
    found, left = set(), [build_parser()]
    while left:
        for action in left.pop()._actions:  # noqa: SLF001  argparse has no other way to ask
            if isinstance(action.choices, dict):
                left += action.choices.values()
            for option in action.option_strings:
                found.add(f"TCLSEARCH_{option.lstrip('-').upper().replace('-', '_')}")
    return found
