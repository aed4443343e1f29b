"""A trained network's dense head replaced by TCLs: which ranks there are, and the space of a job
that tries them.

The dense layer over a feature map (C, H, W) is a tensor W of shape (K, C, H, W). Where the network
pools first, all of its places weigh alike: W has rank 1 along height and width, and only the rank
over channels is to be chosen.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import product

from searchspace import baseline_layers
from searchspace.architecture import Architecture, Head, HeadKind, Ranks, Shape
from searchspace.baselines import AnyArchitecture
from searchspace.cost import Cost, architecture_cost, head_cost
from searchspace.datasets import DatasetInfo
from searchspace.dimensions import Choice, Dimension, Ordinal
from searchspace.ranks import derived
from searchspace.space import MODES, Parameters, Point, Space, training_dimensions
from searchspace.spec import JobSpec

RANKS = "head.ranks"
"""The parameter that names a triple, as `16x2x2`."""


def head_input(architecture: AnyArchitecture) -> tuple[Shape, int]:
    """The feature map that a network's head reads, and how many numbers its dense layer gives."""
    if isinstance(architecture, Architecture):
        return architecture.feature_map, architecture.classes
    return baseline_layers.feature_map(architecture), baseline_layers.outputs(architecture)


def dense_head(architecture: AnyArchitecture) -> HeadKind | None:
    """`gap` or `flatten` of a network that has a dense head; None of one that has not."""
    if isinstance(architecture, Architecture):
        kind = architecture.head.kind
        return None if kind is HeadKind.TCL else kind
    own = architecture.head is None and architecture.name.dense_headed
    return HeadKind.GAP if own else None


def full_ranks(architecture: AnyArchitecture) -> Ranks:
    """The least ranks at which a TCL can always give what the network's dense head gives.

    Along a mode of size n, the unfolding of W has n rows and as many columns as all other modes,
    the outputs among them, have entries together: its rank is no more than either.
    """
    (c, h, w), outputs = _sizes(architecture)
    if dense_head(architecture) is HeadKind.GAP:
        return min(c, outputs), 1, 1
    return min(c, outputs * h * w), min(h, outputs * c * w), min(w, outputs * c * h)


def automatic_ranks(architecture: AnyArchitecture) -> tuple[Ranks, ...]:
    """Powers of two along each mode, and its full rank: of all triples those that make the head
    smaller, or the smallest of them where none does."""
    channels, height, width = map(derived, full_ranks(architecture))
    triples = in_order(architecture, product(channels, height, width))
    dense = _head_params(architecture, None)
    smaller = tuple(each for each in triples if _head_params(architecture, each) < dense)
    return smaller or triples[:1]


def in_order(architecture: AnyArchitecture, triples: Iterable[Ranks]) -> tuple[Ranks, ...]:
    """Triples of ranks, ascending by the number of their head's parameters."""
    return tuple(sorted(triples, key=lambda each: (_head_params(architecture, each), each)))


def rank_faults(
    architecture: AnyArchitecture, triples: Iterable[Ranks]
) -> Iterator[tuple[int, int, str]]:
    """Ranks beyond the full ones: the triple's place, the rank's place in it, and what is wrong."""
    for place, triple in enumerate(triples):
        found = zip(MODES, triple, full_ranks(architecture), strict=True)
        for mode, (name, rank, most) in enumerate(found):
            if rank > most:
                yield place, mode, f"rank {rank} over {name}; the head has no more than {most}"


class CompressionSpace(Space):
    """The triples of ranks that a compression tries, and how they are fine-tuned."""

    def __init__(self, spec: JobSpec, dataset: DatasetInfo) -> None:
        assert spec.compress is not None
        self.spec = spec.space
        self.dataset = dataset
        self._dense = spec.compress.dense
        self._triples = {_text(triple): triple for triple in spec.compress.ranks}

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        found: list[Dimension] = [
            Choice("head.kind", (HeadKind.TCL.value,)),
            Ordinal(RANKS, tuple(self._triples)),
            *training_dimensions(self.spec.training),
        ]
        return {dimension.name: dimension for dimension in found}

    @property
    def costs(self) -> list[Cost]:
        """What the network costs at each triple."""
        return [architecture_cost(self._compressed(ranks)) for ranks in self._triples.values()]

    def decode(self, parameters: Parameters) -> Point:
        ranks = self._triples[str(parameters[RANKS])]
        return Point(self._compressed(ranks), self.hyperparameters(parameters))

    def _compressed(self, ranks: Ranks) -> AnyArchitecture:
        return self._dense.with_head(HeadKind.TCL, ranks)


def space_of(spec: JobSpec, dataset: DatasetInfo) -> Space:
    """The space of any job."""
    return Space(spec, dataset) if spec.compress is None else CompressionSpace(spec, dataset)


def _sizes(architecture: AnyArchitecture) -> tuple[tuple[int, int, int], int]:
    feature_map, outputs = head_input(architecture)
    return (feature_map.channels, feature_map.height, feature_map.width), outputs


def _head_params(architecture: AnyArchitecture, ranks: Ranks | None) -> int:
    """Of a TCL of these ranks and what follows it; of the dense head itself without any."""
    kind = dense_head(architecture) or HeadKind.GAP
    head = Head(kind=kind) if ranks is None else Head(kind=HeadKind.TCL, ranks=ranks)
    return head_cost(head, *head_input(architecture)).params


def _text(ranks: Ranks) -> str:
    return "x".join(map(str, ranks))
