"""torchvision's networks at the sizes of a search: what is kept of them, and what becomes of it."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from searchspace.architecture import Shape
from searchspace.baselines import BaselineArchitecture, BaselineName, fitted, parse_architecture
from searchspace.datasets import KNOWN
from workers import torchvision_shim  # noqa: F401

# isort: split
from torchvision import models

from workers.models.checkpoint import decode_model, encode_model
from workers.networks.building import as_onnx, build, cost_of

WEIGHTS = {
    BaselineName.MOBILENET_V2: models.MobileNet_V2_Weights,
    BaselineName.MOBILENET_V3_SMALL: models.MobileNet_V3_Small_Weights,
    BaselineName.SHUFFLENET_V2_X0_5: models.ShuffleNet_V2_X0_5_Weights,
    BaselineName.SQUEEZENET1_1: models.SqueezeNet1_1_Weights,
    BaselineName.MNASNET0_5: models.MNASNet0_5_Weights,
    BaselineName.EFFICIENTNET_B0: models.EfficientNet_B0_Weights,
}
PHOTO = Shape(channels=3, height=224, width=224)
CIFAR = KNOWN["cifar10"].image
DIGIT = KNOWN["digits"].image


def used(architecture: BaselineArchitecture) -> nn.Module:
    """A model in evaluation mode whose batch norms have seen images."""
    model = build(architecture)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    image = architecture.input
    with torch.no_grad():
        model.train()(torch.rand(16, image.channels, image.height, image.width))
    return model.eval()


@pytest.mark.parametrize("name", WEIGHTS)
def test_at_the_size_of_photos_it_is_the_published_network(name: BaselineName) -> None:
    published = WEIGHTS[name].IMAGENET1K_V1.meta
    cost = cost_of(fitted(name, PHOTO, 1000))
    assert cost.params == published["num_params"]
    # torchvision gives billions to three places, and counts convolutions and dense layers too.
    assert cost.macs / 1e9 == pytest.approx(published["_ops"], abs=6e-4)


@pytest.mark.parametrize(
    ("name", "millions"),
    [("mobilenet_v2", 2.24), ("mobilenet_v2_x0_5", 0.70), ("shufflenet_v2_x0_5", 0.35)],
)
def test_on_ten_classes_it_is_as_large_as_others_say(name: str, millions: float) -> None:
    """chenyaofo/pytorch-cifar-models."""
    params = cost_of(fitted(BaselineName(name), CIFAR, 10)).params
    assert round(params / 1e6, 2) == millions


@pytest.mark.parametrize("name", BaselineName)
@pytest.mark.parametrize(("side", "last"), [(8, 4), (28, 4), (32, 4), (64, 4), (128, 4)])
def test_its_last_map_is_four_pixels_wide_at_least(
    name: BaselineName, side: int, last: int
) -> None:
    architecture = fitted(name, Shape(channels=1, height=side, width=side), 10)
    sides = []
    with torch.device("meta"), torch.inference_mode():
        model = build(architecture).eval()
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                module.register_forward_hook(
                    lambda _module, _inputs, output: sides.append(output.shape[-1])
                )
        model(torch.empty(1, 1, side, side))
    maps = [side for side in sides if side > 1]
    # Without padding, SqueezeNet's poolings take a pixel more or less.
    allowed = {7, 8} if (name, side) == (BaselineName.SQUEEZENET1_1, 128) else {3, last}
    assert maps[-1] in allowed
    whole = side if architecture.halvings < name.own_halvings else side / 2
    assert maps[0] in ({whole, whole - 1} if name is BaselineName.SQUEEZENET1_1 else {whole})


@pytest.mark.parametrize("name", BaselineName)
@pytest.mark.parametrize("image", [CIFAR, DIGIT], ids=["cifar10", "digits"])
def test_as_onnx_it_agrees_with_torch(name: BaselineName, image: Shape) -> None:
    architecture = fitted(name, image, 10)
    model = used(architecture)
    pixels = torch.rand(3, image.channels, image.height, image.width)
    data = as_onnx(model, architecture)
    onnx.checker.check_model(data, full_check=True)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"pixels": pixels.numpy()})
    with torch.inference_mode():
        expected = model(pixels).numpy()
    assert np.ptp(expected, axis=0).max() > 1e-4, "the images make a difference"
    assert np.abs(found - expected).max() < 1e-4 * max(1.0, float(np.abs(expected).max()))


@pytest.mark.parametrize("name", BaselineName)
def test_its_checkpoint_gives_it_back(name: BaselineName) -> None:
    architecture = fitted(name, DIGIT, 10)
    model = used(architecture)
    loaded = decode_model(encode_model(model, architecture))
    assert loaded.architecture == architecture
    pixels = torch.rand(2, 1, 8, 8)
    with torch.inference_mode():
        assert torch.equal(loaded.model(pixels), model(pixels))


def test_its_weights_follow_from_the_seed_alone() -> None:
    architecture = fitted(BaselineName.SHUFFLENET_V2_X0_5, DIGIT, 10)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, same, other = (build(architecture, seed=seed).state_dict() for seed in (5, 5, 6))
    assert torch.equal(torch.get_rng_state(), before)
    first = "network.conv1.0.weight"
    assert torch.equal(one[first], same[first])
    assert not torch.equal(one[first], other[first])


@pytest.mark.parametrize("name", BaselineName)
def test_its_batch_norms_average_as_quickly_as_those_of_the_searchs_models(
    name: BaselineName,
) -> None:
    norms = [m for m in build(fitted(name, DIGIT, 10)).modules() if isinstance(m, nn.BatchNorm2d)]
    assert {norm.momentum for norm in norms} <= {0.1}


@pytest.mark.parametrize("name", BaselineName)
def test_nothing_in_it_is_left_to_chance(name: BaselineName) -> None:
    """Else an interrupted training would not go on as if nothing had happened."""
    model = build(fitted(name, DIGIT, 10)).train()
    pixels = torch.rand(4, 1, 8, 8)
    with torch.no_grad():
        assert torch.equal(model(pixels), model(pixels))


def test_documents_are_told_apart() -> None:
    architecture = fitted(BaselineName.MNASNET0_5, DIGIT, 10)
    assert parse_architecture(architecture.model_dump(mode="json")) == architecture
    assert architecture.digest != fitted(BaselineName.MNASNET0_5, CIFAR, 10).digest
