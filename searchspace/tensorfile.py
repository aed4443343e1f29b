"""The header of a safetensors file, read with the suspicion that a stranger's file deserves.

Eight bytes of length, a JSON header, then the tensors' bytes one after the other without a gap
(https://github.com/huggingface/safetensors). All of it is checked here in plain Python, so that
nothing but a well-formed file gets to a library that would allocate, map or cast by what it says.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

LENGTH_BYTES = 8
MAX_HEADER = 4 * 1024 * 1024
"""Some ten thousand tensors; the networks here have some hundred."""
MOST_BYTES = LENGTH_BYTES + MAX_HEADER
"""What has to be read of a file to check it."""
METADATA = "__metadata__"
MODEL_FORMAT = "tclsearch-model/1"
"""What the metadata of a model's checkpoint call its format."""
FIELDS = frozenset({"dtype", "shape", "data_offsets"})
MAX_DIMENSIONS = 8

SIZES = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64"), 8),
}
"""Bytes of one element, by the type's name."""

RUNS_CODE = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""How torch's own files begin: zip archives of pickles, or bare pickles."""


class BadTensorFile(ValueError):
    """The bytes are no well-formed safetensors file."""


@dataclass(frozen=True, slots=True)
class TensorForm:
    """Type and shape of one tensor."""

    dtype: str
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.dtype} {self.shape}"


@dataclass(frozen=True, slots=True)
class TensorFile:
    """What a file says of itself. start: where its tensors' bytes begin."""

    tensors: Mapping[str, TensorForm]
    metadata: Mapping[str, str]
    start: int


def read_header(data: bytes, size: int | None = None) -> TensorFile:
    """Check a whole file.

    data: all of it, or as much of its beginning as MOST_BYTES.
    size: its length in bytes, where `data` is its beginning.

    Raises:
        BadTensorFile: it is torn or padded, its header is too long, no JSON or of another form, or
            its tensors overlap, leave gaps or are of other sizes than they say.
    """
    if data.startswith(RUNS_CODE):
        raise BadTensorFile("a pickle, which could run code")
    size = len(data) if size is None else size
    start = _start(data, size)
    header = _parsed(data[LENGTH_BYTES:start])
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise BadTensorFile(f"{METADATA} holds more than texts")
    spans = {}
    tensors = {}
    for name, entry in header.items():
        tensors[name], spans[name] = _entry(name, entry)
    _refuse_gaps(spans, size - start)
    return TensorFile(tensors, metadata, start)


def differences(
    found: Mapping[str, TensorForm], expected: Mapping[str, TensorForm]
) -> Iterator[str]:
    """How the found tensors are not exactly the expected ones, tensor by tensor."""
    for name, form in expected.items():
        if name not in found:
            yield f"{name} is missing"
        elif found[name] != form:
            yield f"{name} is {found[name]}, not {form}"
    for name in found.keys() - expected.keys():
        yield f"{name:.100} is no tensor of the network"


def refuse_others(found: Mapping[str, TensorForm], expected: Mapping[str, TensorForm]) -> None:
    """Raises BadTensorFile unless these are exactly the expected tensors."""
    if found != expected:
        raise BadTensorFile("; ".join(islice(differences(found, expected), 5)))


def _start(data: bytes, size: int) -> int:
    if size < LENGTH_BYTES:
        raise BadTensorFile(f"{size} bytes are too few")
    length = int.from_bytes(data[:LENGTH_BYTES], "little")
    if length > MAX_HEADER:
        raise BadTensorFile(f"a header of {length} bytes; {MAX_HEADER} are the most")
    if LENGTH_BYTES + length > size:
        raise BadTensorFile("the file ends within its header")
    return LENGTH_BYTES + length


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(
            text.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise BadTensorFile(f"the header is no JSON: {error}") from None
    if not isinstance(header, dict):
        raise BadTensorFile("the header is no object")
    return header


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _entry(name: str, entry: object) -> tuple[TensorForm, tuple[int, int]]:
    if not isinstance(entry, dict) or entry.keys() != FIELDS:
        raise BadTensorFile(f"{name}: not described by {', '.join(sorted(FIELDS))}")
    dtype, shape, span = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in SIZES:
        raise BadTensorFile(f"{name}: unknown type {dtype!r:.40}")
    if not _counts(shape) or len(shape) > MAX_DIMENSIONS:
        raise BadTensorFile(f"{name}: no shape {shape!r:.40}")
    if not _counts(span) or len(span) != 2 or span[0] > span[1]:
        raise BadTensorFile(f"{name}: no span of bytes {span!r:.40}")
    if math.prod(shape) * SIZES[dtype] != span[1] - span[0]:
        raise BadTensorFile(f"{name}: {dtype} {tuple(shape)} takes other than its bytes")
    return TensorForm(dtype, tuple(shape)), (span[0], span[1])


def _counts(value: object) -> bool:
    return isinstance(value, list) and all(type(each) is int and each >= 0 for each in value)


def _refuse_gaps(spans: Mapping[str, tuple[int, int]], length: int) -> None:
    """The tensors cover all of `length` bytes, each of them once."""
    reached = 0
    for name, (begin, end) in sorted(spans.items(), key=lambda span: span[1]):
        if begin != reached:
            raise BadTensorFile(f"{name} begins at {begin} and not at {reached}")
        reached = end
    if reached != length:
        raise BadTensorFile(f"{length} bytes of tensors, of which {reached} are told of")
