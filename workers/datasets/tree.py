"""Files of a published data set, in a directory or still in its tar archive."""

import tarfile
from functools import cached_property
from pathlib import Path

from workers.datasets.errors import DatasetCorrupt, DatasetError


class Tree:
    """The files directly inside one folder.

    source: the folder, a directory that holds it under its published name, or the archive.
    """

    def __init__(self, source: Path, folder: str) -> None:
        self.source = source
        self._folder = folder

    def __contains__(self, name: str) -> bool:
        if self.source.is_file():
            return name in self._archived
        return (self._directory / name).is_file()

    def read(self, name: str) -> bytes:
        """The bytes of one file.

        Raises:
            DatasetError: there is no such file.
            DatasetCorrupt: the archive is damaged.
        """
        if name not in self:
            raise DatasetError(f"{self.source} holds no {name}")
        if self.source.is_file():
            return self._archived[name]
        return (self._directory / name).read_bytes()

    @property
    def _directory(self) -> Path:
        inner = self.source / self._folder
        return inner if inner.is_dir() else self.source

    @cached_property
    def _archived(self) -> dict[str, bytes]:
        """Every file of the folder, in one pass: a compressed archive has no shorter way."""
        found = {}
        try:
            with tarfile.open(self.source) as archive:
                for member in archive:
                    folder, _, name = member.name.rpartition("/")
                    if member.isfile() and folder == self._folder:
                        file = archive.extractfile(member)
                        assert file is not None
                        found[name] = file.read()
        except (tarfile.TarError, EOFError, OSError) as error:
            raise DatasetCorrupt(f"{self.source}: {error}") from None
        return found


def unpack(archive: Path, into: Path) -> None:
    """Every file of a tar archive, none of them outside of `into`.

    Raises:
        DatasetCorrupt: the archive is damaged, or asks for more than plain files and directories.
    """
    try:
        with tarfile.open(archive) as files:
            files.extractall(into, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DatasetCorrupt(f"{archive}: {error}") from None
