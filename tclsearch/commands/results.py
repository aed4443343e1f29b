"""Reading what a search has found."""

import argparse
import sys
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

from tclsearch.connect import STEADFAST, connected
from tclsearch.failure import CommandFailed
from tclsearch.output import (
    open_console,
    print_document,
    print_documents,
    print_json,
    print_text,
)
from tclsearch.tables import (
    print_comparison,
    print_figure,
    print_front,
    print_model,
    print_trial,
    print_trials,
)
from tclsearch_client import Client
from tclsearch_client.downloads import KNEE


def trials(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        found = client.trials(arguments.job, states=arguments.state or (), limit=arguments.limit)
        if arguments.json:
            print_documents(found)
        else:
            objectives = client.job(arguments.job).objectives
            print_trials(open_console(), list(found), objectives)
    return 0


def trial(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        found = client.trial(arguments.job, arguments.number)
    if arguments.json:
        print_document(found)
    else:
        print_trial(open_console(), found)
    return 0


def front(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        if arguments.csv:
            sys.stdout.write(client.front_csv(arguments.job))
        elif arguments.json:
            print_document(client.front(arguments.job))
        else:
            print_front(open_console(), client.front(arguments.job))
    return 0


def importance(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        # The first account of a large job takes as long as the service lets it.
        found = client.figure(arguments.job, "importances")
    if arguments.json:
        print_document(found)
    elif found.empty is not None:
        raise CommandFailed(found.empty)
    else:
        print_figure(open_console(), found)
    return 0


def model(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        model_id = arguments.model
        if model_id == KNEE:
            model_id = _knee(client, arguments.job)
        found = client.model(arguments.job, model_id)
    if arguments.json:
        print_document(found)
    else:
        print_model(open_console(), found)
    return 0


def compare(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        jobs = [client.job(job_id) for job_id in arguments.jobs]
        fronts = [client.front(job_id) for job_id in arguments.jobs]
    if arguments.json:
        items = [
            {"job": job.model_dump(mode="json"), "front": front.model_dump(mode="json")}
            for job, front in zip(jobs, fronts, strict=True)
        ]
        print_json({"items": items})
    else:
        print_comparison(open_console(), jobs, fronts)
    return 0


def download(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        if arguments.model == KNEE:
            arguments.model = _knee(client, arguments.job)
        client.patience = STEADFAST
        try:
            saved = _saved(client, arguments)
        except OSError as error:
            raise CommandFailed(f"{arguments.output}: {error.strerror}") from None
    print_text(str(saved))
    return 0


def _knee(client: Client, job_id: str) -> str:
    knee = client.front(job_id).knee
    if knee is None:
        raise CommandFailed(f"the front of {job_id} is empty: no model is on it yet")
    return knee


def _saved(client: Client, arguments: argparse.Namespace) -> Path:
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn())
    console = open_console()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=None)
        return client.download(
            arguments.job,
            arguments.model,
            arguments.output,
            format=arguments.format,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )
