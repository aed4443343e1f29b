"""The mathematics of elastic heads: what a prefix computes, learns from, and is worth alone."""

from dataclasses import replace
from itertools import pairwise

import onnxruntime
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from searchspace.architecture import Architecture, HeadKind, Ranks
from searchspace.cost import architecture_cost
from searchspace.ranks import RankGrid
from searchspace.space import Hyperparameters
from workers.models.checkpoint import decode_model, decode_training, encode_model, encode_training
from workers.networks.model import Model, build_model
from workers.networks.onnx_writer import INPUT, export_onnx
from workers.training.data import Split
from workers.training.elastic import SAMPLED, SandwichLoss, evaluate_ranks, prefix_logits, sliced
from workers.training.loop import Training, cross_entropy, evaluate

USUAL = Hyperparameters(learning_rate=0.01, weight_decay=0.01, label_smoothing=0.05, batch_size=32)
GRID = RankGrid(channels=(1, 4, 8), height=(1, 2, 4), width=(1, 2, 4))
HEAD = ("head.reduction.channels", "head.reduction.height", "head.reduction.width")


@pytest.fixture(scope="module")
def largest(architecture: Architecture) -> Architecture:
    return architecture.with_head(HeadKind.TCL, GRID.largest)


@pytest.fixture(scope="module")
def trained(largest: Architecture, digits: Split) -> Training:
    training = _training(largest, digits, epochs=4)
    for _ in range(4):
        training.run_epoch()
    return training


def _training(architecture: Architecture, split: Split, *, epochs: int = 3, **given) -> Training:
    model = build_model(architecture, seed=0)
    loss = given.pop("loss", SandwichLoss(GRID))
    return Training(model, split, replace(USUAL, **given), epochs, 0, loss=loss)


@pytest.fixture(scope="module")
def few(digits: Split) -> Split:
    return replace(
        digits, train_images=digits.train_images[:200], train_labels=digits.train_labels[:200]
    )


def _batch(architecture: Architecture, images: int = 16) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    image = architecture.input
    shape = (images, image.channels, image.height, image.width)
    labels = torch.randint(architecture.classes, (images,), generator=generator)
    return torch.rand(shape, generator=generator), labels


def _gradients(model: Model, loss: Tensor) -> dict[str, Tensor]:
    names, parameters = zip(*model.named_parameters(), strict=True)
    found = torch.autograd.grad(loss, parameters, materialize_grads=True)
    return dict(zip(names, found, strict=True))


def _core(model: Model, images: Tensor) -> Tensor:
    return model.head.reduction(model.features(images))


@pytest.mark.parametrize("ranks", list(GRID.triples()))
def test_a_prefix_computes_what_the_sliced_model_does(
    trained: Training, largest: Architecture, ranks: Ranks
) -> None:
    model = trained.model.eval()
    images, _ = _batch(largest)

    alone, architecture = sliced(model, largest, ranks)

    with torch.inference_mode():
        inside = prefix_logits(model.head, _core(model, images), ranks)
        torch.testing.assert_close(alone.eval()(images), inside, rtol=1e-4, atol=1e-5)
    assert architecture == largest.with_head(HeadKind.TCL, ranks)
    count = sum(p.numel() for p in alone.parameters())
    assert count == architecture_cost(architecture).params, "no dead weights"


def test_every_triple_scores_exactly_what_its_own_model_does(
    trained: Training, largest: Architecture
) -> None:
    found = evaluate_ranks(trained.model, largest, GRID.triples(), *trained.validation)

    assert list(found) == list(GRID.triples())
    for ranks, evaluation in found.items():
        alone, _ = sliced(trained.model, largest, ranks)
        rebuilt = decode_model(encode_model(alone, largest.with_head(HeadKind.TCL, ranks)))
        assert evaluate(rebuilt.model, *trained.validation) == evaluation
    assert found[GRID.largest] == evaluate(trained.model, *trained.validation)


def test_one_training_teaches_every_triple(trained: Training, largest: Architecture) -> None:
    found = evaluate_ranks(trained.model, largest, GRID.triples(), *trained.validation)

    assert found[GRID.largest].accuracy > 0.9
    assert found[4, 2, 2].accuracy > 0.8
    along = [found[ranks].accuracy for ranks in ((1, 1, 1), (4, 1, 1), (8, 2, 2))]
    assert all(less < more for less, more in pairwise(along))


def test_without_the_sandwich_small_triples_learn_nothing(
    largest: Architecture, digits: Split, trained: Training
) -> None:
    plain = _training(largest, digits, epochs=4, loss=cross_entropy)
    for _ in range(4):
        plain.run_epoch()

    small = [(4, 1, 1), (4, 2, 2)]
    ours = evaluate_ranks(trained.model, largest, small, *trained.validation)
    theirs = evaluate_ranks(plain.model, largest, small, *plain.validation)
    for ranks in small:
        assert ours[ranks].accuracy > theirs[ranks].accuracy + 0.1


def test_a_prefix_learns_as_the_sliced_model_would(largest: Architecture) -> None:
    ranks = (4, 2, 1)
    model = build_model(largest, seed=3).double()
    alone, _ = sliced(model, largest, ranks)
    alone.double()
    images, labels = _batch(largest)
    images = images.double()

    inside = functional.cross_entropy(
        prefix_logits(model.head, _core(model, images), ranks), labels
    )
    found = _gradients(model, inside)
    wanted = _gradients(alone, functional.cross_entropy(alone(images), labels))

    for name, rank in zip(HEAD, ranks, strict=True):
        torch.testing.assert_close(found[name][:rank], wanted[name], rtol=1e-5, atol=1e-7)
        assert not found[name][rank:].any(), "rows beyond the prefix learn nothing from it"
    classifier = found["head.classifier.weight"].unflatten(1, GRID.largest)
    inner = classifier[:, :4, :2, :1]
    torch.testing.assert_close(
        inner.flatten(1), wanted["head.classifier.weight"], rtol=1e-5, atol=1e-7
    )
    assert classifier.count_nonzero() == inner.count_nonzero()
    for name in found.keys() - {*HEAD, "head.classifier.weight"}:
        torch.testing.assert_close(found[name], wanted[name], rtol=1e-5, atol=1e-7)


def test_the_teacher_does_not_learn_from_its_students(largest: Architecture) -> None:
    grid = RankGrid(channels=(2, 8), height=(4,), width=(4,))
    model = build_model(largest, seed=3)
    images, labels = _batch(largest)
    generator = torch.Generator().manual_seed(0)

    def rows_beyond(loss: Tensor) -> Tensor:
        return _gradients(model, loss)[HEAD[0]][2:]

    together = rows_beyond(SandwichLoss(grid)(model, images, labels, 0.05, generator))
    by_itself = rows_beyond(cross_entropy(model, images, labels, 0.05, generator))
    assert by_itself.any()
    torch.testing.assert_close(together, by_itself, rtol=1e-4, atol=1e-7)


def test_each_step_trains_the_largest_the_smallest_and_a_few_between(
    largest: Architecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Ranks] = []

    def watched(head: torch.nn.Sequential, core: Tensor, ranks: Ranks) -> Tensor:
        seen.append(ranks)
        return prefix_logits(head, core, ranks)

    monkeypatch.setattr("workers.training.elastic.prefix_logits", watched)
    model, loss = build_model(largest), SandwichLoss(GRID)
    generator = torch.Generator().manual_seed(0)
    reached = set()
    for _ in range(50):
        seen.clear()
        loss(model, *_batch(largest, images=2), 0.0, generator)
        assert seen[0] == GRID.smallest
        assert len(set(seen)) == len(seen) == 1 + SAMPLED
        reached.update(seen[1:])

    ends = {GRID.smallest, GRID.largest}
    assert reached == set(GRID.triples()) - ends, "each of them sooner or later"


def test_one_triple_alone_is_trained_as_by_the_usual_loss(
    architecture: Architecture, few: Split
) -> None:
    ranks = architecture.head.ranks
    assert ranks is not None
    alone = RankGrid.around([ranks])
    elastic = _training(architecture, few, loss=SandwichLoss(alone))
    usual = _training(architecture, few, loss=cross_entropy)

    ours, theirs = elastic.run_epoch(), usual.run_epoch()

    assert (ours.accuracy, ours.loss) == (theirs.accuracy, theirs.loss)
    assert encode_training(elastic.state()) == encode_training(usual.state())


@pytest.mark.parametrize("interrupted_after", [1, 2])
def test_a_resumed_elastic_training_equals_the_unbroken_one_to_the_bit(
    largest: Architecture, few: Split, interrupted_after: int
) -> None:
    unbroken = _training(largest, few)
    for _ in range(3):
        unbroken.run_epoch()

    broken = _training(largest, few)
    for _ in range(interrupted_after):
        broken.run_epoch()
    resumed = _training(largest, few)
    resumed.restore(decode_training(encode_training(broken.state())))
    for _ in range(3 - interrupted_after):
        resumed.run_epoch()

    assert encode_training(resumed.state()) == encode_training(unbroken.state())


def test_slicing_neither_reads_nor_advances_the_random_state(
    trained: Training, largest: Architecture
) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    ours = encode_model(*sliced(trained.model, largest, (4, 2, 1)))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert encode_model(*sliced(trained.model, largest, (4, 2, 1))) == ours


def test_a_sliced_model_exports_to_onnx(trained: Training, largest: Architecture) -> None:
    alone, architecture = sliced(trained.model, largest, (4, 2, 1))
    images, _ = _batch(largest)

    session = onnxruntime.InferenceSession(
        export_onnx(alone.eval(), architecture), providers=["CPUExecutionProvider"]
    )

    (logits,) = session.run(None, {INPUT: images.numpy()})
    with torch.inference_mode():
        torch.testing.assert_close(torch.from_numpy(logits), alone(images), rtol=1e-3, atol=1e-4)
