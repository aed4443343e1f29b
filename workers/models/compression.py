"""A trained network's dense head replaced by a TCL that computes nearly the same: HOSVD.

The dense layer over a feature map X (C, H, W) is a tensor W (K, C, H, W):

    y_k = sum_chw W_kchw X_chw + b_k

Its higher-order singular value decomposition along the modes of the feature map (De Lathauwer, De
Moor & Vandewalle 2000) takes for U1 (C, r1), U2 (H, r2), U3 (W, r3) the leading left singular
vectors of W's unfoldings along these modes, and for the core what is left of W within them:

    G = W x1 U1^T x2 U2^T x3 U3^T (K, r1, r2, r3),    W' = G x1 U1 x2 U2 x3 U3

Put into the sum, the factors move over to the feature map, and that is a TCL followed by a dense
layer (Kossaifi et al. 2017) with V1 = U1^T, V2 = U2^T, V3 = U3^T and weight G, bias b:

    y'_k = sum_abc G_kabc (X x1 V1 x2 V2 x3 V3)_abc + b_k

The factors for smaller ranks are the first columns of those for larger ones. So W' is the projection
of W onto spaces that lie within one another: the error falls with each rank, and is nothing once W
lies in them. Iterating (HOOI) may fit one triple a little better, and gives this up.

A head that pools first has the same weight at each of the H x W places, W_kchw = D_kc / HW. So U2
and U3 are constant vectors: as V2 and V3 serve the rows 1/H and 1/W, which take the mean, and the
decomposition is that of D (K, C) along its channels.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tensorly.decomposition import partial_tucker
from torch import Tensor, nn

from searchspace import baseline_layers
from searchspace.architecture import Architecture, HeadKind, Ranks, Shape
from searchspace.baselines import AnyArchitecture
from searchspace.compression import dense_head, head_input
from searchspace.cost import architecture_cost
from searchspace.spec import CompressSpec
from workers.models.checkpoint import BadCheckpoint, decode_model, decode_weights, is_model
from workers.networks.baselines import BaselineModel, CompressedBaseline
from workers.networks.building import build
from workers.networks.model import Model, PixelModel
from workers.training.loop import Training, evaluate


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """A TCL's factors (r1, C), (r2, H), (r3, W) and the weight (K, r1 r2 r3) of what follows it.

    error: ||W - W'|| / ||W|| in the Frobenius norm, 0..1.
    """

    channels: Tensor
    height: Tensor
    width: Tensor
    weight: Tensor
    error: float


def begin_compressed(
    training: Training, architecture: AnyArchitecture, spec: CompressSpec, weights: bytes
) -> Mapping[str, float]:
    """Let a training begin with a trained network whose head is decomposed at its model's ranks.

    architecture: the training's; its head is a TCL.

    Returns:
        What is known of the start: `dense_accuracy`, on the validation part, and `dense_params` of
        the network with its dense head; `initial_accuracy` and `reconstruction_error` with the TCL.

    Raises:
        BadCheckpoint: the weights are not exactly the network's.
        NonFiniteLoss: the network gives logits that are NaN or infinite.
    """
    dense = load_dense(spec, weights, training.model.normalize)
    dense.to(training.validation[0].device)
    dense_accuracy = evaluate(dense, *training.validation).accuracy
    compressed, error = compress(dense, spec.dense, architecture)
    training.model.load_state_dict(compressed.state_dict())
    return {
        "dense_accuracy": dense_accuracy,
        "dense_params": architecture_cost(spec.dense).params,
        "initial_accuracy": evaluate(training.model, *training.validation).accuracy,
        "reconstruction_error": error,
    }


def load_dense(spec: CompressSpec, weights: bytes, normalize: nn.Module) -> PixelModel:
    """The network with its dense head, in evaluation mode.

    normalize: fitted to the data set, for weights that do not say how pixels are normalised.

    Raises:
        BadCheckpoint: the weights are not exactly the network's.
    """
    architecture = spec.dense
    if is_model(weights):
        loaded = decode_model(weights)
        if loaded.architecture != architecture:
            raise BadCheckpoint("the weights are those of another architecture")
        return loaded.model
    model = decode_weights(weights, architecture)
    if isinstance(architecture, Architecture):
        return model
    model.normalize.load_state_dict(normalize.state_dict())
    if spec.moments is not None:
        model.normalize.fit(spec.moments.mean, spec.moments.std)
    return model


def compress(
    dense: PixelModel, architecture: AnyArchitecture, compressed: AnyArchitecture
) -> tuple[PixelModel, float]:
    """The network with a TCL in place of its dense head, and the error of the decomposition.

    architecture: of the network with its dense head. compressed: the same with a TCL.
    """
    assert compressed.head is not None
    assert compressed.head.ranks is not None
    layer = _dense_layer(dense, architecture)
    feature_map, _ = head_input(architecture)
    pooled = dense_head(architecture) is HeadKind.GAP
    factors = decompose(layer.weight, feature_map, compressed.head.ranks, pooled=pooled)
    small = build(compressed)
    if isinstance(small, CompressedBaseline):
        assert isinstance(dense, BaselineModel)
        small.take_over(dense)
    else:
        whole = dense.state_dict()
        rest = {name: whole[name] for name in small.state_dict() if not name.startswith("head.")}
        small.load_state_dict({**small.state_dict(), **rest})
    small.get_submodule("head").load_state_dict(
        {
            "reduction.channels": factors.channels,
            "reduction.height": factors.height,
            "reduction.width": factors.width,
            "classifier.weight": factors.weight,
            "classifier.bias": layer.bias,
        }
    )
    return small.eval(), factors.error


def decompose(weight: Tensor, feature_map: Shape, ranks: Ranks, *, pooled: bool) -> Factors:
    """A dense layer's weight, (K, C) behind a pooling and else (K, C H W), at a triple of ranks."""
    c, h, w = feature_map.channels, feature_map.height, feature_map.width
    whole = weight.detach().cpu().double().numpy()
    if pooled:
        core, (channels,) = _hosvd(whole, ranks[:1])
        height, width = np.full((h, 1), 1 / h), np.full((w, 1), 1 / w)
    else:
        whole = whole.reshape(-1, c, h, w)
        core, (channels, height, width) = _hosvd(whole, ranks)
    return Factors(
        channels=_row_by_row(channels),
        height=_row_by_row(height),
        width=_row_by_row(width),
        weight=torch.from_numpy(core.reshape(len(core), -1)).float(),
        error=_error(whole, core),
    )


def _hosvd(
    tensor: NDArray[np.float64], ranks: tuple[int, ...]
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Core and orthonormal factors along all modes but the first."""
    modes = list(range(1, tensor.ndim))
    # Without an iteration it is the start of one: the HOSVD.
    (core, factors), _ = partial_tucker(tensor, list(ranks), modes, n_iter_max=0, svd=_svd)
    return core, factors


def _svd(
    matrix: NDArray[np.float64], n_eigenvecs: int, **_: object
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The leading part of a decomposition, by torch: it keeps to the threads that the trial has."""
    u, s, v = torch.linalg.svd(torch.from_numpy(matrix), full_matrices=False)
    return u[:, :n_eigenvecs].numpy(), s[:n_eigenvecs].numpy(), v[:n_eigenvecs].numpy()


def _error(whole: NDArray[np.float64], core: NDArray[np.float64]) -> float:
    # Orthonormal factors keep norms, and what is left out is orthogonal to what is kept.
    total = float(np.square(whole).sum())
    return math.sqrt(max(0.0, total - float(np.square(core).sum())) / total) if total else 0.0


def _row_by_row(factor: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(factor.T)).float()


def _dense_layer(model: PixelModel, architecture: AnyArchitecture) -> nn.Linear:
    if isinstance(architecture, Architecture):
        assert isinstance(model, Model)
        layer = model.head.get_submodule("classifier")
    else:
        name = baseline_layers.head_name(architecture)
        layer = model.get_submodule(f"network.{name}")
    assert isinstance(layer, nn.Linear)
    return layer
