"""Data sets in the very forms they are published in, from their files to batches of a training.

torchvision reads the same files here: what it makes of them says whether the form is right.
"""

import hashlib
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from searchspace.architecture import Shape
from searchspace.datasets import KNOWN, DatasetInfo
from searchspace.space import Hyperparameters
from tests.workers.conftest import Points
from tests.workers.old_pickles import array, integer, listed, pickled, text
from workers import torchvision_shim  # noqa: F401  # must come first
from workers.datasets.errors import DatasetCorrupt, DatasetError
from workers.datasets.fetch import fetch
from workers.datasets.imagenette import CLASS_NAMES
from workers.datasets.store import datasets_dir, load
from workers.networks.model import build_model
from workers.training.data import Split, load_split
from workers.training.loop import Training

USUAL = Hyperparameters(learning_rate=0.01, weight_decay=0.01, label_smoothing=0.0, batch_size=32)


def train_once(split: Split, info: DatasetInfo, points: Points) -> None:
    """One training epoch, with its evaluation on the validation part."""
    model = build_model(next(points("tiny", info)).architecture)
    report = Training(model, split, USUAL, 1, seed=0).run_epoch()
    assert 0 <= report.accuracy <= 1
    assert np.isfinite(report.loss)


class TestCifar100:
    """`cifar-100-python`: pickles of Python 2, fine and coarse labels, names in `meta`."""

    FINE = tuple(f"fine{number:02}" for number in range(100))
    COARSE = tuple(f"coarse{number:02}" for number in range(20))

    def write(self, root: Path, train: int = 300, test: int = 100) -> Path:
        folder = root / "cifar-100-python"
        folder.mkdir(parents=True)
        (folder / "file.txt~").write_bytes(b"")
        for name, count in {"train": train, "test": test}.items():
            fine = [number % 100 for number in range(count)]
            batch = {
                b"filenames": listed([text(f"{name}_s_{n:06}.png".encode()) for n in fine]),
                b"batch_label": text(b"training batch 1 of 1"),
                b"fine_labels": listed([integer(label) for label in fine]),
                b"coarse_labels": listed([integer(label // 5) for label in fine]),
                b"data": array(self.pixels(count)),
            }
            (folder / name).write_bytes(pickled(batch))
        meta = {
            b"fine_label_names": listed([text(n.encode()) for n in self.FINE]),
            b"coarse_label_names": listed([text(n.encode()) for n in self.COARSE]),
        }
        (folder / "meta").write_bytes(pickled(meta))
        return folder

    def pixels(self, count: int) -> np.ndarray:
        return np.random.RandomState(count).randint(0, 256, (count, 3072)).astype(np.uint8)

    def archive(self, root: Path) -> Path:
        folder = self.write(root)
        with tarfile.open(root / "cifar-100-python.tar.gz", "w:gz") as tar:
            tar.add(folder, arcname=folder.name)
        return root / "cifar-100-python.tar.gz"

    def test_our_images_and_labels_are_torchvisions(self, tmp_path, monkeypatch):
        from torchvision.datasets import CIFAR100  # noqa: PLC0415  # after its shim

        folder = self.write(tmp_path)
        md5 = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        monkeypatch.setattr(CIFAR100, "train_list", [["train", md5["train"]]])
        monkeypatch.setattr(CIFAR100, "test_list", [["test", md5["test"]]])
        monkeypatch.setattr(CIFAR100, "meta", {**CIFAR100.meta, "md5": md5["meta"]})

        fetch("cifar100", tmp_path, source=tmp_path)

        ours = load(tmp_path, "cifar100")
        for part in ("train", "test"):
            theirs = CIFAR100(tmp_path, train=part == "train")
            assert np.array_equal(ours[f"{part}_images"], theirs.data)
            assert ours[f"{part}_labels"].tolist() == theirs.targets
            assert tuple(theirs.classes) == self.FINE

    def test_its_archive_goes_all_the_way_to_a_training(self, tmp_path, points):
        info = fetch("cifar100", tmp_path, source=self.archive(tmp_path))

        assert info == KNOWN["cifar100"].model_copy(
            update={"train_images": 300, "test_images": 100}
        )
        split = load_split(tmp_path, "cifar100", validation_fraction=1 / 3)
        assert torch.bincount(split.validation_labels).tolist() == [1] * 100
        assert torch.bincount(split.train_labels).tolist() == [2] * 100
        train_once(split, info, points)

    def test_it_is_trained_on_at_another_size(self, tmp_path, points):
        info = fetch("cifar100", tmp_path, source=self.archive(tmp_path)).resized(16)

        split = load_split(tmp_path, "cifar100", side=16, validation_fraction=1 / 3)

        assert split.train_images.shape == (200, 3, 16, 16)
        train_once(split, info, points)

    def test_another_number_of_classes_is_refused(self, tmp_path):
        folder = self.write(tmp_path)
        names = listed([text(b"cat"), text(b"dog")])
        (folder / "meta").write_bytes(pickled({b"fine_label_names": names}))

        with pytest.raises(DatasetCorrupt, match="names 2 classes"):
            fetch("cifar100", tmp_path / "data", source=folder)

    def test_labels_and_images_of_different_numbers_are_refused(self, tmp_path):
        folder = self.write(tmp_path)
        batch = {b"fine_labels": listed([integer(3)]), b"data": array(self.pixels(2))}
        (folder / "test").write_bytes(pickled(batch))

        with pytest.raises(DatasetCorrupt, match=r"test labels are int64 \(1,\)"):
            fetch("cifar100", tmp_path / "data", source=folder)

    def test_a_label_beyond_the_names_is_refused(self, tmp_path):
        folder = self.write(tmp_path)
        batch = {b"fine_labels": listed([integer(100)]), b"data": array(self.pixels(1))}
        (folder / "test").write_bytes(pickled(batch))

        with pytest.raises(DatasetCorrupt, match=r"lie outside 0\.\.99"):
            fetch("cifar100", tmp_path / "data", source=folder)


SIZES = [(213, 160), (160, 160), (160, 240), (500, 375), (96, 64)]
"""Of photographs: the shorter side is 160 in one release, and whatever it was in another."""


def colour_of(label: int) -> tuple[int, int, int]:
    return 20 * label, 255 - 20 * label, 100


class TestImagenette:
    """`imagenette2-160`: WordNet ids, `train` and `val`, JPEGs of every size and kind."""

    def write(self, root: Path, folder: str = "imagenette2-160", each: int = 6) -> Path:
        """Photographs of one colour; one of each class is grey, one made for printing."""
        tree = root / folder
        for part, count in {"train": each, "val": 2}.items():
            for label, wordnet_id in enumerate(CLASS_NAMES):
                (tree / part / wordnet_id).mkdir(parents=True)
                for number in range(count):
                    picture = Image.new("RGB", SIZES[number % len(SIZES)], colour_of(label))
                    mode = {1: "L", 2: "CMYK"}.get(number, "RGB") if part == "train" else "RGB"
                    name = f"{wordnet_id}_{number}.JPEG"
                    picture.convert(mode).save(tree / part / wordnet_id / name, quality=95)
        (tree / "noisy_imagenette.csv").write_text("path,noisy_labels_0\n")
        return tree

    def test_our_labels_and_pictures_are_torchvisions(self, tmp_path):
        from torchvision.datasets import Imagenette  # noqa: PLC0415  # after its shim

        fetch("imagenette", tmp_path, source=self.write(tmp_path))

        ours = load(tmp_path, "imagenette")
        for part, split in {"train": "train", "test": "val"}.items():
            theirs = Imagenette(tmp_path, split=split, size="160px")
            assert ours[f"{part}_labels"].tolist() == [label for _, label in theirs]
            for image, (picture, _) in zip(ours[f"{part}_images"], theirs, strict=True):
                # Each has one colour: its size makes no difference.
                expected = np.asarray(picture.resize((1, 1)))[0, 0].astype(int)
                assert np.abs(image.astype(int) - expected).max() <= 3
            names = [name for name, *_ in theirs.classes]
        manifest = (datasets_dir(tmp_path) / "imagenette" / "dataset.json").read_text()
        assert all(name in manifest for name in names)

    def test_grey_and_printed_ones_keep_their_colours(self, tmp_path):
        fetch("imagenette", tmp_path, source=self.write(tmp_path))

        arrays = load(tmp_path, "imagenette", side=32)

        for label in range(10):
            found = arrays["train_images"][arrays["train_labels"] == label].astype(int)
            plain, grey, printed = found[:3]
            assert np.abs(plain - colour_of(label)).max() <= 3
            assert np.abs(printed - colour_of(label)).max() <= 3
            assert (grey == grey[..., :1]).all()

    @pytest.mark.parametrize("given", ["tree", "parent", "archive"])
    def test_it_goes_all_the_way_to_a_training_at_a_size_of_the_specs(
        self, tmp_path, points, given
    ):
        tree = self.write(tmp_path / "given", "imagenette2")
        source = {"tree": tree, "parent": tree.parent, "archive": tmp_path / "imagenette2.tgz"}
        if given == "archive":
            with tarfile.open(source["archive"], "w:gz") as tar:
                tar.add(tree, arcname=tree.name)

        native = fetch("imagenette", tmp_path, source=source[given])

        assert native.image == KNOWN["imagenette"].image
        info = native.resized(40)
        split = load_split(tmp_path, "imagenette", side=40, validation_fraction=1 / 3)
        assert split.train_images.shape == (40, 3, 40, 40)
        assert torch.bincount(split.validation_labels).tolist() == [2] * 10
        train_once(split, info, points)

    def test_a_torn_archive_is_refused(self, tmp_path):
        tree = self.write(tmp_path)
        archive = tmp_path / "imagenette2-160.tgz"
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(tree, arcname=tree.name)
        archive.write_bytes(archive.read_bytes()[:-500])

        with pytest.raises(DatasetCorrupt, match="imagenette2-160"):
            fetch("imagenette", tmp_path / "data", source=archive)

    def test_an_archive_cannot_write_beside_its_place(self, tmp_path):
        archive = tmp_path / "imagenette2-160.tgz"
        (tmp_path / "evil").write_text("out")
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(tmp_path / "evil", arcname="../../../escaped")

        with pytest.raises(DatasetCorrupt, match="outside the destination"):
            fetch("imagenette", tmp_path / "data", source=archive)

    def test_a_torn_photograph_is_named(self, tmp_path):
        tree = self.write(tmp_path)
        path = tree / "val" / "n03888257" / "n03888257_1.JPEG"
        path.write_bytes(path.read_bytes()[:-200])

        with pytest.raises(DatasetError, match=r"n03888257_1\.JPEG cannot be read"):
            fetch("imagenette", tmp_path / "data", source=tree)

    def test_a_class_that_is_missing_in_one_part_is_named(self, tmp_path):
        tree = self.write(tmp_path)
        (tree / "val" / "n03888257").rename(tmp_path / "elsewhere")

        with pytest.raises(DatasetError, match=r"val lacks classes that .* has: n03888257"):
            fetch("imagenette", tmp_path / "data", source=tree)


class TestFolder:
    """Class folders of people's own."""

    def write(self, root: Path, classes: int, each: int = 2) -> Path:
        for label in range(classes):
            folder = root / f"class{label:04}"
            folder.mkdir(parents=True)
            for number in range(each):
                Image.new("RGB", (8, 8), (label % 256, label // 256, 0)).save(
                    folder / f"{number}.png"
                )
        return root

    def test_a_thousand_classes_are_split_and_trained_on(self, tmp_path, points):
        source = self.write(tmp_path / "many", classes=1000, each=3)

        info = fetch("folder-many", tmp_path, source=source, image_size=8)

        assert (info.classes, info.train_images, info.test_images) == (1000, 2400, 600)
        assert info.image == Shape(channels=3, height=8, width=8)
        arrays = load(tmp_path, "folder-many")
        assert np.bincount(arrays["train_labels"]).min() >= 2
        split = load_split(tmp_path, "folder-many", validation_fraction=0.25)
        few = load_split(tmp_path, "folder-many", train_size=64, validation_fraction=0.25)
        assert len(split.train_labels) == 1800
        train_once(few, info, points)

    def test_classes_are_named_few_at_a_time(self, tmp_path):
        self.write(tmp_path / "pets" / "train", classes=40)
        self.write(tmp_path / "pets" / "val", classes=2)

        with pytest.raises(DatasetError, match=r"class0002, .*, class0006 and 33 more$"):
            fetch("folder-pets", tmp_path, source=tmp_path / "pets")

    def empty_class(self, root: Path) -> str:
        self.write(root, classes=3)
        (root / "nothing").mkdir()
        (root / "nothing" / "notes.txt").write_text("no picture")
        return "holds no PNG or JPEG files of these classes: nothing$"

    def empty_class_of_val(self, root: Path) -> str:
        self.write(root / "train", classes=2)
        self.write(root / "val", classes=2)
        (root / "val" / "class0001" / "0.png").unlink()
        (root / "val" / "class0001" / "1.png").unlink()
        return "val holds no PNG or JPEG files of these classes: class0001$"

    def one_class(self, root: Path) -> str:
        self.write(root, classes=1)
        return "holds 1 class folders; it takes two at least"

    def no_class(self, root: Path) -> str:
        root.mkdir()
        return "holds 0 class folders; it takes two at least"

    def one_picture(self, root: Path) -> str:
        self.write(root, classes=3)
        (root / "class0001" / "0.png").unlink()
        return "one image of a class is too few to split, as there is of: class0001$"

    @pytest.mark.parametrize(
        "fault", [empty_class, empty_class_of_val, one_class, no_class, one_picture]
    )
    def test_what_is_wrong_is_said_and_nothing_is_installed(
        self, tmp_path, fault: Callable[["TestFolder", Path], str]
    ):
        said = fault(self, tmp_path / "pets")

        with pytest.raises(DatasetError, match=said):
            fetch("folder-pets", tmp_path / "data", source=tmp_path / "pets")

        assert list(datasets_dir(tmp_path / "data").iterdir()) == []

    @pytest.mark.parametrize("side", [7, 513, 0, -1])
    def test_a_size_that_no_spec_could_ask_for_is_refused(self, tmp_path, side):
        with pytest.raises(DatasetError, match="not within 8 and 512"):
            fetch("folder-pets", tmp_path, source=tmp_path, image_size=side)
