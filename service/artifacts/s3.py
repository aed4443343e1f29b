"""Artifacts in a bucket of S3, or of a server that speaks like it."""

import base64
import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from service.artifacts.intake import Intake
from service.artifacts.port import Upload
from service.errors import CorruptArtifact, NotFound, StorageFull, Unavailable

logger = logging.getLogger(__name__)

PART_BYTES = 8 * 1024 * 1024
"""Held in memory by each upload; what is larger goes up in parts. S3 takes none below 5 MiB."""
IN_MEMORY_BYTES = 1024 * 1024
"""A download that is larger is checked in a temporary file."""
CHUNK_BYTES = 256 * 1024
LINK_SECONDS = 300

_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w!.*'()/-]*))?", re.ASCII)
_NAME = re.compile(r"[0-9a-f]{64}")
_ALREADY_THERE = 412
_WRITTEN_AT_ONCE = 409
_NOT_IMPLEMENTED = 501
_ABSENT = frozenset({"NoSuchKey", "404"})
_NO_ROOM = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507"})
_ONCE: Mapping[str, str] = {"IfNoneMatch": "*"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where in S3 the artifacts are.

    prefix: of every key; empty, or with a slash at its end. endpoint: of a server that is not
    Amazon's. region: None for that of the usual chain, from which credentials come too.
    """

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None

    @classmethod
    def parse(
        cls, address: str, endpoint: str | None = None, region: str | None = None
    ) -> "Bucket":
        """The bucket of an address like `s3://bucket/prefix`. Raises ValueError."""
        match = _ADDRESS.fullmatch(address)
        if match is None:
            raise ValueError("the artifacts' address must be like s3://bucket/prefix")
        if endpoint is not None and not _is_plain(endpoint):
            raise ValueError("the artifacts' endpoint must be http or https, without credentials")
        prefix = (match[2] or "").strip("/")
        return cls(match[1], f"{prefix}/" if prefix else "", endpoint, region)

    def key(self, sha256: str) -> str:
        return f"{self.keys}{sha256[:2]}/{sha256}"

    @property
    def keys(self) -> str:
        """What all keys begin with."""
        return f"{self.prefix}sha256/"


class S3Store:
    """Artifacts as objects `PREFIX/sha256/ab/abcd…`.

    An upload hashes what passes and holds one part of it; nothing is visible before the hash was
    found right. An object that is there and whole is never replaced. A download is hashed whole
    before its first byte is given out.
    """

    def __init__(
        self, client: Any, bucket: Bucket, max_bytes: int, part_bytes: int = PART_BYTES
    ) -> None:
        self.bucket = bucket
        self._client = client
        self._max_bytes = max_bytes
        self._part_bytes = part_bytes

    @contextmanager
    def upload(self, sha256: str) -> Iterator[Upload]:
        upload = _ObjectUpload(
            self._client,
            {"Bucket": self.bucket.name, "Key": self.bucket.key(sha256)},
            Intake(sha256, self._max_bytes),
            self._part_bytes,
            is_there=lambda: self._is_there(sha256),
        )
        try:
            with _available():
                yield upload
        finally:
            upload.discard()

    def open(self, sha256: str) -> BinaryIO:
        with _available():
            file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  the caller's
            try:
                self._fetch(sha256, cast(BinaryIO, file))
            except BaseException:
                file.close()
                raise
            file.seek(0)
            return cast(BinaryIO, file)

    def _fetch(self, sha256: str, file: BinaryIO) -> None:
        reply = self._client.get_object(Bucket=self.bucket.name, Key=self.bucket.key(sha256))
        found = hashlib.sha256()
        with closing(reply["Body"]) as body:
            while chunk := body.read(CHUNK_BYTES):
                found.update(chunk)
                file.write(chunk)
        if found.hexdigest() != sha256:
            raise CorruptArtifact(f"the stored bytes of {sha256} have changed")

    def link(self, sha256: str, filename: str) -> str | None:
        asked = {
            "Bucket": self.bucket.name,
            "Key": self.bucket.key(sha256),
            "ResponseContentDisposition": f'attachment; filename="{filename}"',
            "ResponseContentType": "application/octet-stream",
        }
        with _available():
            url: str = self._client.generate_presigned_url(
                "get_object", Params=asked, ExpiresIn=LINK_SECONDS
            )
            return url

    def delete(self, sha256: str) -> None:
        with _available():
            self._client.delete_object(Bucket=self.bucket.name, Key=self.bucket.key(sha256))

    def names(self, before: datetime) -> Iterator[str]:
        with _available():
            for page in self._pages("list_objects_v2"):
                for found in page.get("Contents", ()):
                    name = found["Key"].rpartition("/")[2]
                    if found["LastModified"] < before and _NAME.fullmatch(name):
                        yield name

    def abandon(self, before: datetime) -> None:
        with _available():
            for page in self._pages("list_multipart_uploads"):
                for found in page.get("Uploads", ()):
                    if found["Initiated"] < before:
                        self._client.abort_multipart_upload(
                            Bucket=self.bucket.name, Key=found["Key"], UploadId=found["UploadId"]
                        )

    def close(self) -> None:
        self._client.close()

    def _is_there(self, sha256: str) -> bool:
        try:
            self.open(sha256).close()
        except (CorruptArtifact, NotFound):
            return False
        return True

    def _pages(self, operation: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator(operation)
        yield from pages.paginate(Bucket=self.bucket.name, Prefix=self.bucket.keys)


class _ObjectUpload:
    """In one request where it is small, in parts where it is not.

    is_there: whether the bytes are stored already, and right.
    """

    def __init__(
        self,
        client: Any,
        place: Mapping[str, str],
        intake: Intake,
        part_bytes: int,
        is_there: Callable[[], bool],
    ) -> None:
        self._client = client
        self._object = place
        self._intake = intake
        self._part_bytes = part_bytes
        self._is_there = is_there
        self._pending = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def write(self, chunk: bytes) -> None:
        self._intake.take(chunk)
        self._pending += chunk
        while len(self._pending) > self._part_bytes:
            self._send_part(self._part_bytes)

    def seal(self) -> int:
        self._intake.require_whole()
        if self._upload_id is not None:
            self._send_part(len(self._pending))
        return self._intake.size

    def keep(self) -> None:
        try:
            self._place(**_ONCE)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == _WRITTEN_AT_ONCE:
                raise Unavailable("the same bytes come in just now", retry_after=1) from error
            if status == _ALREADY_THERE and self._is_there():
                return
            if status not in (_ALREADY_THERE, _NOT_IMPLEMENTED):
                raise
            self._place()

    def discard(self) -> None:
        if self._upload_id is None:
            return
        try:
            self._client.abort_multipart_upload(**self._object, UploadId=self._upload_id)
        except (BotoCoreError, ClientError) as error:
            logger.warning("an upload is left to the next collection: %s", error)

    def _send_part(self, size: int) -> None:
        if self._upload_id is None:
            begun = self._client.create_multipart_upload(
                **self._object, ChecksumAlgorithm="SHA256"
            )
            self._upload_id = begun["UploadId"]
        data = bytes(self._pending[:size])
        part = {"PartNumber": len(self._parts) + 1, "ChecksumSHA256": _checksum(data)}
        sent = self._client.upload_part(
            **self._object, **part, UploadId=self._upload_id, Body=data
        )
        self._parts.append({**part, "ETag": sent["ETag"]})
        del self._pending[:size]

    def _place(self, **condition: str) -> None:
        if self._upload_id is None:
            data = bytes(self._pending)
            self._client.put_object(
                **self._object, **condition, Body=data, ChecksumSHA256=_checksum(data)
            )
        else:
            self._client.complete_multipart_upload(
                **self._object,
                **condition,
                UploadId=self._upload_id,
                MultipartUpload={"Parts": self._parts},
            )
            self._upload_id = None


def s3_client(bucket: Bucket) -> Any:
    """A client of the bucket's server, which it does not speak to yet."""
    config = Config(
        signature_version="s3v4",
        # Servers that are not Amazon's seldom have a name for each bucket.
        s3={"addressing_style": "path" if bucket.endpoint else "auto"},
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=50,
        # Ours are SHA-256 and always there; others confuse servers that are not Amazon's.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3", region_name=bucket.region, endpoint_url=bucket.endpoint, config=config
    )


def _is_plain(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def _checksum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _ABSENT:
            raise NotFound("there is no such artifact") from None
        logger.warning("artifact storage: %s", error)
        if code in _NO_ROOM:
            raise StorageFull("the storage of the artifacts is full") from error
        raise Unavailable("the artifact storage refuses") from error
    except (BotoCoreError, OSError) as error:
        logger.warning("artifact storage: %s", error)
        raise Unavailable("the artifact storage is not available") from error
