from collections.abc import Callable
from typing import Any

import pytest

from searchspace.datasets import KNOWN
from searchspace.space import Space
from searchspace.spec import JobSpec

MakeSpec = Callable[..., JobSpec]
MakeSpace = Callable[..., Space]


@pytest.fixture
def make_spec() -> MakeSpec:
    """A valid spec with the given top-level fields replaced."""

    def make(**fields: Any) -> JobSpec:
        smallest = {"version": 1, "name": "a search", "dataset": {"name": "digits"}}
        return JobSpec.parse({**smallest, **fields})

    return make


@pytest.fixture
def make_space(make_spec: MakeSpec) -> MakeSpace:
    """The space of a data set, from the fields under `space`."""

    def make(dataset: str = "digits", **fields: Any) -> Space:
        return Space(make_spec(space=fields), KNOWN[dataset])

    return make
