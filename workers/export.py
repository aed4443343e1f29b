"""A model as ONNX, written node by node from its modules.

Every trial's latency needs an export. `torch.onnx.export` takes 3 to 7 s for one of these models
(two cores, torch 2.13); its quick predecessor is deprecated. The models are made of a dozen kinds
of modules, so writing their nodes ourselves takes 5 ms and one page, and gives the same graph
under every version of torch. Tests hold each kind against torch and against its own exporter.
"""

from functools import singledispatch
from itertools import count
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from searchspace.architecture import Architecture
from workers.layers import ConvNorm, MBConv, Normalize, Residual, SqueezeExcite, TensorContraction
from workers.model import Model

OPSET = 17
IR_VERSION = 8
"""The format version that came with the operator set: old runtimes on devices read it."""

INPUT = "pixels"
OUTPUT = "logits"


def export_onnx(model: Model, architecture: Architecture, batch_size: int | None = None) -> bytes:
    """A serialised ONNX model: `pixels` float (N, C, H, W) in 0..1 to `logits` float (N, classes).

    Weights and running statistics are those of now; batch norm is as in evaluation.

    batch_size: N, fixed for the fastest run; any number of images by default.
    """
    graph = _Graph()
    _write(model, graph, "", INPUT)
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


class _Graph:
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

    def constant(self, name: str, value: Tensor) -> str:
        array = np.ascontiguousarray(value.detach().cpu().numpy())
        self.initializers.append(numpy_helper.from_array(array, name))
        return name


def _tensor(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


@singledispatch
def _write(module: nn.Module, graph: _Graph, name: str, x: str) -> str:
    """Write the nodes that turn `x` into what the module called `name` gives; its name."""
    raise NotImplementedError(f"{name} is a {type(module).__name__}, which has no ONNX form here")


@_write.register
def _(module: Model, graph: _Graph, name: str, x: str) -> str:
    for part in ("normalize", "stem", "stages", "norm", "head"):
        x = _write(module.get_submodule(part), graph, part, x)
    return x


@_write.register
def _(module: nn.Sequential, graph: _Graph, name: str, x: str) -> str:
    for child_name, child in module.named_children():
        x = _write(child, graph, f"{name}.{child_name}", x)
    return x


@_write.register
def _(module: Normalize, graph: _Graph, name: str, x: str) -> str:
    mean = graph.constant(f"{name}.mean", module.mean[:, None, None])
    std = graph.constant(f"{name}.std", module.std[:, None, None])
    return graph.node("Div", graph.node("Sub", x, mean), std)


@_write.register
def _(module: ConvNorm, graph: _Graph, name: str, x: str) -> str:
    x = _write(module.conv, graph, f"{name}.conv", x)
    x = _write(module.norm, graph, f"{name}.norm", x)
    return _write(module.activation, graph, f"{name}.activation", x)


@_write.register
def _(module: Residual, graph: _Graph, name: str, x: str) -> str:
    y = _write(module.first, graph, f"{name}.first", x)
    y = _write(module.second, graph, f"{name}.second", y)
    y = _write(module.squeeze_excite, graph, f"{name}.squeeze_excite", y)
    skip = _write(module.skip, graph, f"{name}.skip", x)
    return _write(module.activation, graph, f"{name}.activation", graph.node("Add", y, skip))


@_write.register
def _(module: MBConv, graph: _Graph, name: str, x: str) -> str:
    y = _write(module.expand, graph, f"{name}.expand", x)
    y = _write(module.depthwise, graph, f"{name}.depthwise", y)
    y = _write(module.squeeze_excite, graph, f"{name}.squeeze_excite", y)
    y = _write(module.project, graph, f"{name}.project", y)
    return graph.node("Add", x, y) if module.adds_input else y


@_write.register
def _(module: SqueezeExcite, graph: _Graph, name: str, x: str) -> str:
    y = _write(module.pool, graph, f"{name}.pool", x)
    y = _write(module.squeeze, graph, f"{name}.squeeze", y)
    y = _write(module.activation, graph, f"{name}.activation", y)
    y = _write(module.excite, graph, f"{name}.excite", y)
    return graph.node("Mul", x, _write(module.gate, graph, f"{name}.gate", y))


@_write.register
def _(module: TensorContraction, graph: _Graph, name: str, x: str) -> str:
    width = graph.constant(f"{name}.width", module.width.T)
    height = graph.constant(f"{name}.height", module.height.T)
    channels = graph.constant(f"{name}.channels", module.channels[:, :, None, None])
    for factor in (width, height):
        x = graph.node("Transpose", graph.node("MatMul", x, factor), perm=[0, 1, 3, 2])
    return graph.node("Conv", x, channels, kernel_shape=[1, 1])


@_write.register
def _(module: nn.Conv2d, graph: _Graph, name: str, x: str) -> str:
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


@_write.register
def _(module: nn.BatchNorm2d, graph: _Graph, name: str, x: str) -> str:
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


@_write.register
def _(module: nn.Linear, graph: _Graph, name: str, x: str) -> str:
    weight = graph.constant(f"{name}.weight", module.weight)
    bias = graph.constant(f"{name}.bias", module.bias)
    return graph.node("Gemm", x, weight, bias, transB=1)


@_write.register
def _(module: nn.ReLU, graph: _Graph, name: str, x: str) -> str:
    return graph.node("Relu", x)


@_write.register
def _(module: nn.ReLU6, graph: _Graph, name: str, x: str) -> str:
    low = graph.constant(f"{name}.low", torch.tensor(0.0))
    high = graph.constant(f"{name}.high", torch.tensor(6.0))
    return graph.node("Clip", x, low, high)


@_write.register
def _(module: nn.Hardsigmoid, graph: _Graph, name: str, x: str) -> str:
    return graph.node("HardSigmoid", x, alpha=1 / 6, beta=0.5)


@_write.register
def _(module: nn.AdaptiveAvgPool2d, graph: _Graph, name: str, x: str) -> str:
    return graph.node("GlobalAveragePool", x)


@_write.register
def _(module: nn.Flatten, graph: _Graph, name: str, x: str) -> str:
    return graph.node("Flatten", x, axis=1)


@_write.register
def _(module: nn.Identity, graph: _Graph, name: str, x: str) -> str:
    return x
