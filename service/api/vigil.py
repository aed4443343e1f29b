"""Whether the tokens of open streams are still good: one look for all of them at a time."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from service.clock import Clock
from service.db.engine import Database
from service.errors import Unavailable
from service.team.access import Caller, good_tokens


class Watch:
    """What is known of one open stream's token. good: it was, when somebody last looked."""

    def __init__(self, token_id: str) -> None:
        self.token_id = token_id
        self.good = True


class Vigil:
    """Looks after the tokens of this process's streams. All but the looking is on the event loop.

    seconds: between two looks.
    """

    def __init__(self, database: Database, clock: Clock, seconds: float) -> None:
        self._database = database
        self._clock = clock
        self._seconds = seconds
        self._watches: set[Watch] = set()
        self._keeping: asyncio.Task[None] | None = None

    @contextmanager
    def over(self, caller: Caller) -> Iterator[Watch]:
        """Watch a token that was found good, for as long as its stream is open."""
        watch = Watch(caller.token_id)
        self._watches.add(watch)
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    async def _keep(self) -> None:
        try:
            while self._watches:
                await asyncio.sleep(self._seconds)
                await self._look()
        finally:
            self._keeping = None
            # However it comes to an end: nobody goes on unwatched.
            for watch in self._watches:
                watch.good = False

    async def _look(self) -> None:
        asked = list(self._watches)
        # While the database is away nothing is sent, and nobody can revoke a token either.
        with suppress(Unavailable):
            good = await asyncio.to_thread(self._good, [watch.token_id for watch in asked])
            for watch in asked:
                watch.good = watch.token_id in good

    def _good(self, token_ids: Sequence[str]) -> frozenset[str]:
        with self._database.read() as session:
            return good_tokens(session, set(token_ids), self._clock.now(session))
