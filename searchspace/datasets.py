"""The shape of each data set: all that the space needs to know of one."""

from typing import Annotated

from pydantic import Field

from searchspace.architecture import Frozen, Shape

Images = Annotated[int, Field(strict=True, ge=1)]


class DatasetInfo(Frozen):
    """A data set's images as a model sees them, and how many there are.

    key: `DatasetSpec.key`, the name under which a machine keeps it.
    """

    key: str
    image: Shape
    classes: Annotated[int, Field(strict=True, ge=2)]
    train_images: Images
    test_images: Images

    def resized(self, side: int | None) -> "DatasetInfo":
        """The set with its images brought to squares of `side` pixels; itself without a side."""
        if side is None:
            return self
        image = Shape(channels=self.image.channels, height=side, width=side)
        return self.model_copy(update={"image": image})


def _square(channels: int, side: int) -> Shape:
    return Shape(channels=channels, height=side, width=side)


def _info(key: str, image: Shape, classes: int, train: int, test: int) -> DatasetInfo:
    return DatasetInfo(key=key, image=image, classes=classes, train_images=train, test_images=test)


KNOWN = {
    info.key: info
    for info in (
        _info("digits", _square(1, 8), 10, 1437, 360),
        _info("mnist", _square(1, 28), 10, 4000, 1000),
        _info("fashion-mnist", _square(1, 28), 10, 60_000, 10_000),
        _info("cifar10", _square(3, 32), 10, 50_000, 10_000),
        _info("cifar100", _square(3, 32), 100, 50_000, 10_000),
        _info("imagenette", _square(3, 128), 10, 9469, 3925),
    )
}
"""The built-in sets by key. Imagenette's images are of many sizes; 128 is the side they get."""

BUNDLED = frozenset({"digits"})
"""Sets that come with an installed library and are there without being fetched."""
