"""What our training loop costs, beside a bare loop and beside torchvision with a DataLoader.

`python -m benchmarks.training [--quick] [--json FILE]`

One thread, random images of CIFAR-10's shape, one recipe: AdamW under a one-cycle schedule, shifts
and mirroring. The arms train in turn, round by round, and are compared by samples per CPU-second of
all of their processes; ratios are taken within a round, so that a machine whose speed drifts does
not decide them.

- ours: `workers.training.loop.Training`, as a trial runs it
- elastic: the same with elastic ranks, where the head is a TCL
- bare: the steps alone, written out; it shares our augmentation, the quickest we know of
- loader: torchvision's transforms on PIL images, behind a DataLoader of two processes

`batches` are the same without a model. Then the TCL head (`benchmarks/heads.py`).
"""

import argparse
import resource
import statistics
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

import workers.torchvision_shim  # noqa: F401  # before torchvision
from benchmarks.heads import head_figures
from benchmarks.report import Figure, at_least, report
from searchspace.architecture import Architecture, BlockKind, HeadKind, Stage, Stem
from searchspace.ranks import RankGrid, derived
from searchspace.space import Hyperparameters
from workers.models.latency import REFERENCE
from workers.networks.model import build_model
from workers.training.augmentation import augmentation_for
from workers.training.data import Split
from workers.training.elastic import SandwichLoss
from workers.training.loop import Loss, Training, as_input, cross_entropy, one_cycle

KEY = "cifar10"
BATCH = 128
SEED = 0
EPOCHS = 10_000
LOADER_PROCESSES = 2
USUAL = Hyperparameters(
    learning_rate=1e-3, weight_decay=0.01, label_smoothing=0.05, batch_size=BATCH
)

BARE_GOAL = 0.95
LOADER_GOAL = 3.0

SMALLEST = REFERENCE.model_copy(
    update={
        "stem": Stem(width=8),
        "stages": tuple(
            Stage(block=BlockKind.MBCONV, depth=1, width=width, stride=stride)
            for width, stride in ((8, 1), (16, 2), (32, 2))
        ),
    }
)
MODELS = {"smallest": (SMALLEST, 4), "reference": (REFERENCE, 1)}
"""The smallest backbone of the small preset, where a loop's own work weighs most, and one of the
size that searches end with; how many times as many steps they take in a turn."""

Samples = Callable[[], int]
"""Trains on some images; how many."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Steps of one turn, and how many rounds."""

    steps: int
    rounds: int


FULL = Sizes(steps=40, rounds=9)
QUICK = Sizes(steps=4, rounds=3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few steps: is it working?")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else FULL
    torch.set_num_threads(1)
    found: list[Figure] = []
    for name, (architecture, times) in MODELS.items():
        arms = {arm: start(architecture, times * sizes.steps) for arm, start in ARMS.items()}
        found += _figures(name, _rounds(name, arms, sizes.rounds))
    batches = {arm: start(sizes.steps) for arm, start in BATCHES.items()}
    rates = _rounds("batches", batches, sizes.rounds)
    found += [_median("batches", arm, each) for arm, each in rates.items()]
    found.append(_ratio("batches", rates, "ours", "loader"))
    return report([*found, *head_figures(arguments.quick)], arguments.json)


def _figures(model: str, rates: dict[str, list[float]]) -> list[Figure]:
    spread = [ours / bare for ours, bare in zip(rates["ours"], rates["bare"], strict=True)]
    ours_bare = _ratio(model, rates, "ours", "bare")
    ours_loader = _ratio(model, rates, "ours", "loader")
    return [
        *(_median(model, arm, each) for arm, each in rates.items()),
        at_least(ours_bare.name, ours_bare.value, BARE_GOAL),
        Figure(f"{model}: ours / bare, least", min(spread)),
        Figure(f"{model}: ours / bare, most", max(spread)),
        at_least(ours_loader.name, ours_loader.value, LOADER_GOAL),
        _ratio(model, rates, "elastic", "ours"),
    ]


def _median(model: str, arm: str, rates: list[float]) -> Figure:
    return Figure(f"{model}: {arm}, samples/CPU-s", statistics.median(rates))


def _ratio(model: str, rates: dict[str, list[float]], one: str, other: str) -> Figure:
    ratios = [a / b for a, b in zip(rates[one], rates[other], strict=True)]
    return Figure(f"{model}: {one} / {other}", statistics.median(ratios))


def _rounds(model: str, arms: dict[str, Samples], rounds: int) -> dict[str, list[float]]:
    """Samples per CPU-second of each arm, round by round; a round before the first warms up."""
    rates: dict[str, list[float]] = {arm: [] for arm in arms}
    for number in range(rounds + 1):
        told = []
        for arm, run in arms.items():
            before = _cpu_seconds()
            samples = run()
            rate = samples / (_cpu_seconds() - before)
            told.append(f"{arm} {rate:,.0f}")
            if number:
                rates[arm].append(rate)
        print(f"{model}, round {number}: samples/CPU-s: {', '.join(told)}", flush=True)
    return rates


def _cpu_seconds() -> float:
    """Of this process and of all children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _split(steps: int) -> Split:
    generator = torch.Generator().manual_seed(SEED)
    count = steps * BATCH
    images = torch.randint(0, 256, (count, 32, 32, 3), generator=generator, dtype=torch.uint8)
    labels = torch.randint(0, REFERENCE.classes, (count,), generator=generator)
    return Split(
        key=KEY,
        train_images=images.permute(0, 3, 1, 2),
        train_labels=labels,
        # One image: an evaluation is no step.
        validation_images=images[:1].permute(0, 3, 1, 2),
        validation_labels=labels[:1],
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
    )


def _ours(architecture: Architecture, steps: int, loss: Loss = cross_entropy) -> Samples:
    training = Training(
        build_model(architecture, seed=SEED), _split(steps), USUAL, EPOCHS, SEED, loss=loss
    )

    def run() -> int:
        training.run_epoch()
        return steps * BATCH

    return run


def _elastic(architecture: Architecture, steps: int) -> Samples:
    seen = architecture.feature_map
    grid = RankGrid(
        channels=derived(seen.channels), height=derived(seen.height), width=derived(seen.width)
    )
    largest = architecture.with_head(HeadKind.TCL, grid.largest)
    return _ours(largest, steps, SandwichLoss(grid))


def _bare(architecture: Architecture, steps: int) -> Samples:
    batches = partial(_our_batches, _split(steps))
    return _plain_loop(architecture, steps, batches)


def _loader(architecture: Architecture, steps: int) -> Samples:
    return _plain_loop(architecture, steps, _loader_batches(_split(steps)))


def _plain_loop(
    architecture: Architecture, steps: int, batches: Callable[[], Iterator[tuple[Tensor, Tensor]]]
) -> Samples:
    """The recipe as one would write it down, without anything around it."""
    model = build_model(architecture, seed=SEED)
    model.normalize.fit((0.5,) * 3, (0.25,) * 3)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": USUAL.weight_decay}, {"params": others}],
        lr=USUAL.learning_rate,
        weight_decay=0.0,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: one_cycle(step / (EPOCHS * steps))
    )

    def run() -> int:
        model.train()
        samples = 0
        for images, labels in batches():
            loss = functional.cross_entropy(
                model(images), labels, label_smoothing=USUAL.label_smoothing
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            samples += len(labels)
        return samples

    return run


def _our_batches(split: Split) -> Iterator[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(SEED)
    images, labels = split.train_images, split.train_labels
    augment = augmentation_for(split.key, images)
    order = torch.randperm(len(labels), generator=generator)
    for chosen in order.split(BATCH):
        yield as_input(augment(images, generator, chosen)), labels[chosen]


def _loader_batches(split: Split) -> Callable[[], Iterator[tuple[Tensor, Tensor]]]:
    from PIL import Image  # noqa: PLC0415  # as torchvision's data sets do
    from torchvision import transforms  # noqa: PLC0415  # after its shim

    pictures = [
        Image.fromarray(image.permute(1, 2, 0).numpy()) for image in split.train_images.unbind()
    ]
    change = transforms.Compose(
        [
            transforms.RandomCrop(32, padding=4, padding_mode="reflect"),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
        ]
    )

    class Pictures(torch.utils.data.Dataset[Any]):
        def __len__(self) -> int:
            return len(pictures)

        def __getitem__(self, index: int) -> tuple[Tensor, int]:
            return change(pictures[index]), int(split.train_labels[index])

    loader = torch.utils.data.DataLoader(
        Pictures(), batch_size=BATCH, shuffle=True, num_workers=LOADER_PROCESSES
    )

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        with warnings.catch_warnings():
            # It has opinions on the number of processes.
            warnings.simplefilter("ignore", UserWarning)
            for images, labels in loader:
                yield images.contiguous(memory_format=torch.channels_last), labels

    return batches


def _drawn(batches: Callable[[], Iterator[tuple[Tensor, Tensor]]], steps: int) -> Samples:
    def run() -> int:
        return sum(len(labels) for _, labels in islice(batches(), steps))

    return run


ARMS: dict[str, Callable[[Architecture, int], Samples]] = {
    "ours": _ours,
    "elastic": _elastic,
    "bare": _bare,
    "loader": _loader,
}
BATCHES: dict[str, Callable[[int], Samples]] = {
    "ours": lambda steps: _drawn(partial(_our_batches, _split(steps)), steps),
    "loader": lambda steps: _drawn(_loader_batches(_split(steps)), steps),
}


if __name__ == "__main__":
    sys.exit(main())
