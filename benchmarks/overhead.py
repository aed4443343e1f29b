"""What one no-op trial costs on the whole path, everything recorded, beside plain Ray Tune.

`python -m benchmarks.overhead [--quick] [--json FILE]`

Four arms, in turn, several rounds: `Tuner(function).fit()` with Tune's OptunaSearch; Tune's best
case (class trainable, `reuse_actors=True`), with Tune's random sampling and with OptunaSearch; and
our job against a service of its own (SQLite), random and TPE. Cost is wall time over trials; the
ratio is taken round by round, so that a machine whose speed drifts does not decide it.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Figure, at_most, report
from service.protocol import Beat, ClaimRequest, Node
from tests.e2e.service_process import ServiceProcess, serving
from workers.control_plane import Connection, DispatcherClient, Retry
from workers.environment import RunnerEnvironment

ARM_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Sizes:
    """Trials of the slow arm and of the others, and how many rounds."""

    function: int
    others: int
    rounds: int


FULL = Sizes(function=12, others=200, rounds=3)
QUICK = Sizes(function=6, others=60, rounds=1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else FULL
    rounds = [one_round(sizes, number) for number in range(sizes.rounds)]
    return report(figures(rounds), arguments.json)


def one_round(sizes: Sizes, number: int) -> dict[str, float]:
    """Milliseconds a trial, by arm."""
    costs = {
        "function": peer("function", sizes.function),
        "class": peer("class", sizes.others),
        "class-optuna": peer("class-optuna", sizes.others),
        "ours-random": ours("random", sizes.others),
        "ours-tpe": ours("tpe", sizes.others),
    }
    line = ", ".join(f"{arm} {cost:.1f}" for arm, cost in costs.items())
    print(f"round {number + 1}: ms a trial: {line}", flush=True)
    return costs


def figures(rounds: list[dict[str, float]]) -> list[Figure]:
    found = [
        Figure(f"{arm}, ms a trial", statistics.median(costs[arm] for costs in rounds))
        for arm in rounds[0]
    ]
    for ours_arm, peer_arm, goal in (
        ("ours-tpe", "function", 1 / 15),
        ("ours-random", "class", 1.2),
        ("ours-tpe", "class-optuna", 1.2),
    ):
        ratios = [costs[ours_arm] / costs[peer_arm] for costs in rounds]
        name = f"{ours_arm} / {peer_arm}"
        found.append(at_most(name, statistics.median(ratios), goal))
        found.append(Figure(f"{name}, spread", max(ratios) - min(ratios)))
    return found


def peer(arm: str, trials: int) -> float:
    return 1000 * _seconds(arm, trials, dict(os.environ)) / trials


def ours(sampler: str, trials: int) -> float:
    with (
        tempfile.TemporaryDirectory() as directory,
        _claimed(Path(directory), sampler, trials) as environment,
    ):
        seconds = _seconds("service", trials, {**os.environ, **environment.variables()})
    return 1000 * seconds / trials


def _seconds(arm: str, trials: int, environment: dict[str, str]) -> float:
    command = [sys.executable, "-m", "benchmarks.overhead_arms", arm, str(trials)]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=ARM_SECONDS, check=False
    )
    if ran.returncode != 0:
        raise SystemExit(f"{arm} failed:\n{ran.stderr[-4000:]}")
    return float(json.loads(ran.stdout.splitlines()[-1])["seconds"])


@contextlib.contextmanager
def _claimed(directory: Path, sampler: str, trials: int) -> Iterator[RunnerEnvironment]:
    """A job on a service of its own, claimed for a runner; checked to have run afterwards."""
    with serving(directory / "data", "--no-dispatcher") as service:
        job_id = service.post_job(
            dataset={"name": "digits"},
            sampler={"name": sampler},
            budget={"trials": trials, "training_epochs": 1},
            early_stopping={"name": "none"},
        )
        yield _claim(service, job_id)
        job = service.job(job_id)
        if job["state"] != "succeeded" or job["trials"]["finished"] != trials:
            raise SystemExit(f"the job did not succeed: {job}")


def _claim(service: ServiceProcess, job_id: str) -> RunnerEnvironment:
    token = (service.data_dir / "dispatcher-token").read_text().strip()
    connection = Connection(service.url, token, Retry(within_seconds=10))
    with contextlib.closing(connection):
        dispatcher = DispatcherClient(connection)
        dispatcher.beat(Beat(dispatcher="here", cluster="here", nodes=(Node(cpus=2, gpus=0),)))
        claim = dispatcher.claim(ClaimRequest(dispatcher="here", cluster="here")).claim
    if claim is None or claim.job_id != job_id:
        raise SystemExit(f"the job could not be claimed: {claim}")
    return RunnerEnvironment(
        url=service.url,
        token=claim.runner_token,
        job_id=job_id,
        epoch=claim.epoch,
        data_dir=str(service.data_dir),
        step_seconds=600.0,
        checkpoint_seconds=600.0,
    )


if __name__ == "__main__":
    sys.exit(main())
