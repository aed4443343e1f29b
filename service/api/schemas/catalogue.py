"""Replies about what jobs can be built of."""

from typing import Any

from searchspace.datasets import DatasetInfo
from service.api.schemas.reply import Reply


class Dataset(Reply):
    """A data set and whether jobs can be posted on it; `command` brings one that is absent."""

    name: str
    folder: str | None
    available: bool
    command: str | None
    info: DatasetInfo


class Datasets(Reply):
    items: list[Dataset]
    next_cursor: None = None


class SpacePreset(Reply):
    """A preset on the images of one data set: what it stands for, and how large that is."""

    preset: str
    dataset: str
    space: dict[str, Any]
    space_size: int
    params_min: int
    params_max: int


class Spaces(Reply):
    items: list[SpacePreset]
    next_cursor: None = None


class Sampler(Reply):
    name: str
    description: str


class Samplers(Reply):
    items: list[Sampler]
    next_cursor: None = None
