"""Images in class folders: `<class>/<picture>`, with or without `train` and `val` around."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workers.datasets.errors import DatasetError
from workers.datasets.pictures import SUFFIXES, read_picture
from workers.datasets.prepared import Images, Labels, Prepared, Progress
from workers.datasets.stratify import stratified

TEST_FRACTION = 0.2
SPLIT_SEED = 0


@dataclass(frozen=True, slots=True)
class _Listing:
    """Pictures with the numbers of their classes, in order of class and name."""

    paths: tuple[Path, ...]
    labels: Labels

    def taken(self, indices: Labels) -> "_Listing":
        return _Listing(tuple(self.paths[i] for i in indices), self.labels[indices])


def read(source: Path, side: int, scratch: Path, progress: Progress) -> Prepared:
    """Every PNG and JPEG, as an RGB square of `side` pixels.

    With a `train` folder, the test part is `test` or else `val`; otherwise it is a fifth of the
    images, stratified and always the same. Classes are named by their folders and numbered in
    alphabetical order.

    Raises:
        DatasetError: fewer than two classes, none or unreadable pictures, or a class in the test
            part that the train part lacks.
    """
    train_root, test_root = _parts(source)
    names = _class_names(train_root)
    train = _list(train_root, names)
    if test_root is not None:
        test = _list(test_root, names)
    else:
        chosen, rest = stratified(train.labels, _test_images(train), seed=SPLIT_SEED)
        train, test = train.taken(rest), train.taken(chosen)
    total = len(train.paths) + len(test.paths)
    return Prepared(
        train_images=_decode(train, side, scratch / "train.npy", progress, 0, total),
        train_labels=train.labels,
        test_images=_decode(test, side, scratch / "test.npy", progress, len(train.paths), total),
        test_labels=test.labels,
        class_names=names,
        source=str(source),
    )


def _parts(source: Path) -> tuple[Path, Path | None]:
    """Where the train images are, and where the test images are if they have their own place."""
    if not source.is_dir():
        raise DatasetError(f"{source} is no directory")
    if not (source / "train").is_dir():
        return source, None
    own = (source / name for name in ("test", "val"))
    return source / "train", next((path for path in own if path.is_dir()), None)


def _class_names(root: Path) -> tuple[str, ...]:
    names = sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(names) < 2:
        raise DatasetError(f"{root} holds {len(names)} class folders; it takes two at least")
    return tuple(names)


def _list(root: Path, names: tuple[str, ...]) -> _Listing:
    unknown = set(_class_names(root)) - set(names)
    if unknown:
        raise DatasetError(
            f"{root} has classes without train images: {', '.join(sorted(unknown))}"
        )
    paths: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(names):
        found = sorted(p for p in (root / name).rglob("*") if p.suffix.lower() in SUFFIXES)
        paths += found
        labels += [label] * len(found)
    if not paths:
        raise DatasetError(f"{root} holds no PNG or JPEG files")
    return _Listing(tuple(paths), np.array(labels, dtype=np.int64))


def _test_images(listing: _Listing) -> int:
    count = round(len(listing.paths) * TEST_FRACTION)
    if not 1 <= count < len(listing.paths):
        raise DatasetError(f"{len(listing.paths)} images are too few to split")
    return count


def _decode(
    listing: _Listing, side: int, file: Path, progress: Progress, before: int, total: int
) -> Images:
    """The pictures in an array on disk: all of them need not fit into memory."""
    shape = (len(listing.paths), side, side, 3)
    images = np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=shape)
    for index, path in enumerate(listing.paths):
        images[index] = read_picture(path, side)
        progress("decode", before + index + 1, total)
    return images
