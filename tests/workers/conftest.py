from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from searchspace.architecture import (
    Architecture,
    BlockKind,
    Head,
    HeadKind,
    Shape,
    Stage,
    Stem,
)
from searchspace.datasets import DatasetInfo
from searchspace.dimensions import RandomSuggest
from searchspace.space import Point, Space
from searchspace.spec import JobSpec
from workers.training.data import Split, load_split

Points = Callable[[str, DatasetInfo], Iterator[Point]]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def points() -> Points:
    """Endless random points of a preset's space over a data set; the same ones every time."""

    def sample(preset: str, dataset: DatasetInfo) -> Iterator[Point]:
        document = {
            "version": 1,
            "name": "sampled",
            "dataset": {"name": "digits"},
            "space": {"preset": preset},
        }
        space = Space(JobSpec.parse(document), dataset)
        suggest = RandomSuggest(np.random.default_rng(0))
        while True:
            yield space.decode(space.sample(suggest))

    return sample


@pytest.fixture(scope="session")
def architecture() -> Architecture:
    """A small one for digits, with one block of each kind and a TCL head."""
    return Architecture(
        input=Shape(channels=1, height=8, width=8),
        classes=10,
        stem=Stem(width=8),
        stages=(
            Stage(block=BlockKind.RESIDUAL, depth=1, width=8, stride=1, squeeze_excite=True),
            Stage(block=BlockKind.MBCONV, depth=1, width=16, stride=2, expansion=2),
        ),
        head=Head(kind=HeadKind.TCL, ranks=(8, 2, 2)),
    )


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Split:
    return load_split(tmp_path_factory.mktemp("data"), "digits", validation_fraction=0.2)
