"""What every peer of a comparison searches, and how its trials are trained.

Peers get our space, network builder, data and training loop as a library, so that nothing but the
search differs: one recipe, measured latency, one thread for each trial.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN
from searchspace.dimensions import Value
from searchspace.space import Space
from searchspace.spec import JobSpec, LatencySpec
from workers.models.checkpoint import encode_model
from workers.models.latency import measure_latency
from workers.networks.model import build_model
from workers.training.data import load_split
from workers.training.loop import Training, cross_entropy

METRICS = ("accuracy", "params", "latency_ms")
MODES = ("max", "min", "min")
CONCURRENCY = 2
ENDLESS = 10_000
"""Trials: a run ends when its CPU time is spent."""

TASK_VARIABLE = "TCLSEARCH_BENCHMARK_TASK"

Report = Callable[[dict[str, float]], None]


@dataclass(frozen=True, slots=True)
class Task:
    """One run of one arm. folder: where what it finds is written down."""

    dataset: str
    train_size: int | None
    preset: str
    training_epochs: int
    data_dir: str
    folder: str
    seed: int

    @classmethod
    def read(cls, text: str) -> "Task":
        return cls(**json.loads(text))

    def text(self) -> str:
        return json.dumps(asdict(self))

    def spec(self, policy: str = "searched", **changes: object) -> JobSpec:
        document = {
            "version": 1,
            "name": f"seed {self.seed}",
            "dataset": {"name": self.dataset, "train_size": self.train_size},
            "space": {"preset": self.preset, "head": {"ranks": {"policy": policy}}},
            "sampler": {"seed": self.seed},
            "budget": {"trials": ENDLESS, "training_epochs": self.training_epochs},
            "resources": {"cpus": 1, "concurrency": CONCURRENCY},
        }
        return JobSpec.parse({**document, **changes})

    def space(self) -> Space:
        return Space(self.spec(), KNOWN[self.dataset])


@dataclass(frozen=True, slots=True)
class Found:
    """One model that was trained to the end. at: seconds since 1970. file: its checkpoint."""

    at: float
    values: dict[str, float]
    file: str


class Replay:
    """Gives a sampled configuration back, where `Space.sample` asks for it."""

    def __init__(self, config: Mapping[str, Value]) -> None:
        self._config = config

    def suggest_categorical(self, name: str, choices: Sequence[Value]) -> Value:
        return self._config[name]

    def suggest_int(self, name: str, low: int, high: int) -> int:
        return int(self._config[name])

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float:
        return float(self._config[name])


def train(task: Task, config: Mapping[str, Value], name: str, report: Report) -> dict[str, float]:
    """Train one configuration, reporting its values after each training epoch."""
    torch.set_num_threads(1)
    space = task.space()
    point = space.decode(space.sample(Replay(config)))
    architecture = point.architecture
    values = {
        "params": float(architecture_cost(architecture).params),
        "latency_ms": measure_latency(architecture, LatencySpec()).min,
    }
    dataset = task.spec().dataset
    split = load_split(
        Path(task.data_dir),
        dataset.key,
        train_size=dataset.train_size,
        validation_fraction=dataset.validation_fraction,
    )
    model = build_model(architecture, seed=task.seed)
    training = Training(
        model, split, point.hyperparameters, task.training_epochs, task.seed, loss=cross_entropy
    )
    while training.training_epoch < task.training_epochs:
        epoch = training.run_epoch()
        values["accuracy"] = epoch.accuracy
        if training.training_epoch == task.training_epochs:
            _keep(task, name, encode_model(model, architecture), values)
        report({**values, "training_epoch": epoch.training_epoch})
    return values


def _keep(task: Task, name: str, checkpoint: bytes, values: dict[str, float]) -> None:
    path = Path(task.folder) / f"{name}.safetensors"
    path.write_bytes(checkpoint)
    write_found(Path(task.folder), [Found(time.time(), dict(values), path.name)])


def write_found(folder: Path, found: Sequence[Found]) -> None:
    """Append, by one write: several processes may do so at once."""
    text = "".join(json.dumps(asdict(each)) + "\n" for each in found)
    descriptor = os.open(folder / "found.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def read_found(folder: Path) -> list[Found]:
    path = folder / "found.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [Found(**json.loads(line)) for line in lines]
