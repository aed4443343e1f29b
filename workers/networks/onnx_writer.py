"""A model as ONNX, written node by node from its modules.

Every trial's latency needs an export. `torch.onnx.export` takes 3 to 7 s for one of these models
(two cores, torch 2.13); its quick predecessor is deprecated. The models are made of a dozen kinds
of modules, so writing their nodes ourselves takes 5 ms and one page, and gives the same graph
under every version of torch. Tests hold each kind against torch and against its own exporter.
"""

from collections.abc import Sequence
from functools import singledispatch
from itertools import count
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from searchspace.baselines import AnyArchitecture
from workers.networks.layers import (
    ConvNorm,
    MBConv,
    Normalize,
    Residual,
    SqueezeExcite,
    TensorContraction,
)
from workers.networks.model import Model, PixelModel

OPSET = 17
IR_VERSION = 8
"""The format version that came with the operator set: old runtimes on devices read it."""

INPUT = "pixels"
OUTPUT = "logits"


def export_onnx(
    model: PixelModel, architecture: AnyArchitecture, batch_size: int | None = None
) -> bytes:
    """A serialised ONNX model: `pixels` float (N, C, H, W) in 0..1 to `logits` float (N, classes).

    Weights and running statistics are those of now; batch norm is as in evaluation.

    batch_size: N, fixed for the fastest run; any number of images by default.
    """
    graph = Graph()
    write(model, graph, "", INPUT)
    graph.nodes[-1].output[:] = [OUTPUT]
    image = architecture.input
    batch = batch_size or "N"
    document = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "tclsearch",
            [_tensor(INPUT, [batch, image.channels, image.height, image.width])],
            [_tensor(OUTPUT, [batch, architecture.classes])],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="tclsearch",
    )
    helper.set_model_props(document, {"architecture": architecture.canonical_json()})
    data: bytes = document.SerializeToString(deterministic=True)
    return data


class Graph:
    """Nodes and constants written so far."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._numbers = count()

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node; the name of its one output."""
        output = f"{operator}_{next(self._numbers)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def halves(self, x: str) -> tuple[str, str]:
        """The first and the second half of the channels of `x`."""
        number = next(self._numbers)
        outputs = [f"Split_{number}_first", f"Split_{number}_second"]
        self.nodes.append(helper.make_node("Split", [x], outputs, axis=1))
        return outputs[0], outputs[1]

    def constant(self, name: str, value: Tensor) -> str:
        array = np.ascontiguousarray(value.detach().cpu().numpy())
        self.initializers.append(numpy_helper.from_array(array, name))
        return name


def _tensor(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


@singledispatch
def write(module: nn.Module, graph: Graph, name: str, x: str) -> str:
    """Write the nodes that turn `x` into what the module called `name` gives; its name."""
    raise NotImplementedError(f"{name} is a {type(module).__name__}, which has no ONNX form here")


def write_parts(module: nn.Module, parts: Sequence[str], graph: Graph, name: str, x: str) -> str:
    """Write some of a module's parts, one after the other."""
    for part in parts:
        x = write(module.get_submodule(part), graph, f"{name}.{part}".lstrip("."), x)
    return x


@write.register
def _(module: Model, graph: Graph, name: str, x: str) -> str:
    return write_parts(module, ("normalize", "stem", "stages", "norm", "head"), graph, name, x)


@write.register
def _(module: nn.Sequential, graph: Graph, name: str, x: str) -> str:
    for child_name, child in module.named_children():
        x = write(child, graph, f"{name}.{child_name}", x)
    return x


@write.register
def _(module: Normalize, graph: Graph, name: str, x: str) -> str:
    mean = graph.constant(f"{name}.mean", module.mean[:, None, None])
    std = graph.constant(f"{name}.std", module.std[:, None, None])
    return graph.node("Div", graph.node("Sub", x, mean), std)


@write.register
def _(module: ConvNorm, graph: Graph, name: str, x: str) -> str:
    x = write(module.conv, graph, f"{name}.conv", x)
    x = write(module.norm, graph, f"{name}.norm", x)
    return write(module.activation, graph, f"{name}.activation", x)


@write.register
def _(module: Residual, graph: Graph, name: str, x: str) -> str:
    y = write(module.first, graph, f"{name}.first", x)
    y = write(module.second, graph, f"{name}.second", y)
    y = write(module.squeeze_excite, graph, f"{name}.squeeze_excite", y)
    skip = write(module.skip, graph, f"{name}.skip", x)
    return write(module.activation, graph, f"{name}.activation", graph.node("Add", y, skip))


@write.register
def _(module: MBConv, graph: Graph, name: str, x: str) -> str:
    y = write(module.expand, graph, f"{name}.expand", x)
    y = write(module.depthwise, graph, f"{name}.depthwise", y)
    y = write(module.squeeze_excite, graph, f"{name}.squeeze_excite", y)
    y = write(module.project, graph, f"{name}.project", y)
    return graph.node("Add", x, y) if module.adds_input else y


@write.register
def _(module: SqueezeExcite, graph: Graph, name: str, x: str) -> str:
    y = write(module.pool, graph, f"{name}.pool", x)
    y = write(module.squeeze, graph, f"{name}.squeeze", y)
    y = write(module.activation, graph, f"{name}.activation", y)
    y = write(module.excite, graph, f"{name}.excite", y)
    return graph.node("Mul", x, write(module.gate, graph, f"{name}.gate", y))


@write.register
def _(module: TensorContraction, graph: Graph, name: str, x: str) -> str:
    width = graph.constant(f"{name}.width", module.width.T)
    height = graph.constant(f"{name}.height", module.height.T)
    channels = graph.constant(f"{name}.channels", module.channels[:, :, None, None])
    for factor in (width, height):
        x = graph.node("Transpose", graph.node("MatMul", x, factor), perm=[0, 1, 3, 2])
    return graph.node("Conv", x, channels, kernel_shape=[1, 1])


@write.register
def _(module: nn.Conv2d, graph: Graph, name: str, x: str) -> str:
    constants = [graph.constant(f"{name}.weight", module.weight)]
    if module.bias is not None:
        constants.append(graph.constant(f"{name}.bias", module.bias))
    # `padding` is one number per axis, as every convolution here is padded alike on both sides.
    padding = [int(p) for p in module.padding]
    return graph.node(
        "Conv",
        x,
        *constants,
        kernel_shape=list(module.kernel_size),
        strides=list(module.stride),
        pads=padding * 2,
        group=module.groups,
    )


@write.register
def _(module: nn.BatchNorm2d, graph: Graph, name: str, x: str) -> str:
    assert module.running_mean is not None
    assert module.running_var is not None
    ones = torch.ones_like(module.running_var)
    constants = {
        "weight": module.weight if module.affine else ones,
        "bias": module.bias if module.affine else torch.zeros_like(ones),
        "running_mean": module.running_mean,
        "running_var": module.running_var,
    }
    names = [graph.constant(f"{name}.{part}", value) for part, value in constants.items()]
    return graph.node("BatchNormalization", x, *names, epsilon=module.eps)


@write.register
def _(module: nn.Linear, graph: Graph, name: str, x: str) -> str:
    weight = graph.constant(f"{name}.weight", module.weight)
    bias = graph.constant(f"{name}.bias", module.bias)
    return graph.node("Gemm", x, weight, bias, transB=1)


@write.register
def _(module: nn.ReLU, graph: Graph, name: str, x: str) -> str:
    return graph.node("Relu", x)


@write.register
def _(module: nn.ReLU6, graph: Graph, name: str, x: str) -> str:
    low = graph.constant(f"{name}.low", torch.tensor(0.0))
    high = graph.constant(f"{name}.high", torch.tensor(6.0))
    return graph.node("Clip", x, low, high)


@write.register
def _(module: nn.Hardsigmoid, graph: Graph, name: str, x: str) -> str:
    return graph.node("HardSigmoid", x, alpha=1 / 6, beta=0.5)


@write.register
def _(module: nn.AdaptiveAvgPool2d, graph: Graph, name: str, x: str) -> str:
    return graph.node("GlobalAveragePool", x)


@write.register
def _(module: nn.Flatten, graph: Graph, name: str, x: str) -> str:
    return graph.node("Flatten", x, axis=1)


@write.register
def _(module: nn.Identity, graph: Graph, name: str, x: str) -> str:
    return x
