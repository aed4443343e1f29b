"""One run of one arm: its processes under a CPU clock until its CPU time is spent.

A run is a folder. It is there whole, with `run.json`, or it is done again.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.comparison import NEITHER, NO_STOPPING, NOT_ELASTIC, OURS, RAY_TUNE, SYNE_TUNE
from benchmarks.cpu_clock import CpuClock
from benchmarks.peers.environment import ROOT, syne_tune_python
from benchmarks.peers.task import Found, Task, read_found
from tclsearch_client import Client
from tests.e2e.service_process import has_ended, processes, serving

POLL_SECONDS = 0.5
SILENT_SECONDS = 1800.0
"""A run that has not used its CPU time by then hangs."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a run. cost: CPU-seconds of all processes until it was there."""

    cost: float
    values: dict[str, float]
    file: str


@dataclass(frozen=True, slots=True)
class Run:
    """What one arm found with one seed. cost: its CPU-seconds in all."""

    arm: str
    seed: int
    cost: float
    models: tuple[Model, ...]

    @classmethod
    def read(cls, folder: Path) -> "Run | None":
        path = folder / "run.json"
        if not path.exists():
            return None
        document = json.loads(path.read_text())
        models = tuple(Model(**model) for model in document.pop("models"))
        return cls(**document, models=models)

    def write(self, folder: Path) -> None:
        path = folder / "run.json"
        whole = path.with_suffix(".whole")
        whole.write_text(json.dumps(asdict(self)))
        whole.rename(path)


Arm = Callable[[Task, float], tuple[float, list[tuple[float, Found]]]]
"""Runs a task for so many CPU-seconds; what it cost, and each model with its own cost."""


def run(arm: str, task: Task, cpu_seconds: float) -> Run:
    """The run as it is on disk, or done now."""
    folder = Path(task.folder)
    there = Run.read(folder)
    if there is not None:
        return there
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cost, found = ARMS[arm](task, cpu_seconds)
    models = tuple(Model(at, each.values, each.file) for at, each in found)
    done = Run(arm, task.seed, cost, models)
    done.write(folder)
    return done


def peer(command: Callable[[Task], list[str | Path]]) -> Arm:
    """A program that writes down what it finds, until it is ended."""

    def arm(task: Task, cpu_seconds: float) -> tuple[float, list[tuple[float, Found]]]:
        mark = f"TCLSEARCH_BENCHMARK_RUN={uuid.uuid4()}"
        name, _, value = mark.partition("=")
        folder = Path(task.folder)
        program = command(task)
        environment = {**os.environ, name: value, "PYTHONPATH": str(ROOT)}
        with (folder / "log").open("wb") as log, CpuClock(mark) as clock:
            process = subprocess.Popen(
                program, env=environment, cwd=folder, stdout=log, stderr=log
            )
            try:
                _wait(lambda: clock.total() >= cpu_seconds, process)
            finally:
                _end_all(mark)
                process.wait()
        found = read_found(folder)
        return clock.total(), [(clock.at(each.at), each) for each in found]

    return arm


def _wait(spent: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    began = time.monotonic()
    while not spent():
        if process.poll() is not None:
            raise SystemExit(f"{process.args} ended with {process.returncode}")
        if time.monotonic() - began > SILENT_SECONDS:
            raise SystemExit(f"{process.args} does not use its CPU time")
        time.sleep(POLL_SECONDS)


def _end_all(mark: str) -> None:
    """Whatever a killed process has just started is found in the next round."""
    while pids := processes(mark):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def service(policy: str, **changes: Any) -> Arm:
    """Our own, whole: a service with its dispatcher and Ray, and one job posted to it."""

    def arm(task: Task, cpu_seconds: float) -> tuple[float, list[tuple[float, Found]]]:
        folder = Path(task.folder)
        data_dir = folder / "service"
        data_dir.mkdir()
        datasets = Path(task.data_dir) / "datasets"
        if datasets.exists():
            (data_dir / "datasets").symlink_to(datasets)
        with serving(data_dir) as process, CpuClock(f"TCLSEARCH_DATA_DIR={data_dir}") as clock:
            job_id = process.post_job(**task.spec(policy, **changes).document())
            process.wait_for(
                job_id,
                lambda job: has_ended(job) or clock.total() >= cpu_seconds,
                SILENT_SECONDS,
            )
            cost = clock.total()
            client = Client(process.url, process.token)
            found = [
                (model.created_at.timestamp(), Found(0.0, dict(model.values), model.id))
                for trial in client.trials(job_id)
                for model in client.trial(job_id, trial.number).models
                if model.created_at is not None
            ]
            for model in client.front(job_id).models:
                path = client.download(job_id, model.id, folder)
                path.rename(folder / f"{model.id}.safetensors")
        named = ((at, each.values, f"{each.file}.safetensors") for at, each in found)
        return cost, [(clock.at(at), Found(at, values, file)) for at, values, file in named]

    return arm


def _module(name: str, *arguments: str) -> Callable[[Task], list[str | Path]]:
    command = [sys.executable, "-m", f"benchmarks.peers.{name}", *arguments]
    return lambda task: [*command, task.text()]


def _syne_tune(task: Task) -> list[str | Path]:
    script = Path(__file__).with_name("syne_tune_moasha.py")
    return [syne_tune_python(), "-P", script, task.text()]


UNSTOPPED = {"early_stopping": {"name": "none"}}

ARMS: dict[str, Arm] = {
    RAY_TUNE: peer(_module("ray_tune")),
    "optuna tpe": peer(_module("optuna_alone", "tpe")),
    "optuna nsga2": peer(_module("optuna_alone", "nsga2")),
    SYNE_TUNE: peer(_syne_tune),
    OURS: service("elastic"),
    NOT_ELASTIC: service("searched"),
    NO_STOPPING: service("elastic", **UNSTOPPED),
    NEITHER: service("searched", **UNSTOPPED),
}
