"""Small specs, orders and records for the runner's tests."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from searchspace import compression
from searchspace.datasets import KNOWN
from searchspace.space import Space
from searchspace.spec import JobSpec
from service.protocol import (
    Desired,
    KnownTrial,
    Latency,
    Orders,
    Record,
    Report,
    Reserve,
    Stop,
    TrialReason,
    TrialState,
    Winner,
)
from workers.assignment import Assignment
from workers.search.asking import Asking
from workers.search.sampler import Recall, Sampler
from workers.search.search import Search

VALUES = {"accuracy": 0.5, "params": 100.0, "latency_ms": 1.0}
LATENCY = Latency(min=1.0, median=1.1, p90=1.3, runs=250, reference=0.5)


def job_spec(**changes: Any) -> JobSpec:
    document = {"version": 1, "name": "a job", "dataset": {"name": "digits"}}
    return JobSpec.parse({**document, "space": {"preset": "tiny"}, **changes})


def space_of(spec: JobSpec) -> Space:
    return compression.space_of(spec, KNOWN[spec.dataset.key])


def orders(**changes: Any) -> Orders:
    usual: dict[str, Any] = {
        "desired": Desired.RUN,
        "slots": 2,
        "trials": 4,
        "wall_clock_seconds": None,
        "wall_clock_used": 0.0,
        "lease_seconds": 120.0,
        "renew_after_seconds": 5.0,
    }
    return Orders(**{**usual, **changes})


def report(number: int, training_epoch: int, accuracy: float, **changes: Any) -> Report:
    usual: dict[str, Any] = {"attempt": 1, "loss": 1.0, "seconds": 0.1}
    return Report(
        number=number, training_epoch=training_epoch, accuracy=accuracy, **{**usual, **changes}
    )


def stop(
    number: int, values: dict[str, float], reason: TrialReason = TrialReason.FINISHED
) -> Stop:
    return Stop(number=number, attempt=1, reason=reason, values=values)


class Recording:
    """Keeps records in order, and counts how many were flushed."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.flushed = 0
        self.latencies: dict[int, Latency] = {}

    def add(self, *records: Record) -> None:
        self.records += records

    def flush(self) -> None:
        self.flushed = len(self.records)

    def latency_of(self, number: int) -> Latency | None:
        return self.latencies.get(number)


class AtOnce(Executor):
    """A thread that does everything before its caller goes on."""

    def submit(self, do: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        run(done, do, *args, **kwargs)
        return done


class WhenAwaited(Executor):
    """A thread that gets its turn as late as possible: when somebody waits for it."""

    def submit(self, do: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return _Awaited(lambda future: run(future, do, *args, **kwargs))


class _Awaited(Future[Any]):
    def __init__(self, run: Callable[[Future[Any]], None]) -> None:
        super().__init__()
        self._run = run

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            self._run(self)
        return super().result(timeout)


def run(future: Future[Any], do: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    try:
        future.set_result(do(*args, **kwargs))
    except Exception as error:  # noqa: BLE001  a future keeps whatever it was
        future.set_exception(error)


class Desk:
    """A search with its recording and the orders it follows.

    thread: of the sampler. Usually one that is late, so that of a trial that comes next nothing
        is on record before it is handed out.
    """

    def __init__(
        self,
        spec: JobSpec,
        known: tuple[KnownTrial, ...] = (),
        *,
        recall: Recall = lambda _: {},
        thread: Executor | None = None,
    ) -> None:
        self.spec = spec
        self.recording = Recording()
        self.orders: Orders = orders()
        space = space_of(spec)
        self.winners: tuple[Winner, ...] = ()
        self.unstored_when_asked: int | None = None
        sampler = Sampler(spec, space, known, recall=recall)
        self.search = Search(
            spec,
            space,
            known,
            lambda: self.orders,
            self.recording,
            Asking(spec, sampler, self.recording, thread or WhenAwaited()),
            self._tell_winners,
        )

    def _tell_winners(self) -> tuple[Winner, ...]:
        self.unstored_when_asked = len(self.recording.records) - self.recording.flushed
        return self.winners

    def hand_out(self) -> Assignment:
        assignment = self.search.next()
        assert isinstance(assignment, Assignment)
        return assignment

    def begin(self) -> Assignment:
        """Hand a trial out, and let its process come up."""
        assignment = self.hand_out()
        self.search.begin(assignment.number, assignment.attempt)
        return assignment

    def last_stop(self) -> Stop:
        stops = [r for r in self.recording.records if isinstance(r, Stop)]
        return stops[-1]


def known_trial(desk: Desk, **changes: object) -> KnownTrial:
    reserve = next(r for r in desk.recording.records if isinstance(r, Reserve))
    usual = {
        "number": 0,
        "state": TrialState.RUNNING,
        "reason": None,
        "parameters": reserve.parameters,
        "seed": reserve.seed,
        "attempts": 1,
        "values": {},
        "latency": None,
        "reports": (),
    }
    return KnownTrial.model_validate({**usual, **changes})
