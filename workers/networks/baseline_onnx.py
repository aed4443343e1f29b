"""ONNX nodes of torchvision's modules. Importing this module teaches them to `workers.networks.onnx_writer`."""

import torch
from torch import nn

from workers import torchvision_shim  # noqa: F401

# isort: split
# torchvision can only be loaded now.
from torchvision.models.efficientnet import EfficientNet
from torchvision.models.efficientnet import MBConv as EfficientNetUnit
from torchvision.models.mnasnet import MNASNet
from torchvision.models.mnasnet import _InvertedResidual as MNASNetUnit
from torchvision.models.mobilenetv2 import InvertedResidual as MobileNetV2Unit
from torchvision.models.mobilenetv2 import MobileNetV2
from torchvision.models.mobilenetv3 import InvertedResidual as MobileNetV3Unit
from torchvision.models.mobilenetv3 import MobileNetV3
from torchvision.models.shufflenetv2 import InvertedResidual as ShuffleNetUnit
from torchvision.models.shufflenetv2 import ShuffleNetV2
from torchvision.models.squeezenet import Fire, SqueezeNet
from torchvision.ops.misc import SqueezeExcitation

from workers.networks.baselines import BaselineModel, CompressedBaseline
from workers.networks.onnx_writer import Graph, write, write_parts

SHUFFLED_GROUPS = 2


@write.register
def _(module: BaselineModel, graph: Graph, name: str, x: str) -> str:
    return write_parts(module, ("normalize", "network"), graph, name, x)


@write.register
def _(module: CompressedBaseline, graph: Graph, name: str, x: str) -> str:
    return write_parts(module, ("normalize", "backbone", "head", "tail"), graph, name, x)


@write.register(MobileNetV2)
@write.register(MobileNetV3)
@write.register(EfficientNet)
def _(module: nn.Module, graph: Graph, name: str, x: str) -> str:
    x = write(module.get_submodule("features"), graph, f"{name}.features", x)
    return write(
        module.get_submodule("classifier"), graph, f"{name}.classifier", _pooled(graph, x)
    )


@write.register(MNASNet)
def _(module: nn.Module, graph: Graph, name: str, x: str) -> str:
    x = write(module.get_submodule("layers"), graph, f"{name}.layers", x)
    return write(
        module.get_submodule("classifier"), graph, f"{name}.classifier", _pooled(graph, x)
    )


@write.register(ShuffleNetV2)
def _(module: nn.Module, graph: Graph, name: str, x: str) -> str:
    parts = ("conv1", "maxpool", "stage2", "stage3", "stage4", "conv5")
    x = write_parts(module, parts, graph, name, x)
    return write(module.get_submodule("fc"), graph, f"{name}.fc", _pooled(graph, x))


@write.register(SqueezeNet)
def _(module: nn.Module, graph: Graph, name: str, x: str) -> str:
    x = write_parts(module, ("features", "classifier"), graph, name, x)
    return graph.node("Flatten", x, axis=1)


@write.register(Fire)
def _(module: nn.Module, graph: Graph, name: str, x: str) -> str:
    x = write_parts(module, ("squeeze", "squeeze_activation"), graph, name, x)
    sides = [
        write_parts(module, (f"expand{k}x{k}", f"expand{k}x{k}_activation"), graph, name, x)
        for k in (1, 3)
    ]
    return graph.node("Concat", *sides, axis=1)


@write.register(MobileNetV2Unit)
def _(module: MobileNetV2Unit, graph: Graph, name: str, x: str) -> str:
    y = write(module.conv, graph, f"{name}.conv", x)
    return graph.node("Add", x, y) if module.use_res_connect else y


@write.register(MobileNetV3Unit)
@write.register(EfficientNetUnit)
def _(module: MobileNetV3Unit | EfficientNetUnit, graph: Graph, name: str, x: str) -> str:
    y = write(module.block, graph, f"{name}.block", x)
    return graph.node("Add", x, y) if module.use_res_connect else y


@write.register(MNASNetUnit)
def _(module: MNASNetUnit, graph: Graph, name: str, x: str) -> str:
    y = write(module.layers, graph, f"{name}.layers", x)
    return graph.node("Add", x, y) if module.apply_residual else y


@write.register(ShuffleNetUnit)
def _(module: ShuffleNetUnit, graph: Graph, name: str, x: str) -> str:
    if module.stride == 1:
        left, right = graph.halves(x)
    else:
        left, right = write(module.branch1, graph, f"{name}.branch1", x), x
    right = write(module.branch2, graph, f"{name}.branch2", right)
    joined = graph.node("Concat", left, right, axis=1)
    channels = 2 * int(module.branch2[-2].num_features)
    order = torch.arange(channels).reshape(SHUFFLED_GROUPS, -1).T.flatten()
    return graph.node("Gather", joined, graph.constant(f"{name}.order", order), axis=1)


@write.register(SqueezeExcitation)
def _(module: nn.Module, graph: Graph, name: str, x: str) -> str:
    parts = ("avgpool", "fc1", "activation", "fc2", "scale_activation")
    return graph.node("Mul", write_parts(module, parts, graph, name, x), x)


@write.register
def _(module: nn.MaxPool2d, graph: Graph, name: str, x: str) -> str:
    side, stride, padding = (
        value if isinstance(value, int) else value[0]
        for value in (module.kernel_size, module.stride, module.padding)
    )
    return graph.node(
        "MaxPool",
        x,
        kernel_shape=[side] * 2,
        strides=[stride] * 2,
        pads=[padding] * 4,
        ceil_mode=int(module.ceil_mode),
    )


@write.register
def _(module: nn.Dropout, graph: Graph, name: str, x: str) -> str:
    return x


@write.register
def _(module: nn.Hardswish, graph: Graph, name: str, x: str) -> str:
    return graph.node("HardSwish", x)


@write.register
def _(module: nn.SiLU, graph: Graph, name: str, x: str) -> str:
    return graph.node("Mul", x, graph.node("Sigmoid", x))


@write.register
def _(module: nn.Sigmoid, graph: Graph, name: str, x: str) -> str:
    return graph.node("Sigmoid", x)


def _pooled(graph: Graph, x: str) -> str:
    return graph.node("Flatten", graph.node("GlobalAveragePool", x), axis=1)
