"""Posting to somebody else's server, over real HTTP on loopback."""

import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.webhooks.guarded_post import GuardedPost, NotDelivered
from service.webhooks.targets import Address, Targets
from tests.receiver import Receiver, receiving

LOOPBACK = Targets.parse("127.0.0.1/32, http://hooks.test")
BODY = b'{"event":"ping"}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


class Resolver:
    """Answers with one list of addresses after the other, and keeps to the last."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = [[ip_address(each) for each in answer] for answer in answers]
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def post(url: str, targets: Targets = LOOPBACK, **given: Any) -> None:
    GuardedPost(targets, **given)(url, {"X-Kind": "ping"}, BODY)


def test_what_arrives_is_what_was_posted(receiver: Receiver) -> None:
    post(receiver.url())
    (received,) = receiver.received
    assert (received.path, received.body) == ("/hook?team=a", BODY)
    assert received.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert received.headers["X-Kind"] == "ping"


def test_a_name_is_resolved_once_and_its_very_address_connected_to(receiver: Receiver) -> None:
    resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
    post(receiver.url("hooks.test"), resolve=resolver)
    assert resolver.asked == 1
    assert receiver.received[0].headers["Host"] == f"hooks.test:{receiver.port}"
    with pytest.raises(NotDelivered, match="not allowed"):
        post(receiver.url("hooks.test"), resolve=resolver)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1", "127.0.0.2"], ["::ffff:127.0.0.1"], ["::1"], ["169.254.169.254"], []],
)
def test_one_address_that_is_not_allowed_spoils_all(
    receiver: Receiver, addresses: list[str]
) -> None:
    with pytest.raises(NotDelivered) as caught:
        post(receiver.url("hooks.test"), resolve=Resolver(addresses))
    assert caught.value.unreachable
    assert receiver.received == []


def test_the_next_address_is_tried_where_one_does_not_answer(receiver: Receiver) -> None:
    targets = Targets.parse("http://hooks.test, 127.0.0.0/8")
    # Nobody listens at the first one.
    resolver = Resolver(["127.0.0.9", "127.0.0.1"])
    post(receiver.url("hooks.test"), targets, resolve=resolver)
    assert len(receiver.received) == 1


def test_a_url_is_judged_again_when_it_is_used(receiver: Receiver) -> None:
    with pytest.raises(NotDelivered, match="operator"):
        post(receiver.url(), Targets.parse("hooks.test"))
    assert receiver.received == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answer, receiver.location = lambda _: status, receiver.url()
    with pytest.raises(NotDelivered, match=f"status {status}") as caught:
        post(receiver.url())
    assert not caught.value.unreachable
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_yes(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: status
    post(receiver.url())


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_every_other_answer_is_a_no(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _: status
    with pytest.raises(NotDelivered, match=f"status {status}") as caught:
        post(receiver.url())
    assert not caught.value.unreachable


def test_nobody_there_is_unreachable() -> None:
    with receiving() as gone:
        url = gone.url()
    with pytest.raises(NotDelivered, match="no answer") as caught:
        post(url)
    assert caught.value.unreachable


def test_the_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    post(receiver.url())
    assert len(receiver.received) == 1


def drip(out: Any) -> None:
    """One header line after the other, for as long as somebody listens."""
    out.write(b"HTTP/1.1 200 OK\r\n")
    try:
        while True:
            out.write(b"X-Drip: drop\r\n")
            out.flush()
    except OSError:
        pass


def test_a_reply_that_never_ends_is_cut_off(receiver: Receiver) -> None:
    receiver.begin = drip
    with pytest.raises(NotDelivered):
        post(receiver.url())
    assert len(receiver.received) == 1


def test_a_reply_that_does_not_come_is_not_waited_for(receiver: Receiver) -> None:
    over = threading.Event()
    receiver.begin = lambda _: over.wait()
    with pytest.raises(NotDelivered, match="no answer"):
        post(receiver.url(), seconds=0.1)
    over.set()


def test_a_body_that_never_ends_is_not_read(receiver: Receiver) -> None:
    """The status is all that counts."""

    def endless(out: Any) -> None:
        out.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                out.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        except OSError:
            pass

    receiver.begin = endless
    post(receiver.url())


def test_something_else_than_http_is_no_answer(receiver: Receiver) -> None:
    receiver.begin = lambda out: out.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    with pytest.raises(NotDelivered, match="no HTTP"):
        post(receiver.url())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `key.pem` and `certificate.pem`, for `hooks.test` alone and trusted by nobody."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.test")]), False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


@pytest.fixture
def secure(certificate: Path) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    with receiving(context) as receiver:
        yield receiver


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate / "certificate.pem"))


def test_the_name_is_verified_though_its_address_is_connected_to(
    secure: Receiver, trusting: ssl.SSLContext
) -> None:
    targets = Targets.parse("hooks.test, other.test, 127.0.0.1/32")
    given = {"targets": targets, "resolve": Resolver(["127.0.0.1"]), "tls": trusting}
    post(secure.url("hooks.test", "https"), **given)
    assert len(secure.received) == 1
    for host in ("other.test", "127.0.0.1"):
        with pytest.raises(NotDelivered, match="certificate"):
            post(secure.url(host, "https"), **given)
    assert len(secure.received) == 1


def test_an_authority_that_nobody_knows_is_not_trusted(secure: Receiver) -> None:
    targets = Targets.parse("hooks.test, 127.0.0.1/32")
    with pytest.raises(NotDelivered, match="certificate"):
        post(
            secure.url("hooks.test", "https"),
            targets=targets,
            resolve=Resolver(["127.0.0.1"]),
        )
    assert secure.received == []
