"""Which URLs webhooks may have, and which addresses may be behind them."""

from ipaddress import ip_address

import pytest

from service.webhooks.targets import ForbiddenTarget, Targets

ALLOWED = Targets.parse(
    "hooks.example.org, *.example.com, http://intranet, 127.0.0.1/32, 10.1.0.0/16, fd00::/8"
)
EVERYWHERE = Targets.parse("*")

GOOD = {
    "https://hooks.example.org": ("hooks.example.org", 443, "/"),
    "https://HOOKS.example.org/a%20b?c=d&e": ("hooks.example.org", 443, "/a%20b?c=d&e"),
    "https://a.b.example.com:8443/x": ("a.b.example.com", 8443, "/x"),
    "http://intranet/hook": ("intranet", 80, "/hook"),
    "https://intranet:443": ("intranet", 443, "/"),
    "http://127.0.0.1:8080/": ("127.0.0.1", 8080, "/"),
    "https://10.1.255.255": ("10.1.255.255", 443, "/"),
    "http://[fd00::1]:1024/": ("fd00::1", 1024, "/"),
}

BAD = [
    "",
    "hooks.example.org",
    "//hooks.example.org/",
    "file:///etc/passwd",
    "ftp://hooks.example.org/",
    "gopher://hooks.example.org/",
    "javascript:alert(1)",
    "https://",
    "https:///path",
    "https:hooks.example.org",
    "http://hooks.example.org/",  # allowed with https alone
    "https://example.com/",  # the pattern wants something before it
    "https://notexample.com/",
    "https://evil.org/hooks.example.org",
    "https://hooks.example.org.evil.org/",
    "https://evil.org?.example.com",
    "https://evil.org#.example.com",
    "https://hooks.example.org/#fragment",
    "https://user@hooks.example.org/",
    "https://user:password@hooks.example.org/",
    "https://hooks.example.org@evil.org/",
    "https://evil.org\\@hooks.example.org/",
    "https://evil.org\\.example.com/",
    "https://hooks.example.org:22/",
    "https://hooks.example.org:0/",
    "https://hooks.example.org:1023/",
    "https://hooks.example.org:65536/",
    "https://hooks.example.org:x/",
    "https://hooks.example.org./",
    "https://hooks.example.org%2eevil.org/",
    "https://hooks_.example.com/",
    "https://-a.example.com/",
    "https://a..example.com/",
    "https://ⓗooks.example.org/",
    "https://hooks.example.org/ü",
    "https://hooks.example.org/a b",
    "https://hooks.example.org/\r\nHost: evil.org",
    "https://hooks\t.example.org/",
    " https://hooks.example.org/",
    "https://hooks.example.org/" + "x" * 2000,
    "http://127.0.0.2/",
    "http://localhost/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://127.0.0.01/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fd00::1%25eth0]/",
    "http://[fd00::1/",
    "http://10.2.0.1/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "https://93.184.216.34/",
]


@pytest.mark.parametrize("url", GOOD)
def test_what_the_operator_allows(url: str) -> None:
    target = ALLOWED.target(url)
    assert (target.host, target.port, target.path) == GOOD[url]


@pytest.mark.parametrize("url", BAD)
def test_what_nobody_may_give(url: str) -> None:
    with pytest.raises(ForbiddenTarget):
        ALLOWED.target(url)


@pytest.mark.parametrize("url", [url for url in BAD if "127" in url or "7f" in url])
def test_not_even_where_every_name_is_allowed(url: str) -> None:
    with pytest.raises(ForbiddenTarget):
        EVERYWHERE.target(url)


def test_every_name_is_allowed_by_a_star() -> None:
    assert EVERYWHERE.target("https://anything.example/").host == "anything.example"
    with pytest.raises(ForbiddenTarget):
        EVERYWHERE.target("http://anything.example/")


def test_the_host_header_is_what_was_judged() -> None:
    authorities = {url: ALLOWED.target(url).authority for url in GOOD}
    assert authorities["https://a.b.example.com:8443/x"] == "a.b.example.com:8443"
    assert authorities["https://intranet:443"] == "intranet"
    assert authorities["http://[fd00::1]:1024/"] == "[fd00::1]:1024"


PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"]
NOT_PUBLIC = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_behind_a_name(address: str) -> None:
    EVERYWHERE.require([ip_address(address)])


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_other_addresses_may_not_unless_their_network_is_allowed(address: str) -> None:
    hidden = [ip_address("8.8.8.8"), ip_address(address)]
    with pytest.raises(ForbiddenTarget):
        EVERYWHERE.require(hidden)
    length = 128 if ":" in address else 32
    Targets.parse(f"*, {address}/{length}").require(hidden)


def test_nothing_is_allowed_by_default() -> None:
    assert not Targets.parse(" , ")
    assert Targets.parse("127.0.0.1/32")
    with pytest.raises(ForbiddenTarget):
        Targets().target("https://hooks.example.org/")


@pytest.mark.parametrize(
    "text",
    ["hooks.example.org/path", "10.0.0.0/33", "10.0.0.1/8", "a b", "*example.org", "127.0.0.1",
     "https://hooks.example.org", "*.*", "**"],
)  # fmt: skip
def test_what_an_operator_mistypes(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Targets.parse(f"hooks.example.org, {text}")
