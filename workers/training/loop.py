"""Training of one model: a linear loop over in-memory tensors, without Ray.

Given model, split, hyperparameters and seed, the result is the same to the last bit (on CPU, at a
fixed number of threads), whether or not it was interrupted between training epochs.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from searchspace.space import Hyperparameters
from workers.networks.model import PixelModel
from workers.training.augmentation import augmentation_for
from workers.training.data import LARGEST_PIXEL, Split
from workers.training.divergence import NonFiniteLoss

WARM_UP = 0.25
"""Share of the steps over which the learning rate rises."""

EVALUATION_BATCH = 512
"""Fixed, so that an evaluation repeats to the last bit wherever it is done again."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """accuracy: fraction 0..1. loss: mean cross-entropy in nats, without label smoothing."""

    accuracy: float
    loss: float


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One training epoch, counted from 1: the evaluation on the validation part after it.

    seconds: wall time of training and evaluation.
    """

    training_epoch: int
    accuracy: float
    loss: float
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class TrainingState:
    """All that an interrupted training needs to go on as if nothing had happened.

    tensors: `model.*`, `optimizer.<parameter>.*` and `generator`, on the CPU.
    """

    tensors: dict[str, Tensor]
    training_epoch: int


class Loss(Protocol):
    """What one step minimises, in nats: images float (N, C, H, W), labels (N,) to a number.

    generator: of everything random in the training.
    """

    def __call__(
        self,
        model: PixelModel,
        images: Tensor,
        labels: Tensor,
        label_smoothing: float,
        generator: torch.Generator,
    ) -> Tensor: ...


def cross_entropy(
    model: PixelModel,
    images: Tensor,
    labels: Tensor,
    label_smoothing: float,
    generator: torch.Generator,
) -> Tensor:
    """The loss of a model by itself."""
    return functional.cross_entropy(model(images), labels, label_smoothing=label_smoothing)


class Training:
    """Trains a model in place: AdamW under a one-cycle schedule (Smith & Topin 2018).

    Weight decay spares biases and the scales of norms. Each training epoch is a shuffled pass
    that drops the last incomplete batch.

    validation: images and labels of the validation part, where the model is.
    """

    def __init__(
        self,
        model: PixelModel,
        split: Split,
        hyperparameters: Hyperparameters,
        training_epochs: int,
        seed: int,
        *,
        loss: Loss = cross_entropy,
        device: torch.device | str = "cpu",
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self.model = model.to(device)
        self.model.normalize.fit(split.mean, split.std)
        self.training_epoch = 0
        self._images = split.train_images.to(device)
        self._labels = split.train_labels.to(device)
        self.validation = (split.validation_images.to(device), split.validation_labels.to(device))
        self._hyperparameters = hyperparameters
        self._batch_size = min(hyperparameters.batch_size, len(self._labels))
        self._steps_per_epoch = len(self._labels) // self._batch_size
        self._steps = training_epochs * self._steps_per_epoch
        self._augment = augmentation_for(split.key, self._images)
        self._generator = torch.Generator().manual_seed(seed)
        self._optimizer = _optimizer(model, hyperparameters)
        self._loss = loss
        self._clock = clock

    def some_images(self, count: int) -> Tensor:
        """Images uint8 (count, C, H, W) from all over the train part, fewer where it has fewer."""
        return self._images[:: max(1, len(self._images) // count)][:count]

    def run_epoch(self) -> EpochReport:
        """One more training epoch, then an evaluation on the validation part.

        Raises:
            NonFiniteLoss: in training or evaluation; the training cannot go on.
        """
        started = self._clock()
        self.model.train()
        first_step = self.training_epoch * self._steps_per_epoch
        for step, (images, labels) in enumerate(self._batches(), start=first_step):
            self._step(step, images, labels)
        self.training_epoch += 1
        found = evaluate(self.model, *self.validation)
        return EpochReport(
            training_epoch=self.training_epoch,
            accuracy=found.accuracy,
            loss=found.loss,
            seconds=self._clock() - started,
        )

    def state(self) -> TrainingState:
        """A copy of everything that the next training epoch depends on."""
        tensors = {f"model.{name}": t for name, t in self.model.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            for slot, t in self._optimizer.state[parameter].items():
                tensors[f"optimizer.{name}.{slot}"] = t
        tensors["generator"] = self._generator.get_state()
        copies = {name: t.detach().cpu().clone() for name, t in tensors.items()}
        return TrainingState(tensors=copies, training_epoch=self.training_epoch)

    def restore(self, state: TrainingState) -> None:
        """Go on from `state`, taken from a training with the same arguments.

        Raises:
            ValueError: the state is that of another model; nothing is changed.
        """
        weights = _under("model.", state.tensors)
        slots = _under("optimizer.", state.tensors)
        if _shapes(weights) != _shapes(self.model.state_dict()) or not self._fits(state.tensors):
            raise ValueError("the training state is that of another model")
        self.model.load_state_dict(weights)
        self._optimizer.state.clear()
        for name, parameter in self.model.named_parameters():
            for slot, kept in _under(f"{name}.", slots).items():
                # The fused AdamW walks moments and weights side by side: equal memory layouts.
                like = parameter if kept.shape == parameter.shape else kept
                fresh = torch.empty_like(like, dtype=kept.dtype, device=parameter.device)
                self._optimizer.state[parameter][slot] = fresh.copy_(kept)
        self._generator.set_state(state.tensors["generator"])
        self.training_epoch = state.training_epoch

    def _fits(self, tensors: dict[str, Tensor]) -> bool:
        """Whether there is a generator's state, and nothing but slots of parameters besides."""
        parameters = {f"optimizer.{n}": p.shape for n, p in self.model.named_parameters()}
        for name, tensor in tensors.items():
            parameter = parameters.get(name.rpartition(".")[0])
            # A slot counts steps, or holds a number for each weight.
            if name.startswith("optimizer.") and tensor.shape not in (parameter, torch.Size()):
                return False
            if parameter is None and not name.startswith("model.") and name != "generator":
                return False
        kept, own = tensors.get("generator"), self._generator.get_state()
        return kept is not None and (kept.dtype, kept.shape) == (own.dtype, own.shape)

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self._labels), generator=self._generator)
        for start in range(0, self._steps_per_epoch * self._batch_size, self._batch_size):
            chosen = order[start : start + self._batch_size]
            picked = chosen.to(self._images.device)
            yield self._augment(self._images, self._generator, picked), self._labels[picked]

    def _step(self, step: int, images: Tensor, labels: Tensor) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = self._hyperparameters.learning_rate * one_cycle(step / self._steps)
        smoothing = self._hyperparameters.label_smoothing
        loss = self._loss(self.model, as_input(images), labels, smoothing, self._generator)
        if not math.isfinite(loss.item()):
            raise NonFiniteLoss(f"training loss is {loss.item()} at step {step}")
        self._optimizer.zero_grad()
        torch.autograd.backward(loss)
        self._optimizer.step()


def one_cycle(progress: float) -> float:
    """Share of the peak learning rate at `progress` 0..1: up linearly, down by half a cosine."""
    if progress < WARM_UP:
        return 0.1 + 0.9 * progress / WARM_UP
    return (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2


@torch.inference_mode()
def evaluate(model: nn.Module, images: Tensor, labels: Tensor) -> Evaluation:
    """Score a model, in evaluation mode, on images uint8 (N, C, H, W) with labels (N,).

    Raises:
        NonFiniteLoss: some logits are NaN or infinite.
    """
    model.eval()
    score = Score()
    for batch, truth in evaluation_batches(images, labels):
        score.add(model(batch), truth)
    return score.evaluation()


def evaluation_batches(images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """All images as models take them, with their labels, in parts that are the same everywhere."""
    for start in range(0, len(labels), EVALUATION_BATCH):
        part = slice(start, start + EVALUATION_BATCH)
        yield as_input(images[part]), labels[part]


class Score:
    """What a model's logits have been worth so far."""

    def __init__(self) -> None:
        self._images, self._correct, self._loss = 0, 0, 0.0

    def add(self, logits: Tensor, truth: Tensor) -> None:
        """Logits (N, classes) of one part, and its labels (N,)."""
        self._images += len(truth)
        self._correct += int((logits.argmax(1) == truth).sum())
        self._loss += functional.cross_entropy(logits, truth, reduction="sum").item()

    def evaluation(self) -> Evaluation:
        """Raises NonFiniteLoss where some logits were NaN or infinite."""
        if not math.isfinite(self._loss):
            raise NonFiniteLoss(f"validation loss is {self._loss}")
        return Evaluation(accuracy=self._correct / self._images, loss=self._loss / self._images)


def as_input(images: Tensor) -> Tensor:
    """Stored images uint8 (N, C, H, W) as models take them: 0..1, channels last."""
    scaled = images.float() / LARGEST_PIXEL
    return scaled.contiguous(memory_format=torch.channels_last)


def _optimizer(model: nn.Module, hyperparameters: Hyperparameters) -> torch.optim.AdamW:
    decayed = [p for p in model.parameters() if p.ndim > 1]
    spared = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": hyperparameters.weight_decay},
            {"params": spared, "weight_decay": 0.0},
        ],
        lr=hyperparameters.learning_rate,
        fused=True,
    )


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names start with `prefix`, without it."""
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def _shapes(tensors: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: t.shape for name, t in tensors.items()}
