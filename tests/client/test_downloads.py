"""Downloads from a real service, cut off in the middle, go on and are verified."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tclsearch_client import DigestMismatch, NotFound, Patience, Unreachable
from tests.api.served import Served
from tests.client.conftest import CONTENT, Face
from tests.client.cutting_proxy import CuttingProxy

SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def model(client: Any, searched: str) -> str:
    """A model whose checkpoint is CONTENT."""
    found = client.trial(searched, 1).models[0]
    assert found.checkpoint.sha256 == SHA256
    return str(found.id)


def parts(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir() if path.suffix == ".part"]


def ranges(proxy: CuttingProxy) -> list[int]:
    """Where each request for bytes began."""
    heads = [head for head in proxy.requests if "/checkpoint" in head]
    lines = [line for head in heads for line in head.split("\r\n") if line.startswith("Range:")]
    return [int(line.partition("=")[2].rstrip("-")) for line in lines]


def test_a_model_is_whole_and_has_the_services_name(
    client: Any, searched: str, model: str, tmp_path: Path
):
    told: list[tuple[int, int | None]] = []
    path = client.download(
        searched, model, tmp_path / "new", progress=lambda *done: told.append(done)
    )
    assert path == tmp_path / "new" / f"{model}.safetensors"
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert list((tmp_path / "new").iterdir()) == [path]
    assert client.download(searched, "knee", tmp_path).exists()


def test_a_download_that_is_cut_goes_on_where_it_was(
    face: Face, served: Served, searched: str, model: str, tmp_path: Path
):
    with CuttingProxy.before(served.url) as proxy:
        proxy.allowance = lambda number: 100_000 if number < 2 else None
        path = face(proxy.url).download(searched, model, tmp_path)
        begun = ranges(proxy)
    assert path.read_bytes() == CONTENT
    assert len(begun) == 2
    assert 0 < begun[0] < begun[1] < len(CONTENT)
    assert parts(tmp_path) == []


def test_another_process_goes_on_with_what_one_has_left(
    face: Face, served: Served, searched: str, model: str, tmp_path: Path
):
    with CuttingProxy.before(served.url) as proxy:
        proxy.allowance = lambda _: 100_000
        hurried = Patience(seconds=0)
        with pytest.raises(Unreachable):
            face(proxy.url, patience=hurried).download(searched, model, tmp_path)
        assert parts(tmp_path) == [f"{model}.checkpoint.{SHA256}.part"]
        size = (tmp_path / parts(tmp_path)[0]).stat().st_size
        proxy.allowance = lambda _: None
        path = face(proxy.url).download(searched, model, tmp_path)
        assert ranges(proxy) == [size]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("kept", [CONTENT[:1000], CONTENT, CONTENT + b"more", b"x" * 500])
def test_what_is_kept_is_never_believed(
    client: Any, searched: str, model: str, tmp_path: Path, kept: bytes
):
    (tmp_path / f"{model}.checkpoint.{SHA256}.part").write_bytes(kept)
    assert client.download(searched, model, tmp_path).read_bytes() == CONTENT
    assert parts(tmp_path) == []


def test_a_part_of_another_version_is_not_gone_on_with(
    client: Any, searched: str, model: str, tmp_path: Path
):
    (tmp_path / f"{model}.checkpoint.{'0' * 64}.part").write_bytes(b"old")
    assert client.download(searched, model, tmp_path).read_bytes() == CONTENT
    assert parts(tmp_path) == []


def test_bytes_that_were_changed_on_their_way_are_not_kept(
    face: Face, served: Served, searched: str, model: str, tmp_path: Path
):
    with CuttingProxy.before(served.url) as proxy:
        proxy.change = lambda chunk: chunk.replace(b"weightsweights", b"weightsWeights")
        with pytest.raises(DigestMismatch):
            face(proxy.url).download(searched, model, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_there_is_no_such_model(client: Any, searched: str, tmp_path: Path):
    with pytest.raises(NotFound):
        client.download(searched, "../../me", tmp_path)
    empty = client.submit({"version": 1, "name": "x", "dataset": {"name": "digits"}}).id
    with pytest.raises(NotFound, match="empty"):
        client.download(empty, "knee", tmp_path)
    assert list(tmp_path.iterdir()) == []
