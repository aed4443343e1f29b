"""TCL heads trained for many ranks at once: one training, one model for each triple of a grid.

Ranks are ordered prefixes: the head of ranks (r1, r2, r3) has the first r1, r2 and r3 rows of the
contraction's factors and the matching part of the classifier (cf. slimmable networks, Yu et al.
2019). Each step trains the largest, the smallest and a few other triples (the sandwich rule of Yu &
Huang 2019); the smaller ones learn from the largest's predictions. The backbone runs once, and so
does the contraction, whose results for smaller ranks are a part of those for larger ones. Nothing
behind the contraction keeps running statistics, so none have to be fitted anew for other ranks.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from searchspace.architecture import Architecture, HeadKind, Ranks
from searchspace.ranks import RankGrid
from workers.networks.model import Model, PixelModel, build_head, build_model
from workers.training.loop import Evaluation, Score, evaluation_batches

FACTORS = ("reduction.channels", "reduction.height", "reduction.width")
WEIGHT = "classifier.weight"

SAMPLED = 4
"""Triples of a step besides the largest and the smallest: one alone would reach each of a hundred too
seldom, and a few more cost hardly anything."""

STUDENTS_WEIGHT = 2.0
"""What the losses of all smaller triples weigh together; the largest's weighs 1."""


class SandwichLoss:
    """The loss of a model whose head has the grid's largest ranks (`workers.training.loop.Loss`).

    Cross-entropy of the largest, plus that of smaller ones against the largest's predictions,
    which take no gradient from it (in-place distillation).
    """

    def __init__(self, grid: RankGrid) -> None:
        ends = (grid.largest, grid.smallest)
        self._between = [ranks for ranks in grid.triples() if ranks not in ends]
        self._smallest = [grid.smallest] if grid.smallest != grid.largest else []

    def __call__(
        self,
        model: PixelModel,
        images: Tensor,
        labels: Tensor,
        label_smoothing: float,
        generator: torch.Generator,
    ) -> Tensor:
        assert isinstance(model, Model)
        head = model.head
        core: Tensor = head.get_submodule("reduction")(model.features(images))
        logits: Tensor = head.get_submodule("classifier")(core.flatten(1))
        loss = functional.cross_entropy(logits, labels, label_smoothing=label_smoothing)
        students = self._smallest + self._sampled(generator)
        if not students:
            return loss
        taught = logits.detach().softmax(1)
        learned = [
            functional.cross_entropy(prefix_logits(head, core, ranks), taught)
            for ranks in students
        ]
        return loss + STUDENTS_WEIGHT * torch.stack(learned).mean()

    def _sampled(self, generator: torch.Generator) -> list[Ranks]:
        if not self._between:
            return []
        order = torch.randperm(len(self._between), generator=generator)
        return [self._between[place] for place in order[:SAMPLED].tolist()]


def prefix_logits(head: nn.Sequential, core: Tensor, ranks: Ranks) -> Tensor:
    """Logits (N, classes) of a head's first ranks, from its whole contraction (N, R1, R2, R3)."""
    classifier = head.get_submodule("classifier")
    assert isinstance(classifier, nn.Linear)
    r1, r2, r3 = ranks
    weight = _classifier_part(classifier.weight, core.shape[1:], ranks)
    return functional.linear(core[:, :r1, :r2, :r3].flatten(1), weight, classifier.bias)


def sliced(model: Model, architecture: Architecture, ranks: Ranks) -> tuple[Model, Architecture]:
    """A model of its own, with the first ranks of this one's head and nothing of the others.

    architecture: the model's own; its head is a TCL of at least these ranks.
    """
    smaller = architecture.with_head(HeadKind.TCL, ranks)
    alone = build_model(smaller)
    head = _sliced_head(model.head, architecture, ranks)
    own = {f"head.{name}": tensor for name, tensor in head.state_dict().items()}
    alone.load_state_dict({**model.state_dict(), **own})
    return alone, smaller


def evaluate_ranks(
    model: Model,
    architecture: Architecture,
    triples: Iterable[Ranks],
    images: Tensor,
    labels: Tensor,
) -> dict[Ranks, Evaluation]:
    """Score the sliced model of each triple, on images uint8 (N, C, H, W) with labels (N,).

    The features are computed once. What comes out is to the last bit what `evaluate` says of each
    `sliced` model: their heads are built and run, in the same parts.

    Raises:
        NonFiniteLoss: some logits are NaN or infinite.
    """
    model.eval()
    # Built out of inference mode: there weights ask for no gradient, for which torch multiplies
    # matrices in another order.
    heads = {ranks: _sliced_head(model.head, architecture, ranks) for ranks in triples}
    scores = {ranks: Score() for ranks in heads}
    with torch.inference_mode():
        for batch, truth in evaluation_batches(images, labels):
            features = model.features(batch)
            for ranks, head in heads.items():
                scores[ranks].add(head(features), truth)
    return {ranks: score.evaluation() for ranks, score in scores.items()}


def _sliced_head(head: nn.Sequential, architecture: Architecture, ranks: Ranks) -> nn.Sequential:
    assert architecture.head.ranks is not None
    tensors = head.state_dict()
    for factor, rank in zip(FACTORS, ranks, strict=True):
        tensors[factor] = tensors[factor][:rank]
    tensors[WEIGHT] = _classifier_part(tensors[WEIGHT], architecture.head.ranks, ranks)
    smaller = architecture.with_head(HeadKind.TCL, ranks)
    # A fresh layer draws its weights, here in vain, from the global random state.
    with torch.random.fork_rng(devices=[]):
        alone = build_head(smaller.head, architecture.feature_map, architecture.classes)
    alone.load_state_dict(tensors)
    return alone.to(tensors[WEIGHT].device).eval()


def _classifier_part(weight: Tensor, whole: Sequence[int], ranks: Ranks) -> Tensor:
    """Of a classifier's weight (K, R1 R2 R3) what belongs to the first ranks (K, r1 r2 r3)."""
    r1, r2, r3 = ranks
    by_rank = weight.reshape(-1, *whole)
    return by_rank[:, :r1, :r2, :r3].flatten(1)
