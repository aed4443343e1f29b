import pytest
import torch

from workers.training.augmentation import Augmentation, augmentation_for


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _numbered(height: int, width: int, images: int = 64) -> torch.Tensor:
    """Images whose pixels tell where they were."""
    pixels = torch.arange(height * width, dtype=torch.uint8).view(1, 1, height, width)
    return pixels.expand(images, 2, height, width)


def test_every_shift_and_mirror_is_a_crop_of_the_padded_image():
    images = _numbered(7, 9)
    padded = torch.nn.functional.pad(images[:1].float(), (2, 2, 2, 2), mode="reflect")
    crops = {
        tuple(crop.flatten().tolist())
        for y in range(5)
        for x in range(5)
        for view in [padded[0, 0, y : y + 7, x : x + 9]]
        for crop in (view, view.flip(1))
    }

    out = Augmentation(shift=2, flip=True, reflect=True)(images, _generator())

    assert out.shape == images.shape
    assert out.dtype == torch.uint8
    seen = {tuple(image[0].flatten().tolist()) for image in out}
    assert seen <= crops
    assert len(seen) > 20
    assert torch.equal(out[:, 0], out[:, 1])


def test_about_half_of_the_images_are_mirrored():
    images = _numbered(5, 6, images=1000)

    out = Augmentation(shift=0, flip=True, reflect=True)(images, _generator())

    mirrored = (out == images.flip(3)).flatten(1).all(1)
    straight = (out == images).flatten(1).all(1)
    assert (mirrored ^ straight).all()
    assert 400 < mirrored.sum() < 600


def test_without_reflection_the_border_is_repeated():
    images = _numbered(4, 4)
    padded = torch.nn.functional.pad(images[:1].float(), (1, 1, 1, 1), mode="replicate")
    crops = {
        tuple(padded[0, 0, y : y + 4, x : x + 4].flatten().tolist())
        for y in range(3)
        for x in range(3)
    }

    out = Augmentation(shift=1, flip=False, reflect=False)(images, _generator())

    assert {tuple(image[0].flatten().tolist()) for image in out} == crops


def test_images_are_changed_alike_for_alike_seeds():
    augment = Augmentation(shift=2, flip=True, reflect=True)
    images = _numbered(8, 8)

    assert torch.equal(augment(images, _generator(3)), augment(images, _generator(3)))
    assert not torch.equal(augment(images, _generator(3)), augment(images, _generator(4)))


def test_chosen_images_are_changed_as_if_there_were_no_others():
    augment = Augmentation(shift=2, flip=True, reflect=True)
    images = torch.randint(0, 256, (20, 9, 8, 3), generator=_generator(), dtype=torch.uint8)
    images = images.permute(0, 3, 1, 2)
    chosen = torch.tensor([7, 3, 3, 19])

    assert torch.equal(
        augment(images, _generator(1), chosen), augment(images[chosen], _generator(1))
    )


@pytest.mark.parametrize(
    ("key", "shape", "expected"),
    [
        ("digits", (1, 8, 8), Augmentation(shift=0, flip=False, reflect=False)),
        ("mnist", (1, 28, 28), Augmentation(shift=2, flip=False, reflect=False)),
        ("fashion-mnist", (1, 28, 28), Augmentation(shift=2, flip=True, reflect=False)),
        ("cifar10", (3, 32, 32), Augmentation(shift=4, flip=True, reflect=True)),
        ("folder-scans", (1, 28, 28), Augmentation(shift=2, flip=False, reflect=False)),
    ],
)
def test_glyphs_are_never_mirrored(key, shape, expected):
    assert augmentation_for(key, torch.zeros(1, *shape)) == expected


@pytest.mark.parametrize("side", [1, 2, 3])
def test_images_of_a_few_pixels_survive(side):
    images = torch.zeros(4, 3, side, side, dtype=torch.uint8)

    assert augmentation_for("cifar10", images)(images, _generator()).shape == images.shape
