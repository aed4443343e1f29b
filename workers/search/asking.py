"""A search's sampler, asked and told in a thread of its own, and the reservations it leads to.

An ask may take tens of milliseconds, and a reservation is a request with a commit. Neither keeps
Tune's loop waiting where a trial is asked for while those before it still run.

Only what the search says decides what the sampler knows, and never how fast a thread was: an ask
knows all that was told before it was begun, and nothing that is told afterwards.
"""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from typing import Protocol

from searchspace.dimensions import Value
from searchspace.duplicates import Result
from searchspace.spec import JobSpec
from service.protocol import (
    GivenPoint,
    Latency,
    Record,
    Reserve,
    Start,
    Stop,
    TrialPurpose,
    TrialReason,
    TrialState,
)
from workers.search.attempt import Attempt
from workers.search.extras import Work, trial_seed
from workers.search.sampler import Sampler, Suggestion


class Recording(Protocol):
    """Where records go: `workers.search.recorder.Recorder`. Safe to use from several threads."""

    def add(self, *records: Record) -> None: ...

    def flush(self) -> None: ...

    def latency_of(self, number: int) -> Latency | None: ...


class Asking:
    """At most one ask is under way; what it has reserved waits until it is taken.

    Used by one thread at a time. thread: runs what it is given one after the other; the sampler is
    nobody else's from now on.
    """

    def __init__(
        self, spec: JobSpec, sampler: Sampler, recording: Recording, thread: Executor
    ) -> None:
        self._spec = spec
        self._sampler = sampler
        self._recording = recording
        self._thread = thread
        self._untold: list[tuple[int, TrialState, Mapping[str, float]]] = []
        self._asked: Future[Attempt | None] | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether something was asked for that nobody has waited for."""
        return self._asked is not None

    def may_be_early(self, slots: int) -> bool:
        """Whether to ask while trials of the search run on all of its slots."""
        return self._sampler.may_be_early(slots)

    def begin(self, number: int, index: int) -> None:
        """Ask for a point and have it reserved as trial `number`, the index-th of the search."""
        assert self._asked is None
        self._asked = self._thread.submit(self._ask, number, index, self._news())

    def wait(self) -> Attempt | None:
        """The trial that `begin` asked for, stored; None for one that took an earlier result.

        Raises:
            NoFeasiblePoint: none was there that keeps the constraints.
            RecordingStopped: nothing more is stored.
        """
        assert self._asked is not None
        asked, self._asked = self._asked, None
        return asked.result()

    def take(self, number: int, index: int, given: GivenPoint, rejected: int) -> Attempt:
        """Reserve a person's own point, which the sampler learns from."""
        assert self._asked is None
        news = self._news()
        return self._thread.submit(self._take, number, index, given, rejected, news).result()

    def tell(self, number: int, state: TrialState, values: Mapping[str, float]) -> None:
        """What became of a trial, for whatever is begun from now on."""
        self._untold.append((number, state, values))

    def _news(self) -> list[tuple[int, TrialState, Mapping[str, float]]]:
        news, self._untold = self._untold, []
        return news

    def _learn(self, news: list[tuple[int, TrialState, Mapping[str, float]]]) -> None:
        for number, state, values in news:
            self._sampler.tell(number, state, values)

    def _ask(
        self, number: int, index: int, news: list[tuple[int, TrialState, Mapping[str, float]]]
    ) -> Attempt | None:
        self._learn(news)
        suggestion = self._sampler.ask(number)
        work = self._work(suggestion, index)
        if suggestion.result is None:
            return reserve(self._recording, number, work, rejected=suggestion.rejected)
        self._copy(number, work, suggestion.result, suggestion.rejected)
        return None

    def _take(
        self,
        number: int,
        index: int,
        given: GivenPoint,
        rejected: int,
        news: list[tuple[int, TrialState, Mapping[str, float]]],
    ) -> Attempt:
        self._learn(news)
        work = self._work(self._sampler.take(number, given.parameters), index)
        return reserve(self._recording, number, work, point=given.id, rejected=rejected)

    def _work(self, suggestion: Suggestion, index: int) -> Work:
        """A new trial of the search, the same one whatever other trials the job has."""
        return Work(
            purpose=TrialPurpose.SEARCH,
            subject=None,
            parameters=suggestion.parameters,
            architecture=suggestion.point.architecture,
            hyperparameters=suggestion.point.hyperparameters,
            seed=trial_seed(self._spec.sampler.seed, index),
            training_epochs=self._spec.budget.training_epochs,
            ranks=suggestion.point.ranks,
        )

    def _copy(self, number: int, work: Work, result: Result, rejected: int) -> None:
        """Record a whole trial that takes the result of an earlier one."""
        values = dict(result.values)
        stop = Stop(
            number=number,
            attempt=1,
            reason=TrialReason.FINISHED,
            values=values,
            copy_of=result.number,
        )
        # All at once: of a trial that is reserved alone, another runner would make one to train.
        start = Start(number=number, attempt=1)
        self._recording.add(_reservation(number, work, None, rejected), start, stop)
        self._recording.flush()
        self._recording.latency_of(number)
        self._sampler.tell(number, TrialState.COMPLETE, values)


def reserve(
    recording: Recording, number: int, work: Work, *, point: str | None = None, rejected: int = 0
) -> Attempt:
    """Have a new trial stored before anything else comes of it: its first attempt.

    point: the id of the person's own point that it is made of.
    rejected: sampled points that broke a constraint since the reservation before.
    """
    recording.add(_reservation(number, work, point, rejected))
    recording.flush()
    return Attempt(number=number, attempt=1, work=work, latency=recording.latency_of(number))


def _reservation(number: int, work: Work, point: str | None, rejected: int) -> Reserve:
    parameters: dict[str, Value] = dict(work.parameters)
    return Reserve(
        number=number,
        parameters=parameters,
        architecture=work.architecture.model_dump(mode="json"),
        architecture_digest=work.architecture.digest,
        seed=work.seed,
        point=point,
        purpose=work.purpose,
        subject=work.subject,
        rejected=rejected,
    )
