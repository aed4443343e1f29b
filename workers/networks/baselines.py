"""The mobile networks of `searchspace.baselines` as torch modules, and what they cost.

Importing torchvision takes seconds; `workers.networks.building` imports this module when it is needed.
"""

from collections import OrderedDict
from functools import lru_cache, partial

import torch
from torch import Tensor, nn

from workers import torchvision_shim  # noqa: F401

# isort: split
# torchvision can only be loaded now.
from torchvision import models

from searchspace import baseline_layers
from searchspace.baselines import BaselineArchitecture, BaselineName
from searchspace.cost import Cost
from workers.networks.layers import Normalize
from workers.networks.model import PixelModel, build_head

BATCH_NORM_MOMENTUM = 0.1
"""torch's own, which the search's models have. Some networks average over thousands of steps, more
than a search may train."""


class BaselineModel(PixelModel):
    """Pixels (N, C, H, W) in 0..1 to logits (N, classes)."""

    def __init__(self, architecture: BaselineArchitecture) -> None:
        super().__init__()
        self.normalize = Normalize(architecture.input.channels)
        self.network = _network(architecture.name, architecture.classes)
        _keep_halvings(self.network, architecture)
        _take_channels(self.network, architecture.input.channels)
        for module in self.network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = BATCH_NORM_MOMENTUM

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(self.normalize(x))
        return logits


class CompressedBaseline(PixelModel):
    """Pixels (N, C, H, W) in 0..1 to logits (N, classes), by way of a TCL.

    The TCL stands where torchvision's network pools its last feature map and reads it by a dense
    layer. What comes before and after (MobileNetV3 has another dense layer) is the network's own.
    """

    def __init__(self, architecture: BaselineArchitecture) -> None:
        super().__init__()
        assert architecture.head is not None
        dense = BaselineModel(architecture.model_copy(update={"head": None}))
        self.normalize = dense.normalize
        self._head_name = baseline_layers.head_name(architecture)
        self.backbone, self.tail = _around(dense.network, self._head_name)
        self.head = build_head(
            architecture.head,
            baseline_layers.feature_map(architecture),
            baseline_layers.outputs(architecture),
        )

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.tail(self.head(self.backbone(self.normalize(x))))
        return logits

    def take_over(self, dense: BaselineModel) -> None:
        """Copy all but the head of the same network in its dense form."""
        backbone, tail = _around(dense.network, self._head_name)
        self.normalize.load_state_dict(dense.normalize.state_dict())
        self.backbone.load_state_dict(backbone.state_dict())
        self.tail.load_state_dict(tail.state_dict())


def build_baseline(
    architecture: BaselineArchitecture, *, seed: int = 0
) -> BaselineModel | CompressedBaseline:
    """The network with torchvision's own start weights: a function of architecture and seed.

    The global random state is neither read nor advanced.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        kind = BaselineModel if architecture.head is None else CompressedBaseline
        model = kind(architecture)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    return model


@lru_cache(maxsize=32)
def baseline_cost(architecture: BaselineArchitecture) -> Cost:
    """What `searchspace.cost` says of the search's models, counted on a network without weights.

    architecture: with the network's own head.

    MACs are those of convolutions and dense layers on one image, as there.
    """
    with torch.device("meta"), torch.inference_mode():
        model = BaselineModel(architecture).eval()
        counter = _Macs(model)
        image = architecture.input
        model(torch.empty(1, image.channels, image.height, image.width))
    params = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return Cost(params=params, macs=counter.macs)


class _Macs:
    """Multiply-accumulates of every convolution and dense layer that a model runs."""

    def __init__(self, model: nn.Module) -> None:
        self.macs = 0
        for module in model.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.register_forward_hook(self._count)

    def _count(self, module: nn.Module, inputs: object, output: Tensor) -> None:
        weight = module.get_parameter("weight")
        # Each weight is used once for every place of the output.
        self.macs += weight.numel() * output[0, 0].numel()


def _network(name: BaselineName, classes: int) -> nn.Module:
    match name:
        case BaselineName.MOBILENET_V2:
            return models.mobilenet_v2(num_classes=classes, dropout=0.0)  # type: ignore[no-any-return]
        case BaselineName.MOBILENET_V2_X0_5:
            return models.mobilenet_v2(num_classes=classes, dropout=0.0, width_mult=0.5)  # type: ignore[no-any-return]
        case BaselineName.MOBILENET_V3_SMALL:
            return models.mobilenet_v3_small(num_classes=classes, dropout=0.0)  # type: ignore[no-any-return]
        case BaselineName.SHUFFLENET_V2_X0_5:
            return models.shufflenet_v2_x0_5(num_classes=classes)  # type: ignore[no-any-return]
        case BaselineName.SQUEEZENET1_1:
            return models.squeezenet1_1(num_classes=classes, dropout=0.0)  # type: ignore[no-any-return]
        case BaselineName.MNASNET0_5:
            network: nn.Module = models.mnasnet0_5(num_classes=classes, dropout=0.0)
            # Its own refuses weights that do not say which release of torchvision wrote them.
            plain = partial(nn.Module._load_from_state_dict, network)  # noqa: SLF001
            network._load_from_state_dict = plain  # type: ignore[method-assign]  # noqa: SLF001
            return network
        case BaselineName.EFFICIENTNET_B0:
            return models.efficientnet_b0(  # type: ignore[no-any-return]
                num_classes=classes, dropout=0.0, stochastic_depth_prob=0.0
            )


def _around(network: nn.Module, head_name: str) -> tuple[nn.Sequential, nn.Sequential]:
    """A network's own modules before the pooling in front of its dense head, and behind that head."""
    first, _, place = head_name.partition(".")
    before = {n: m for n, m in network.named_children() if n not in (first, "avgpool")}
    behind: dict[str, nn.Module] = {}
    if place:
        behind = {n: m for n, m in network.get_submodule(first).named_children() if n > place}
    return nn.Sequential(OrderedDict(before)), nn.Sequential(OrderedDict(behind))


def _keep_halvings(network: nn.Module, architecture: BaselineArchitecture) -> None:
    """Leave the earliest halvings of an image out, until so many are left as there are to be."""
    places: dict[str, list[str]] = {}
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.MaxPool2d) and module.stride in (2, (2, 2)):
            # The two branches of one of ShuffleNet's units halve side by side.
            places.setdefault(name.partition(".branch")[0], []).append(name)
    assert len(places) == architecture.name.own_halvings
    superfluous = len(places) - architecture.halvings
    for names in list(places.values())[:superfluous]:
        for name in names:
            _keep_size(network, name)


def _keep_size(network: nn.Module, name: str) -> None:
    layer = network.get_submodule(name)
    if isinstance(layer, nn.MaxPool2d):
        network.set_submodule(name, nn.Identity())
    else:
        assert isinstance(layer, nn.Conv2d)
        layer.stride = (1, 1)
        layer.padding = (layer.kernel_size[0] // 2, layer.kernel_size[1] // 2)


def _take_channels(network: nn.Module, channels: int) -> None:
    """Let images of so many channels in: at the start, as if they were repeated up to three."""
    name, first = next((n, m) for n, m in network.named_modules() if isinstance(m, nn.Conv2d))
    if channels == first.in_channels:
        return
    fitting = nn.Conv2d(
        channels,
        first.out_channels,
        (first.kernel_size[0], first.kernel_size[1]),
        (first.stride[0], first.stride[1]),
        (int(first.padding[0]), int(first.padding[1])),
        bias=first.bias is not None,
    )
    with torch.no_grad():
        fitting.weight.copy_(first.weight.sum(1, keepdim=True) / channels)
        if first.bias is not None and fitting.bias is not None:
            fitting.bias.copy_(first.bias)
    network.set_submodule(name, fitting)
