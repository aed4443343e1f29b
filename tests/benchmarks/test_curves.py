"""The table of curves: what is recorded next, and what a writer that was killed leaves."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.curves.plan import Stratum, planned
from benchmarks.curves.table import Epoch, Row, read, writing
from searchspace.cost import architecture_cost
from service.protocol import Latency

FASTEST = Latency(min=1.0, median=1.1, p90=1.2, runs=250, reference=0.5)


def row(index: int) -> Row:
    plan = planned(index)
    cost = architecture_cost(plan.point.architecture)
    return Row(
        index=index,
        stratum=plan.stratum,
        seed=plan.seed,
        parameters=plan.parameters,
        digest=plan.point.architecture.digest,
        ranks=plan.point.architecture.head.ranks,
        params=cost.params,
        macs=cost.macs,
        latency=FASTEST,
        measuring_cpu_seconds=1.0,
        epochs=(Epoch(accuracy=0.5, loss=1.5, cpu_seconds=20.0),),
    )


def test_every_prefix_of_the_plan_has_all_strata_and_no_architecture_twice() -> None:
    plans = [planned(index) for index in range(24)]
    assert Counter(plan.stratum for plan in plans) == dict.fromkeys(Stratum, 6)
    assert len({plan.point.architecture.digest for plan in plans}) == 24
    for plan in plans:
        elastic = plan.stratum is Stratum.ELASTIC
        assert (plan.point.ranks is not None) == elastic
        head = "tcl" if elastic or plan.stratum is Stratum.SEARCHED else plan.stratum.value
        assert plan.point.architecture.head.kind == head


def test_the_plan_is_the_same_wherever_it_is_begun() -> None:
    assert planned(17) == planned(17)
    assert planned(17) != planned(21)


def test_a_line_that_was_cut_off_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    with writing(path) as table:
        table.append(row(0))
        table.append(row(1))
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert read(path) == [row(0)]
    with writing(path) as table:
        assert table.rows == [row(0)]
        table.append(row(1))
    assert path.read_bytes() == whole


def test_a_table_has_one_writer(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    with (
        writing(path),
        pytest.raises(SystemExit, match="another process writes"),
        writing(path),
    ):
        pass
