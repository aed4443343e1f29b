"""`device`: machines that measure models for the jobs of a team."""

import argparse

from tclsearch.failure import CommandFailed


def agent(arguments: argparse.Namespace) -> int:
    # A device has nothing of what the other commands need.
    from workers.device_agent import serve  # noqa: PLC0415

    if not arguments.token:
        raise CommandFailed("no token: set TCLSEARCH_TOKEN to one of role editor, scope device")
    return serve(arguments.url, arguments.token, arguments.profile)


def list_devices(arguments: argparse.Namespace) -> int:
    # And the agent nothing of what these need.
    from tclsearch.connect import connected  # noqa: PLC0415
    from tclsearch.output import open_console, print_documents  # noqa: PLC0415
    from tclsearch.tables import print_devices  # noqa: PLC0415

    with connected(arguments) as client:
        found = client.devices()
    if arguments.json:
        print_documents(found)
    else:
        print_devices(open_console(), found)
    return 0
