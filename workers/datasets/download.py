"""Published archives from their publishers, through torchvision and its checksums."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from workers.datasets.errors import DatasetError
from workers.datasets.prepared import Progress


def download_cifar100(into: Path, progress: Progress) -> Path:
    """The archive of the python version.

    Raises:
        DatasetError: it could not be downloaded.
    """
    published = _torchvision().CIFAR100
    files = [(published.url, published.filename, published.tgz_md5)]
    _download("cifar100", files, into, progress)
    return into / str(published.filename)


def download_fashion_mnist(into: Path, progress: Progress) -> Path:
    """A directory of the four IDX files.

    Raises:
        DatasetError: they could not be downloaded.
    """
    published = _torchvision().FashionMNIST
    mirror = published.mirrors[0]
    files = [(f"{mirror}{name}", name, md5) for name, md5 in published.resources]
    _download("fashion-mnist", files, into, progress)
    return into


def download_imagenette(into: Path, progress: Progress) -> Path:
    """A directory of `train` and `val`, images of 160 pixels on their shorter side.

    Raises:
        DatasetError: it could not be downloaded.
    """
    progress("download", 0, 1)
    with _explained("imagenette"):
        _torchvision().Imagenette(into, size="160px", download=True)
    progress("download", 1, 1)
    return next(train.parent for train in into.glob("*/train"))


def _download(key: str, files: list[tuple[str, str, str]], into: Path, progress: Progress) -> None:
    fetch = _torchvision().utils.download_url
    for done, (url, name, md5) in enumerate(files):
        progress("download", done, len(files))
        with _explained(key):
            fetch(url, into, name, md5)
    progress("download", len(files), len(files))


@contextmanager
def _explained(key: str) -> Iterator[None]:
    try:
        yield
    # torchvision raises RuntimeError where a checksum differs; URLError is an OSError.
    except (OSError, RuntimeError) as error:
        raise DatasetError(
            f"{key} could not be downloaded ({error}); bring its published files here and give "
            "them as the source"
        ) from None


def _torchvision() -> ModuleType:
    """Imported here, as it takes seconds that only a download is worth."""
    from workers import torchvision_shim  # noqa: F401, I001, PLC0415  # must come first
    from torchvision import datasets  # noqa: PLC0415  # see above

    module: ModuleType = datasets
    return module
