"""One data set at several image sizes: decoded anew, kept once each, and taken along by trials."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from workers.datasets import store
from workers.datasets.errors import DatasetCorrupt, DatasetError
from workers.datasets.fetch import fetch
from workers.datasets.prepared import ARRAYS, Prepared
from workers.datasets.store import datasets_dir, install, load
from workers.training.data import load_split
from workers.training.final_score import load_test

KEY = "folder-noise"


def _write_noise(root: Path, side: int = 48) -> None:
    random = np.random.RandomState(0)
    for name in ("loud", "quiet"):
        (root / name).mkdir(parents=True)
        for number in range(5):
            pixels = random.randint(0, 256, (side, side + number, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number}.png")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Noise kept at 8 pixels: what it was at 40 cannot be told from that."""
    _write_noise(tmp_path / "noise")
    fetch(KEY, tmp_path, source=tmp_path / "noise", image_size=8)
    return tmp_path


def test_pictures_are_decoded_from_their_files_again(data_dir: Path, tmp_path: Path) -> None:
    fetch("folder-large", tmp_path, source=tmp_path / "noise", image_size=40)

    at_40, directly = load(data_dir, KEY, side=40), load(tmp_path, "folder-large")

    assert at_40["train_images"].shape == (8, 40, 40, 3)
    assert all(np.array_equal(at_40[name], directly[name]) for name in ARRAYS)
    assert load(data_dir, KEY)["train_images"].shape == (8, 8, 8, 3)


def test_the_registered_pictures_may_be_gone_by_then(data_dir: Path) -> None:
    for path in (data_dir / "noise").rglob("*.png"):
        path.unlink()

    assert load(data_dir, KEY, side=16)["test_images"].shape == (2, 16, 16, 3)


def test_each_size_is_made_once_however_many_ask(data_dir: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(load, data_dir, KEY, ARRAYS, side) for side in [16, 24] * 8]
        shapes = {each.result()["train_images"].shape for each in asked}

    sizes = datasets_dir(data_dir) / KEY / "sizes"
    made = {path: path.stat().st_mtime_ns for path in sizes.rglob("dataset.json")}
    load(data_dir, KEY, side=16)
    assert shapes == {(8, 16, 16, 3), (8, 24, 24, 3)}
    assert sorted(p.name for p in sizes.iterdir()) == [".lock", "16", "24"]
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_its_own_size_is_not_made_again(data_dir: Path) -> None:
    load(data_dir, KEY, side=8)

    assert not (datasets_dir(data_dir) / KEY / "sizes").exists()


def test_another_install_ends_the_sizes_of_the_one_before(data_dir: Path) -> None:
    before = load(data_dir, KEY, side=16)["train_images"].copy()
    for path in (data_dir / "noise").rglob("*.png"):
        Image.new("RGB", (20, 20), (1, 2, 3)).save(path)
    fetch(KEY, data_dir, source=data_dir / "noise", image_size=8)

    after = load(data_dir, KEY, side=16)["train_images"]

    assert (after == (1, 2, 3)).all()
    assert not np.array_equal(before, after)


def test_the_set_is_listed_once_under_its_own_size(data_dir: Path) -> None:
    load(data_dir, KEY, side=16)

    assert {key: info.image.height for key, info in store.installed(data_dir).items()} == {
        "digits": 8,
        KEY: 8,
    }


@pytest.mark.parametrize("name", ["train_files", "test_file_ends"])
def test_damaged_files_are_told(data_dir: Path, name: str) -> None:
    path = datasets_dir(data_dir) / KEY / f"{name}.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(DatasetCorrupt, match=f"{name}.npy has changed"):
        load(data_dir, KEY, side=16)
    assert load(data_dir, KEY)["train_images"].shape == (8, 8, 8, 3)


def test_a_place_that_cannot_be_written_to_is_told(data_dir: Path) -> None:
    (datasets_dir(data_dir) / KEY / "sizes").write_text("in the way")

    with pytest.raises(DatasetError, match="cannot be kept at 16 pixels"):
        load(data_dir, KEY, side=16)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [8, 32])
def test_what_came_as_pixels_is_interpolated(tmp_path: Path, channels: int, side: int) -> None:
    ramp = np.arange(16, dtype=np.uint8)[None, :, None, None] * 16
    images = np.broadcast_to(ramp, (4, 16, 16, channels)).copy()
    labels = np.array([0, 1, 0, 1])
    install(tmp_path, "mnist", Prepared(images, labels, images, labels, ("a", "b"), "a test"))

    found = load(tmp_path, "mnist", side=side)["test_images"]

    assert found.shape == (4, side, side, channels)
    down = found[0, :, side // 2, 0].astype(int)
    assert (np.diff(down) >= 0).all()
    assert down.mean() == pytest.approx(images.mean(), abs=2)


def test_digits_have_every_size_without_being_kept(tmp_path: Path) -> None:
    split = load_split(tmp_path, "digits", side=12, validation_fraction=0.1)

    assert split.train_images.shape[1:] == (1, 12, 12)
    assert not datasets_dir(tmp_path).exists()


def test_training_validation_and_test_images_have_one_size(data_dir: Path) -> None:
    split = load_split(data_dir, KEY, side=24, validation_fraction=0.25)
    images, _ = load_test(data_dir, KEY, 24)

    sizes = {part.shape[1:] for part in (split.train_images, split.validation_images, images)}
    assert sizes == {torch.Size([3, 24, 24])}
    native = load_split(data_dir, KEY, validation_fraction=0.25)
    assert native.train_images.shape[1:] == (3, 8, 8)
    assert torch.equal(native.train_labels, split.train_labels)
