"""Images in class folders: `<class>/<picture>`, with or without `train` and `val` around."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from workers.datasets.errors import DatasetError
from workers.datasets.pictures import SUFFIXES, decode_picture
from workers.datasets.prepared import Images, Labels, Originals, Prepared, Progress
from workers.datasets.stratify import stratified

TEST_FRACTION = 0.2
SPLIT_SEED = 0
MOST_NAMED = 5
"""Classes that an error names; there may be thousands."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """Pictures with the numbers of their classes, in order of class and name."""

    paths: tuple[Path, ...]
    labels: Labels

    def taken(self, indices: Labels) -> "_Listing":
        return _Listing(tuple(self.paths[i] for i in indices), self.labels[indices])


def read(source: Path, side: int, scratch: Path, progress: Progress) -> Prepared:
    """Every PNG and JPEG, as an RGB square of `side` pixels, and the files themselves.

    With a `train` folder, the test part is `test` or else `val`; otherwise it is a fifth of the
    images, stratified and always the same. Classes are named by their folders and numbered in
    alphabetical order.

    Raises:
        DatasetError: fewer than two classes, a class without pictures, unreadable ones, or other
            classes in the test part than in the train part.
    """
    train_root, test_root = _roots(source)
    names = _class_names(train_root)
    train = _list(train_root, names)
    if test_root is not None:
        _refuse_other_classes(train_root, test_root, names)
        test = _list(test_root, names)
    else:
        chosen, rest = stratified(train.labels, _test_images(train, names), seed=SPLIT_SEED)
        train, test = train.taken(rest), train.taken(chosen)
    total = len(train.paths) + len(test.paths)
    train_images, train_files = _decode(train, side, scratch / "train", progress, 0, total)
    done = len(train.paths)
    test_images, test_files = _decode(test, side, scratch / "test", progress, done, total)
    return Prepared(
        train_images=train_images,
        train_labels=train.labels,
        test_images=test_images,
        test_labels=test.labels,
        class_names=names,
        source=str(source),
        originals={"train": train_files, "test": test_files},
    )


def _roots(source: Path) -> tuple[Path, Path | None]:
    """Where the train images are, and where the test images are if they have their own place."""
    if not source.is_dir():
        raise DatasetError(f"{source} is no directory")
    if not (source / "train").is_dir():
        return source, None
    own = (source / name for name in ("test", "val"))
    return source / "train", next((path for path in own if path.is_dir()), None)


def _folders(root: Path) -> tuple[str, ...]:
    found = (p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    return tuple(sorted(found))


def _class_names(root: Path) -> tuple[str, ...]:
    names = _folders(root)
    if len(names) < 2:
        raise DatasetError(f"{root} holds {len(names)} class folders; it takes two at least")
    return names


def _refuse_other_classes(train: Path, test: Path, names: tuple[str, ...]) -> None:
    theirs = set(_folders(test))
    if unknown := theirs - set(names):
        raise DatasetError(f"{test} has classes without train images: {_some(unknown)}")
    if missing := set(names) - theirs:
        raise DatasetError(f"{test} lacks classes that {train} has: {_some(missing)}")


def _some(names: Iterable[str]) -> str:
    """A few of the names, and how many there are besides."""
    first = sorted(names)
    more = len(first) - MOST_NAMED
    return ", ".join(first[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _list(root: Path, names: tuple[str, ...]) -> _Listing:
    found = [_pictures(root / name) for name in names]
    if not any(found):
        raise DatasetError(f"{root} holds no PNG or JPEG files")
    if empty := [name for name, pictures in zip(names, found, strict=True) if not pictures]:
        raise DatasetError(f"{root} holds no PNG or JPEG files of these classes: {_some(empty)}")
    labels = np.repeat(np.arange(len(names)), [len(pictures) for pictures in found])
    return _Listing(tuple(chain.from_iterable(found)), labels)


def _pictures(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


def _test_images(listing: _Listing, names: tuple[str, ...]) -> int:
    """How many images are set aside; every class has to keep one at least."""
    single = np.flatnonzero(np.bincount(listing.labels) < 2)
    if len(single):
        few = _some(names[label] for label in single)
        raise DatasetError(f"one image of a class is too few to split, as there is of: {few}")
    return max(1, round(len(listing.paths) * TEST_FRACTION))


def _decode(
    listing: _Listing, side: int, place: Path, progress: Progress, before: int, total: int
) -> tuple[Images, Originals]:
    """The pictures in arrays on disk, and their files: all of them need not fit into memory."""
    shape = (len(listing.paths), side, side, 3)
    images = np.lib.format.open_memmap(
        place.with_suffix(".npy"), mode="w+", dtype=np.uint8, shape=shape
    )
    packed, sizes = place.with_suffix(".files"), []
    with packed.open("wb") as file:
        for index, path in enumerate(listing.paths):
            data = path.read_bytes()
            images[index] = decode_picture(data, str(path), side)
            sizes.append(file.write(data))
            progress("decode", before + index + 1, total)
    return images, Originals(np.memmap(packed, np.uint8, "r"), np.cumsum(sizes))
