"""Where webhooks may lead: what the operator allows, and which addresses are public at all.

A URL is judged twice: as it is written, when somebody gives it, and by the addresses that its
host has, whenever something is sent to it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Self
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL = 2000
_VISIBLE = re.compile(r"[!-~]+")
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PLAIN = "http://"

_UNICAST_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC = tuple(
    ip_network(block)
    for block in (
        # IANA's special-purpose registries. Python's `is_global` differs between its versions.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        # Within the unicast addresses of version 6: tunnels that end in version 4, examples.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        # The one metadata service that has a public address.
        "168.63.129.16/32",
    )
)  # fmt: skip


class ForbiddenTarget(ValueError):
    """A URL, or an address behind one, to which nothing is sent; says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. host: without the brackets of IPv6; path: with the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Targets:
    """What an operator allows; nothing by default.

    hosts: names, or `*.` and the end of names; `*` stands for every name.
    plain: those of them that may be spoken to without TLS.
    networks: addresses that need not be public, and may be written in a URL, without TLS too.
    """

    hosts: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `hooks.example.org, *.example.org, http://intranet, 10.1.0.0/16`.

        Raises:
            ValueError: an entry is neither a host nor a network.
        """
        hosts, plain, networks = [], [], []
        for entry in filter(None, (part.strip().lower() for part in text.split(","))):
            host = entry.removeprefix(_PLAIN)
            if "/" in host:
                networks.append(ip_network(host))
            elif _is_name(host.removeprefix("*.")) or host == "*":
                hosts.append(host)
                plain += [host] if host != entry else []
            else:
                raise ValueError(f"{entry!r} is neither a host name nor a network")
        return cls(tuple(hosts), tuple(plain), tuple(networks))

    def __bool__(self) -> bool:
        return bool(self.hosts or self.networks)

    def target(self, url: str) -> Target:
        """Take apart a URL that may be sent to.

        Raises:
            ForbiddenTarget: it is not allowed, or can be read in more than one way.
        """
        target = _split(url)
        if _is_name(target.host):
            allowed = _matches(target.host, self.hosts)
            plain = _matches(target.host, self.plain)
        else:
            allowed = plain = self._contains(_address(target.host))
        if not allowed:
            raise ForbiddenTarget("the operator does not allow this host")
        if target.scheme == "http" and not plain:
            raise ForbiddenTarget("this host needs https")
        return target

    def require(self, addresses: Iterable[Address]) -> None:
        """Raises ForbiddenTarget unless every address is public or in an allowed network."""
        if not all(_is_public(each) or self._contains(each) for each in addresses):
            raise ForbiddenTarget("the host has an address that is not allowed")

    def _contains(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


NOWHERE = Targets()


def _split(url: str) -> Target:
    if len(url) > MAX_URL or not _VISIBLE.fullmatch(url) or "\\" in url or "#" in url:
        raise ForbiddenTarget(
            f"must be at most {MAX_URL} visible ASCII characters, without backslash and fragment"
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ForbiddenTarget("is not a URL") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ForbiddenTarget("must begin with https:// or http://")
    if "@" in parts.netloc:
        raise ForbiddenTarget("must not contain a user or a password")
    target = Target(
        parts.scheme,
        host,
        _DEFAULT_PORTS[parts.scheme] if port is None else port,
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    if target.port not in (80, 443) and target.port < 1024:
        raise ForbiddenTarget("must have the port 80, 443, or one above 1023")
    if not _is_name(host):
        _address(host)
    return target


def _is_name(host: str) -> bool:
    # As browsers have it: a host whose last label is a number is an address, however written.
    return (
        len(host) <= 253
        and _NAME.fullmatch(host) is not None
        and not _NUMBER.fullmatch(host.rpartition(".")[2])
    )


def _address(host: str) -> Address:
    try:
        address = ip_address(host)
    except ValueError:
        raise ForbiddenTarget("its host is neither a name nor an address in full") from None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise ForbiddenTarget("must not contain a zone")
    return address


def _matches(host: str, patterns: Iterable[str]) -> bool:
    return any(
        host.endswith(pattern[1:]) if pattern.startswith("*") else host == pattern
        for pattern in patterns
    )


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _UNICAST_V6:
        return False
    return not any(address in block for block in _NOT_PUBLIC)
