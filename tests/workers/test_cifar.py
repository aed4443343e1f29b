"""The published forms of CIFAR, written here byte by byte."""

import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.workers.old_pickles import array, integer, listed, pickled, text
from workers.datasets.cifar import CIFAR10, CIFAR100, CifarForm, read_published
from workers.datasets.errors import DatasetCorrupt, DatasetError

IMAGES_PER_FILE = 4


def _planes(seed: int) -> np.ndarray:
    random = np.random.RandomState(seed)
    return random.randint(0, 256, size=(IMAGES_PER_FILE, 3072)).astype(np.uint8)


def _labels(seed: int) -> list[int]:
    return [(seed + i) % 10 for i in range(IMAGES_PER_FILE)]


def _files(form: CifarForm) -> tuple[str, ...]:
    return (*form.train, form.test)


def _write_python(form: CifarForm, folder: Path) -> None:
    folder.mkdir(parents=True)
    for seed, name in enumerate(_files(form)):
        labels = {form.labels_key: listed([integer(label) for label in _labels(seed)])}
        extra = {b"batch_label": text(b"a batch"), b"coarse_labels": listed([integer(0)])}
        (folder / name).write_bytes(pickled(labels | extra | {b"data": array(_planes(seed))}))
    names = listed([text(f"class{i}".encode()) for i in range(10)])
    meta = {form.names_key: names, b"num_vis": integer(3072)}
    (folder / form.python_names).write_bytes(pickled(meta))


def _write_binary(form: CifarForm, folder: Path) -> None:
    folder.mkdir(parents=True)
    for seed, name in enumerate(_files(form)):
        records = b""
        for label, planes in zip(_labels(seed), _planes(seed), strict=True):
            coarse = b"\x07" if form.label_bytes == 2 else b""
            records += coarse + bytes([label]) + planes.tobytes()
        (folder / f"{name}.bin").write_bytes(records)
    names = "".join(f"class{i}\n" for i in range(10))
    (folder / form.binary_names).write_text(names + "\n")


def _pack(folder: Path, archive: Path) -> None:
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname=folder.name)


@pytest.fixture(params=[CIFAR10, CIFAR100], ids=["cifar10", "cifar100"])
def form(request) -> CifarForm:
    return request.param


def _assert_is_the_set(form: CifarForm, source: Path) -> None:
    prepared = read_published(form, source)

    info = prepared.info("cifar")
    assert (info.train_images, info.test_images) == (4 * len(form.train), 4)
    assert prepared.class_names == tuple(f"class{i}" for i in range(10))
    seeds = range(len(form.train))
    planes = np.concatenate([_planes(seed) for seed in seeds]).reshape(-1, 3, 32, 32)
    assert np.array_equal(prepared.train_images.transpose(0, 3, 1, 2), planes)
    assert prepared.train_labels.tolist() == [label for s in seeds for label in _labels(s)]
    assert prepared.test_labels.tolist() == _labels(len(form.train))


def test_python_batches_are_read_from_their_folder_its_parent_or_the_archive(form, tmp_path):
    folder = tmp_path / "given" / form.python_folder
    _write_python(form, folder)
    _pack(folder, tmp_path / "published.tar.gz")

    _assert_is_the_set(form, folder)
    _assert_is_the_set(form, folder.parent)
    _assert_is_the_set(form, tmp_path / "published.tar.gz")


def test_binary_batches_are_read_from_their_folder_its_parent_or_the_archive(form, tmp_path):
    folder = tmp_path / "given" / form.binary_folder
    _write_binary(form, folder)
    _pack(folder, tmp_path / "published.tar.gz")

    _assert_is_the_set(form, folder)
    _assert_is_the_set(form, folder.parent)
    _assert_is_the_set(form, tmp_path / "published.tar.gz")


def test_the_pickles_written_here_are_what_python_itself_reads(tmp_path):
    _write_python(CIFAR10, tmp_path / "x")
    names = (tmp_path / "x" / "batches.meta").read_bytes()

    assert pickle.loads(names, encoding="bytes")[b"label_names"][3] == b"class3"


class _Attack:
    def __reduce__(self):
        return print, ("this ran",)


@pytest.mark.parametrize(
    "payload",
    [
        pickle.dumps(_Attack()),
        pickle.dumps({b"label_names": [_Attack()]}, protocol=2),
        b"cos\nsystem\n(U\x04trueltR.",
        b"cnumpy\nload\n(U\x04trueltR.",
        b"c__builtin__\neval\n(U\x011tR.",
    ],
)
def test_a_pickle_that_asks_for_more_than_arrays_is_refused(tmp_path, capsys, payload):
    _write_python(CIFAR10, tmp_path / "x")
    (tmp_path / "x" / "batches.meta").write_bytes(payload)

    with pytest.raises(DatasetCorrupt, match="is not an array"):
        read_published(CIFAR10, tmp_path / "x")

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"\x80\x02K", b"\x80\x02K\x01.", b"no pickle at all"])
def test_a_torn_python_batch_is_refused(tmp_path, content):
    _write_python(CIFAR10, tmp_path / "x")
    (tmp_path / "x" / "data_batch_2").write_bytes(content)

    with pytest.raises(DatasetCorrupt, match="data_batch_2"):
        read_published(CIFAR10, tmp_path / "x")


def test_a_torn_binary_batch_is_refused(tmp_path):
    _write_binary(CIFAR10, tmp_path / "x")
    file = tmp_path / "x" / "data_batch_3.bin"
    file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(DatasetCorrupt, match=r"data_batch_3\.bin is cut off"):
        read_published(CIFAR10, tmp_path / "x")


def test_a_torn_archive_is_refused(tmp_path):
    _write_python(CIFAR10, tmp_path / CIFAR10.python_folder)
    _pack(tmp_path / CIFAR10.python_folder, tmp_path / "published.tar.gz")
    data = (tmp_path / "published.tar.gz").read_bytes()
    (tmp_path / "published.tar.gz").write_bytes(data[: len(data) // 2])

    with pytest.raises(DatasetCorrupt, match="published"):
        read_published(CIFAR10, tmp_path / "published.tar.gz")


def test_a_missing_batch_is_named(tmp_path):
    _write_python(CIFAR10, tmp_path / "x")
    (tmp_path / "x" / "data_batch_5").unlink()

    with pytest.raises(DatasetError, match="holds no data_batch_5"):
        read_published(CIFAR10, tmp_path / "x")


def test_an_empty_directory_is_no_data_set(form, tmp_path):
    with pytest.raises(DatasetError, match="in published form"):
        read_published(form, tmp_path)


def test_an_array_of_another_type_is_refused(tmp_path):
    _write_python(CIFAR10, tmp_path / "x")
    wrong = {b"labels": listed([integer(0)]), b"data": listed([integer(0)])}
    (tmp_path / "x" / "data_batch_1").write_bytes(pickled(wrong))

    with pytest.raises(DatasetCorrupt, match="data_batch_1 holds"):
        read_published(CIFAR10, tmp_path / "x")


@pytest.mark.parametrize("names", [{}, {b"label_names": integer(3)}])
def test_a_description_without_names_is_refused(tmp_path, names):
    _write_python(CIFAR10, tmp_path / "x")
    (tmp_path / "x" / "batches.meta").write_bytes(pickled(names | {b"num_vis": integer(3072)}))

    with pytest.raises(DatasetCorrupt, match=r"batches\.meta holds no label_names"):
        read_published(CIFAR10, tmp_path / "x")
