"""Pickles as Python 2 and numpy 1 wrote them, operation by operation: what CIFAR is published in."""

import struct

import numpy as np


def text(said: bytes) -> bytes:
    """SHORT_BINSTRING, or BINSTRING where it is long: the strings of Python 2."""
    if len(said) < 256:
        return b"U" + bytes([len(said)]) + said
    return b"T" + struct.pack("<i", len(said)) + said


def integer(number: int) -> bytes:
    return b"J" + struct.pack("<i", number)


def listed(items: list[bytes]) -> bytes:
    return b"](" + b"".join(items) + b"e"


def array(values: np.ndarray) -> bytes:
    """numpy 1's reduction: _reconstruct(ndarray, (0,), 'b') and its state."""
    empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + integer(0) + b"\x85"
    shape = b"".join(integer(size) for size in values.shape) + b"\x86"
    kind = b"cnumpy\ndtype\n" + text(b"u1") + integer(0) + integer(1) + b"\x87R"
    kind += (
        b"(" + integer(3) + text(b"|") + b"NNN" + integer(-1) + integer(-1) + integer(0) + b"tb"
    )
    state = b"(" + integer(1) + shape + kind + b"\x89" + text(values.tobytes()) + b"tb"
    return empty + text(b"b") + b"\x87R" + state


def mapping(items: dict[bytes, bytes]) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def pickled(items: dict[bytes, bytes]) -> bytes:
    return b"\x80\x02" + mapping(items) + b"."
