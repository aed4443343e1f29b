"""Hostile safetensors files, each refused by its header alone."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchspace.tensorfile import (
    MAX_HEADER,
    BadTensorFile,
    TensorForm,
    read_header,
    refuse_others,
)

F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def written(header: object, body: bytes = b"", *, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    size = len(text) if length is None else length
    return size.to_bytes(8, "little") + text + body


GOOD = written({"__metadata__": {"format": "pt"}, "a": F32}, bytes(8))


def entry(**changes: Any) -> dict[str, Any]:
    return {"a": {**F32, **changes}}


def two(begin: int, end: int, body: int) -> bytes:
    second = {"dtype": "F32", "shape": [2], "data_offsets": [begin, end]}
    return written({"a": F32, "b": second}, bytes(body))


def test_a_good_file_is_read() -> None:
    found = read_header(GOOD)
    assert found.tensors == {"a": TensorForm("F32", (2,))}
    assert found.metadata == {"format": "pt"}
    assert GOOD[found.start :] == bytes(8)
    assert read_header(written({})).tensors == {}
    scalar = {"dtype": "I64", "shape": [], "data_offsets": [0, 8]}
    empty = {"dtype": "F32", "shape": [3, 0], "data_offsets": [8, 8]}
    assert len(read_header(written({"n": scalar, "e": empty}, bytes(8))).tensors) == 2
    padded = json.dumps({"a": F32}).encode() + b"    "
    assert read_header(written(padded, bytes(8))).tensors.keys() == {"a"}


HOSTILE = {
    "nothing": (b"", "too few"),
    "seven bytes": (b"\x01" * 7, "too few"),
    "a pickle": (pickle.dumps({"a": 1}), "could run code"),
    "an old pickle": (pickle.dumps({"a": 1}, protocol=2), "could run code"),
    "torch's zip": (b"PK\x03\x04" + bytes(100), "could run code"),
    "a header of exabytes": ((2**63).to_bytes(8, "little") + b"{}", "are the most"),
    "a header a byte too long": (written(b" " * (MAX_HEADER + 1)), "are the most"),
    "a header beyond the end": (written(b"{}", length=3), "ends within its header"),
    "no JSON": (written(b"{'a': 1}"), "no JSON"),
    "no UTF-8": (written(b'{"\xff": 1}'), "no JSON"),
    "two documents": (written(b"{}{}"), "no JSON"),
    "deeper than any stack": (written(b"[" * 1_000_000), "no JSON"),
    "a number of a million digits": (written(b'{"a": ' + b"9" * 1_000_000 + b"}"), "no JSON"),
    "NaN": (written(b'{"a": NaN}'), "no JSON"),
    "a name twice": (written(b'{"a": 1, "a": 1}'), "given twice"),
    "a list": (written([]), "no object"),
    "metadata that nests": (written({"__metadata__": {"a": {}}}), "more than texts"),
    "metadata that is a text": (written({"__metadata__": "a"}), "more than texts"),
    "a tensor that is a number": (written({"a": 1}), "not described"),
    "a field too many": (written(entry(stride=[1]), bytes(8)), "not described"),
    "a field too few": (written({"a": {"dtype": "F32", "shape": [2]}}), "not described"),
    "an unknown type": (written(entry(dtype="object"), bytes(8)), "unknown type"),
    "a type that is a list": (written(entry(dtype=["F32"]), bytes(8)), "unknown type"),
    "a shape below nothing": (written(entry(shape=[-2]), bytes(8)), "no shape"),
    "two shapes below nothing": (written(entry(shape=[-1, -2]), bytes(8)), "no shape"),
    "a shape in halves": (written(entry(shape=[2.0]), bytes(8)), "no shape"),
    "a shape of truths": (written(entry(shape=[True, 2]), bytes(8)), "no shape"),
    "a thousand dimensions": (written(entry(shape=[1] * 1000), bytes(8)), "no shape"),
    "more elements than bytes": (written(entry(shape=[2**40]), bytes(8)), "other than its bytes"),
    "elements that wrap around": (
        written(entry(shape=[2**33, 2**33]), bytes(8)),
        "other than its bytes",
    ),
    "a span that ends first": (written(entry(data_offsets=[8, 0]), bytes(8)), "no span"),
    "a span before the file": (written(entry(data_offsets=[-8, 0]), bytes(8)), "no span"),
    "a span of three": (written(entry(data_offsets=[0, 4, 8]), bytes(8)), "no span"),
    "a span beyond the end": (written({"a": F32}, bytes(7)), "are told of"),
    "bytes that nobody tells of": (written({"a": F32}, bytes(9)), "are told of"),
    "a hole": (two(12, 20, 20), "begins at 12"),
    "an overlap": (two(4, 12, 12), "begins at 4"),
    "the same bytes twice": (two(0, 8, 8), "begins at 0"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_told_why(name: str) -> None:
    data, why = HOSTILE[name]
    with pytest.raises(BadTensorFile, match=why):
        read_header(data)


@given(st.integers(0, len(GOOD) - 1))
def test_no_part_of_a_file_is_a_file(kept: int) -> None:
    with pytest.raises(BadTensorFile):
        read_header(GOOD[:kept])


@given(st.binary(max_size=200), st.integers(0, len(GOOD)), st.integers(0, len(GOOD)))
def test_whatever_is_written_into_it_it_is_read_or_refused(
    noise: bytes, first: int, last: int
) -> None:
    try:
        found = read_header(GOOD[:first] + noise + GOOD[last:])
    except BadTensorFile:
        return
    assert found.start >= 8


def test_other_tensors_than_expected_are_refused() -> None:
    expected = {"a": TensorForm("F32", (2,)), "b": TensorForm("F32", ())}
    refuse_others(dict(expected), expected)
    for found, why in (
        ({"a": TensorForm("F32", (2,))}, "b is missing"),
        (expected | {"c": TensorForm("F32", ())}, "c is no tensor of the network"),
        (expected | {"a": TensorForm("F32", (2, 1))}, r"a is F32 \(2, 1\), not F32 \(2,\)"),
        (expected | {"a": TensorForm("F16", (2,))}, "a is F16"),
    ):
        with pytest.raises(BadTensorFile, match=why):
            refuse_others(found, expected)
