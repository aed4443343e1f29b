"""Weights as bytes: safetensors, with what it takes to rebuild their model in the metadata.

Nothing that is read here is run. Equal contents give equal bytes, so a checkpoint has one digest.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from searchspace.baseline_layers import tensors
from searchspace.baselines import AnyArchitecture, BaselineArchitecture, read_architecture
from searchspace.errors import InvalidDocument
from searchspace.tensorfile import (
    LENGTH_BYTES,
    METADATA,
    MODEL_FORMAT,
    BadTensorFile,
    TensorFile,
    TensorForm,
    read_header,
    refuse_others,
)
from workers.networks.building import build, cost_of
from workers.networks.model import PixelModel
from workers.training.loop import TrainingState

TRAINING_FORMAT = "tclsearch-training/1"

DTYPES = {
    torch.float32: "F32",
    torch.float64: "F64",
    torch.int64: "I64",
    torch.uint8: "U8",
}
"""Of all that models and trainings hold."""


class BadCheckpoint(ValueError):
    """The bytes are not a checkpoint of the expected form."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model in evaluation mode on the CPU, and what its checkpoint says of it."""

    model: PixelModel
    architecture: AnyArchitecture
    metadata: Mapping[str, str]


def encode_model(
    model: PixelModel, architecture: AnyArchitecture, metadata: Mapping[str, str] | None = None
) -> bytes:
    """A model's weights and buffers, its architecture and further `metadata`.

    The normalisation of pixels is among the buffers: the model takes pixels in 0..1.
    """
    own = {"format": MODEL_FORMAT, "architecture": architecture.canonical_json()}
    return _encode(model.state_dict(), {**(metadata or {}), **own})


def decode_model(data: bytes) -> LoadedModel:
    """The model of a checkpoint.

    Raises:
        BadCheckpoint: damaged bytes, another format, or tensors that are not exactly those of
            the architecture; no model is built then.
    """
    header = _read(data, MODEL_FORMAT)
    architecture = _architecture(header.metadata)
    # Refused before building: a few bytes must not make this process allocate gigabytes.
    if cost_of(architecture).size_bytes > len(data):
        raise BadCheckpoint("the tensors are fewer than the architecture's")
    try:
        model = build(architecture)
    except ValueError as error:
        raise BadCheckpoint(f"architecture: {error}") from None
    with _refusing():
        refuse_others(header.tensors, _forms(model.state_dict()))
    model.load_state_dict(_tensors(data))
    model.eval()
    return LoadedModel(model=model, architecture=architecture, metadata=header.metadata)


def decode_weights(data: bytes, architecture: AnyArchitecture) -> PixelModel:
    """A network with the weights of a file that holds nothing else.

    The file names those of a torchvision network as torchvision does, and does not say by what
    pixels are normalised: they are not, then. One of the search's models is named as its own
    state is, in which the normalisation is.

    Raises:
        BadCheckpoint: damaged bytes, or tensors that are not exactly the network's.
    """
    with _refusing("not a safetensors file: "):
        header = read_header(data)
    model = build(architecture)
    network: nn.Module = model
    expected = _forms(model.state_dict())
    if isinstance(architecture, BaselineArchitecture):
        network, expected = model.get_submodule("network"), tensors(architecture)
    with _refusing():
        refuse_others(header.tensors, expected)
    network.load_state_dict(_tensors(data))
    return model.eval()


def is_model(data: bytes) -> bool:
    """Whether bytes say that they are what `encode_model` makes.

    Raises:
        BadCheckpoint: damaged bytes.
    """
    with _refusing("not a safetensors file: "):
        return read_header(data).metadata.get("format") == MODEL_FORMAT


def encode_training(state: TrainingState) -> bytes:
    """An interrupted training's state."""
    return _encode(
        state.tensors, {"format": TRAINING_FORMAT, "training_epoch": str(state.training_epoch)}
    )


def decode_training(data: bytes) -> TrainingState:
    """The state that `encode_training` was given; `Training.restore` checks that it fits.

    Raises:
        BadCheckpoint: damaged bytes or another format.
    """
    header = _read(data, TRAINING_FORMAT)
    training_epoch = header.metadata.get("training_epoch", "")
    if not (training_epoch.isascii() and training_epoch.isdigit()):
        raise BadCheckpoint(f"training_epoch is {training_epoch!r}")
    return TrainingState(tensors=_tensors(data), training_epoch=int(training_epoch))


def _encode(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    # safetensors keeps the order of strides out of its format, so layouts are made plain.
    plain = {
        name: t.detach().cpu().contiguous(memory_format=torch.contiguous_format)
        for name, t in tensors.items()
    }
    data = save_tensors(plain)
    # Written here, as safetensors writes the entries of its metadata in random order.
    start = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "little")
    header = json.loads(data[LENGTH_BYTES:start])
    header[METADATA] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % LENGTH_BYTES)
    return len(text).to_bytes(LENGTH_BYTES, "little") + text + data[start:]


def _read(data: bytes, form: str) -> TensorFile:
    """What well-formed bytes of this form say of themselves; torch has not seen them yet."""
    with _refusing("not a safetensors file: "):
        header = read_header(data)
    if header.metadata.get("format") != form:
        raise BadCheckpoint(f"format is {header.metadata.get('format')!r}, not {form!r}")
    return header


def _tensors(data: bytes) -> dict[str, Tensor]:
    try:
        return load_tensors(data)
    except SafetensorError as error:
        raise BadCheckpoint(f"not a safetensors file: {error}") from None


@contextmanager
def _refusing(prefix: str = "") -> Iterator[None]:
    try:
        yield
    except BadTensorFile as error:
        raise BadCheckpoint(f"{prefix}{error}") from None


def _forms(tensors: Mapping[str, Tensor]) -> dict[str, TensorForm]:
    return {name: TensorForm(DTYPES[t.dtype], tuple(t.shape)) for name, t in tensors.items()}


def _architecture(metadata: Mapping[str, str]) -> AnyArchitecture:
    try:
        return read_architecture(metadata.get("architecture", ""))
    except InvalidDocument as error:
        raise BadCheckpoint(f"architecture: {error}") from None
