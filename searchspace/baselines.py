"""The mobile networks that a search is compared to: torchvision's, fitted to small images.

They are made for images of 224 pixels, which they halve five times (SqueezeNet four times). Here
each keeps only so many of its halvings that its last feature map stays LEAST_MAP pixels wide: the
earliest ones are left out, their convolutions going on at stride 1 and their poolings going away.
Grey images enter through a first convolution of one channel. Nothing else is changed, except that
dropout and stochastic depth are off: every network of a job is trained by the job's one recipe.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from searchspace.architecture import (
    Architecture,
    Classes,
    Digested,
    Head,
    HeadKind,
    Ranks,
    Shape,
    Whole,
)
from searchspace.errors import InvalidDocument

LEAST_MAP = 4


class BaselineName(StrEnum):
    MOBILENET_V2 = "mobilenet_v2"
    """Inverted residuals (Sandler et al. 2018)."""
    MOBILENET_V2_X0_5 = "mobilenet_v2_x0_5"
    """The same with half the channels."""
    MOBILENET_V3_SMALL = "mobilenet_v3_small"
    """Found by a search, with squeeze and excite (Howard et al. 2019)."""
    SHUFFLENET_V2_X0_5 = "shufflenet_v2_x0_5"
    """Channels in two halves that are shuffled, at half the width (Ma et al. 2018)."""
    SQUEEZENET1_1 = "squeezenet1_1"
    """Fire modules and no dense layer (Iandola et al. 2016)."""
    MNASNET0_5 = "mnasnet0_5"
    """Found by a search for phones, at half the width (Tan et al. 2019)."""
    EFFICIENTNET_B0 = "efficientnet_b0"
    """The smallest of a family that scales depth, width and size together (Tan & Le 2019)."""

    @property
    def own_halvings(self) -> int:
        """How often torchvision's network halves an image."""
        return 4 if self is BaselineName.SQUEEZENET1_1 else 5

    @property
    def dense_headed(self) -> bool:
        """Whether it pools its last feature map and reads it by a dense layer. SqueezeNet averages
        the outputs of a convolution instead."""
        return self is not BaselineName.SQUEEZENET1_1


class BaselineArchitecture(Digested):
    """One of torchvision's networks, without its weights.

    halvings: how often the image is halved on the way to the last feature map.
    head: a TCL where the average pooling and the first dense layer were; None where these are.
    """

    version: Annotated[Literal[1], Whole] = 1
    kind: Literal["torchvision"] = "torchvision"
    name: BaselineName
    input: Shape
    classes: Classes
    halvings: Annotated[int, Field(strict=True, ge=0, le=5)]
    head: Head | None = None

    def with_head(self, kind: HeadKind, ranks: Ranks | None = None) -> Self:
        """The same network under another head."""
        return self.model_copy(update={"head": Head(kind=kind, ranks=ranks)})

    @model_validator(mode="after")
    def _is_of_its_network(self) -> Self:
        if self.halvings > self.name.own_halvings:
            raise ValueError(f"the network halves images {self.name.own_halvings} times")
        if self.head is not None and self.head.kind is not HeadKind.TCL:
            raise ValueError("a head that is not the network's own is a TCL")
        if self.head is not None and not self.name.dense_headed:
            raise ValueError("the network has no dense head that a TCL could stand for")
        return self

    @model_serializer(mode="wrap")
    def _own_head_unsaid(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # So the digests of what was recorded before there were other heads stay what they are.
        written: dict[str, Any] = write(self)
        if self.head is None:
            del written["head"]
        return written


AnyArchitecture = Architecture | BaselineArchitecture
"""What can be built, measured and delivered."""


def fitted(name: BaselineName, image: Shape, classes: int) -> BaselineArchitecture:
    """The network for images of one shape."""
    side = min(image.height, image.width)
    halvings = sum(-(-side // 2**times) >= LEAST_MAP for times in range(1, name.own_halvings + 1))
    return BaselineArchitecture(name=name, input=image, classes=classes, halvings=halvings)


def parse_architecture(document: object) -> AnyArchitecture:
    """The architecture of a document, whichever kind it is of.

    Raises:
        InvalidDocument: with a pointer to every faulty field.
    """
    if isinstance(document, Mapping) and "kind" in document:
        return BaselineArchitecture.parse(document)
    return Architecture.parse(document)


def read_architecture(text: str) -> AnyArchitecture:
    """The architecture of a document's JSON, as a model's checkpoint carries it.

    Raises:
        InvalidDocument: it is no JSON, or has faulty fields.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidDocument.at("", f"no JSON: {error}") from None
    return parse_architecture(document)
