"""The layers models are built of: plain torch, and only operators with an exact ONNX counterpart.

Shapes: N images, C channels, H height, W width; r1, r2, r3 ranks over C, H, W.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from searchspace.architecture import Ranks, Shape
from searchspace.cost import squeeze_width


class Normalize(nn.Module):
    """Shifts and scales pixels (N, C, H, W) in 0..1 by channel; the first layer of every model.

    Being a layer of buffers, it travels with the weights: training, evaluation and the delivered
    model cannot disagree about it, and it adds no parameters.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("std", torch.ones(channels))

    def fit(self, mean: Sequence[float], std: Sequence[float]) -> None:
        """Take over the moments of a data set's pixels, one of each per channel."""
        self.mean.copy_(torch.tensor(mean))
        self.std.copy_(torch.tensor(std))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean[:, None, None]) / self.std[:, None, None]


class ConvNorm(nn.Module):
    """A same-padded convolution without bias, batch norm and, where given, an activation."""

    def __init__(
        self,
        entering: int,
        leaving: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        activation: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            entering, leaving, kernel, stride, kernel // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(leaving)
        self.activation = activation or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.activation(self.norm(self.conv(x)))
        return y


class SqueezeExcite(nn.Module):
    """Scales each channel by a gate computed from all of them (Hu et al. 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = squeeze_width(channels)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.squeeze = nn.Conv2d(channels, hidden, 1)
        self.activation = nn.ReLU()
        self.excite = nn.Conv2d(hidden, channels, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.activation(self.squeeze(self.pool(x)))
        y: Tensor = x * self.gate(self.excite(hidden))
        return y


class Residual(nn.Module):
    """Two 3 x 3 convolutions and a skip, projected where the shape changes (He et al. 2015)."""

    def __init__(
        self, entering: Shape, leaving: Shape, *, stride: int, squeeze_excite: bool
    ) -> None:
        super().__init__()
        before, width = entering.channels, leaving.channels
        self.first = ConvNorm(before, width, 3, stride=stride, activation=nn.ReLU())
        self.second = ConvNorm(width, width, 3)
        self.squeeze_excite = SqueezeExcite(width) if squeeze_excite else nn.Identity()
        self.skip = (
            nn.Identity() if entering == leaving else ConvNorm(before, width, 1, stride=stride)
        )
        self.activation = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.squeeze_excite(self.second(self.first(x)))
        z: Tensor = self.activation(y + self.skip(x))
        return z


class MBConv(nn.Module):
    """Inverted residual: expand, depthwise k x k, project (Sandler et al. 2018)."""

    def __init__(
        self,
        entering: Shape,
        leaving: Shape,
        *,
        stride: int,
        kernel: int,
        expansion: int,
        squeeze_excite: bool,
    ) -> None:
        super().__init__()
        before = entering.channels
        hidden = before * expansion
        self.expand = (
            ConvNorm(before, hidden, 1, activation=nn.ReLU6()) if expansion > 1 else nn.Identity()
        )
        self.depthwise = ConvNorm(
            hidden, hidden, kernel, stride=stride, groups=hidden, activation=nn.ReLU6()
        )
        self.squeeze_excite = SqueezeExcite(hidden) if squeeze_excite else nn.Identity()
        self.project = ConvNorm(hidden, leaving.channels, 1)
        self.adds_input = entering == leaving

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(self.squeeze_excite(self.depthwise(self.expand(x))))
        return x + y if self.adds_input else y


class TensorContraction(nn.Module):
    """The TCL: a feature map (N, C, H, W) contracted along each mode to (N, r1, r2, r3).

    G = X x1 V1 x2 V2 x3 V3 with V1 (r1, C), V2 (r2, H), V3 (r3, W) (Kossaifi et al. 2017). The
    spatial modes go first, which takes fewer multiply-accumulates than channels first.

    At the start V1 has orthonormal rows and V2, V3 hold the first rows of the DCT-II, lowest
    frequency first and scaled so that row 0 is the mean: spatial ranks of 1 start as global
    average pooling.

    Raises:
        ValueError: a rank is larger than its mode.
    """

    def __init__(self, feature_map: Shape, ranks: Ranks) -> None:
        super().__init__()
        r1, r2, r3 = ranks
        sizes = (feature_map.channels, feature_map.height, feature_map.width)
        if any(rank > size for rank, size in zip(ranks, sizes, strict=True)):
            raise ValueError(f"ranks {tuple(ranks)} exceed the feature map {sizes}")
        self.channels = nn.Parameter(torch.empty(r1, feature_map.channels))
        self.height = nn.Parameter(torch.empty(r2, feature_map.height))
        self.width = nn.Parameter(torch.empty(r3, feature_map.width))
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        nn.init.orthogonal_(self.channels, generator=generator)
        with torch.no_grad():
            self.height.copy_(_cosines(*self.height.shape))
            self.width.copy_(_cosines(*self.width.shape))

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        r2, r3 = len(self.height), len(self.width)
        # Channels stay last, as backbones leave them: no step has to move the feature map.
        x = x.permute(0, 2, 3, 1).reshape(n * h, w, c)
        x = torch.bmm(self.width.expand(n * h, r3, w), x).reshape(n, h, r3 * c)
        x = torch.bmm(self.height.expand(n, r2, h), x).reshape(n, r2, r3, c)
        return functional.linear(x, self.channels).permute(0, 3, 1, 2)


def _cosines(rows: int, size: int) -> Tensor:
    """The first rows (rows, size) of the DCT-II, divided so that row 0 is the mean."""
    frequency = torch.arange(rows, dtype=torch.float64)[:, None]
    position = torch.arange(size, dtype=torch.float64) + 0.5
    cosines = torch.cos(math.pi / size * frequency * position) / size
    cosines[1:] *= math.sqrt(2)
    return cosines
