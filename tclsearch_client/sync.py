"""The client for ordinary programs, notebooks and the command line."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from tclsearch_client import calls, downloads, events, waiting
from tclsearch_client.calls import D, Pages
from tclsearch_client.catalogue import Clusters, Dataset, Device, Me, Queue, Sampler, SpacePreset
from tclsearch_client.documents import (
    DryRun,
    Event,
    Figure,
    Front,
    FrontPoint,
    Job,
    ModelDetail,
    Outlook,
    StoredWeights,
    Trial,
    TrialDetail,
    TrialTable,
    WaitingPoint,
)
from tclsearch_client.downloads import Format, Progress
from tclsearch_client.exchange import (
    Call,
    Conversation,
    Emit,
    Head,
    Open,
    Read,
    Reply,
    Send,
    Steps,
    Wait,
)
from tclsearch_client.retrying import Patience, attempt
from tclsearch_client.settings import TIMEOUT_SECONDS, Address, arguments_of, head_of
from tclsearch_client.specs import Spec

T = TypeVar("T")


class Client:
    """Speaks to one service as one caller. Close it, or use it in a `with` statement.

    url, token: by default TCLSEARCH_URL and TCLSEARCH_TOKEN.
    patience: for how long a call is tried again that is refused for now or gets no answer.
    timeout: seconds without a byte after which a connection counts as broken.

    Every method raises RequestFailed where the service refuses, and Unreachable where none answers.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        patience: Patience | None = None,
        timeout: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = Address.of(url, token)
        self.patience = patience or Patience()
        self._sleep = sleep
        self._http = httpx.Client(**self.address.options(timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def submit(self, spec: Spec, *, key: str | None = None) -> Job:
        """Post a job: a mapping, the path of a YAML or JSON file, or such text.

        key: an Idempotency-Key; the same key with the same spec gives the same job. Made here by
        default, so that a reply which is lost on its way does not make two jobs of one.
        """
        return self.send(calls.submit(spec, key or str(uuid.uuid4())))

    def dry_run(self, spec: Spec) -> DryRun:
        """Have a spec judged and sized; nothing is stored."""
        return self.send(calls.dry_run(spec))

    def compress(self, spec: Spec, *, key: str | None = None) -> Job:
        """Post a compression, in whatever form `submit` takes a spec."""
        call = calls.submit(spec, key or str(uuid.uuid4()), calls.COMPRESSIONS)
        return self.send(call)

    def dry_run_compression(self, spec: Spec) -> DryRun:
        """Have a compression judged and sized; nothing is stored."""
        return self.send(calls.dry_run(spec, calls.COMPRESSIONS))

    def upload_weights(self, content: bytes) -> StoredWeights:
        """Store the bytes of a safetensors file; a compression names them by their hash."""
        return self.send(calls.upload_weights(content))

    def jobs(
        self, *, states: Iterable[str] = (), tags: Iterable[str] = (), limit: int | None = None
    ) -> Iterator[Job]:
        """The team's jobs, newest first. tags: `key` or `key:value`; all must match."""
        return self.each(calls.jobs(states, tags, limit))

    def job(self, job_id: str) -> Job:
        return self.send(calls.job(job_id))

    def trials(
        self, job_id: str, *, states: Iterable[str] = (), limit: int | None = None
    ) -> Iterator[Trial]:
        """A job's trials, newest first."""
        return self.each(calls.trials(job_id, states, limit))

    def trial(self, job_id: str, number: int) -> TrialDetail:
        """A trial with its learning curve and its models."""
        return self.send(calls.trial(job_id, number))

    def trial_table(self, job_id: str) -> TrialTable:
        """All trials at once, and the number of the event that they are as of."""
        return self.send(calls.trial_table(job_id))

    def front(self, job_id: str, *, as_of: int | None = None, feasible: bool = True) -> Front:
        """The front now, or as of a revision. feasible=False lets every model compete."""
        return self.send(calls.front(job_id, as_of, feasible))

    def front_csv(self, job_id: str) -> str:
        """The front as a table, safe to open in a spreadsheet."""
        return self.send(calls.front_csv(job_id))

    def history(self, job_id: str) -> list[FrontPoint]:
        """The front after each of its changes, oldest first."""
        return list(self.send(calls.history(job_id)).items)

    def outlook(self, job_id: str) -> Outlook:
        """How much longer the job may run."""
        return self.send(calls.outlook(job_id))

    def figure(self, job_id: str, name: str) -> Figure:
        """A chart of the job: `front`, `hypervolume`, `curves`, `parallel` or `importances`."""
        return self.send(calls.figure(job_id, name))

    def model(self, job_id: str, model_id: str) -> ModelDetail:
        return self.send(calls.model(job_id, model_id))

    def queue(self) -> Queue:
        return self.send(calls.queue())

    def clusters(self) -> Clusters:
        """The clusters, their nodes and slots, and the dispatchers."""
        return self.send(calls.clusters())

    def devices(self) -> list[Device]:
        """The team's devices that measure latency, the one heard of last first."""
        return list(self.send(calls.devices()).items)

    def datasets(self) -> list[Dataset]:
        return list(self.send(calls.datasets()).items)

    def spaces(self, dataset: str = "cifar10") -> list[SpacePreset]:
        """The presets, written out for the images of a built-in data set."""
        return list(self.send(calls.spaces(dataset)).items)

    def samplers(self) -> list[Sampler]:
        return list(self.send(calls.samplers()).items)

    def me(self) -> Me:
        return self.send(calls.me())

    def cancel(self, job_id: str) -> Job:
        return self.send(calls.command(job_id, "cancel"))

    def pause(self, job_id: str) -> Job:
        return self.send(calls.command(job_id, "pause"))

    def resume(self, job_id: str) -> Job:
        return self.send(calls.command(job_id, "resume"))

    def retry(self, job_id: str) -> Job:
        """Queue a job again that has ended short of its budget."""
        return self.send(calls.command(job_id, "retry"))

    def delete(self, job_id: str) -> None:
        """Forget a job that has ended, with everything that belongs to it."""
        self.send(calls.remove(job_id))

    def extend(
        self, job_id: str, *, trials: int | None = None, wall_clock_seconds: float | None = None
    ) -> Job:
        """Enlarge the budget to so many trials and seconds in all; it never shrinks."""
        return self.send(calls.extend(job_id, trials, wall_clock_seconds))

    def prioritize(self, job_id: str, priority: int) -> Job:
        """priority: -10 to 10; the higher, the sooner."""
        return self.send(calls.change(job_id, {"priority": priority}))

    def tag(self, job_id: str, tags: Mapping[str, str]) -> Job:
        """Put these tags in place of those that the job has."""
        return self.send(calls.change(job_id, {"tags": dict(tags)}))

    def add_point(self, job_id: str, parameters: Mapping[str, Any]) -> WaitingPoint:
        """Have a point of one's own run next, on top of the budget."""
        return self.send(calls.add_point(job_id, parameters))

    def watch(self, job_id: str, *, after: int = 0) -> Iterator[Event]:
        """The job's events after the one numbered `after`, as they happen, until its last one.

        after: 0 for all of them, `Job.last_event` for those to come.
        Connections that break are made anew; no event is missed, and none comes twice.
        """
        return self.emitted(events.watch(job_id, after, self.patience))

    def wait(self, job_id: str, *, timeout: float | None = None) -> Job:
        """The job once it has ended. Raises WaitTimeout after `timeout` seconds."""
        return self.drive(waiting.wait(job_id, timeout, self.patience))

    def download(
        self,
        job_id: str,
        model_id: str,
        directory: str | Path = ".",
        *,
        format: Format = "checkpoint",
        progress: Progress | None = None,
    ) -> Path:
        """Fetch a model, or the `knee` of the front; the path of the verified file.

        A download that was cut off goes on where it stopped, also in another process.
        """
        there = Path(directory)
        return self.drive(
            downloads.download(job_id, model_id, format, there, self.patience, progress)
        )

    def send(self, call: Call[T]) -> T:
        """Any call; those of administrators are in `tclsearch_client.access`."""
        return self.drive(attempt(call, self.patience))

    def each(self, pages: Pages[D]) -> Iterator[D]:
        """Every item of a list, page by page."""
        taken, call = 0, pages.first()
        while call is not None:
            page = self.send(call)
            yield from page.items
            taken += len(page.items)
            call = pages.after(page, taken)

    def drive(self, steps: Steps[T]) -> T:
        """Carry a conversation out to its end."""
        conversation = Conversation(steps)
        for _ in self._carried(conversation):
            pass
        return conversation.result

    def emitted(self, steps: Steps[Any]) -> Iterator[Any]:
        """What a conversation hands out while it goes on."""
        return self._carried(Conversation(steps))

    def _carried(self, conversation: Conversation[Any]) -> Iterator[Any]:
        with closing(_Wire(self._http, self._sleep)) as wire, closing(conversation):
            while (effect := conversation.effect) is not None:
                if isinstance(effect, Emit):
                    yield effect.value
                    conversation.answer(None)
                    continue
                try:
                    outcome = wire.perform(effect)
                except httpx.RequestError as error:
                    conversation.fail(self.address.unreachable(error))
                else:
                    conversation.answer(outcome)


class _Wire:
    """What one conversation does on the network: at most one reply is open at a time."""

    def __init__(self, http: httpx.Client, sleep: Callable[[float], None]) -> None:
        self._http = http
        self._sleep = sleep
        self._opened: httpx.Response | None = None
        self._chunks: Iterator[bytes] = iter(())

    def perform(self, effect: Send | Open | Read | Wait) -> Reply | Head | bytes | None:
        """Raises httpx.RequestError where no answer comes, or no whole one."""
        match effect:
            case Send(request):
                response = self._http.request(**arguments_of(request))
                return Reply(head_of(response), response.content)
            case Open(request):
                self.close()
                sent = self._http.build_request(**arguments_of(request))
                self._opened = self._http.send(sent, stream=True)
                self._chunks = self._opened.iter_bytes()
                return head_of(self._opened)
            case Read():
                return next(self._chunks, b"")
            case Wait(seconds):
                self.close()
                self._sleep(seconds)
                return None

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._opened, self._chunks = None, iter(())
