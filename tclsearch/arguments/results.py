"""Reading what a search has found, and what the service has."""

from pathlib import Path

from tclsearch.arguments.common import (
    Commands,
    add_client_command,
    add_job,
    add_reading_command,
)

TRIAL_STATES = (
    "reserved", "running", "complete", "pruned", "failed", "cancelled", "suspended",
)  # fmt: skip


def add(commands: Commands) -> None:
    trials = add_reading_command(
        commands, "trials", "results", "trials", "list a job's trials, newest first",
        "trials JOB\ntrials JOB --state failed\ntrials JOB --json | jq '.items[].values'",
    )  # fmt: skip
    add_job(trials)
    trials.add_argument("--state", action="append", choices=TRIAL_STATES, help="may be repeated")
    trials.add_argument("--limit", type=int, metavar="N", help="by default all of them")
    trial = add_reading_command(
        commands, "trial", "results", "trial", "show one trial: its point, its curve, its models",
        "trial JOB 7",
    )  # fmt: skip
    add_job(trial)
    trial.add_argument("number", type=int, metavar="NUMBER", help="as `trials` shows it")
    front = add_reading_command(
        commands, "front", "results", "front", "show a job's Pareto front",
        "front JOB\nfront JOB --csv > front.csv",
    )  # fmt: skip
    add_job(front)
    front.add_argument("--csv", action="store_true", help="a table for other programs")
    importance = add_reading_command(
        commands, "importance", "results", "importance",
        "show how much each parameter matters to each objective",
        "importance JOB\nimportance JOB --json",
    )  # fmt: skip
    add_job(importance)
    model = add_reading_command(
        commands, "model", "results", "model",
        "show one model: what was measured, beside its plain heads, and the files it comes in",
        "model JOB knee",
    )  # fmt: skip
    add_job(model)
    model.add_argument("model", metavar="MODEL", help="a model's id, or `knee`")
    compare = add_reading_command(
        commands, "compare", "results", "compare", "show jobs side by side", "compare JOB JOB"
    )
    compare.add_argument("jobs", metavar="JOB", nargs="+", help="their ids")
    _add_download(commands)
    add_reading_command(commands, "queue", "catalogue", "queue", "show the team's queue")
    add_reading_command(
        commands, "cluster", "catalogue", "cluster", "show what there is to run trials on"
    )
    add_reading_command(
        commands, "datasets", "catalogue", "datasets", "list the data sets that jobs can name"
    )
    add_reading_command(
        commands, "whoami", "catalogue", "whoami", "show whose token this is, and what it may"
    )


def _add_download(commands: Commands) -> None:
    download = add_client_command(
        commands, "download", "results", "download",
        "download a model, verified; one that was cut off goes on where it stopped",
        "download JOB knee -o models\ndownload JOB MODEL --format onnx",
    )  # fmt: skip
    add_job(download)
    download.add_argument("model", metavar="MODEL", help="a model's id, or `knee`")
    download.add_argument(
        "-o", "--output", type=Path, default=Path(), metavar="DIR", help="where to put it"
    )
    download.add_argument(
        "--format",
        choices=("checkpoint", "onnx", "onnx-int8", "pte", "bundle"),
        default="checkpoint",
        help="weights alone, a network for ONNX Runtime, or all that it takes elsewhere",
    )
