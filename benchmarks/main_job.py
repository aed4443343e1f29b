"""One whole job on this machine: its front, and where the time went.

`python -m benchmarks.main_job [SPEC] [--data-dir DIR] [--quick] [--json FILE]`

Serves, submits the spec (examples/cifar10.yaml; with --quick examples/digits.yaml), follows the
job, and adds up the CPU time of every process behind it. A data set that is not in DIR is fetched
first, outside the clock.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from benchmarks.cpu_clock import CpuClock
from benchmarks.report import Figure, report
from tclsearch.commands.jobs import post_spec
from tclsearch.demo import fetch_data
from tclsearch.follow import follow
from tclsearch.tables import print_front
from tclsearch_client import Client
from tclsearch_client.documents import Job, TrialDetail
from tests.e2e.service_process import ServiceProcess, serving

KINDS = (
    ("tclsearch.main", "service"),
    ("workers.dispatcher", "dispatcher"),
    ("workers.runner", "runner"),
    ("ray::", "trials"),
    ("", "Ray itself"),
)
"""What a process is, by the first of these that its command line holds."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("spec", type=Path, nargs="?")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    spec = arguments.spec or Path(f"examples/{'digits' if arguments.quick else 'cifar10'}.yaml")
    with tempfile.TemporaryDirectory() as temporary:
        data_dir = arguments.data_dir or Path(temporary)
        fetch_data(spec, data_dir)
        with (
            serving(data_dir) as service,
            CpuClock(f"TCLSEARCH_DATA_DIR={data_dir}", KINDS) as clock,
        ):
            return report(figures(service, spec, clock), arguments.json)


def figures(service: ServiceProcess, spec: Path, clock: CpuClock) -> list[Figure]:
    console, client = Console(width=120), Client(service.url, service.token)
    started = time.perf_counter()
    job = follow(client, post_spec(client, spec), console=console)
    wall = time.perf_counter() - started
    if job.state != "succeeded":
        raise SystemExit(f"the job {job.state}: {job.reason}")
    print_front(console, client.front(job.id))
    trials = [client.trial(job.id, trial.number) for trial in client.trials(job.id)]
    training = sum(point.seconds for trial in trials for point in trial.curve)
    found = [
        Figure("wall, s", wall),
        Figure("trials", len(trials)),
        Figure("trials stopped early", job.trials.pruned),
        Figure("training epochs", sum(len(trial.curve) for trial in trials)),
        Figure("training and evaluation, s over all trials", training),
        Figure("post to first trial's process, s", _first_start(job, trials)),
    ]
    seconds = clock.by_kind()
    found += [Figure(f"CPU, {kind}, s", seconds[kind]) for _, kind in KINDS]
    total = sum(seconds.values())
    return [
        *found,
        Figure("CPU, all, s", total),
        Figure("CPU of trials / CPU of all", seconds["trials"] / total),
        Figure("cores kept busy", total / wall),
    ]


def _first_start(job: Job, trials: list[TrialDetail]) -> float:
    first = min(trial.started_at for trial in trials if trial.started_at)
    return (first - job.created_at).total_seconds()


if __name__ == "__main__":
    sys.exit(main())
