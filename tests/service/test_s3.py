"""What is S3's own: trouble with the server, links, and what is replaced."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from service.artifacts.s3 import Bucket, S3Store, s3_client
from service.errors import NotFound, Unavailable
from tests.chaos.fault_proxy import Fault, FaultProxy
from tests.factories import digest
from tests.s3_server import BUCKET, S3Server
from tests.service.test_artifacts import LARGE, SMALL, put, read
from tests.shelves import S3Shelf, client_of

StoreAt = Callable[[str, str], S3Store]


@pytest.fixture
def shelf(s3: S3Server) -> S3Shelf:
    return S3Shelf(s3, len(LARGE))


@pytest.fixture
def store_at() -> Iterator[StoreAt]:
    """Makes stores of an address and an endpoint, whose clients are nobody else's."""
    made: list[S3Store] = []

    def make(address: str, endpoint: str) -> S3Store:
        bucket = Bucket.parse(address, endpoint)
        made.append(S3Store(s3_client(bucket), bucket, max_bytes=100))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def proxy(s3: S3Server) -> Iterator[FaultProxy]:
    with FaultProxy.before(s3.endpoint) as proxy:
        yield proxy


@pytest.mark.parametrize("text", [SMALL, LARGE], ids=["small", "large"])
def test_what_is_there_and_whole_is_not_replaced(s3: S3Server, shelf: S3Shelf, text: str) -> None:
    key = shelf.bucket.key(put(shelf.store, text))

    def version() -> object:
        head = s3.client.head_object(Bucket=BUCKET, Key=key)
        return head["Metadata"]

    s3.client.copy_object(
        Bucket=BUCKET,
        Key=key,
        CopySource={"Bucket": BUCKET, "Key": key},
        Metadata={"marked": "yes"},
        MetadataDirective="REPLACE",
    )
    assert version() == {"marked": "yes"}
    put(shelf.store, text)
    assert version() == {"marked": "yes"}
    shelf.alter(digest(text), b"other")
    put(shelf.store, text)
    assert read(shelf.store, digest(text)) == text


def test_keys_are_the_hashes_below_the_prefix(s3: S3Server, shelf: S3Shelf) -> None:
    sha256 = put(shelf.store, SMALL)
    listed = s3.client.list_objects_v2(Bucket=BUCKET, Prefix=shelf.bucket.prefix)
    keys = [each["Key"] for each in listed["Contents"]]
    assert keys == [f"{shelf.bucket.prefix}sha256/{sha256[:2]}/{sha256}"]


def test_a_link_serves_whoever_has_it_for_a_while(shelf: S3Shelf) -> None:
    sha256 = put(shelf.store, SMALL)
    link = shelf.store.link(sha256, "model.safetensors")
    assert link is not None
    reply = httpx.get(link, trust_env=False)
    assert reply.text == SMALL
    assert reply.headers["content-disposition"] == 'attachment; filename="model.safetensors"'
    assert "X-Amz-Expires=300" in link
    assert httpx.get(link.replace(sha256, digest("x")), trust_env=False).status_code == 403


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED])
def test_a_server_in_trouble_is_told_and_is_not_final(
    shelf: S3Shelf, proxy: FaultProxy, fault: Fault
) -> None:
    sha256 = put(shelf.store, SMALL)
    behind = S3Store(client_of(proxy.url), shelf.bucket, len(LARGE))
    proxy.fault = lambda _: fault
    with pytest.raises(Unavailable):
        behind.open(sha256)
    with pytest.raises(Unavailable):
        put(behind, "other")
    proxy.fault = lambda _: Fault.NONE
    assert read(behind, sha256) == SMALL


def test_a_server_that_is_not_there(s3: S3Server, store_at: StoreAt) -> None:
    store = store_at(s3.address(), "http://127.0.0.1:9")
    for ask in (
        lambda: put(store, SMALL),
        lambda: store.open(digest(SMALL)),
        lambda: store.delete("a"),
    ):
        with pytest.raises(Unavailable):
            ask()


def test_a_bucket_that_is_not_there_is_trouble_and_no_missing_artifact(
    s3: S3Server, store_at: StoreAt
) -> None:
    store = store_at("s3://nobodys-bucket", s3.endpoint)
    with pytest.raises(Unavailable):
        store.open(digest(SMALL))


def test_credentials_that_are_refused_are_trouble(
    s3: S3Server,
    store_at: StoreAt,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-wrong-4410")
    store = store_at(s3.address(), s3.endpoint)
    with pytest.raises(Unavailable) as refusal:
        put(store, SMALL)
    assert "canary" not in caplog.text + str(refusal.value)


@pytest.mark.parametrize(
    ("address", "name", "prefix"),
    [
        ("s3://models", "models", ""),
        ("s3://models/", "models", ""),
        ("s3://models/team/one", "models", "team/one/"),
        ("s3://models/team/", "models", "team/"),
    ],
)
def test_addresses(address: str, name: str, prefix: str) -> None:
    bucket = Bucket.parse(address)
    assert (bucket.name, bucket.prefix) == (name, prefix)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "models",
        "s3://",
        "s3:///x",
        "s3://Upper",
        "s3://key:secret@models",
        "s3://a/b?c",
        "file:///x",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="must be like"):
        Bucket.parse(address)


@pytest.mark.parametrize(
    "endpoint", ["minio:9000", "ftp://x", "http://", "http://key:secret@minio"]
)
def test_what_is_no_endpoint(endpoint: str) -> None:
    with pytest.raises(ValueError, match="without credentials") as refusal:
        Bucket.parse("s3://models", endpoint)
    assert "secret" not in str(refusal.value)


def test_what_is_missing_is_missing(shelf: S3Shelf) -> None:
    with pytest.raises(NotFound):
        shelf.store.open(digest("nothing"))
