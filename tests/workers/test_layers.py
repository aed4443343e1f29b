import numpy as np
import pytest
import tensorly
import torch
from tensorly.tenalg import multi_mode_dot

from searchspace.architecture import Shape
from workers.networks.layers import MBConv, Normalize, Residual, SqueezeExcite, TensorContraction

RANDOM_CASES = 40


def _cases() -> list[tuple[Shape, tuple[int, int, int]]]:
    """Random feature maps with random ranks; then ranks of one and full ranks."""
    random = np.random.default_rng(7)
    cases = []
    for _ in range(RANDOM_CASES):
        sizes = random.integers(1, [40, 9, 9], endpoint=True)
        ranks = random.integers(1, sizes, endpoint=True)
        cases.append((sizes, ranks))
        cases.append((sizes, np.ones(3, dtype=int)))
        cases.append((sizes, sizes))
    return [
        (Shape(channels=c, height=h, width=w), (r1, r2, r3))
        for (c, h, w), (r1, r2, r3) in ((s.tolist(), r.tolist()) for s, r in cases)
    ]


@pytest.fixture
def _torch_backend():
    with tensorly.backend_context("pytorch"):
        yield


@pytest.mark.usefixtures("_torch_backend")
def test_contraction_and_its_gradients_equal_tensorly():
    generator = torch.Generator().manual_seed(0)
    for shape, ranks in _cases():
        layer = TensorContraction(shape, ranks).double()
        size = (3, shape.channels, shape.height, shape.width)
        x = torch.randn(size, dtype=torch.float64, generator=generator, requires_grad=True)
        factors = [layer.channels, layer.height, layer.width]

        ours = layer(x)
        oracle = multi_mode_dot(x, factors, modes=[1, 2, 3])
        weight = torch.randn(ours.shape, dtype=torch.float64, generator=generator)
        gradients = torch.autograd.grad((ours * weight).sum(), [x, *factors])
        expected = torch.autograd.grad((oracle * weight).sum(), [x, *factors])

        assert ours.shape == (3, *ranks)
        torch.testing.assert_close(ours, oracle, rtol=1e-10, atol=1e-10)
        for found, wanted in zip(gradients, expected, strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("ranks", [(5, 1, 1), (1, 4, 1), (1, 1, 3)])
def test_contraction_has_no_ranks_beyond_its_modes(ranks):
    with pytest.raises(ValueError, match="exceed the feature map"):
        TensorContraction(Shape(channels=4, height=3, width=2), ranks)


@pytest.mark.usefixtures("_torch_backend")
@pytest.mark.parametrize("images", [0, 1, 2])
def test_contraction_takes_any_number_of_images_however_they_lie(images):
    layer = TensorContraction(Shape(channels=4, height=3, width=6), (2, 3, 5)).double()
    generator = torch.Generator().manual_seed(1)
    plain = torch.randn(images, 4, 3, 6, dtype=torch.float64, generator=generator)
    scattered = plain.permute(3, 0, 2, 1).contiguous().permute(1, 3, 2, 0)
    factors = [layer.channels, layer.height, layer.width]
    expected = multi_mode_dot(plain, factors, modes=[1, 2, 3])
    for x in (plain, plain.contiguous(memory_format=torch.channels_last), scattered):
        torch.testing.assert_close(layer(x), expected, rtol=1e-10, atol=1e-10)


def test_contraction_starts_with_orthonormal_channels_and_ordered_cosines():
    layer = TensorContraction(Shape(channels=24, height=8, width=5), (6, 8, 3))

    torch.testing.assert_close(layer.channels @ layer.channels.T, torch.eye(6))
    for factor, size in ((layer.height, 8), (layer.width, 5)):
        torch.testing.assert_close(factor[0], torch.full((size,), 1 / size))
        gram = (factor @ factor.T).detach()
        torch.testing.assert_close(gram, torch.eye(len(factor)) / size)
        sign_changes = (factor.sign().diff(dim=1) != 0).sum(dim=1)
        assert sign_changes.tolist() == list(range(len(factor)))


def test_contraction_with_spatial_ranks_of_one_starts_as_average_pooling():
    layer = TensorContraction(Shape(channels=6, height=7, width=4), (6, 1, 1))
    x = torch.randn(2, 6, 7, 4)

    pooled = torch.einsum("rc,nc->nr", layer.channels, x.mean((2, 3)))

    torch.testing.assert_close(layer(x).flatten(1), pooled)


def test_normalize_has_no_parameters_and_standardises_each_channel():
    layer = Normalize(2)
    layer.fit((0.5, 0.25), (0.5, 0.125))

    out = layer(torch.tensor([0.0, 1.0]).view(1, 2, 1, 1))

    assert out.flatten().tolist() == [-1.0, 6.0]
    assert not list(layer.parameters())
    assert set(layer.state_dict()) == {"mean", "std"}


def test_squeeze_excite_scales_each_channel_by_one_number_between_0_and_1():
    x = torch.rand(3, 8, 5, 5) + 0.1

    ratio = SqueezeExcite(8)(x) / x

    torch.testing.assert_close(ratio, ratio[:, :, :1, :1].expand_as(ratio))
    assert ((ratio >= 0) & (ratio <= 1)).all()


SAME = Shape(channels=8, height=6, width=6)
WIDER = Shape(channels=12, height=6, width=6)
SMALLER = Shape(channels=8, height=3, width=3)


@pytest.mark.parametrize(("leaving", "stride"), [(SAME, 1), (WIDER, 1), (SMALLER, 2)])
@pytest.mark.parametrize("gate", [False, True])
def test_residual_adds_its_input_projected_where_the_shape_changes(leaving, stride, gate):
    block = Residual(SAME, leaving, stride=stride, squeeze_excite=gate).eval()
    x = torch.randn(2, 8, 6, 6)

    inner = block.second(block.first(x))
    inner = block.squeeze_excite(inner) if gate else inner
    skip = x if leaving == SAME else block.skip.norm(block.skip.conv(x))

    torch.testing.assert_close(block(x), torch.relu(inner + skip))
    assert block(x).shape[1:] == (leaving.channels, leaving.height, leaving.width)


@pytest.mark.parametrize(("leaving", "stride"), [(SAME, 1), (WIDER, 1), (SMALLER, 2)])
@pytest.mark.parametrize(("expansion", "gate"), [(1, False), (4, True)])
@pytest.mark.parametrize("kernel", [3, 5])
def test_mbconv_adds_its_input_exactly_when_the_shape_stays(
    leaving, stride, expansion, gate, kernel
):
    block = MBConv(
        SAME, leaving, stride=stride, kernel=kernel, expansion=expansion, squeeze_excite=gate
    ).eval()
    torch.nn.init.constant_(block.depthwise.norm.weight, 100)
    x = torch.randn(2, 8, 6, 6)

    y = block.expand(x) if expansion > 1 else x
    y = block.depthwise(y)
    assert y.max() == 6
    y = block.squeeze_excite(y) if gate else y
    y = block.project(y)

    torch.testing.assert_close(block(x), y + x if leaving == SAME else y)


def test_a_stride_that_changes_nothing_keeps_the_plain_skip():
    pixel = Shape(channels=4, height=1, width=1)

    block = Residual(pixel, pixel.strided(4, 2), stride=2, squeeze_excite=False)

    assert isinstance(block.skip, torch.nn.Identity)
