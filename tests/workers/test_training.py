from dataclasses import replace

import pytest
import torch

from searchspace.space import Hyperparameters
from workers.models.checkpoint import decode_training, encode_training
from workers.networks.model import build_model
from workers.training.data import Split
from workers.training.divergence import NonFiniteLoss
from workers.training.loop import (
    EpochReport,
    Training,
    evaluate,
    one_cycle,
)

USUAL = Hyperparameters(learning_rate=0.01, weight_decay=0.01, label_smoothing=0.05, batch_size=32)


@pytest.fixture
def few(digits) -> Split:
    """A part of digits that trains in a blink."""
    return replace(
        digits,
        train_images=digits.train_images[:200],
        train_labels=digits.train_labels[:200],
    )


def _training(architecture, split, *, epochs=3, seed=0, **given) -> Training:
    hyperparameters = replace(USUAL, **given)
    return Training(build_model(architecture, seed=seed), split, hyperparameters, epochs, seed)


def _scores(reports: list[EpochReport]) -> list[tuple[int, float, float]]:
    return [(r.training_epoch, r.accuracy, r.loss) for r in reports]


def _same_weights(a: Training, b: Training) -> bool:
    ours, theirs = a.model.state_dict(), b.model.state_dict()
    return all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_digits_are_learned_in_a_few_epochs(architecture, digits):
    training = _training(architecture, digits, epochs=5)

    reports = [training.run_epoch() for _ in range(5)]

    assert reports[-1].accuracy > 0.9
    assert reports[-1].loss < reports[0].loss
    assert [r.training_epoch for r in reports] == [1, 2, 3, 4, 5]
    assert all(r.seconds > 0 for r in reports)


def test_equal_arguments_give_equal_bits(architecture, few):
    first, second = (_training(architecture, few) for _ in range(2))
    torch.manual_seed(1)
    ours = [first.run_epoch() for _ in range(2)]
    torch.manual_seed(2)
    theirs = [second.run_epoch() for _ in range(2)]

    assert _scores(ours) == _scores(theirs)
    assert _same_weights(first, second)


def test_another_seed_gives_another_model(architecture, few):
    first, second = _training(architecture, few), _training(architecture, few, seed=1)
    first.model.load_state_dict(second.model.state_dict())
    first.run_epoch()
    second.run_epoch()

    assert not _same_weights(first, second)


@pytest.mark.parametrize("interrupted_after", [0, 1, 2])
def test_a_resumed_training_equals_the_unbroken_one_to_the_bit(
    architecture, few, interrupted_after
):
    # Colour images, so that every part of the augmentation draws from the generator too.
    colour = replace(
        few,
        key="cifar10",
        train_images=few.train_images.repeat(1, 3, 1, 1),
        validation_images=few.validation_images.repeat(1, 3, 1, 1),
        mean=few.mean * 3,
        std=few.std * 3,
    )
    architecture = architecture.model_copy(
        update={"input": architecture.input.model_copy(update={"channels": 3})}
    )
    unbroken = _training(architecture, colour)
    expected = [unbroken.run_epoch() for _ in range(3)]

    broken = _training(architecture, colour)
    reports = [broken.run_epoch() for _ in range(interrupted_after)]
    data = encode_training(broken.state())
    resumed = _training(architecture, colour)
    resumed.restore(decode_training(data))
    assert resumed.training_epoch == interrupted_after
    reports += [resumed.run_epoch() for _ in range(3 - interrupted_after)]

    assert _scores(reports) == _scores(expected)
    assert _same_weights(resumed, unbroken)
    assert encode_training(resumed.state()) == encode_training(unbroken.state())


def test_a_state_is_a_copy(architecture, few):
    training = _training(architecture, few)
    training.run_epoch()
    state = training.state()
    before = encode_training(state)
    training.run_epoch()

    assert encode_training(state) == before


def test_the_state_of_another_model_is_refused_and_changes_nothing(architecture, few):
    other = _training(architecture.with_head("gap"), few)
    other.run_epoch()
    training = _training(architecture, few)
    before = encode_training(training.state())

    with pytest.raises(ValueError, match="another model"):
        training.restore(other.state())

    assert encode_training(training.state()) == before


WEIGHT = "optimizer.head.classifier.weight"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"spare": torch.zeros(1)},
        {"optimizer.nobody.step": torch.zeros(())},
        {f"{WEIGHT}.exp_avg": torch.zeros(10, 1)},
        {f"{WEIGHT}.exp_avg": torch.zeros(1)},
        {"generator": torch.zeros(3, dtype=torch.uint8)},
        {"generator": None},
        {"model.head.classifier.bias": torch.zeros(11)},
        {"model.spare": torch.zeros(1)},
    ],
    ids=str,
)
def test_a_state_that_was_tampered_with_is_refused_and_changes_nothing(architecture, few, spoilt):
    training = _training(architecture, few)
    training.run_epoch()
    state = training.state()
    before = encode_training(state)
    tensors = {n: t for n, t in (state.tensors | spoilt).items() if t is not None}

    with pytest.raises(ValueError, match="another model"):
        training.restore(replace(state, tensors=tensors))

    assert encode_training(training.state()) == before


def test_a_loss_that_is_not_finite_ends_the_training(architecture, few):
    training = _training(architecture, few)
    with torch.no_grad():
        training.model.head.classifier.weight[0, 0] = float("nan")

    with pytest.raises(NonFiniteLoss, match="training loss is nan at step 0"):
        training.run_epoch()


def test_an_evaluation_that_is_not_finite_is_no_evaluation(architecture, few):
    model = build_model(architecture)
    model.norm.running_var.fill_(float("nan"))

    with pytest.raises(NonFiniteLoss, match="validation"):
        evaluate(model, few.validation_images, few.validation_labels)


def test_evaluation_scores_every_image_and_changes_nothing(architecture, digits):
    model = build_model(architecture)
    before = {name: t.clone() for name, t in model.state_dict().items()}
    images, labels = digits.train_images[:1000], digits.train_labels[:1000]

    found = evaluate(model, images, labels)

    with torch.inference_mode():
        logits = model(images.float() / 255)
    assert found.accuracy == (logits.argmax(1) == labels).double().mean().item()
    loss = torch.nn.functional.cross_entropy(logits, labels).item()
    assert found.loss == pytest.approx(loss, rel=1e-5)
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())


def test_the_model_takes_over_the_moments_of_the_train_images(architecture, few):
    training = _training(architecture, few)

    assert training.model.normalize.mean.tolist() == pytest.approx(few.mean)
    assert training.model.normalize.std.tolist() == pytest.approx(few.std)


def test_weight_decay_spares_biases_and_norms(architecture, few):
    training = _training(architecture, few, learning_rate=1e-7, weight_decay=1.0)
    decayed, spared = training._optimizer.param_groups

    assert decayed["weight_decay"] == 1.0
    assert spared["weight_decay"] == 0.0
    names = {id(p): name for name, p in training.model.named_parameters()}
    assert {names[id(p)] for p in spared["params"]} == {
        name for name in names.values() if "norm" in name or name.endswith("bias")
    }


def test_the_rate_follows_the_cycle_through_all_training_epochs(architecture, few):
    training = _training(architecture, few, epochs=4, learning_rate=0.01)
    rates = []
    for _ in range(4):
        training.run_epoch()
        rates += [group["lr"] for group in training._optimizer.param_groups]

    steps = 200 // 32
    last = [0.01 * one_cycle((epoch * steps - 1) / (4 * steps)) for epoch in (1, 2, 3, 4)]
    assert rates == pytest.approx([rate for rate in last for _ in range(2)])


def test_a_batch_larger_than_the_train_part_is_cut_to_it(architecture, few):
    training = _training(architecture, few, batch_size=4096)

    assert training.run_epoch().training_epoch == 1


def test_the_rate_rises_to_its_peak_and_falls_to_nothing():
    rates = [one_cycle(step / 100) for step in range(101)]
    peak = rates.index(max(rates))

    assert max(rates) == pytest.approx(1.0)
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[0] > 0
    assert rates[-1] == pytest.approx(0.0)
