"""What one no-op trial costs on the whole path, everything recorded, beside plain Ray Tune.

`python -m benchmarks.overhead [--memory] [--quick] [--json FILE]`

Five arms, in turn, several rounds: `Tuner(function).fit()` with Tune's OptunaSearch; Tune's best
case (class trainable, `reuse_actors=True`), with Tune's random sampling and with OptunaSearch; and
our job against a service of its own (SQLite), random and TPE. Cost is wall time over trials; the
ratio is taken round by round, so that a machine whose speed drifts does not decide it. Beside it
stand what it is made of: the start-up, until the first trial has ended, and the steady cost of each
trial after it.

With `--memory`, instead: how the memory of a runner grows over a job of 5,000 no-op trials.
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
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.overhead_memory import Growth, watch
from benchmarks.report import Figure, at_most, report
from service.protocol import Beat, ClaimRequest, Node
from tests.e2e.service_process import ServiceProcess, serving
from workers.control_plane import Connection, DispatcherClient, Retry
from workers.environment import RunnerEnvironment

ARM_SECONDS = 900
MEMORY_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Sizes:
    """Trials of the slow arm, of the others and of the memory's, and how many rounds."""

    function: int
    others: int
    rounds: int
    memory: int


FULL = Sizes(function=12, others=200, rounds=3, memory=5000)
QUICK = Sizes(function=6, others=60, rounds=1, memory=300)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a search of some trials took, in seconds from its first line.

    first, last: until the first trial, and the last, had ended. whole: until the result.
    """

    trials: int
    first: float
    last: float
    whole: float

    @property
    def cost(self) -> float:
        """Milliseconds a trial, everything included."""
        return 1000 * self.whole / self.trials

    @property
    def steady(self) -> float:
        """Milliseconds for each trial after the first."""
        return 1000 * (self.last - self.first) / (self.trials - 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else FULL
    if arguments.memory:
        return report(figures_of_memory(memory(sizes.memory)), arguments.json)
    rounds = [one_round(sizes, number) for number in range(sizes.rounds)]
    return report(figures(rounds), arguments.json)


def one_round(sizes: Sizes, number: int) -> dict[str, Ran]:
    """By arm."""
    ran = {
        "function": peer("function", sizes.function),
        "class": peer("class", sizes.others),
        "class-optuna": peer("class-optuna", sizes.others),
        "ours-random": ours("random", sizes.others),
        "ours-tpe": ours("tpe", sizes.others),
    }
    line = ", ".join(f"{arm} {each.cost:.1f}" for arm, each in ran.items())
    print(f"round {number + 1}: ms a trial: {line}", flush=True)
    return ran


def figures(rounds: list[dict[str, Ran]]) -> list[Figure]:
    found: list[Figure] = []
    for arm in rounds[0]:
        ran = [each[arm] for each in rounds]
        found += [
            Figure(f"{arm}, ms a trial", statistics.median(each.cost for each in ran)),
            Figure(f"{arm}, start-up, s", statistics.median(each.first for each in ran)),
            Figure(f"{arm}, steady, ms a trial", statistics.median(each.steady for each in ran)),
        ]
    for ours_arm, peer_arm, goal in (
        ("ours-tpe", "function", 1 / 30),
        ("ours-random", "class", 1.2),
        ("ours-tpe", "class-optuna", 1.2),
    ):
        name = f"{ours_arm} / {peer_arm}"
        ratios = [ran[ours_arm].cost / ran[peer_arm].cost for ran in rounds]
        steady = [ran[ours_arm].steady / ran[peer_arm].steady for ran in rounds]
        found += [
            at_most(name, statistics.median(ratios), goal),
            Figure(f"{name}, spread", max(ratios) - min(ratios)),
            Figure(f"{name}, steady", statistics.median(steady)),
            Figure(f"{name}, steady, spread", max(steady) - min(steady)),
        ]
    return found


def figures_of_memory(growth: Growth) -> list[Figure]:
    return [
        Figure("trials", growth.trials),
        Figure("runner, MiB after a fifth of them", growth.early_mib),
        Figure("runner, MiB after all", growth.late_mib),
        at_most("runner, KiB more for each trial", growth.kib_per_trial, 10.0),
        at_most("runner, MiB after all / after a fifth", growth.late_mib / growth.early_mib, 1.1),
    ]


def peer(arm: str, trials: int) -> Ran:
    told = json.loads(_run(arm, trials, dict(os.environ)))
    return Ran(trials, told["first"], told["last"], told["whole"])


def ours(sampler: str, trials: int) -> Ran:
    with (
        tempfile.TemporaryDirectory() as directory,
        _claimed(Path(directory), sampler, trials) as claimed,
    ):
        told = json.loads(_run("service", trials, claimed.environment))
        ends = sorted(_at(trial) for trial in claimed.service.trials(claimed.job_id))
    return Ran(trials, ends[0] - told["began"], ends[-1] - told["began"], told["whole"])


def memory(trials: int) -> Growth:
    with (
        tempfile.TemporaryDirectory() as directory,
        _claimed(Path(directory), "random", trials) as claimed,
        subprocess.Popen(
            _command("service", trials),
            env=claimed.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as runner,
    ):
        growth = watch(runner.pid, claimed.finished, trials)
        if runner.wait(MEMORY_SECONDS) != 0:
            raise SystemExit(f"the runner left with {runner.returncode}")
    return growth


def _at(trial: dict[str, Any]) -> float:
    return datetime.fromisoformat(trial["finished_at"]).timestamp()


def _command(arm: str, trials: int) -> list[str]:
    return [sys.executable, "-m", "benchmarks.overhead_arms", arm, str(trials)]


def _run(arm: str, trials: int, environment: dict[str, str]) -> str:
    """The last line that an arm prints."""
    ran = subprocess.run(
        _command(arm, trials),
        env=environment,
        capture_output=True,
        text=True,
        timeout=ARM_SECONDS,
        check=False,
    )
    if ran.returncode != 0:
        raise SystemExit(f"{arm} failed:\n{ran.stderr[-4000:]}")
    return ran.stdout.splitlines()[-1]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job on a service, and the environment of the runner that may have it."""

    service: ServiceProcess
    job_id: str
    environment: dict[str, str]

    def finished(self) -> int:
        """How many of its trials have ended."""
        return int(self.service.job(self.job_id)["trials"]["finished"])


@contextlib.contextmanager
def _claimed(directory: Path, sampler: str, trials: int) -> Iterator[Claimed]:
    """A job on a service of its own, claimed for a runner; checked to have run afterwards."""
    with serving(directory / "data", "--no-dispatcher") as service:
        job_id = service.post_job(
            dataset={"name": "digits"},
            sampler={"name": sampler},
            budget={"trials": trials, "training_epochs": 1},
            early_stopping={"name": "none"},
        )
        runner = _claim(service, job_id)
        yield Claimed(service, job_id, {**os.environ, **runner.variables()})
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
