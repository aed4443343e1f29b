"""Parameters and multiply-accumulates of an architecture, counted without building it.

Parameters are the trainable ones of the delivered model (batch-norm scale and shift count, its
running statistics do not). MACs are those of one image; batch norm folds into its convolution,
and element-wise work is not counted.
"""

from dataclasses import dataclass

from searchspace import baseline_layers
from searchspace.architecture import Architecture, BlockKind, Head, HeadKind, Shape, Stage, Stem
from searchspace.baselines import AnyArchitecture, BaselineArchitecture

BYTES_PER_PARAM = 4
SQUEEZE_RATIO = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """Parameters, and multiply-accumulates of one image."""

    params: int = 0
    macs: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.params + other.params, self.macs + other.macs)

    @property
    def size_bytes(self) -> int:
        """Bytes of the parameters as 32-bit floats."""
        return self.params * BYTES_PER_PARAM


@dataclass(frozen=True, slots=True)
class PartCost:
    """Cost and output shape of one named part: `stem`, `stage1`.., `head`."""

    part: str
    output: Shape | None
    cost: Cost


def squeeze_width(channels: int) -> int:
    """Hidden width of the squeeze-and-excite gate over `channels` channels."""
    return max(4, channels // SQUEEZE_RATIO)


def architecture_cost(architecture: AnyArchitecture) -> Cost:
    """Of the whole model.

    Raises:
        KeyError: a torchvision network without a dense head, whose layers are not known here.
    """
    if isinstance(architecture, BaselineArchitecture):
        rest = baseline_layers.rest(architecture)
        feature_map = baseline_layers.feature_map(architecture)
        head = architecture.head or Head(kind=HeadKind.GAP)
        outputs = baseline_layers.outputs(architecture)
        return Cost(rest.params, rest.macs) + head_cost(head, feature_map, outputs)
    return sum((part.cost for part in cost_by_part(architecture)), Cost())


def cost_by_part(architecture: Architecture) -> tuple[PartCost, ...]:
    shapes = architecture.shapes
    parts = [PartCost("stem", shapes[0], stem_cost(architecture.stem, architecture.input))]
    parts += [
        PartCost(f"stage{i}", shapes[i], stage_cost(stage, shapes[i - 1]))
        for i, stage in enumerate(architecture.stages, start=1)
    ]
    head = head_cost(architecture.head, shapes[-1], architecture.classes)
    return (*parts, PartCost("head", None, head))


def stem_cost(stem: Stem, image: Shape) -> Cost:
    output = image.strided(stem.width, stem.stride)
    return _conv(image.channels, output, stem.kernel)


def stage_cost(stage: Stage, entering: Shape) -> Cost:
    total, shape = Cost(), entering
    for index in range(stage.depth):
        stride = stage.stride if index == 0 else 1
        output = shape.strided(stage.width, stride)
        block = _residual if stage.block is BlockKind.RESIDUAL else _mbconv
        total += block(stage, shape, output)
        shape = output
    return total


def head_cost(head: Head, feature_map: Shape, classes: int) -> Cost:
    """Cost of the classifier over `feature_map`.

    TCL + dense: C r1 + H r2 + W r3 + r1 r2 r3 K + K parameters; the width mode is contracted
    first, then height, then channels, which takes fewer MACs than channels first.
    """
    c, h, w = feature_map.channels, feature_map.height, feature_map.width
    match head.kind:
        case HeadKind.GAP:
            return _dense(c, classes)
        case HeadKind.FLATTEN:
            return _dense(c * h * w, classes)
        case HeadKind.TCL:
            assert head.ranks is not None
            r1, r2, r3 = head.ranks
            contraction = Cost(
                params=c * r1 + h * r2 + w * r3,
                macs=c * h * w * r3 + c * h * r2 * r3 + c * r1 * r2 * r3,
            )
            return contraction + _dense(r1 * r2 * r3, classes)


def _residual(stage: Stage, entering: Shape, output: Shape) -> Cost:
    cost = _conv(entering.channels, output, stage.kernel)
    cost += _conv(output.channels, output, stage.kernel)
    if stage.squeeze_excite:
        cost += _squeeze_excite(output.channels)
    if entering != output:
        cost += _conv(entering.channels, output, 1)
    return cost


def _mbconv(stage: Stage, entering: Shape, output: Shape) -> Cost:
    hidden = entering.channels * stage.expansion
    cost = Cost()
    if stage.expansion > 1:
        cost += _conv(entering.channels, entering.strided(hidden, 1), 1)
    cost += _depthwise(output.strided(hidden, 1), stage.kernel)
    if stage.squeeze_excite:
        cost += _squeeze_excite(hidden)
    return cost + _conv(hidden, output, 1)


def _conv(in_channels: int, output: Shape, kernel: int) -> Cost:
    weights = in_channels * output.channels * kernel * kernel
    return Cost(weights + 2 * output.channels, weights * output.height * output.width)


def _depthwise(output: Shape, kernel: int) -> Cost:
    weights = output.channels * kernel * kernel
    return Cost(weights + 2 * output.channels, weights * output.height * output.width)


def _squeeze_excite(channels: int) -> Cost:
    hidden = squeeze_width(channels)
    return _dense(channels, hidden) + _dense(hidden, channels)


def _dense(inputs: int, outputs: int) -> Cost:
    return Cost(inputs * outputs + outputs, inputs * outputs)
