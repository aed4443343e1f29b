"""The client for programs that do several things at once (asyncio)."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, closing
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


class AsyncClient:
    """As `Client`, to be awaited. Close it, or use it in an `async with` statement.

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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.address = Address.of(url, token)
        self.patience = patience or Patience()
        self._sleep = sleep
        self._http = httpx.AsyncClient(**self.address.options(timeout))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def submit(self, spec: Spec, *, key: str | None = None) -> Job:
        """Post a job: a mapping, the path of a YAML or JSON file, or such text.

        key: an Idempotency-Key; the same key with the same spec gives the same job. Made here by
        default, so that a reply which is lost on its way does not make two jobs of one.
        """
        return await self.send(calls.submit(spec, key or str(uuid.uuid4())))

    async def dry_run(self, spec: Spec) -> DryRun:
        """Have a spec judged and sized; nothing is stored."""
        return await self.send(calls.dry_run(spec))

    async def compress(self, spec: Spec, *, key: str | None = None) -> Job:
        """Post a compression, in whatever form `submit` takes a spec."""
        call = calls.submit(spec, key or str(uuid.uuid4()), calls.COMPRESSIONS)
        return await self.send(call)

    async def dry_run_compression(self, spec: Spec) -> DryRun:
        """Have a compression judged and sized; nothing is stored."""
        return await self.send(calls.dry_run(spec, calls.COMPRESSIONS))

    async def upload_weights(self, content: bytes) -> StoredWeights:
        """Store the bytes of a safetensors file; a compression names them by their hash."""
        return await self.send(calls.upload_weights(content))

    def jobs(
        self, *, states: Iterable[str] = (), tags: Iterable[str] = (), limit: int | None = None
    ) -> AsyncIterator[Job]:
        """The team's jobs, newest first. tags: `key` or `key:value`; all must match."""
        return self.each(calls.jobs(states, tags, limit))

    async def job(self, job_id: str) -> Job:
        return await self.send(calls.job(job_id))

    def trials(
        self, job_id: str, *, states: Iterable[str] = (), limit: int | None = None
    ) -> AsyncIterator[Trial]:
        """A job's trials, newest first."""
        return self.each(calls.trials(job_id, states, limit))

    async def trial(self, job_id: str, number: int) -> TrialDetail:
        """A trial with its learning curve and its models."""
        return await self.send(calls.trial(job_id, number))

    async def trial_table(self, job_id: str) -> TrialTable:
        """All trials at once, and the number of the event that they are as of."""
        return await self.send(calls.trial_table(job_id))

    async def front(
        self, job_id: str, *, as_of: int | None = None, feasible: bool = True
    ) -> Front:
        """The front now, or as of a revision. feasible=False lets every model compete."""
        return await self.send(calls.front(job_id, as_of, feasible))

    async def front_csv(self, job_id: str) -> str:
        """The front as a table, safe to open in a spreadsheet."""
        return await self.send(calls.front_csv(job_id))

    async def history(self, job_id: str) -> list[FrontPoint]:
        """The front after each of its changes, oldest first."""
        return list((await self.send(calls.history(job_id))).items)

    async def outlook(self, job_id: str) -> Outlook:
        """How much longer the job may run."""
        return await self.send(calls.outlook(job_id))

    async def figure(self, job_id: str, name: str) -> Figure:
        """A chart of the job: `front`, `hypervolume`, `curves`, `parallel` or `importances`."""
        return await self.send(calls.figure(job_id, name))

    async def model(self, job_id: str, model_id: str) -> ModelDetail:
        return await self.send(calls.model(job_id, model_id))

    async def queue(self) -> Queue:
        return await self.send(calls.queue())

    async def clusters(self) -> Clusters:
        """The clusters, their nodes and slots, and the dispatchers."""
        return await self.send(calls.clusters())

    async def devices(self) -> list[Device]:
        """The team's devices that measure latency, the one heard of last first."""
        return list((await self.send(calls.devices())).items)

    async def datasets(self) -> list[Dataset]:
        return list((await self.send(calls.datasets())).items)

    async def spaces(self, dataset: str = "cifar10") -> list[SpacePreset]:
        """The presets, written out for the images of a built-in data set."""
        return list((await self.send(calls.spaces(dataset))).items)

    async def samplers(self) -> list[Sampler]:
        return list((await self.send(calls.samplers())).items)

    async def me(self) -> Me:
        return await self.send(calls.me())

    async def cancel(self, job_id: str) -> Job:
        return await self.send(calls.command(job_id, "cancel"))

    async def pause(self, job_id: str) -> Job:
        return await self.send(calls.command(job_id, "pause"))

    async def resume(self, job_id: str) -> Job:
        return await self.send(calls.command(job_id, "resume"))

    async def retry(self, job_id: str) -> Job:
        """Queue a job again that has ended short of its budget."""
        return await self.send(calls.command(job_id, "retry"))

    async def delete(self, job_id: str) -> None:
        """Forget a job that has ended, with everything that belongs to it."""
        await self.send(calls.remove(job_id))

    async def extend(
        self, job_id: str, *, trials: int | None = None, wall_clock_seconds: float | None = None
    ) -> Job:
        """Enlarge the budget to so many trials and seconds in all; it never shrinks."""
        return await self.send(calls.extend(job_id, trials, wall_clock_seconds))

    async def prioritize(self, job_id: str, priority: int) -> Job:
        """priority: -10 to 10; the higher, the sooner."""
        return await self.send(calls.change(job_id, {"priority": priority}))

    async def tag(self, job_id: str, tags: Mapping[str, str]) -> Job:
        """Put these tags in place of those that the job has."""
        return await self.send(calls.change(job_id, {"tags": dict(tags)}))

    async def add_point(self, job_id: str, parameters: Mapping[str, Any]) -> WaitingPoint:
        """Have a point of one's own run next, on top of the budget."""
        return await self.send(calls.add_point(job_id, parameters))

    def watch(self, job_id: str, *, after: int = 0) -> AsyncIterator[Event]:
        """The job's events after the one numbered `after`, as they happen, until its last one.

        after: 0 for all of them, `Job.last_event` for those to come.
        Connections that break are made anew; no event is missed, and none comes twice.
        """
        return self.emitted(events.watch(job_id, after, self.patience))

    async def wait(self, job_id: str, *, timeout: float | None = None) -> Job:  # noqa: ASYNC109  as Client has it
        """The job once it has ended. Raises WaitTimeout after `timeout` seconds."""
        return await self.drive(waiting.wait(job_id, timeout, self.patience))

    async def download(
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
        return await self.drive(
            downloads.download(job_id, model_id, format, there, self.patience, progress)
        )

    async def send(self, call: Call[T]) -> T:
        """Any call; those of administrators are in `tclsearch_client.access`."""
        return await self.drive(attempt(call, self.patience))

    async def each(self, pages: Pages[D]) -> AsyncIterator[D]:
        """Every item of a list, page by page."""
        taken, call = 0, pages.first()
        while call is not None:
            page = await self.send(call)
            for item in page.items:
                yield item
            taken += len(page.items)
            call = pages.after(page, taken)

    async def drive(self, steps: Steps[T]) -> T:
        """Carry a conversation out to its end."""
        conversation = Conversation(steps)
        async for _ in self._carried(conversation):
            pass
        return conversation.result

    def emitted(self, steps: Steps[Any]) -> AsyncIterator[Any]:
        """What a conversation hands out while it goes on."""
        return self._carried(Conversation(steps))

    async def _carried(self, conversation: Conversation[Any]) -> AsyncIterator[Any]:
        async with aclosing(_Wire(self._http, self._sleep)) as wire:
            with closing(conversation):
                while (effect := conversation.effect) is not None:
                    if isinstance(effect, Emit):
                        yield effect.value
                        conversation.answer(None)
                        continue
                    try:
                        outcome = await wire.perform(effect)
                    except httpx.RequestError as error:
                        conversation.fail(self.address.unreachable(error))
                    else:
                        conversation.answer(outcome)


class _Wire:
    """What one conversation does on the network: at most one reply is open at a time."""

    def __init__(self, http: httpx.AsyncClient, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._http = http
        self._sleep = sleep
        self._opened: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None

    async def perform(self, effect: Send | Open | Read | Wait) -> Reply | Head | bytes | None:
        """Raises httpx.RequestError where no answer comes, or no whole one."""
        match effect:
            case Send(request):
                response = await self._http.request(**arguments_of(request))
                return Reply(head_of(response), response.content)
            case Open(request):
                await self.aclose()
                sent = self._http.build_request(**arguments_of(request))
                self._opened = await self._http.send(sent, stream=True)
                self._chunks = self._opened.aiter_bytes()
                return head_of(self._opened)
            case Read():
                return b"" if self._chunks is None else await anext(self._chunks, b"")
            case Wait(seconds):
                await self.aclose()
                await self._sleep(seconds)
                return None

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()
        self._opened, self._chunks = None, None
