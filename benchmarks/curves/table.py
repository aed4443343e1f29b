"""The table of curves: one JSON line for each architecture that was trained."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchmarks.curves.plan import Stratum
from searchspace.architecture import Ranks
from searchspace.dimensions import Value
from service.protocol import Latency

TABLE = Path(__file__).with_name("table.jsonl")


class Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Epoch(Line):
    """After one training epoch. cpu_seconds: of its training and its evaluation."""

    accuracy: float
    loss: float
    cpu_seconds: float


class Scored(Line):
    """One triple of an elastic training, after its last training epoch."""

    ranks: Ranks
    accuracy: float


class Row(Line):
    """One architecture, trained once.

    ranks: of its head as trained: an elastic one's largest. params, macs, latency are of that.
    smallest_latency: of an elastic one with its smallest ranks.
    measuring_cpu_seconds: of all latencies.
    curve: what an elastic training's triples score; scoring them took curve_cpu_seconds.
    diverged: training ended early, at a loss that is no number.
    """

    index: int
    stratum: Stratum
    seed: int
    parameters: dict[str, Value]
    digest: str
    ranks: Ranks | None
    params: int
    macs: int
    latency: Latency
    smallest_latency: Latency | None = None
    measuring_cpu_seconds: float
    epochs: tuple[Epoch, ...]
    curve: tuple[Scored, ...] = ()
    curve_cpu_seconds: float = 0.0
    diverged: bool = False


def read(path: Path = TABLE) -> list[Row]:
    """Every whole line; a last one without an end was under way when its writer was killed."""
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [Row.model_validate_json(line) for line in lines if line.endswith(b"\n")]


class Table:
    """A table open for writing, by one process at a time."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.rows = read(path)
        self._descriptor = descriptor

    def append(self, row: Row) -> None:
        """Write one row, to be there after a crash."""
        line = row.model_dump_json(exclude_defaults=True) + "\n"
        os.write(self._descriptor, line.encode())
        os.fsync(self._descriptor)
        self.rows.append(row)


@contextmanager
def writing(path: Path) -> Iterator[Table]:
    """The table, without a line that its last writer left unfinished.

    Raises:
        SystemExit: another process writes it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        whole = path.read_bytes().rfind(b"\n") + 1
        os.ftruncate(descriptor, whole)
        yield Table(path, descriptor)
    except BlockingIOError:
        raise SystemExit(f"another process writes {path}") from None
    finally:
        os.close(descriptor)
