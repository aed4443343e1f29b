"""The one place where the control plane speaks to somebody else's server.

The host is resolved once, every address is checked, and the connection is made to the first
address that answers: nothing is resolved again in between. Nothing is followed, no proxy is used,
and a reply is read no further than its status.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from typing import Any

import httpcore

from service.webhooks.targets import Address, ForbiddenTarget, Targets

POST_SECONDS = 10.0
MAX_REPLY = 64 * 1024

Post = Callable[[str, Mapping[str, str], bytes], None]
"""Posts headers and a body to a URL; raises NotDelivered."""
Resolve = Callable[[str, int], Sequence[Address]]


class NotDelivered(Exception):
    """What was posted may not have been taken; says why.

    unreachable: there was no answer at all, so that other posts would fare no better.
    """

    def __init__(self, reason: str, *, unreachable: bool) -> None:
        super().__init__(reason)
        self.unreachable = unreachable


def resolve(host: str, port: int) -> Sequence[Address]:
    """The addresses of a host, by the system. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(address[0]) for *_, address in found))


class GuardedPost:
    """Posts to where `targets` allow.

    tls: what https is verified by; the system's authorities by default.
    seconds: longest exchange, from the connection to the reply's status.
    """

    def __init__(
        self,
        targets: Targets,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        seconds: float = POST_SECONDS,
    ) -> None:
        self._targets = targets
        self._resolve = resolve
        self._tls = tls
        self._seconds = seconds

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Post and return once a 2xx was answered.

        Raises:
            NotDelivered: another status, no answer, or not allowed.
        """
        try:
            status = self._status(url, headers, body)
        except ForbiddenTarget as error:
            raise NotDelivered(str(error), unreachable=True) from None
        except (httpcore.NetworkError, httpcore.TimeoutException, OSError) as error:
            raise NotDelivered(f"no answer: {error}", unreachable=True) from None
        except httpcore.ProtocolError as error:
            raise NotDelivered(f"no HTTP answer: {error}", unreachable=True) from None
        if not 200 <= status < 300:
            raise NotDelivered(f"answered with status {status}", unreachable=False)

    def _status(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        target = self._targets.target(url)
        tls = (self._tls or _authorities()) if target.scheme == "https" else None
        connection = httpcore.HTTPConnection(
            httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port),
            ssl_context=tls,
            network_backend=_Checked(self._targets, self._resolve, self._seconds),
        )
        # Taken apart once: what was judged is what is spoken to.
        address = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        with (
            connection,
            connection.stream(
                "POST",
                address,
                headers=[("Host", target.authority), *headers.items()],
                content=body,
            ) as reply,
        ):
            return reply.status


class _Checked(httpcore.NetworkBackend):
    """Connects to addresses that were checked, for one exchange."""

    def __init__(self, targets: Targets, resolve: Resolve, seconds: float) -> None:
        self._targets = targets
        self._resolve = resolve
        self._ends_at = time.monotonic() + seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._resolve(host, port)
        self._targets.require(addresses)
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in addresses:
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    str(address), port, _left(self._ends_at), None, socket_options or ()
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Bounded(stream, self._ends_at)
        raise failure


class _Bounded(httpcore.NetworkStream):
    """A connection that ends in time, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, ends_at: float) -> None:
        self._stream = stream
        self._ends_at = ends_at
        self._read = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, _left(self._ends_at))
        self._read += len(data)
        if self._read > MAX_REPLY:
            raise httpcore.RemoteProtocolError("the reply's head is too long")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._ends_at))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._ends_at))
        return _Bounded(secured, self._ends_at)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("it took too long")
    return left


@cache
def _authorities() -> ssl.SSLContext:
    return httpcore.default_ssl_context()
