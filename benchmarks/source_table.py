"""TCL heads with handcrafted, searched and elastic ranks, beside mobile CNNs under the same budget.

    python -m benchmarks.source_table STATE [--slice NAME]... [--minutes M] [--json FILE]
    python -m benchmarks.source_table --quick

For each of CIFAR-10, CIFAR-100 and Imagenette that STATE has (`tclsearch data fetch NAME --data-dir
STATE`): a search for each policy of ranks, its winners trained anew by several seeds, and torchvision's
mobile networks trained as long by as many, all as jobs of a service of its own that keeps everything
in STATE. Run again it goes on where it stopped, after --minutes or a kill, and prints the table of what is
there. A slice is one job; --list names them.

The accuracies compared are those of validation images. Winners were chosen by these, which favours
them; the accuracy of winners and baselines on the test part, which nothing was chosen by, is told beside.
Each is scored on it once, when the search is over. Latency is the fastest run of ONNX Runtime, one image,
one thread. The paper that this follows was not at hand: nothing here
says anything about its figures.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.report import Figure, at_least, report
from benchmarks.source_scores import KeptScores
from benchmarks.source_slices import DATASETS, QUICK, SMOKE, TAG, Budget, Slice, slices
from tclsearch_client import Client
from tclsearch_client.documents import BaselineModel, Job, ModelDetail
from tests.e2e.service_process import ENDED, serving
from workers.datasets.store import installed

POLL_SECONDS = 1.0
GOAL = 10.0
"""How many times as many parameters the best baseline should have as a TCL network no less accurate."""


@dataclass(frozen=True, slots=True)
class Row:
    """One network: what it is, what it takes, and how it did by each seed.

    accuracies: fractions on the validation part; test: on the test part, once the job is over.
    gap, flatten: parameters of the same backbone under a plain head; None for a baseline.
    """

    dataset: str
    kind: str
    name: str
    params: float
    size_bytes: float
    macs: float
    latency_ms: float
    accuracies: tuple[float, ...]
    test: tuple[float, ...] = ()
    gap: float | None = None
    flatten: float | None = None

    @property
    def accuracy(self) -> float:
        return statistics.fmean(self.accuracies)

    @property
    def is_baseline(self) -> bool:
        return self.gap is None


def main() -> int:
    arguments = _arguments()
    budget = _budget(arguments)
    if arguments.quick:
        with tempfile.TemporaryDirectory() as state:
            return _run(Path(state), list(slices(SMOKE, budget)), budget, arguments)
    there = [name for name in DATASETS if name in installed(arguments.state)]
    for name in DATASETS.keys() - there:
        print(f"{name} is not in {arguments.state}, and is left out")
    asked = list(slices(there, budget))
    if arguments.list:
        print("\n".join(each.name for each in asked))
        return 0
    if unknown := set(arguments.slice) - {each.name for each in asked}:
        raise SystemExit(f"no such slices: {', '.join(sorted(unknown))}")
    return _run(arguments.state, asked, budget, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("state", type=Path, nargs="?", help="directory that keeps everything")
    parser.add_argument("--slice", action="append", default=[], metavar="NAME", help="only these")
    parser.add_argument("--list", action="store_true", help="name the slices, and do nothing")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="then stop, to go on")
    parser.add_argument("--quick", action="store_true", help="digits and little: is it working?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    usual = Budget()
    for name in ("trials", "training_epochs", "models", "long_epochs", "seeds", "train_size"):
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=int, metavar="N", help=f"usually {getattr(usual, name)}")
    arguments = parser.parse_args()
    if arguments.state is None and not arguments.quick:
        parser.error("STATE, a directory to keep everything in, or --quick is needed")
    return arguments


def _budget(arguments: argparse.Namespace) -> Budget:
    names = ("trials", "training_epochs", "models", "long_epochs", "seeds", "train_size")
    given = {name: getattr(arguments, name) for name in names}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(QUICK if arguments.quick else Budget(), **changes)


def _run(
    state: Path, asked: Sequence[Slice], budget: Budget, arguments: argparse.Namespace
) -> int:
    deadline = time.monotonic() + 60 * arguments.minutes
    with serving(state) as service, Client(service.url, service.token) as client:
        for each in asked:
            if not arguments.slice or each.name in arguments.slice:
                bring_to_its_end(client, each, deadline)
        scores = KeptScores(state)
        rows = [row for each in asked for row in rows_of(client, each, scores)]
    rows = list(_seeds_together(rows))
    console = Console(width=180)
    console.print(budget.told(), highlight=False)
    for dataset in dict.fromkeys(row.dataset for row in rows):
        console.print(_table(dataset, [row for row in rows if row.dataset == dataset]))
    return report(list(_figures(rows)), arguments.json)


def bring_to_its_end(client: Client, each: Slice, deadline: float) -> None:
    """Run a slice's job, or let the one that is there go on, until it has ended or time is up.

    deadline: by the monotonic clock.
    """
    job = _job_of(client, each)
    if job is None:
        job = client.submit({**each.spec, "tags": {TAG: each.tag}})
    elif job.state in ("failed", "cancelled"):
        job = client.retry(job.id)
    told = None
    while job.state not in ENDED and time.monotonic() < deadline:
        now = f"{job.state}, {job.trials.finished + job.extra_trials.finished} trials"
        if now != told:
            print(f"{each.name}: {now}", flush=True)
        told = now
        time.sleep(POLL_SECONDS)
        job = client.job(job.id)
    print(f"{each.name}: {job.state} {job.reason or ''} {job.detail or ''}".rstrip(), flush=True)


def _job_of(client: Client, each: Slice) -> Job | None:
    """The slice's job, by its tag: its name and its budget."""
    return next(iter(client.jobs(tags=[f"{TAG}:{each.tag}"])), None)


def rows_of(client: Client, each: Slice, scores: KeptScores) -> Iterator[Row]:
    """What a slice has come to so far."""
    job = _job_of(client, each)
    if job is None:
        return
    front = client.front(job.id)
    if not each.is_search:
        over = job.state in ENDED
        for baseline in front.baselines:
            test = (scores.of(client, job, baseline),) if over else ()
            yield _baseline(each, baseline, test)
        return
    for model_id in front.retrained:
        yield _winner(each, client.model(job.id, model_id))


def _baseline(each: Slice, model: BaselineModel, test: tuple[float, ...]) -> Row:
    values = model.values
    return Row(
        dataset=each.dataset,
        kind="baseline",
        name=model.baseline,
        params=values["params"],
        size_bytes=values["size_bytes"],
        macs=values["macs"],
        latency_ms=values["latency_ms"],
        accuracies=(values["accuracy"],),
        test=test,
    )


def _winner(each: Slice, model: ModelDetail) -> Row:
    assert model.baselines is not None
    ranks = "×".join(map(str, model.ranks or ()))
    done = [r for r in model.retrained if r.accuracy is not None and r.test_accuracy is not None]
    return Row(
        dataset=each.dataset,
        kind=f"TCL, {each.what} ranks",
        name=f"trial {model.trial_number}, {ranks}",
        params=model.values["params"],
        size_bytes=model.values["size_bytes"],
        macs=model.values["macs"],
        latency_ms=model.values["latency_ms"],
        accuracies=tuple(r.accuracy for r in done if r.accuracy is not None),
        test=tuple(r.test_accuracy for r in done if r.test_accuracy is not None),
        gap=model.baselines.gap_params,
        flatten=model.baselines.flatten_params,
    )


def _seeds_together(rows: Sequence[Row]) -> Iterator[Row]:
    """Each network once. A baseline's latency is the least that was measured of it."""
    same: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        same[row.dataset, row.kind, row.name].append(row)
    for found in same.values():
        accuracies = tuple(accuracy for row in found for accuracy in row.accuracies)
        test = tuple(accuracy for row in found for accuracy in row.test)
        latency_ms = min(row.latency_ms for row in found)
        yield replace(found[0], accuracies=accuracies, test=test, latency_ms=latency_ms)


def _table(dataset: str, rows: Sequence[Row]) -> Table:
    baselines = [row for row in rows if row.is_baseline]
    table = Table(title=f"{dataset}: ÷ is how many times as many parameters the other one has")
    table.add_column("network")
    for heading in ("accuracy %", "test %", "params", "kB", "MMACs", "ms", "÷ flatten", "÷ GAP"):
        table.add_column(heading, justify="right")
    for each in baselines:
        table.add_column(f"÷ {each.name}", justify="right")
    for row in sorted(rows, key=lambda row: (row.is_baseline, row.kind, row.params)):
        table.add_row(
            f"{row.kind}: {row.name}",
            _spread(row.accuracies),
            _spread(row.test),
            f"{row.params:,.0f}",
            f"{row.size_bytes / 1000:,.0f}",
            f"{row.macs / 1e6:,.2f}",
            f"{row.latency_ms:.3f}",
            *(_times(other, row.params) for other in (row.flatten, row.gap)),
            *(_times(None if row.is_baseline else b.params, row.params) for b in baselines),
        )
    return table


def _spread(values: Sequence[float]) -> str:
    """Mean, standard deviation and number, in percent."""
    if not values:
        return ""
    mean = f"{100 * statistics.fmean(values):.2f}"
    if len(values) == 1:
        return f"{mean} (1)"
    return f"{mean} ± {100 * statistics.stdev(values):.2f} ({len(values)})"


def _times(other: float | None, params: float) -> str:
    return "" if other is None else f"{other / params:.2f}"


def _figures(rows: Sequence[Row]) -> Iterator[Figure]:
    for row in rows:
        name = f"{row.dataset}, {row.kind}: {row.name}"
        yield Figure(f"{name}, accuracy, mean of {len(row.accuracies)} seeds", row.accuracy)
        if len(row.accuracies) > 1:
            yield Figure(f"{name}, accuracy, spread", statistics.stdev(row.accuracies))
        if row.test:
            yield Figure(f"{name}, test accuracy", statistics.fmean(row.test))
        yield from (Figure(f"{name}, {what}", value) for what, value in _sizes(row).items())
    for dataset in dict.fromkeys(row.dataset for row in rows):
        yield from _goal(dataset, [row for row in rows if row.dataset == dataset])


def _sizes(row: Row) -> Mapping[str, float]:
    found = {"params": row.params, "MACs": row.macs, "latency, ms": row.latency_ms}
    plain = {"flatten / TCL, params": row.flatten, "GAP / TCL, params": row.gap}
    return found | {name: other / row.params for name, other in plain.items() if other is not None}


def _goal(dataset: str, rows: Sequence[Row]) -> Iterator[Figure]:
    """How many times smaller than the best baseline a network is that is as accurate as all of them."""
    baselines = [row for row in rows if row.is_baseline]
    winners = [row for row in rows if not row.is_baseline and row.accuracies]
    if not baselines or not winners:
        return
    best = max(baselines, key=attrgetter("accuracy"))
    as_good = [row for row in winners if row.accuracy >= best.accuracy]
    smallest = min((row.params for row in as_good), default=float("inf"))
    name = f"{dataset}: params of {best.name}, the best / TCL no less accurate"
    times = best.params / smallest
    # What is only to show that all of this works shows nothing else.
    yield Figure(name, times) if dataset in SMOKE else at_least(name, times, GOAL)


if __name__ == "__main__":
    sys.exit(main())
