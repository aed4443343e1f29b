"""The data sets that jobs can be posted on: bundled, installed here, or reported by a dispatcher.

A data set is installed at DATA_DIR/datasets/<key>, where `dataset.json` describes it. The images
are read by the execution plane alone.
"""

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from searchspace.datasets import BUNDLED, KNOWN, DatasetInfo

log = logging.getLogger(__name__)

MANIFEST = "dataset.json"


def available(data_dir: Path, reported: Iterable[DatasetInfo]) -> dict[str, DatasetInfo]:
    """Every data set that a job can name now, by key; what is installed here is described here."""
    found = {info.key: info for info in reported}
    found |= {key: KNOWN[key] for key in BUNDLED}
    found |= installed(data_dir)
    return dict(sorted(found.items()))


def installed(data_dir: Path) -> dict[str, DatasetInfo]:
    """The data sets installed on this machine. One with an unreadable manifest is left out."""
    manifests = sorted((data_dir / "datasets").glob(f"*/{MANIFEST}"))
    infos = (_info(manifest) for manifest in manifests)
    return {info.key: info for info in infos if info is not None}


def file_of(data_dir: Path, key: str, name: str) -> Path | None:
    """A file of an installed data set, as nodes fetch it; None where it is not here.

    name: of the manifest, or of an array.
    """
    path = data_dir / "datasets" / key / name
    return path if path.is_file() else None


def _info(manifest: Path) -> DatasetInfo | None:
    try:
        info = DatasetInfo.model_validate(json.loads(manifest.read_bytes())["info"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        log.warning("%s is not a data set's manifest: %s", manifest, error)
        return None
    # A set being written lies in a directory that is not called after its key.
    return info if info.key == manifest.parent.name else None


def command_for(key: str) -> str:
    """The command that brings a data set to this machine."""
    folder = key.removeprefix("folder-")
    if folder != key:
        return f"tclsearch data register {folder} DIRECTORY"
    return f"tclsearch data fetch {key}"
