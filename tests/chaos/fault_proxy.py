"""A proxy on loopback that does to a connection what networks do."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

SLOW_SECONDS = 0.2


class Fault(Enum):
    NONE = auto()
    SLOW = auto()
    """Every request waits on its way."""
    CUT_REPLY = auto()
    """The request is served, and its reply never comes: the connection is closed."""
    TRUNCATED = auto()
    """Half of the reply comes, then the end."""
    RESET = auto()
    """The request is served, and answered with a RST."""
    SILENT = auto()
    """Half-open: the connection stays, and nothing passes, neither way."""


class FaultProxy:
    """Forwards connections; each new request draws its fault from `fault`.

    fault: asked, with a running number, for what befalls the next request.
    hits: how many requests each fault has befallen.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._loop = asyncio.new_event_loop()
        self._requests = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.fault: Callable[[int], Fault] = lambda _: Fault.NONE
        self.hits = dict.fromkeys(Fault, 0)
        self.url = ""

    @classmethod
    @contextmanager
    def before(cls, upstream: str) -> Iterator["FaultProxy"]:
        proxy = cls(upstream)
        thread = threading.Thread(target=proxy._loop.run_forever, name="fault proxy")
        thread.start()
        try:
            proxy._do(proxy._listen())
            yield proxy
        finally:
            proxy._do(proxy._end())
            proxy._loop.call_soon_threadsafe(proxy._loop.stop)
            thread.join()
            proxy._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    async def _end(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, client: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        upstream = None
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, upstream = await asyncio.open_connection(
                    self._upstream.hostname, self._upstream.port
                )
                while await self._exchange(client, out, reader, upstream):
                    pass
        finally:
            self._tasks.discard(task)
            for writer in (out, upstream):
                if writer is not None:
                    writer.close()

    async def _exchange(
        self,
        client: asyncio.StreamReader,
        out: asyncio.StreamWriter,
        reader: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
    ) -> bool:
        """One request and its reply; whether the connection goes on."""
        request = await _message(client)
        self._requests += 1
        fault = self.fault(self._requests)
        self.hits[fault] += 1
        if fault is Fault.SILENT:
            await asyncio.Event().wait()
        if fault is Fault.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        upstream.write(request)
        await upstream.drain()
        reply = await _message(reader)
        match fault:
            case Fault.CUT_REPLY:
                return False
            case Fault.RESET:
                # Closed with nothing to linger for, the kernel sends a RST.
                linger = struct.pack("ii", 1, 0)
                out.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
                return False
            case Fault.TRUNCATED:
                out.write(reply[: len(reply) // 2])
                await out.drain()
                return False
        out.write(reply)
        await out.drain()
        return True


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message whose length is declared; raises IncompleteReadError at the end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    return head + await reader.readexactly(length)
