"""What the service asks of a store of artifacts, whichever it is."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import BinaryIO, Protocol


class Upload(Protocol):
    """Bytes on their way in, visible to nobody before `keep`."""

    def write(self, chunk: bytes) -> None:
        """Raises TooLarge beyond the store's limit."""
        ...

    def seal(self) -> int:
        """End the bytes; their number. The next that can go wrong is `keep` alone.

        Raises:
            Unprocessable: there are none, or they do not hash to their name.
        """
        ...

    def keep(self) -> None:
        """Make the sealed bytes visible under their hash, durably; what is there is healed by it."""
        ...


class ArtifactStore(Protocol):
    """Where artifacts live. Each method may wait for a network, so none belongs in a transaction.

    Each raises Unavailable while the storage cannot be used, and StorageFull where it has no room.
    """

    def upload(self, sha256: str) -> AbstractContextManager[Upload]:
        """Room for the bytes of a name; what is not kept by the end is gone."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """The bytes from their start, once found to be what was stored.

        Raises:
            NotFound: there are none of that name.
            CorruptArtifact: they have changed since they were stored.
        """
        ...

    def link(self, sha256: str, filename: str) -> str | None:
        """A URL of the bytes for whoever has it, good for some minutes; None of a store without."""
        ...

    def delete(self, sha256: str) -> None:
        """Remove the bytes, where they are there."""
        ...

    def names(self, before: datetime) -> Iterator[str]:
        """Hashes of what was stored before a time."""
        ...

    def abandon(self, before: datetime) -> None:
        """Remove what crashed uploads left behind before a time."""
        ...

    def close(self) -> None:
        """Let go of what it holds open; not to be used any more."""
        ...
