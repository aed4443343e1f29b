"""Posting jobs, following them, and steering them."""

import argparse
from pathlib import Path

from tclsearch.arguments.common import (
    Commands,
    add_client_command,
    add_job,
    add_reading_command,
)

STATES = ("queued", "starting", "running", "paused", "succeeded", "failed", "cancelled")


def add(commands: Commands) -> None:
    _add_submit(commands)
    _add_compress(commands)
    jobs = add_reading_command(
        commands, "jobs", "jobs", "list_jobs", "list jobs, newest first",
        "jobs\njobs --state running --state queued\njobs --tag project:demo --json",
    )  # fmt: skip
    jobs.add_argument("--state", action="append", choices=STATES, help="may be repeated")
    jobs.add_argument("--tag", action="append", metavar="KEY[:VALUE]", help="may be repeated")
    jobs.add_argument("--limit", type=int, default=20, help="how many, the newest")
    add_job(add_reading_command(commands, "show", "jobs", "show", "show one job"))
    watch = add_reading_command(
        commands, "watch", "watching", "watch", "follow a job to its end",
        "watch JOB\nwatch JOB --json | jq 'select(.event == \"front.changed\")'",
    )  # fmt: skip
    events = add_reading_command(
        commands, "events", "watching", "events", "follow a job's events, from the first one on",
        "events JOB --after 120",
    )  # fmt: skip
    events.add_argument("--after", type=int, default=0, metavar="N", help="begin after event N")
    for parser in (watch, events):
        add_job(parser)
    _add_steering(commands)


def _add_submit(commands: Commands) -> None:
    submit = add_reading_command(
        commands, "submit", "jobs", "submit", "post a job",
        "submit examples/digits.yaml --watch\nsubmit spec.yaml --dry-run",
    )  # fmt: skip
    submit.add_argument("spec", type=Path, metavar="SPEC.yaml", help="YAML, or JSON")
    _add_posting(submit)


def _add_compress(commands: Commands) -> None:
    compress = add_reading_command(
        commands, "compress", "jobs", "compress", "replace the dense head of a trained network",
        "compress examples/compress.yaml --weights mobilenet.safetensors --dry-run\n"
        "compress --model JOB knee --watch\n"
        "compress --arch mobilenet_v2 --weights mobilenet.safetensors --dataset cifar10 "
        "--ranks 4x1x1 8x1x1",
    )  # fmt: skip
    compress.add_argument(
        "spec", type=Path, nargs="?", metavar="SPEC.yaml", help="what the options do not say"
    )
    compress.add_argument("--name", help="of the job")
    source = compress.add_mutually_exclusive_group()
    source.add_argument(
        "--model", nargs=2, metavar=("JOB", "MODEL"), help="a model of a job, or its `knee`"
    )
    source.add_argument("--arch", metavar="NAME", help="a torchvision network, as mobilenet_v2")
    compress.add_argument("--weights", type=Path, metavar="FILE", help="a safetensors file of it")
    compress.add_argument("--dataset", metavar="NAME", help="of a model, that of its job")
    compress.add_argument(
        "--ranks", nargs="+", metavar="RxRxR", help="over channels, height, width; or `auto`"
    )
    compress.add_argument("--trials", type=int, metavar="N", help="how many of them to try")
    compress.add_argument("--epochs", type=int, metavar="N", help="of fine-tuning; 2 are usual")
    _add_posting(compress)


def _add_posting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--watch", action="store_true", help="follow the job to its end")
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would become of the job"
    )


def _add_steering(commands: Commands) -> None:
    for name, text in (
        ("cancel", "cancel a job"),
        ("pause", "pause a job; nothing that was trained is lost"),
        ("resume", "resume a paused job"),
        ("retry", "queue an ended job again"),
    ):
        add_job(add_reading_command(commands, name, "jobs", name, text))
    extend = add_reading_command(
        commands, "extend", "jobs", "extend", "enlarge a job's budget; an ended one goes on",
        "extend JOB --trials 48\nextend JOB --trials 48 --wall-clock-seconds 7200",
    )  # fmt: skip
    add_job(extend)
    extend.add_argument("--trials", type=int, metavar="N", help="trials in all")
    extend.add_argument("--wall-clock-seconds", type=float, metavar="S", help="seconds in all")
    priority = add_reading_command(
        commands, "priority", "jobs", "priority", "say how urgent a job is",
        "priority JOB 5\npriority JOB -- -3",
    )  # fmt: skip
    add_job(priority)
    priority.add_argument("priority", type=int, metavar="N", help="-10 to 10; 0 is usual")
    point = add_reading_command(
        commands, "point", "jobs", "point", "have a point of your own run next",
        "point JOB training.learning_rate=0.02 --like 7",
    )  # fmt: skip
    add_job(point)
    point.add_argument(
        "parameters", nargs="*", metavar="NAME=VALUE", help="named as `trial` shows them"
    )
    point.add_argument(
        "--like", type=int, metavar="NUMBER", help="begin with the parameters of this trial"
    )
    delete = add_client_command(
        commands, "delete", "jobs", "delete", "forget a job that has ended, and all that is its"
    )
    add_job(delete)
