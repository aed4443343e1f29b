"""The data sets on this machine: `DATA_DIR/datasets/<key>/`, four arrays and a manifest each.

A set is there whole or not at all: it is written beside its place and renamed into it. Digits
come with an installed library and need no place.
"""

import hashlib
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from searchspace.architecture import Frozen
from searchspace.datasets import BUNDLED, KNOWN, DatasetInfo
from workers.datasets import digits
from workers.datasets.errors import DatasetCorrupt, DatasetMissing
from workers.datasets.prepared import ARRAYS, Prepared

logger = logging.getLogger(__name__)

MANIFEST = "dataset.json"


class Manifest(Frozen):
    """What `dataset.json` holds. `sha256` is that of each file by name."""

    info: DatasetInfo
    class_names: tuple[str, ...]
    sha256: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]
    source: str


def datasets_dir(data_dir: Path) -> Path:
    return data_dir / "datasets"


def installed(data_dir: Path) -> dict[str, DatasetInfo]:
    """Every data set that a job on this machine can use, by key. A broken one is left out."""
    found = {key: KNOWN[key] for key in sorted(BUNDLED)}
    for path in sorted(datasets_dir(data_dir).glob(f"*/{MANIFEST}")):
        try:
            info = _manifest(path.parent).info
        except DatasetCorrupt as error:
            logger.warning("data set left out: %s", error)
            continue
        # A set being written lies in a directory that is not called after its key.
        if info.key == path.parent.name:
            found[info.key] = info
    return found


def install(data_dir: Path, key: str, prepared: Prepared) -> DatasetInfo:
    """Write a data set and put it in its place, instead of an earlier one if there is.

    Raises:
        DatasetCorrupt: the arrays do not fit together; nothing is changed.
    """
    info = prepared.info(key)
    root = datasets_dir(data_dir)
    root.mkdir(parents=True, exist_ok=True)
    staging = Path(mkdtemp(prefix=f".{key}-", dir=root))
    try:
        _write(staging, info, prepared)
        _move(staging, root / key)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return info


def load(data_dir: Path, key: str, names: Sequence[str] = ARRAYS) -> dict[str, NDArray[Any]]:
    """The named arrays of `Prepared`, verified by hash.

    Raises:
        DatasetMissing: the set is not on this machine.
        DatasetCorrupt: its files are not the ones that were installed.
    """
    if key in BUNDLED:
        prepared = digits.read()
        return {name: getattr(prepared, name) for name in names}
    directory = datasets_dir(data_dir) / key
    if not (directory / MANIFEST).exists():
        raise DatasetMissing(
            f"data set {key} is not on this machine; `tclsearch data fetch {key}` brings it"
        )
    manifest = _manifest(directory)
    return {name: _open(directory / f"{name}.npy", manifest) for name in names}


def _manifest(directory: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((directory / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise DatasetCorrupt(f"{directory / MANIFEST}: {error}") from None


def _write(directory: Path, info: DatasetInfo, prepared: Prepared) -> None:
    hashes = {}
    for name in ARRAYS:
        path = directory / f"{name}.npy"
        np.save(path, getattr(prepared, name), allow_pickle=False)
        _sync(path)
        hashes[path.name] = _sha256(path)
    manifest = Manifest(
        info=info, class_names=prepared.class_names, sha256=hashes, source=prepared.source
    )
    path = directory / MANIFEST
    path.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    _sync(path)
    _sync(directory)


def _move(staging: Path, place: Path) -> None:
    # mkdtemp's directory is private to the user who fetches; trials may run as another.
    staging.chmod(0o755)
    if place.exists():
        # A directory cannot be renamed over a full one; running trials keep the files they mapped.
        shutil.rmtree(place.rename(staging.with_suffix(".replaced")))
    staging.rename(place)
    _sync(place.parent)


def _open(path: Path, manifest: Manifest) -> NDArray[Any]:
    try:
        found = _sha256(path)
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DatasetCorrupt(f"{path}: {error}") from None
    if found != manifest.sha256.get(path.name):
        key = manifest.info.key
        raise DatasetCorrupt(f"{path} has changed since; `tclsearch data fetch {key}` repairs it")
    return array


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
