"""Weights as bytes: safetensors, with what it takes to rebuild their model in the metadata.

Nothing that is read here is run. Equal contents give equal bytes, so a checkpoint has one digest.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from searchspace.baselines import AnyArchitecture, parse_architecture
from searchspace.errors import InvalidDocument
from workers.model import PixelModel
from workers.networks import build, cost_of
from workers.training import TrainingState

MODEL_FORMAT = "tclsearch-model/1"
TRAINING_FORMAT = "tclsearch-training/1"

HEADER_LENGTH_BYTES = 8
METADATA = "__metadata__"


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
    tensors, metadata = _decode(data, MODEL_FORMAT)
    architecture = _architecture(metadata)
    # Refused before building: a few bytes must not make this process allocate gigabytes.
    if cost_of(architecture).size_bytes > len(data):
        raise BadCheckpoint("the tensors are fewer than the architecture's")
    model = build(architecture)
    _check_tensors(tensors, model.state_dict())
    model.load_state_dict(tensors)
    model.eval()
    return LoadedModel(model=model, architecture=architecture, metadata=metadata)


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
    tensors, metadata = _decode(data, TRAINING_FORMAT)
    training_epoch = metadata.get("training_epoch", "")
    if not (training_epoch.isascii() and training_epoch.isdigit()):
        raise BadCheckpoint(f"training_epoch is {training_epoch!r}")
    return TrainingState(tensors=tensors, training_epoch=int(training_epoch))


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _encode(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    # safetensors keeps the order of strides out of its format, so layouts are made plain.
    plain = {
        name: t.detach().cpu().contiguous(memory_format=torch.contiguous_format)
        for name, t in tensors.items()
    }
    data = save_tensors(plain)
    # Written here, as safetensors writes the entries of its metadata in random order.
    header, start = _header(data)
    header[METADATA] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % HEADER_LENGTH_BYTES)
    return len(text).to_bytes(HEADER_LENGTH_BYTES, "little") + text + data[start:]


def _decode(data: bytes, form: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        tensors = load_tensors(data)
    except SafetensorError as error:
        raise BadCheckpoint(f"not a safetensors file: {error}") from None
    metadata = _header(data)[0].get(METADATA, {})
    if metadata.get("format") != form:
        raise BadCheckpoint(f"format is {metadata.get('format')!r}, not {form!r}")
    return tensors, metadata


def _header(data: bytes) -> tuple[dict[str, dict[str, str]], int]:
    """The JSON header of safetensors bytes, and where the tensors start."""
    start = HEADER_LENGTH_BYTES + int.from_bytes(data[:HEADER_LENGTH_BYTES], "little")
    return json.loads(data[HEADER_LENGTH_BYTES:start]), start


def _architecture(metadata: Mapping[str, str]) -> AnyArchitecture:
    try:
        return parse_architecture(json.loads(metadata.get("architecture", "")))
    except (json.JSONDecodeError, InvalidDocument) as error:
        raise BadCheckpoint(f"architecture: {error}") from None


def _check_tensors(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    if found.keys() != expected.keys():
        differing = sorted(found.keys() ^ expected.keys())
        raise BadCheckpoint(f"missing or unknown tensors: {', '.join(differing[:5])}")
    for name, tensor in expected.items():
        if (found[name].shape, found[name].dtype) != (tensor.shape, tensor.dtype):
            raise BadCheckpoint(
                f"{name} is {found[name].dtype} {tuple(found[name].shape)}, "
                f"not {tensor.dtype} {tuple(tensor.shape)}"
            )
