"""A proxy on loopback that passes bytes on as they come, and cuts connections in the middle."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CHUNK = 4096


@dataclass
class CuttingProxy:
    """Forwards each connection until as many bytes have come back as `allowance` lets through.

    allowance: asked with the connection's number, from 0; None for a connection without end.
    change: what becomes of the bytes that come back.
    requests: the heads of all requests, as they were sent.
    """

    upstream: str
    allowance: Callable[[int], int | None] = lambda _: None
    change: Callable[[bytes], bytes] = lambda chunk: chunk
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    _sockets: list[socket.socket] = field(default_factory=list)

    @classmethod
    @contextmanager
    def before(cls, upstream: str) -> Iterator["CuttingProxy"]:
        proxy = cls(upstream)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            proxy.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            thread = threading.Thread(target=proxy._accept, args=(listener,), daemon=True)
            thread.start()
            yield proxy
            for each in (listener, *proxy._sockets):
                _hang_up(each)
            thread.join()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            parts = urlsplit(self.upstream)
            server = socket.create_connection((parts.hostname or "", parts.port or 80))
            self._sockets += [client, server]
            left, self.connections = self.allowance(self.connections), self.connections + 1
            for work in ((self._there, client, server), (self._back, server, client, left)):
                threading.Thread(target=work[0], args=work[1:], daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while chunk := client.recv(CHUNK):
                head = chunk.partition(b"\r\n\r\n")[0].decode("latin-1")
                if " HTTP/1.1\r\n" in head:
                    self.requests.append(head)
                server.sendall(chunk)
        _hang_up(server)

    def _back(self, server: socket.socket, client: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while chunk := server.recv(CHUNK):
                passed = self.change(chunk)[:left]
                client.sendall(passed)
                if left is not None:
                    left -= len(passed)
                    if left <= 0:
                        break
        _hang_up(client)
        _hang_up(server)


def _hang_up(end: socket.socket) -> None:
    # A thread that waits in it would keep a socket open which is only closed.
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
