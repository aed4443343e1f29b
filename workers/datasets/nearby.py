"""Data sets on a node of a cluster: its own, or brought from the control plane once and kept.

A brought one lies in `CACHE/VERSION/datasets/<key>`, where VERSION is the hash of its manifest. So
what is registered anew under a name gets a place of its own, and who reads the earlier one goes on.
"""

import fcntl
import hashlib
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO, Protocol

from pydantic import ValidationError

from searchspace.datasets import BUNDLED
from workers.datasets import store
from workers.datasets.errors import DatasetCorrupt, DatasetMissing

ARRAY = re.compile(r"[a-z_]+\.npy")
UNUSED_SECONDS = 30 * 86_400.0
"""What no trial of this node has begun to read for so long is deleted when something new comes."""


class Source(Protocol):
    """The control plane, as far as it hands out the job's data set."""

    def dataset_file(self, name: str, into: BinaryIO) -> bool:
        """Write one of the set's files into an empty one; False where it does not have it."""


def bring(key: str, own: Path | None, cache: Path, source: Source) -> Path:
    """The directory to give to `store.load`: this node's own, or its cache of what others have.

    own: the node's data directory, which goes first where it has the set.
    However many trials ask at once, one of them brings a set and the others wait for it.

    Raises:
        DatasetMissing: neither this node nor the control plane has it.
        DatasetCorrupt: what came is not what the manifest says; nothing is kept of it.
    """
    if key in BUNDLED:
        return cache
    if own is not None and store.is_installed(own, key):
        return own
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    staging = Path(mkdtemp(prefix=".bringing-", dir=cache))
    try:
        manifest = staging / store.MANIFEST
        _write(source, manifest)
        version = hashlib.sha256(manifest.read_bytes()).hexdigest()
        place = cache / version
        with _alone(cache / f".{version}.lock"):
            if not place.exists():
                _forget_unused(cache)
                _bring(key, source, staging)
                staging.rename(place)
            # Its time of use.
            place.touch()
        return place
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _bring(key: str, source: Source, staging: Path) -> None:
    """Complete a directory that holds the manifest alone."""
    directory = store.datasets_dir(staging) / key
    directory.mkdir(parents=True)
    manifest = (staging / store.MANIFEST).rename(directory / store.MANIFEST)
    try:
        told = store.Manifest.model_validate_json(manifest.read_bytes())
    except ValidationError as error:
        raise DatasetCorrupt(f"the control plane's manifest of {key}: {error}") from None
    for name, sha256 in told.sha256.items():
        if not ARRAY.fullmatch(name):
            raise DatasetCorrupt(f"the control plane's manifest of {key} names {name!r}")
        _write(source, directory / name)
        if store.sha256_of(directory / name) != sha256:
            raise DatasetCorrupt(f"{name} of {key} came in other bytes than its manifest says")


def _write(source: Source, path: Path) -> None:
    with path.open("w+b") as file:
        there = source.dataset_file(path.name, file)
    if not there:
        raise DatasetMissing(
            "the data set is neither on this node nor with the control plane; "
            "`tclsearch data fetch`, run for the one or the other, brings it"
        )


def _forget_unused(cache: Path) -> None:
    before = time.time() - UNUSED_SECONDS
    for path in cache.iterdir():
        with suppress(FileNotFoundError):
            if path.is_dir() and path.stat().st_mtime < before:
                # Whoever has mapped a file keeps it.
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock of this node, which the kernel drops should this process end."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
