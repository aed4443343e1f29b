"""Each kind of artifact store, and what it holds seen from behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from service.artifacts.directory import DirectoryStore
from service.artifacts.port import ArtifactStore
from service.artifacts.s3 import Bucket, S3Store, s3_client
from tests.s3_server import BUCKET, S3Server

PART_BYTES = 5 * 1024 * 1024
"""The least that S3 takes."""


class Shelf(Protocol):
    """settings: of a service that stores there."""

    store: ArtifactStore
    settings: dict[str, Any]

    def held(self) -> dict[str, bytes]:
        """Everything there, whole or not: by name, and by what it is called while it comes in."""
        ...

    def alter(self, sha256: str, data: bytes) -> None: ...

    def leave_behind(self) -> None:
        """What an upload leaves whose machine went down."""
        ...


class DirectoryShelf:
    def __init__(self, root: Path, max_bytes: int) -> None:
        self.root = root
        self.store = DirectoryStore(root, max_bytes)
        self.settings: dict[str, Any] = {}

    def held(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def alter(self, sha256: str, data: bytes) -> None:
        (place,) = self.root.rglob(sha256)
        place.write_bytes(data)

    def leave_behind(self) -> None:
        (self.root / "incoming").mkdir(parents=True, exist_ok=True)
        (self.root / "incoming" / "left").write_bytes(b"ab")


class S3Shelf:
    def __init__(self, server: S3Server, max_bytes: int, endpoint: str | None = None) -> None:
        address = server.address()
        endpoint = endpoint or server.endpoint
        self._client = server.client
        self.bucket = Bucket.parse(address, endpoint)
        self.store = S3Store(client_of(endpoint), self.bucket, max_bytes, PART_BYTES)
        self.settings = {"artifacts": address, "artifacts_endpoint": endpoint}

    def held(self) -> dict[str, bytes]:
        """An upload in parts that was not ended is held under its id."""
        listed = self._client.list_objects_v2(Bucket=BUCKET, Prefix=self.bucket.prefix)
        keys = [each["Key"] for each in listed.get("Contents", ())]
        begun = self._client.list_multipart_uploads(Bucket=BUCKET, Prefix=self.bucket.prefix)
        return {key.rpartition("/")[2]: self._read(key) for key in keys} | {
            each["UploadId"]: b"" for each in begun.get("Uploads", ())
        }

    def alter(self, sha256: str, data: bytes) -> None:
        self._client.put_object(Bucket=BUCKET, Key=self.bucket.key(sha256), Body=data)

    def leave_behind(self) -> None:
        self._client.create_multipart_upload(Bucket=BUCKET, Key=self.bucket.key("ab" * 32))

    def _read(self, key: str) -> bytes:
        data: bytes = self._client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return data


_clients: dict[str, Any] = {}


def client_of(endpoint: str) -> Any:
    """Made once: reading what S3 can do takes a while."""
    if endpoint not in _clients:
        _clients[endpoint] = s3_client(Bucket(BUCKET, endpoint=endpoint))
    return _clients[endpoint]


def forget_clients() -> None:
    while _clients:
        _clients.popitem()[1].close()


NewShelf = Callable[[int], Shelf]


def new_shelf(request: pytest.FixtureRequest, tmp_path: Path) -> NewShelf:
    """Makes shelves for so many bytes an artifact, of the kind that the request's parameter names."""
    if request.param == "directory":
        return lambda max_bytes: DirectoryShelf(tmp_path / "artifacts", max_bytes)
    server: S3Server = request.getfixturevalue("s3")
    return lambda max_bytes: S3Shelf(server, max_bytes)
