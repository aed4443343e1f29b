"""The data sets on this machine: `DATA_DIR/datasets/<key>/`, four arrays and a manifest each.

A set is there whole or not at all: it is written beside its place and renamed into it. Digits
come with an installed library and need no place. A set of pictures has their files beside the arrays,
packed. A job may ask for images of another size: `<key>/sizes/<side>/` is the same set again, made
when it is first asked for, of the pictures' files or else of the arrays.
"""

import fcntl
import hashlib
import logging
import os
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp, mkstemp
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from searchspace.architecture import Frozen
from searchspace.datasets import BUNDLED, KNOWN, DatasetInfo
from workers.datasets import digits
from workers.datasets.errors import DatasetCorrupt, DatasetError, DatasetMissing
from workers.datasets.prepared import ARRAYS, PARTS, Images, Originals, Prepared
from workers.datasets.sizes import resized

logger = logging.getLogger(__name__)

MANIFEST = "dataset.json"
SIZES = "sizes"


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


def is_installed(data_dir: Path, key: str) -> bool:
    return (datasets_dir(data_dir) / key / MANIFEST).exists()


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


def load(
    data_dir: Path, key: str, names: Sequence[str] = ARRAYS, side: int | None = None
) -> dict[str, NDArray[Any]]:
    """The named arrays of `Prepared`, verified by hash.

    side: of the images, in pixels; as they are kept, by default.

    Raises:
        DatasetMissing: the set is not on this machine.
        DatasetCorrupt: its files are not the ones that were installed.
        DatasetError: another size of it cannot be kept here.
    """
    if key in BUNDLED:
        prepared = digits.read()
        if side is not None:
            prepared = resized(prepared, side, np.empty)
        return {name: getattr(prepared, name) for name in names}
    directory = datasets_dir(data_dir) / key
    if not is_installed(data_dir, key):
        raise DatasetMissing(
            f"data set {key} is not on this machine; `tclsearch data fetch {key}` brings it"
        )
    manifest = _manifest(directory)
    if side is not None and manifest.info.resized(side) != manifest.info:
        directory = _of_size(directory, manifest, side)
        manifest = _manifest(directory)
    return {name: _open(directory, name, manifest) for name in names}


def _of_size(directory: Path, manifest: Manifest, side: int) -> Path:
    """Where the same set is with images of another size; made by whoever is first to ask."""
    place = directory / SIZES / str(side)
    if (place / MANIFEST).exists():
        return place
    try:
        place.parent.mkdir(exist_ok=True)
        with (place.parent / ".lock").open("w") as lock:
            # Trials of a job start together, and one of them is enough.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (place / MANIFEST).exists():
                _make_size(directory, manifest, side, place)
    except OSError as error:
        raise DatasetError(
            f"{manifest.info.key} cannot be kept at {side} pixels in {place.parent}: {error}"
        ) from None
    return place


def _make_size(directory: Path, manifest: Manifest, side: int, place: Path) -> None:
    with TemporaryDirectory(prefix=f".{side}-", dir=place.parent) as scratch:
        staging = Path(scratch, "set")
        staging.mkdir()
        made = resized(_read(directory, manifest), side, partial(_mapped, Path(scratch)))
        _write(staging, manifest.info.resized(side), made)
        _move(staging, place)


def _mapped(scratch: Path, shape: tuple[int, ...], dtype: type[np.uint8]) -> Images:
    """A new array on disk, as all images need not fit into memory."""
    handle, name = mkstemp(suffix=".npy", dir=scratch)
    os.close(handle)
    return np.lib.format.open_memmap(name, mode="w+", dtype=dtype, shape=shape)


def _read(directory: Path, manifest: Manifest) -> Prepared:
    originals = {
        part: Originals(*(_open(directory, name, manifest) for name in _files_of(part)))
        for part in PARTS
        if f"{_files_of(part)[0]}.npy" in manifest.sha256
    }
    return Prepared(
        **{name: _open(directory, name, manifest) for name in ARRAYS},
        class_names=manifest.class_names,
        source=manifest.source,
        originals=originals,
    )


def _files_of(part: str) -> tuple[str, str]:
    """Names of the arrays of a part's pictures as files: their bytes, and their ends."""
    return f"{part}_files", f"{part}_file_ends"


def _manifest(directory: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((directory / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise DatasetCorrupt(f"{directory / MANIFEST}: {error}") from None


def _write(directory: Path, info: DatasetInfo, prepared: Prepared) -> None:
    hashes = {}
    arrays = {name: getattr(prepared, name) for name in ARRAYS}
    for part, originals in prepared.originals.items():
        arrays |= zip(_files_of(part), (originals.data, originals.ends), strict=True)
    for name, array in arrays.items():
        path = directory / f"{name}.npy"
        np.save(path, array, allow_pickle=False)
        _sync(path)
        hashes[path.name] = sha256_of(path)
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


def _open(directory: Path, name: str, manifest: Manifest) -> NDArray[Any]:
    path = directory / f"{name}.npy"
    try:
        found = sha256_of(path)
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DatasetCorrupt(f"{path}: {error}") from None
    if found != manifest.sha256.get(path.name):
        key = manifest.info.key
        raise DatasetCorrupt(f"{path} has changed since; `tclsearch data fetch {key}` repairs it")
    return array


def sha256_of(path: Path) -> str:
    """The hash of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
