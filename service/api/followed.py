"""What streams follow: they wait at it, and are woken when it has moved on."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """Events as they are sent, and the number of the last of them.

    last: none follows them.
    """

    text: bytes
    until: int
    last: bool


class Followed(ABC):
    """Tells what comes after an event, on the event loop alone."""

    def __init__(self) -> None:
        self.followers = 0
        self._closed = False
        self._moved = asyncio.Event()

    def close(self) -> None:
        """Let every follower go."""
        self._closed = True
        self._wake()

    async def after(self, number: int, patience: float) -> Page | None:
        """The events after the one of that number, a page of them at most.

        patience: seconds to wait for one.

        Returns:
            None where none came in that time.
        """
        try:
            async with asyncio.timeout(patience):
                while not (self._closed or self._is_ahead(number)):
                    await self._moved.wait()
        except TimeoutError:
            return None
        return Page(b"", number, last=True) if self._closed else await self._page(number)

    @abstractmethod
    def _is_ahead(self, number: int) -> bool:
        """Whether anything comes after that event."""

    @abstractmethod
    async def _page(self, number: int) -> Page | None:
        """What comes after that event, as `_is_ahead` says something does."""

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
