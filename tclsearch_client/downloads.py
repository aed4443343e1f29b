"""Downloads that go on where they were cut off, and are whole and verified, or not there at all.

The bytes are kept in `MODEL.FORMAT.SHA256.part` until they hash to what the service promised, and
only then get the service's name for them. The digest is the download's ETag, so that a later try,
also one of another process, asks for the rest of these very bytes and for nothing else.
"""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tclsearch_client import calls
from tclsearch_client.errors import (
    DigestMismatch,
    NotFound,
    RequestFailed,
    TclsearchError,
    Unreachable,
)
from tclsearch_client.exchange import Head, Read, Repeat, Request, Steps, open_stream
from tclsearch_client.retrying import Patience, Tries, attempt, may_repeat

Format = Literal["checkpoint", "onnx", "onnx-int8", "pte", "bundle"]
KNEE = "knee"
"""Stands for the model of the front that is nearest to the ideal one."""

Progress = Callable[[int, int | None], None]
"""Told how many bytes are there, and of how many; None where the service does not say."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(r'filename="([A-Za-z0-9][A-Za-z0-9._-]*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """What has come of one download so far. etag: of the version it is a part of."""

    path: Path
    etag: str

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @classmethod
    def find(cls, directory: Path, stem: str) -> "Part | None":
        for path in sorted(directory.glob(f"{stem}.*.part")):
            digest = path.name.removeprefix(f"{stem}.").removesuffix(".part")
            if _DIGEST.fullmatch(digest):
                return cls(path, f'"{digest}"')
        return None

    @classmethod
    def of(cls, directory: Path, stem: str, etag: str) -> "Part":
        digest = etag.strip('"')
        suffix = digest if _DIGEST.fullmatch(digest) else "unknown"
        return cls(directory / f"{stem}.{suffix}.part", etag)

    def matches(self) -> bool:
        """Whether the bytes hash to their version's name; true where that is no digest."""
        promised = self.etag.strip('"')
        if not _DIGEST.fullmatch(promised):
            return True
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == promised


def download(
    job_id: str,
    model_id: str,
    form: Format,
    directory: Path,
    patience: Patience,
    progress: Progress | None = None,
) -> Steps[Path]:
    """Fetch a model's file into `directory`; the path of the whole, verified file.

    Raises:
        DigestMismatch: what came is not what the service promised.
        RequestFailed: there is no such model, or the front has no knee yet.
        Unreachable: nothing more came for as long as `patience`.
    """
    if model_id == KNEE:
        front = yield from attempt(calls.front(job_id, None, True), patience)
        if front.knee is None:
            raise NotFound(404, "empty_front", f"the front of {job_id} is empty")
        model_id = front.knee
    directory.mkdir(parents=True, exist_ok=True)
    stem = f"{re.sub(r'[^A-Za-z0-9_-]', '_', model_id)}.{form}"
    where = calls.path("jobs", job_id, "models", model_id, form)
    tries, kept = Tries(patience), Part.find(directory, stem)
    while True:
        had = 0 if kept is None else kept.size
        try:
            head, part = yield from _fetch(where, directory, stem, kept, progress)
        except (Unreachable, RequestFailed) as error:
            kept = Part.find(directory, stem)
            if _is_spent(error) and kept is not None:
                kept.path.unlink()
                kept = None
                continue
            if not may_repeat(error, Repeat.ALWAYS):
                raise
            if (kept.size if kept else 0) > had:
                tries.succeeded()
            yield tries.wait(error)
            continue
        if part.matches():
            return _publish(part, directory / _file_name(head, stem))
        part.path.unlink()
        if not had:
            raise DigestMismatch(f"{where}: the bytes received are not those promised")
        # The part may have been damaged here; what comes anew cannot have been.
        kept = None


def _fetch(
    where: str, directory: Path, stem: str, kept: Part | None, progress: Progress | None
) -> Steps[tuple[Head, Part]]:
    """One request, for the rest of what is kept or for everything, read to its end."""
    headers = {}
    if kept is not None and kept.size:
        headers = {"Range": f"bytes={kept.size}-", "If-Range": kept.etag}
    # Compressed, the bytes would not be those that were hashed, nor their number.
    headers["Accept-Encoding"] = "identity"
    head = yield from open_stream(Request("GET", where, headers=headers))
    part = Part.of(directory, stem, head.headers.get("etag", ""))
    on = head.status == 206 and kept is not None and kept.path == part.path
    if kept is not None and kept.path != part.path:
        kept.path.unlink(missing_ok=True)
    with part.path.open("ab" if on else "wb") as file:
        here = file.tell()
        length = head.headers.get("content-length", "")
        total = here + int(length) if length.isdecimal() else None
        while chunk := (yield Read()):
            here += file.write(chunk)
            if progress is not None:
                progress(here, total)
        file.flush()
        os.fsync(file.fileno())
    return head, part


def _is_spent(error: TclsearchError) -> bool:
    """Whether a part already holds as many bytes as there are, or more."""
    return isinstance(error, RequestFailed) and error.status == 416


def _publish(part: Part, place: Path) -> Path:
    return part.path.replace(place)


def _file_name(head: Head, stem: str) -> str:
    match = _FILE_NAME.search(head.headers.get("content-disposition", ""))
    return match[1] if match else stem
