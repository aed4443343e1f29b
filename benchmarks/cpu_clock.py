"""Adds up user and system time of whole trees of processes while they run."""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from tests.e2e.service_process import processes

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 1.0

Kinds = Sequence[tuple[str, str]]


class CpuClock:
    """Of every process that holds a mark in its environment, as its descendants do.

    kinds: what a process is, by the first of these words that its command line holds.
    """

    def __init__(self, mark: str, kinds: Kinds = (("", "all"),)) -> None:
        self._mark = mark
        self._kinds = kinds
        self._seconds: dict[int, tuple[str, float]] = {}
        self._history = [(time.time(), 0.0)]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "CpuClock":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def by_kind(self) -> dict[str, float]:
        total: dict[str, float] = defaultdict(float)
        for kind, seconds in self._seconds.copy().values():
            total[kind] += seconds
        return total

    def total(self) -> float:
        return self._history[-1][1]

    def at(self, moment: float) -> float:
        """Seconds used until a moment, which is given in seconds since 1970."""
        moments, seconds = zip(*self._history, strict=True)
        return float(np.interp(moment, moments, seconds))

    def _run(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self._sample()

    def _sample(self) -> None:
        for pid in processes(self._mark):
            # Those that end between two samples lose at most a second.
            with suppress(OSError):
                self._seconds[pid] = (self._kind(pid), _cpu_seconds(pid))
        self._history.append((time.time(), sum(self.by_kind().values())))

    def _kind(self, pid: int) -> str:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        return next(kind for word, kind in self._kinds if word in command)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
