"""Data sets that a node brings from the control plane: over real HTTP, once, and whole."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from searchspace.datasets import DatasetInfo
from service.protocol import Beat, Claim, ClaimRequest, JobReason, Node, new_runner_token
from tests.api.served import Served, serving, spec
from tests.client.cutting_proxy import CuttingProxy
from tests.cluster.stripes import DATASET, KEY, install_stripes
from workers.control_plane import (
    Connection,
    DispatcherClient,
    Refused,
    Retry,
    RunnerClient,
    StaleEpoch,
)
from workers.datasets import store
from workers.datasets.errors import DatasetCorrupt, DatasetMissing
from workers.datasets.nearby import bring
from workers.datasets.prepared import ARRAYS

AT_ONCE = 4


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "plane") as served:
        install_stripes(served.data_dir)
        yield served


@dataclass
class Owner:
    """Of a job at an epoch, with what it takes to make another client of it."""

    client: RunnerClient
    claim: Claim
    token: str


@pytest.fixture
def owner(served: Served) -> Iterator[Owner]:
    """The runner of a job on what only the control plane has."""
    served.person().post("/jobs", json=spec(dataset=DATASET)).raise_for_status()
    with dispatcher_of(served) as dispatcher:
        dispatcher.beat(_beat(fetching=True))
        claim = dispatcher.claim(ClaimRequest(dispatcher="d", cluster="c")).claim
    assert claim is not None
    with closing(Connection(served.url, claim.runner_token, Retry(5.0))) as connection:
        own = new_runner_token(claim.job_id, claim.epoch)
        RunnerClient(connection, claim.job_id, claim.epoch).hello("me", own)
    with closing(Connection(served.url, own, Retry(5.0))) as connection:
        yield Owner(RunnerClient(connection, claim.job_id, claim.epoch), claim, own)


@pytest.fixture
def runner(owner: Owner) -> RunnerClient:
    return owner.client


@contextmanager
def dispatcher_of(served: Served) -> Iterator[DispatcherClient]:
    token = (served.data_dir / "dispatcher-token").read_text().strip()
    with closing(Connection(served.url, token, Retry(5.0))) as connection:
        yield DispatcherClient(connection)


def _beat(*, fetching: bool, datasets: tuple[DatasetInfo, ...] = ()) -> Beat:
    nodes = (Node(cpus=8, gpus=0),)
    return Beat(dispatcher="d", cluster="c", nodes=nodes, datasets=datasets, fetching=fetching)


class Counting:
    """A source that notes what is asked of it, and may garble what comes."""

    def __init__(self, source: RunnerClient, garbled: str | None = None) -> None:
        self._source = source
        self._garbled = garbled
        self.asked: list[str] = []

    def dataset_file(self, name: str, into: BinaryIO) -> bool:
        self.asked.append(name)
        there = self._source.dataset_file(name, into)
        if name == self._garbled:
            into.seek(-1, 2)
            into.write(b"\x7f")
        return there


def test_a_cluster_that_fetches_is_given_jobs_on_what_only_the_control_plane_has(
    served: Served,
) -> None:
    served.person().post("/jobs", json=spec(dataset=DATASET)).raise_for_status()
    with dispatcher_of(served) as dispatcher:
        request = ClaimRequest(dispatcher="d", cluster="c")
        dispatcher.beat(_beat(fetching=False))
        assert dispatcher.claim(request).claim is None, "as of a dispatcher of an earlier version"
        dispatcher.beat(_beat(fetching=True))
        assert dispatcher.claim(request).claim is not None


def test_what_was_brought_is_what_is_installed_and_is_brought_once(
    served: Served, runner: RunnerClient, tmp_path: Path
) -> None:
    cache = tmp_path / "node" / "cache"
    source = Counting(runner)
    root = bring(KEY, None, cache, source)
    assert sorted(source.asked) == sorted([store.MANIFEST, *(f"{n}.npy" for n in ARRAYS)])
    ours, theirs = store.load(root, KEY), store.load(served.data_dir, KEY)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ARRAYS)
    assert all(isinstance(array, np.memmap) for array in ours.values()), "one copy in memory"

    source.asked.clear()
    assert bring(KEY, None, cache, source) == root
    assert source.asked == [store.MANIFEST]
    assert [path for path in cache.iterdir() if path.is_dir()] == [root], "nothing is left over"


def test_a_nodes_own_data_goes_first(served: Served, tmp_path: Path) -> None:
    own = tmp_path / "own"
    install_stripes(own)
    assert bring(KEY, own, tmp_path / "cache", Nobody()) == own
    assert store.load(bring("digits", None, tmp_path / "cache", Nobody()), "digits")
    with pytest.raises(DatasetMissing, match="neither on this node nor with the control plane"):
        bring("folder-unheard", own, tmp_path / "cache", Nobody())


class Nobody:
    def dataset_file(self, name: str, into: BinaryIO) -> bool:
        return False


def test_other_bytes_than_the_manifest_says_are_refused_and_not_kept(
    runner: RunnerClient, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(DatasetCorrupt, match=r"train_images\.npy"):
        bring(KEY, None, cache, Counting(runner, garbled="train_images.npy"))
    assert [path for path in cache.iterdir() if path.is_dir()] == []
    bring(KEY, None, cache, runner)


def test_what_is_registered_anew_gets_a_place_of_its_own(
    served: Served, runner: RunnerClient, tmp_path: Path
) -> None:
    first = bring(KEY, None, tmp_path, runner)
    mapped = store.load(first, KEY)["train_images"]
    before = mapped.copy()
    install_stripes(served.data_dir, seed=1)
    second = bring(KEY, None, tmp_path, runner)
    assert second != first
    assert np.array_equal(mapped, before), "who reads the earlier one goes on"
    assert not np.array_equal(store.load(second, KEY)["train_images"], before)


def test_a_download_that_breaks_goes_on_where_it_was(
    served: Served, owner: Owner, tmp_path: Path
) -> None:
    whole = (store.datasets_dir(served.data_dir) / KEY / "train_images.npy").read_bytes()
    with CuttingProxy.before(served.url) as proxy, (tmp_path / "got").open("w+b") as into:
        proxy.allowance = lambda number: len(whole) // 3 if number < 4 else None
        with closing(Connection(proxy.url, owner.token, Retry(5.0))) as connection:
            broken = RunnerClient(connection, owner.claim.job_id, owner.claim.epoch)
            assert broken.dataset_file("train_images.npy", into)
        ranges = [line for head in proxy.requests for line in head.splitlines() if "ange:" in line]
        into.seek(0)
        assert into.read() == whole
    assert len(ranges) >= 2
    assert len(set(ranges)) == len(ranges), "each goes on where the one before broke off"


def test_one_of_many_brings_it_and_the_others_wait(runner: RunnerClient, tmp_path: Path) -> None:
    sources = [Counting(runner) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        roots = set(threads.map(lambda source: bring(KEY, None, tmp_path, source), sources))
    assert len(roots) == 1
    asked = Counter(name for source in sources for name in source.asked)
    assert asked.pop(store.MANIFEST) == AT_ONCE
    assert asked == {f"{name}.npy": 1 for name in ARRAYS}


@pytest.mark.parametrize("name", ["tclsearch.db", "..%2f..%2fadmin-token", "dataset.json.new"])
def test_nothing_but_the_sets_files_is_handed_out(
    runner: RunnerClient, tmp_path: Path, name: str
) -> None:
    with (tmp_path / "got").open("w+b") as into:
        with suppress(Refused):
            assert not runner.dataset_file(name, into)
        assert into.tell() == 0


def test_who_has_lost_the_job_gets_nothing(
    served: Served, runner: RunnerClient, tmp_path: Path
) -> None:
    runner.finish(JobReason.INTERRUPTED, "", None)
    with (tmp_path / "got").open("w+b") as into, pytest.raises(StaleEpoch):
        runner.dataset_file(store.MANIFEST, into)
