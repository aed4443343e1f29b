"""Many clients of event streams at once, on one event loop; some read when they are told to."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Listener:
    """One stream: the sequence numbers that have come, in the order in which they came."""

    sequences: list[int] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, count: int) -> None:
        """Wait for so many events."""
        while len(self.sequences) < count:
            self._came.clear()
            await self._came.wait()

    async def follow(
        self, url: str, token: str, job_id: str, reading: asyncio.Event | None = None
    ) -> None:
        """Read until the stream ends.

        reading: nothing is read before it is set.

        Raises:
            ConnectionError: the stream was refused.
        """
        address = urlsplit(url)
        # A small buffer, so that one who does not read is soon noticed.
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=4096)
        # HTTP/1.0 has no chunks: the body ends with the connection.
        request = (
            f"GET /api/v1/jobs/{job_id}/events HTTP/1.0\r\nHost: {address.netloc}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        )
        writer.write(request.encode())
        try:
            status = await reader.readline()
            if b" 200 " not in status:
                raise ConnectionError(status.decode())
            if reading is not None:
                await reading.wait()
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    self.sequences.append(int(line[4:]))
                    self._came.set()
        finally:
            writer.close()
