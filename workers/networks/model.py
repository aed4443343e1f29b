"""An architecture as a torch module."""

import math
from collections import OrderedDict
from itertools import pairwise

import torch
from torch import Tensor, nn

from searchspace.architecture import Architecture, BlockKind, Head, HeadKind, Shape, Stage
from workers.networks.layers import ConvNorm, MBConv, Normalize, Residual, TensorContraction


class PixelModel(nn.Module):
    """Pixels (N, C, H, W) in 0..1 to logits (N, classes), by way of a normalisation of its own."""

    normalize: Normalize


class Model(PixelModel):
    """Pixels (N, C, H, W) in 0..1 to logits (N, classes).

    Every head sees the feature map through the same batch norm without scale and shift. The TCL
    needs it (its contractions assume features of one scale); GAP and flatten get it too, so that
    a comparison of heads compares nothing else. It has no parameters.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        shapes = architecture.shapes
        stem = architecture.stem
        channels = architecture.input.channels
        self.normalize = Normalize(channels)
        self.stem = ConvNorm(
            channels, stem.width, stem.kernel, stride=stem.stride, activation=nn.ReLU()
        )
        self.stages = nn.Sequential(
            *(
                _stage(stage, entering)
                for stage, entering in zip(architecture.stages, shapes[:-1], strict=True)
            )
        )
        self.norm = nn.BatchNorm2d(architecture.feature_map.channels, affine=False)
        self.head = build_head(architecture.head, architecture.feature_map, architecture.classes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(x))
        return logits

    def features(self, x: Tensor) -> Tensor:
        """What the head sees (N, C, H, W)."""
        seen: Tensor = self.norm(self.stages(self.stem(self.normalize(x))))
        return seen


def build_model(architecture: Architecture, *, seed: int = 0) -> Model:
    """The architecture with fresh weights: a function of architecture and seed alone.

    The global random state is neither read nor advanced. Weights are laid out channels last,
    which CPU and GPU convolutions prefer.
    """
    with torch.random.fork_rng(devices=[]):
        model = Model(architecture)
    _initialise(model, torch.Generator().manual_seed(seed))
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    return model


def _stage(stage: Stage, entering: Shape) -> nn.Sequential:
    first = entering.strided(stage.width, stage.stride)
    shapes = (entering, *(first,) * stage.depth)
    strides = (stage.stride, *(1,) * (stage.depth - 1))
    return nn.Sequential(
        *(
            _block(stage, before, after, stride)
            for (before, after), stride in zip(pairwise(shapes), strides, strict=True)
        )
    )


def _block(stage: Stage, entering: Shape, leaving: Shape, stride: int) -> nn.Module:
    match stage.block:
        case BlockKind.RESIDUAL:
            return Residual(entering, leaving, stride=stride, squeeze_excite=stage.squeeze_excite)
        case BlockKind.MBCONV:
            return MBConv(
                entering,
                leaving,
                stride=stride,
                kernel=stage.kernel,
                expansion=stage.expansion,
                squeeze_excite=stage.squeeze_excite,
            )


def build_head(head: Head, feature_map: Shape, classes: int) -> nn.Sequential:
    """From the feature map (N, C, H, W) to logits (N, classes); weights are whatever they are."""
    reduction, features = _reduction(head, feature_map)
    parts = {
        "reduction": reduction,
        "flatten": nn.Flatten(),
        "classifier": nn.Linear(features, classes),
    }
    return nn.Sequential(OrderedDict(parts))


def _reduction(head: Head, feature_map: Shape) -> tuple[nn.Module, int]:
    """What brings the feature map to the classifier, and how many features it leaves."""
    match head.kind:
        case HeadKind.GAP:
            return nn.AdaptiveAvgPool2d(1), feature_map.channels
        case HeadKind.FLATTEN:
            return nn.Identity(), feature_map.size
        case HeadKind.TCL:
            assert head.ranks is not None
            return TensorContraction(feature_map, head.ranks), math.prod(head.ranks)


def _initialise(model: Model, generator: torch.Generator) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            bound = module.in_features**-0.5
            nn.init.uniform_(module.weight, -bound, bound, generator=generator)
            nn.init.zeros_(module.bias)
        elif isinstance(module, TensorContraction):
            module.reset_parameters(generator)
