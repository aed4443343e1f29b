"""The memory of a process while it does its work, for `benchmarks.overhead --memory`."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LOOK_SECONDS = 0.5
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Growth:
    """Resident memory once a fifth of the trials had ended, once all had, and in between.

    kib_per_trial: the slope of a straight line through everything after the first fifth.
    """

    trials: int
    early_mib: float
    late_mib: float
    kib_per_trial: float

    @classmethod
    def of(cls, seen: list[tuple[int, float]], trials: int) -> "Growth":
        """seen: trials that had ended, and the memory then, in MiB."""
        late = np.array([each for each in seen if each[0] >= trials / 5])
        slope = np.polyfit(late[:, 0], late[:, 1], 1)[0]
        return cls(trials, float(late[0, 1]), float(late[-1, 1]), 1024 * float(slope))


def watch(pid: int, finished: Callable[[], int], trials: int) -> Growth:
    """Look at a process until it has ended.

    finished: how many trials have ended; asked every time.
    """
    seen: list[tuple[int, float]] = []
    while (mib := resident_mib(pid)) is not None:
        seen.append((finished(), mib))
        time.sleep(LOOK_SECONDS)
    return Growth.of(seen, trials)


def resident_mib(pid: int) -> float | None:
    """None once the process has ended, whether or not anybody has waited for it."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pages * PAGE / 2**20 if pages else None
