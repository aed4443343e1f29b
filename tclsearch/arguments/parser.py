"""Every command and what it takes."""

import argparse

from tclsearch.arguments import (
    access,
    data,
    device,
    exports,
    jobs,
    results,
    serving,
    tools,
    webhooks,
)

EPILOG = """\
a first job:
  $ tclsearch serve &
  $ tclsearch submit examples/digits.yaml --watch
  $ tclsearch download JOB knee -o models

TCLSEARCH_URL and TCLSEARCH_TOKEN say which service to ask, and as whom; so does each option's
variable: its name in capitals after TCLSEARCH_. `tclsearch COMMAND -h` has examples.
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tclsearch",
        description="Search for small CNNs, as a service.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (serving, jobs, results, exports, data, device, access, webhooks, tools):
        group.add(commands)
    return parser
