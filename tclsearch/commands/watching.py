"""`watch` and `events`: a job as it happens."""

import argparse

from tclsearch.connect import STEADFAST, connected
from tclsearch.follow import conclude, follow
from tclsearch.live import describe, time_of
from tclsearch.output import print_text


def watch(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        job = client.job(arguments.job)
        return conclude(client, follow(client, job, as_json=arguments.json), arguments.json)


def events(arguments: argparse.Namespace) -> int:
    """Every event, one a line, as they come; ends with the job."""
    with connected(arguments) as client:
        client.job(arguments.job)
        client.patience = STEADFAST
        for event in client.watch(arguments.job, after=arguments.after):
            if arguments.json:
                print_text(event.model_dump_json())
            else:
                print_text(f"{event.id:>6} {time_of(event)} {describe(event)}")
    return 0
