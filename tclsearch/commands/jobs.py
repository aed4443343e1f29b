"""Posting jobs and steering them."""

import argparse
import json
from pathlib import Path
from typing import Any

import yaml

from tclsearch.connect import connected
from tclsearch.failure import CommandFailed
from tclsearch.follow import conclude, follow
from tclsearch.output import open_console, print_document, print_documents, print_text
from tclsearch.tables import print_dry_run, print_job, print_jobs, progress_line
from tclsearch_client import Client
from tclsearch_client.documents import DryRun, Job


def submit(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        if arguments.dry_run:
            return _dry_run(client, arguments)
        return _posted(client, post_spec(client, arguments.spec), arguments)


def compress(arguments: argparse.Namespace) -> int:
    """Post a compression: the file's, with what the options say in its place."""
    with connected(arguments) as client:
        document = _compression(client, arguments)
        if arguments.dry_run:
            return _told(client.dry_run_compression(document), arguments)
        return _posted(client, client.compress(document), arguments)


def list_jobs(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        states, tags = arguments.state or (), arguments.tag or ()
        jobs = client.jobs(states=states, tags=tags, limit=arguments.limit)
        if arguments.json:
            print_documents(jobs)
        else:
            print_jobs(open_console(), jobs)
    return 0


def show(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        job = client.job(arguments.job)
    if arguments.json:
        print_document(job)
    else:
        print_job(open_console(), job)
    return 0


def cancel(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        return _say(arguments, client.cancel(arguments.job))


def pause(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        return _say(arguments, client.pause(arguments.job))


def resume(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        return _say(arguments, client.resume(arguments.job))


def retry(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        return _say(arguments, client.retry(arguments.job))


def extend(arguments: argparse.Namespace) -> int:
    trials, seconds = arguments.trials, arguments.wall_clock_seconds
    if trials is None and seconds is None:
        raise CommandFailed("say how far: --trials N, --wall-clock-seconds S, or both")
    with connected(arguments) as client:
        job = client.extend(arguments.job, trials=trials, wall_clock_seconds=seconds)
        return _say(arguments, job)


def priority(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        return _say(arguments, client.prioritize(arguments.job, arguments.priority))


def delete(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        client.delete(arguments.job)
    return 0


def point(arguments: argparse.Namespace) -> int:
    """Give a point: the named parameters, over those of a trial where one is named."""
    given = dict(map(_parameter, arguments.parameters))
    with connected(arguments) as client:
        base: dict[str, Any] = {}
        if arguments.like is not None:
            base = dict(client.trial(arguments.job, arguments.like).parameters)
        waiting = client.add_point(arguments.job, base | given)
    if arguments.json:
        print_document(waiting)
    else:
        print_text(f"{waiting.id}: {waiting.waiting} waiting")
    return 0


def post_spec(client: Client, spec: Path) -> Job:
    """POST a spec file as it is; the service reads YAML, of which JSON is a part."""
    try:
        return client.submit(spec)
    except OSError as error:
        raise CommandFailed(f"{spec}: {error.strerror}") from None


def _compression(client: Client, arguments: argparse.Namespace) -> dict[str, Any]:
    document = {} if arguments.spec is None else _read_yaml(arguments.spec)
    source = dict(document.get("source") or {})
    if arguments.model is not None:
        job_id, model_id = arguments.model
        source = {"job": job_id, "model": model_id}
        if model_id == "knee":
            source["model"] = client.front(job_id).knee
    if arguments.arch is not None:
        source = {"architecture": arguments.arch}
    if arguments.weights is not None:
        source["weights"] = client.upload_weights(_read(arguments.weights)).sha256
    if not source:
        raise CommandFailed("say what to compress: --model JOB MODEL, --arch NAME, or SPEC.yaml")
    document = {"name": "compression", **document, "source": source}
    budget = {"trials": arguments.trials, "training_epochs": arguments.epochs}
    if said := {name: value for name, value in budget.items() if value is not None}:
        document["budget"] = {**(document.get("budget") or {}), **said}
    if arguments.name is not None:
        document["name"] = arguments.name
    if arguments.dataset is not None:
        document["dataset"] = {"name": arguments.dataset}
    if arguments.ranks is not None:
        automatic = arguments.ranks == ["auto"]
        document["ranks"] = "auto" if automatic else [_triple(text) for text in arguments.ranks]
    return document


def _triple(text: str) -> list[int]:
    ranks = text.split("x")
    if len(ranks) != 3 or not all(rank.isascii() and rank.isdigit() for rank in ranks):
        raise CommandFailed(f"{text}: give ranks as 16x2x2, over channels, height and width")
    return [int(rank) for rank in ranks]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from None


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        document = yaml.load(_read(file), yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise CommandFailed(f"{file}: {error}") from None
    if not isinstance(document, dict):
        raise CommandFailed(f"{file}: not an object")
    return document


def _posted(client: Client, job: Job, arguments: argparse.Namespace) -> int:
    """Say which job was posted, and follow it where that is wanted."""
    if not arguments.watch:
        print_document(job) if arguments.json else print_text(job.id)
        return 0
    if not arguments.json:
        print_text(job.id)
    return conclude(client, follow(client, job, as_json=arguments.json), arguments.json)


def _told(run: DryRun, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print_document(run)
    else:
        print_dry_run(open_console(), run)
    return 0


def _dry_run(client: Client, arguments: argparse.Namespace) -> int:
    try:
        run = client.dry_run(arguments.spec)
    except OSError as error:
        raise CommandFailed(f"{arguments.spec}: {error.strerror}") from None
    return _told(run, arguments)


def _say(arguments: argparse.Namespace, job: Job) -> int:
    if arguments.json:
        print_document(job)
    else:
        print_text(progress_line(job))
    return 0


def _parameter(text: str) -> tuple[str, Any]:
    """NAME=VALUE; a value that reads as JSON is what it says there, any other is text."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandFailed(f"{text}: give each parameter as NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
