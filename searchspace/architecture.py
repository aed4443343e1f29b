"""One frozen point of the space: what is built, counted, measured and delivered.

Shapes are C x H x W throughout; ranks are (r1, r2, r3) over channels, height, width.
"""

import hashlib
import json
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from searchspace.errors import InvalidDocument

Size = Annotated[int, Field(strict=True, ge=1, le=65536)]
Width = Annotated[int, Field(strict=True, ge=1, le=8192)]
"""Channels of stem or stage: six times as many, the most an MBConv expands to, are a Size."""

Classes = Annotated[int, Field(strict=True, ge=2, le=100_000)]

Ranks = tuple[Size, Size, Size]


def _whole(value: object) -> object:
    # A literal type takes `true` and `1.0` for 1.
    if type(value) is not int:
        raise ValueError("must be a whole number")
    return value


Whole = BeforeValidator(_whole)
Kernel = Annotated[Literal[3, 5], Whole]
Expansion = Annotated[Literal[1, 2, 4, 6], Whole]


class BlockKind(StrEnum):
    RESIDUAL = "residual"
    """Two k x k convolutions and a skip (He et al. 2015)."""
    MBCONV = "mbconv"
    """Inverted residual: expand, depthwise k x k, project (Sandler et al. 2018)."""


class HeadKind(StrEnum):
    GAP = "gap"
    """Global average pooling, then a dense layer."""
    FLATTEN = "flatten"
    """The whole feature map into a dense layer."""
    TCL = "tcl"
    """Tensor contraction layer (Kossaifi et al. 2017), then a dense layer."""


class Frozen(BaseModel):
    """A document or a part of one: fixed once read, with no field that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def parse(cls, document: object) -> Self:
        """Check a document's form.

        Raises:
            InvalidDocument: with a pointer to every faulty field.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise InvalidDocument.from_validation(error) from None


class Digested(Frozen):
    """A document that is known by its hash."""

    def canonical_json(self) -> str:
        """The one text of this document: sorted keys, no spaces, every field present."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in lower-case hex: equal documents, equal digests."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


class Shape(Frozen):
    """Channels, height and width of an image or feature map."""

    channels: Size
    height: Size
    width: Size

    def strided(self, channels: int, stride: int) -> "Shape":
        """The shape after a same-padded convolution of odd kernel."""
        return Shape(
            channels=channels,
            height=-(-self.height // stride),
            width=-(-self.width // stride),
        )

    @property
    def size(self) -> int:
        return self.channels * self.height * self.width


class Stem(Frozen):
    """The first convolution, with batch norm and ReLU."""

    width: Width
    kernel: Annotated[Literal[3, 7], Whole] = 3
    stride: Annotated[Literal[1, 2, 4], Whole] = 1


class Stage(Frozen):
    """`depth` equal blocks; the first one carries the stride and the change of width."""

    block: BlockKind
    depth: Size
    width: Width
    stride: Annotated[Literal[1, 2], Whole]
    kernel: Kernel = 3
    expansion: Expansion = 1
    squeeze_excite: bool = False

    @model_validator(mode="after")
    def _residual_has_one_form(self) -> Self:
        if self.block is BlockKind.RESIDUAL and (self.kernel, self.expansion) != (3, 1):
            raise ValueError("a residual block has kernel 3 and expansion 1")
        return self


class Head(Frozen):
    """The classifier over the last feature map. `ranks` belong to the TCL head alone."""

    kind: HeadKind
    ranks: Ranks | None = None

    @model_validator(mode="after")
    def _ranks_iff_tcl(self) -> Self:
        if (self.kind is HeadKind.TCL) != (self.ranks is not None):
            raise ValueError("ranks are given exactly when the head is a TCL")
        return self


class Architecture(Digested):
    """A whole model, without its weights and without training hyperparameters."""

    version: Annotated[Literal[1], Whole] = 1
    input: Shape
    classes: Classes
    stem: Stem
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=8)]
    head: Head

    @model_validator(mode="after")
    def _ranks_fit(self) -> Self:
        if self.head.ranks is not None:
            feature_map = self.feature_map
            fits = (feature_map.channels, feature_map.height, feature_map.width)
            if any(rank > size for rank, size in zip(self.head.ranks, fits, strict=True)):
                raise ValueError(f"ranks {self.head.ranks} exceed the feature map {fits}")
        return self

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Output shape of the stem and of every stage, in order."""
        shape = self.input.strided(self.stem.width, self.stem.stride)
        shapes = [shape]
        for stage in self.stages:
            shape = shape.strided(stage.width, stage.stride)
            shapes.append(shape)
        return tuple(shapes)

    @property
    def feature_map(self) -> Shape:
        """What the head sees."""
        return self.shapes[-1]

    def with_head(self, kind: HeadKind, ranks: tuple[int, int, int] | None = None) -> Self:
        """The same backbone under another head."""
        return self.model_copy(update={"head": Head(kind=kind, ranks=ranks)})
