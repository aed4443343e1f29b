"""What the table of `benchmarks.source_table` is made of: slices of one job each."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from searchspace.baselines import BaselineName

DATASETS: Mapping[str, Mapping[str, Any]] = {
    "cifar10": {},
    "cifar100": {},
    "imagenette": {"image_size": 64},
}
"""What a spec says of each data set besides its name and how much of it is trained on."""

SMOKE = {"digits": {}}
"""What --quick runs on: there on every machine, and too easy to tell anything."""

HANDCRAFTED = (16, 2, 2)
RANKS: Mapping[str, Mapping[str, Any]] = {
    "fixed": {"policy": "fixed", "values": HANDCRAFTED},
    "searched": {"policy": "searched"},
    "elastic": {"policy": "elastic"},
}
BASELINES = "baselines"
TAG = "source-table"


@dataclass(frozen=True, slots=True)
class Budget:
    """What every network of the table is given.

    trials, training_epochs: of each search.
    models: of each search's front, that are trained anew.
    long_epochs: of these, and of each baseline.
    seeds: by how many each of both is trained.
    train_size: images of the train part, those to validate on included.
    """

    preset: str = "small"
    trials: int = 24
    training_epochs: int = 6
    models: int = 3
    long_epochs: int = 30
    seeds: int = 3
    train_size: int = 20_000
    baselines: tuple[BaselineName, ...] = tuple(BaselineName)

    def told(self) -> str:
        return (
            f"Searches: {self.trials} trials of at most {self.training_epochs} training epochs. Winners "
            f"and baselines: {self.long_epochs} training epochs by each of {self.seeds} seeds, by one "
            f"recipe. All on {self.train_size:,} images at most, a tenth of them to validate on."
        )


QUICK = Budget(
    preset="tiny",
    trials=2,
    training_epochs=1,
    models=1,
    long_epochs=2,
    seeds=2,
    train_size=500,
    baselines=(BaselineName.SQUEEZENET1_1, BaselineName.SHUFFLENET_V2_X0_5),
)


@dataclass(frozen=True, slots=True)
class Slice:
    """One job. what: a policy of ranks, or baselines by one seed."""

    dataset: str
    what: str
    spec: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.dataset}/{self.what}"

    @property
    def tag(self) -> str:
        """Names the job of this slice under this very budget."""
        text = json.dumps(self.spec, sort_keys=True, default=str)
        return f"{self.name} {hashlib.sha256(text.encode()).hexdigest()[:12]}"

    @property
    def is_search(self) -> bool:
        return self.what in RANKS


def slices(datasets: Iterable[str], budget: Budget) -> Iterator[Slice]:
    """Every slice of the table, the searches of each data set first."""
    for dataset in datasets:
        for policy in RANKS:
            yield Slice(dataset, policy, _search(dataset, policy, budget))
        for seed in range(budget.seeds):
            yield Slice(dataset, f"{BASELINES}-{seed}", _baselines(dataset, seed, budget))


def _search(dataset: str, policy: str, budget: Budget) -> dict[str, Any]:
    head = {"kinds": ["tcl"], "ranks": RANKS[policy]}
    return _spec(dataset, policy, budget) | {
        "space": {"preset": budget.preset, "head": head},
        "budget": {"trials": budget.trials, "training_epochs": budget.training_epochs},
        "retrain": {
            "models": budget.models,
            "training_epochs": budget.long_epochs,
            "seeds": budget.seeds,
        },
    }


def _baselines(dataset: str, seed: int, budget: Budget) -> dict[str, Any]:
    # A job searches for something: here for as little as there is.
    return _spec(dataset, f"{BASELINES}-{seed}", budget) | {
        "space": {"preset": "tiny", "head": {"kinds": ["gap"]}},
        "budget": {"trials": 1, "training_epochs": budget.long_epochs},
        "baselines": [name.value for name in budget.baselines],
        "sampler": {"seed": seed},
        "early_stopping": {"name": "none"},
    }


def _spec(dataset: str, what: str, budget: Budget) -> dict[str, Any]:
    given = {**DATASETS, **SMOKE}[dataset]
    return {
        "version": 1,
        "name": f"{TAG} {dataset} {what}",
        "dataset": {"name": dataset, "train_size": budget.train_size, **given},
        "objectives": ["accuracy", "params"],
    }
