"""The layers of torchvision's networks: what they cost and which tensors hold their weights.

Told without torch, which the control plane never loads. `baseline_layers.json` is written by
`scripts/baseline_layers.py` from torchvision itself.
"""

import json
import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from searchspace.architecture import Shape
from searchspace.baselines import BaselineArchitecture, BaselineName
from searchspace.tensorfile import TensorForm

DENSE_HEADED = tuple(name for name in BaselineName if name.dense_headed)


class Kind(StrEnum):
    CONV = "conv"
    BIASED_CONV = "biased_conv"
    NORM = "norm"
    """Batch norm: scale and shift, and running statistics that are no parameters."""
    DENSE = "dense"


class Layer(NamedTuple):
    """One layer at torchvision's own size: three channels, a thousand classes.

    weight: the shape of its weight.
    halvings: how often the image has been halved behind it; None of what works on vectors.
    """

    name: str
    kind: Kind
    weight: tuple[int, ...]
    halvings: int | None

    @property
    def params(self) -> int:
        biased = self.kind is not Kind.CONV
        return math.prod(self.weight) + (self.weight[0] if biased else 0)


class Rest(NamedTuple):
    """Parameters and multiply-accumulates of some layers."""

    params: int
    macs: int


def feature_map(architecture: BaselineArchitecture) -> Shape:
    """What the head of a network with a dense head pools."""
    return _behind(architecture, _head(architecture).weight[1], architecture.name.own_halvings)


def outputs(architecture: BaselineArchitecture) -> int:
    """How many numbers the dense layer gives that reads the pooled feature map.

    They are the logits, or what another dense layer makes logits of.
    """
    return _head(architecture).weight[0]


def head_name(architecture: BaselineArchitecture) -> str:
    """The dense layer that reads the pooled feature map, as torchvision names it."""
    return _head(architecture).name


def rest(architecture: BaselineArchitecture) -> Rest:
    """What all but that dense layer costs."""
    params = macs = 0
    for layer in layers(architecture):
        if layer.name == head_name(architecture):
            continue
        params += layer.params
        if layer.kind is not Kind.NORM:
            places = 1
            if layer.halvings is not None:
                seen = _behind(architecture, 1, layer.halvings)
                places = seen.height * seen.width
            macs += math.prod(layer.weight) * places
    return Rest(params, macs)


def tensors(architecture: BaselineArchitecture) -> dict[str, TensorForm]:
    """The tensors of its dense form's weights, by the names that torchvision gives them."""
    found: dict[str, TensorForm] = {}
    for layer in layers(architecture):
        found[f"{layer.name}.weight"] = TensorForm("F32", layer.weight)
        if layer.kind is not Kind.CONV:
            found[f"{layer.name}.bias"] = TensorForm("F32", layer.weight[:1])
        if layer.kind is Kind.NORM:
            for statistic in ("running_mean", "running_var"):
                found[f"{layer.name}.{statistic}"] = TensorForm("F32", layer.weight)
            found[f"{layer.name}.num_batches_tracked"] = TensorForm("I64", ())
    return found


def layers(architecture: BaselineArchitecture) -> Sequence[Layer]:
    """Those of its dense form, at its own channels and classes.

    Raises:
        KeyError: the network has no dense head.
    """
    first, *between, last = _published()[architecture.name]
    entering = (first.weight[0], architecture.input.channels, *first.weight[2:])
    leaving = (architecture.classes, *last.weight[1:])
    return [first._replace(weight=entering), *between, last._replace(weight=leaving)]


def _head(architecture: BaselineArchitecture) -> Layer:
    return next(layer for layer in layers(architecture) if layer.kind is Kind.DENSE)


def _behind(architecture: BaselineArchitecture, channels: int, halvings: int) -> Shape:
    """A feature map behind so many of torchvision's halvings, of which the earliest are left out."""
    left_out = architecture.name.own_halvings - architecture.halvings
    return architecture.input.strided(channels, 2 ** max(0, halvings - left_out))


@cache
def _published() -> Mapping[str, tuple[Layer, ...]]:
    text = files("searchspace").joinpath("baseline_layers.json").read_text()
    return {
        name: tuple(Layer(own, Kind(kind), tuple(weight), h) for own, kind, weight, h in rows)
        for name, rows in json.loads(text).items()
    }
