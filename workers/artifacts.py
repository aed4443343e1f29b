"""How the bytes that trials deliver are named. Needs no torch, as recording them does not."""

import hashlib


def sha256_hex(data: bytes) -> str:
    """The name of an artifact."""
    return hashlib.sha256(data).hexdigest()
