"""How much each parameter matters: computed by Optuna in a process of its own.

The control plane loads no Optuna (ADR 31): a program of the execution plane reads the trials and
writes the shares. A process can be ended at its deadline, and holds up no other request meanwhile.
"""

import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.errors import Unavailable

PROGRAM = (sys.executable, "-m", "workers.importances")
LEAST_TRIALS = 10
"""Complete ones, below which an account would be a matter of chance."""
KEPT = 200
"""Jobs whose last account is kept in this process."""
FRESH = 0.95
"""An account stands until it tells of less than this part of the trials that have ended."""
INHERITED = ("PATH", "PYTHONPATH", "LANG", "VIRTUAL_ENV")


class NotComputed(Exception):
    """Why there is no account, in words for people."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the program is told: a job's documents, and its complete trials."""

    spec: Mapping[str, Any]
    dataset: Mapping[str, Any]
    trials: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Account:
    """ended: trials of the search that had ended; so it names one set of trials for good.

    shares: by objective and parameter. trials: told from so many, of `complete`.
    """

    ended: int
    shares: Mapping[str, Mapping[str, float]]
    trials: int
    complete: int


class Importance:
    """Accounts of this process, one computed at a time."""

    def __init__(self, seconds: float, program: Sequence[str] = PROGRAM) -> None:
        self._seconds = seconds
        self._program = tuple(program)
        self._turn = threading.Lock()
        self._kept: OrderedDict[str, Account] = OrderedDict()

    def known(self, job_id: str, ended: int) -> Account | None:
        """The last account of a job, while it tells of nearly all its trials."""
        account = self._kept.get(job_id)
        return account if account is not None and account.ended >= FRESH * ended else None

    def compute(self, job_id: str, ended: int, question: Question) -> Account:
        """A new account, unless somebody has computed it while this one waited.

        Raises:
            Unavailable: another one is being computed for too long to wait.
            NotComputed: there are too few trials, or the program came to no answer in time.
        """
        if len(question.trials) < LEAST_TRIALS:
            raise NotComputed(
                f"Importance needs {LEAST_TRIALS} complete trials at least; "
                f"there are {len(question.trials)}."
            )
        if not self._turn.acquire(timeout=self._seconds):
            raise Unavailable("importances of other jobs are being computed")
        try:
            account = self.known(job_id, ended)
            if account is None:
                said = self._ask(question)
                account = Account(ended, said["shares"], said["trials"], len(question.trials))
                self._kept[job_id] = account
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return account
        finally:
            self._turn.release()

    def _ask(self, question: Question) -> dict[str, Any]:
        asked = {
            "spec": question.spec,
            "dataset": question.dataset,
            "trials": [dict(trial) for trial in question.trials],
        }
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        try:
            done = subprocess.run(  # noqa: S603  a fixed command; the trials are its input
                self._program,
                input=json.dumps(asked).encode(),
                capture_output=True,
                timeout=self._seconds,
                check=False,
                env=environment | {"OMP_NUM_THREADS": "1"},
            )
        except subprocess.TimeoutExpired:
            raise NotComputed(
                f"It was not computed within {self._seconds:g} seconds, which is the limit."
            ) from None
        if done.returncode:
            raise NotComputed(_why(done.stderr.decode(errors="replace")))
        said: dict[str, Any] = json.loads(done.stdout)
        return said


def _why(complaint: str) -> str:
    if "ModuleNotFoundError" in complaint:
        return "This server is without Optuna, which computes it."
    return "It could not be computed from these trials."
