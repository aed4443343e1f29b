from pathlib import Path

import numpy as np
import pytest
import torch

from workers.datasets.errors import DatasetCorrupt, DatasetError, DatasetMissing
from workers.datasets.prepared import Prepared
from workers.datasets.store import datasets_dir, install
from workers.datasets.stratify import stratified
from workers.training.data import load_split
from workers.training.final_score import load_test

CLASS_SIZES = (40, 100, 60)


def _prepared() -> Prepared:
    """Every image is filled with its own number, so that it can be told from all others."""
    labels = np.repeat(np.arange(3), CLASS_SIZES)
    images = np.zeros((len(labels), 4, 5, 3), dtype=np.uint8)
    images[...] = np.arange(len(labels), dtype=np.uint8)[:, None, None, None]
    return Prepared(
        train_images=images,
        train_labels=labels,
        test_images=np.full((6, 4, 5, 3), 255, dtype=np.uint8),
        test_labels=np.arange(6) % 3,
        class_names=("a", "b", "c"),
        source="a test",
    )


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    install(tmp_path, "folder-numbers", _prepared())
    return tmp_path


def _numbers(images: torch.Tensor) -> list[int]:
    return images[:, 0, 0, 0].tolist()


def test_validation_is_a_disjoint_share_of_every_class(data_dir):
    split = load_split(data_dir, "folder-numbers", validation_fraction=0.25)

    train, validation = _numbers(split.train_images), _numbers(split.validation_images)
    assert sorted(train + validation) == list(range(200))
    assert torch.bincount(split.validation_labels).tolist() == [10, 25, 15]
    assert torch.bincount(split.train_labels).tolist() == [30, 75, 45]
    truth = _prepared().train_labels
    assert split.train_labels.tolist() == truth[train].tolist()
    assert split.validation_labels.tolist() == truth[validation].tolist()


def test_train_size_caps_the_images_before_validation_is_carved(data_dir):
    split = load_split(data_dir, "folder-numbers", train_size=100, validation_fraction=0.1)

    assert len(split.train_images) == 90
    assert len(split.validation_images) == 10
    taken = torch.cat([split.train_labels, split.validation_labels])
    assert torch.bincount(taken).tolist() == [20, 50, 30]


def test_train_size_beyond_the_train_part_takes_all_of_it(data_dir):
    split = load_split(data_dir, "folder-numbers", train_size=10_000, validation_fraction=0.1)

    assert len(split.train_images) + len(split.validation_images) == 200


def test_images_are_channels_last_bytes(data_dir):
    split = load_split(data_dir, "folder-numbers", validation_fraction=0.1)

    assert split.train_images.shape == (180, 3, 4, 5)
    assert split.train_images.dtype == torch.uint8
    assert split.train_images.is_contiguous(memory_format=torch.channels_last)
    assert split.train_labels.dtype == torch.int64


def test_the_test_part_is_never_among_them(data_dir):
    split = load_split(data_dir, "folder-numbers", validation_fraction=0.1)
    images, labels = load_test(data_dir, "folder-numbers")

    assert 255 not in _numbers(split.train_images) + _numbers(split.validation_images)
    assert _numbers(images) == [255] * 6
    assert labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_moments_are_those_of_the_train_images_alone(data_dir):
    split = load_split(data_dir, "folder-numbers", validation_fraction=0.3)

    pixels = split.train_images.double() / 255
    assert split.mean == pytest.approx(pixels.mean((0, 2, 3)).tolist())
    assert split.std == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist())


def test_a_channel_of_one_colour_does_not_divide_by_zero(tmp_path):
    prepared = _prepared()
    prepared.train_images[..., 1] = 7
    install(tmp_path, "folder-flat", prepared)

    split = load_split(tmp_path, "folder-flat", validation_fraction=0.1)

    assert split.mean[1] == pytest.approx(7 / 255)
    assert split.std[1] > 0


def test_every_trial_of_a_process_shares_one_split(data_dir):
    first = load_split(data_dir, "folder-numbers", train_size=90, validation_fraction=0.1)
    second = load_split(data_dir, "folder-numbers", train_size=90, validation_fraction=0.1)

    assert first is second


def test_the_split_is_a_function_of_its_seed(data_dir):
    load_split.cache_clear()
    first = load_split(data_dir, "folder-numbers", validation_fraction=0.1)
    load_split.cache_clear()
    again = load_split(data_dir, "folder-numbers", validation_fraction=0.1)
    other = load_split(data_dir, "folder-numbers", validation_fraction=0.1, seed=1)

    assert _numbers(again.validation_images) == _numbers(first.validation_images)
    assert _numbers(other.validation_images) != _numbers(first.validation_images)


def test_the_split_stays_the_same_from_version_to_version():
    chosen, rest = stratified(np.repeat([0, 1], [12, 8]), 5, seed=0)

    assert chosen.tolist() == [4, 6, 11, 18, 19]
    assert sorted([*chosen, *rest]) == list(range(20))


@pytest.mark.parametrize("count", [0, 1, 7, 50, 199, 200])
def test_every_count_is_met_exactly_and_shares_are_off_by_less_than_one(count):
    labels = np.repeat(np.arange(3), CLASS_SIZES)

    chosen, rest = stratified(labels, count, seed=3)

    assert len(chosen) == count
    assert len(np.intersect1d(chosen, rest)) == 0
    shares = np.bincount(labels[chosen], minlength=3)
    assert (np.abs(shares - np.array(CLASS_SIZES) * count / 200) < 1).all()


def test_what_is_left_goes_to_the_largest_remainders():
    labels = np.repeat(np.arange(3), CLASS_SIZES)

    chosen, _ = stratified(labels, 7, seed=0)

    # Shares of 1.4, 3.5 and 2.1.
    assert np.bincount(labels[chosen]).tolist() == [1, 4, 2]


def test_more_than_there_are_cannot_be_chosen():
    with pytest.raises(ValueError, match="cannot choose 4 of 3"):
        stratified(np.zeros(3, dtype=int), 4, seed=0)


def test_one_image_cannot_be_split(data_dir):
    with pytest.raises(DatasetError, match="cannot be split"):
        load_split(data_dir, "folder-numbers", train_size=1, validation_fraction=0.5)


def test_a_data_set_that_is_not_there_says_what_brings_it(tmp_path):
    with pytest.raises(DatasetMissing, match="tclsearch data fetch cifar10"):
        load_split(tmp_path, "cifar10", validation_fraction=0.1)


def test_changed_files_are_refused(data_dir):
    path = datasets_dir(data_dir) / "folder-numbers" / "train_images.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(DatasetCorrupt, match=r"train_images\.npy has changed"):
        load_split(data_dir, "folder-numbers", validation_fraction=0.2)
    assert len(load_test(data_dir, "folder-numbers")[0]) == 6
