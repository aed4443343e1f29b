from itertools import islice

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from searchspace.architecture import HeadKind, Shape
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN, DatasetInfo
from workers.networks.model import build_model

POINTS_PER_PRESET = 300
LARGE = DatasetInfo(
    key="folder-large",
    image=Shape(channels=3, height=224, width=224),
    classes=5,
    train_images=10,
    test_images=10,
)
ODD = DatasetInfo(
    key="folder-odd",
    image=Shape(channels=2, height=13, width=29),
    classes=3,
    train_images=10,
    test_images=10,
)


def _pixels(image: Shape, images: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(images, image.channels, image.height, image.width, generator=generator)


@pytest.mark.parametrize(
    ("preset", "datasets"),
    [
        ("tiny", ("digits", "mnist", "cifar10")),
        ("small", ("digits", "fashion-mnist", "cifar10")),
        ("mobile", ("digits", "cifar100", "cifar10")),
    ],
)
def test_random_points_build_run_and_have_the_analytic_parameter_count(preset, datasets, points):
    for key in datasets:
        share = POINTS_PER_PRESET // len(datasets)
        for point in islice(points(preset, KNOWN[key]), share):
            architecture = point.architecture
            model = build_model(architecture).eval()
            with torch.inference_mode():
                logits = model(_pixels(architecture.input))

            assert logits.shape == (1, architecture.classes)
            assert torch.isfinite(logits).all()
            trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
            assert trainable == architecture_cost(architecture).params


@pytest.mark.parametrize("dataset", [KNOWN["imagenette"], LARGE, ODD], ids=lambda info: info.key)
@pytest.mark.parametrize("preset", ["tiny", "mobile"])
def test_images_of_other_sizes_fit_the_analytic_cost_too(preset, dataset, points):
    for point in islice(points(preset, dataset), 4):
        model = build_model(point.architecture).eval()
        with torch.inference_mode():
            assert model(_pixels(dataset.image)).shape == (1, dataset.classes)
        trainable = sum(p.numel() for p in model.parameters())
        assert trainable == architecture_cost(point.architecture).params


def test_macs_are_those_that_the_convolutions_and_dense_layers_do(points):
    for point in islice(points("small", KNOWN["cifar10"]), 10):
        architecture = point.architecture
        assert _counted_macs(architecture) == architecture_cost(architecture).macs


def _counted_macs(architecture) -> int:
    """Multiply-accumulates of the matrix products that torch itself reports having run."""
    model = build_model(architecture).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(_pixels(architecture.input))
    return counter.get_total_flops() // 2


def test_every_parameter_learns(architecture):
    for kind in HeadKind:
        ranks = (8, 2, 2) if kind is HeadKind.TCL else None
        model = build_model(architecture.with_head(kind, ranks))
        torch.nn.functional.cross_entropy(
            model(_pixels(architecture.input, 16)), torch.arange(16) % 10
        ).backward()
        idle = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
        assert idle == []


def test_weights_are_a_function_of_the_seed_alone(architecture):
    torch.manual_seed(1)
    global_state = torch.random.get_rng_state()
    first = build_model(architecture, seed=5).state_dict()
    assert torch.equal(torch.random.get_rng_state(), global_state)
    torch.manual_seed(2)
    second = build_model(architecture, seed=5).state_dict()
    other = build_model(architecture, seed=6).state_dict()

    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["stem.conv.weight"], other["stem.conv.weight"])
    assert not torch.equal(first["head.classifier.weight"], other["head.classifier.weight"])
    assert not torch.equal(first["head.reduction.channels"], other["head.reduction.channels"])
