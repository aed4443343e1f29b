"""Counts and hashes the bytes of an upload as they come in."""

import hashlib

from service.errors import TooLarge, Unprocessable


class Intake:
    """What is known of the bytes so far.

    sha256: what they are to hash to. max_bytes: how many there may be.
    """

    def __init__(self, sha256: str, max_bytes: int) -> None:
        self.sha256 = sha256
        self.size = 0
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()

    def take(self, chunk: bytes) -> None:
        """Raises TooLarge."""
        self.size += len(chunk)
        if self.size > self._max_bytes:
            raise TooLarge("the artifact is larger than this service stores")
        self._hash.update(chunk)

    def require_whole(self) -> None:
        """Raises Unprocessable where there are none, or others than were announced."""
        if self.size == 0 or self._hash.hexdigest() != self.sha256:
            raise Unprocessable("the bytes do not hash to their name", code="digest_mismatch")
