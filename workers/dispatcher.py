"""Claims queued jobs and launches their runners on the Ray cluster.

Holds nothing that a restart would lose: what should run is the control plane's to say, what does
run is Ray's. Each round compares the two, and claims what is free. Several may do so on one cluster.
"""

import argparse
import contextlib
import fcntl
import logging
import math
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from observing import traces
from observing.context import during
from observing.logs import start_logging
from service.protocol import Beat, Claim, ClaimRequest, Desired, Held, Lost
from workers.cluster.differences import HANDLE_PREFIX, Missing, compare, older_runners
from workers.cluster.head import (
    JOB_STOP_SECONDS,
    HeadFailed,
    RayHead,
    adopt_or_start,
    has_died,
    ray_token,
    require_token_authentication,
    stop,
    trim_logs,
)
from workers.cluster.ray_jobs import ENDED, RayJob, RayJobs, RayUnavailable
from workers.control_plane import (
    Connection,
    DispatcherClient,
    Refused,
    Retry,
    StaleEpoch,
    Unreachable,
)
from workers.datasets import store
from workers.environment import DRAIN_SECONDS, RunnerEnvironment, handed_on
from workers.stopping import StopRequest

logger = logging.getLogger(__name__)

ROUND_SECONDS = 1.0
STOP_SECONDS = JOB_STOP_SECONDS + 10.0
TRIM_SECONDS = 3600.0
GLANCE_SECONDS = 0.2
CLAIMS_PER_ROUND = 8
"""Each launch takes Ray a moment, and the next beat must not be late."""
MAX_DETAIL = 4000


@dataclass(frozen=True, slots=True)
class Options:
    """What a dispatcher is started with.

    ray_address: dashboard URL of an existing cluster; None for a head of our own.
    """

    url: str
    token: str
    data_dir: Path
    ray_address: str | None
    cpus: int
    step_seconds: float
    checkpoint_seconds: float
    drain_seconds: float


@dataclass(frozen=True, slots=True)
class Pending:
    """A claim that is yet to be launched. since: when it was made, by the monotonic clock."""

    claim: Claim
    since: float


class Dispatcher:
    """Rounds of: say we are alive, mend differences, launch, claim.

    Nothing in a round waits for a runner: what was asked to stop is looked at again in the next
    one. So a runner that takes its time, or a node that is gone, holds up no beat.
    """

    def __init__(
        self,
        options: Options,
        client: DispatcherClient,
        jobs: RayJobs,
        cluster: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._client = client
        self._jobs = jobs
        self._cluster = cluster
        self._clock = clock
        self._boot = str(uuid.uuid4())
        self._listed: frozenset[str] = frozenset()
        self._pending: dict[str, Pending] = {}
        self._asked_to_stop: dict[str, float] = {}

    def round(self, leaving: Callable[[], bool] = lambda: False) -> None:
        """One round. leaving: whether to claim nothing more.

        Raises:
            Unreachable, RayUnavailable: one side does not answer; the next round tries again.
        """
        held = self._client.beat(self._beat()).held
        self._drop_pending(held)
        before, jobs = self._listed, self._jobs.jobs()
        self._listed = frozenset(jobs)
        differences = compare(
            held,
            jobs,
            before=before,
            pending=self._pending,
            sole=self._is_own_head,
        )
        for missing in differences.missing:
            self._report_lost(missing)
        for handle in differences.stray:
            self._stop(handle, "nobody holds it")
        for handle in differences.ended:
            self._jobs.forget(handle)
        self._asked_to_stop = {
            handle: asked
            for handle, asked in self._asked_to_stop.items()
            if handle in jobs and jobs[handle].state not in ENDED
        }
        self._launch_pending(jobs)
        if not leaving():
            self._claim(leaving)
            self._launch_pending(jobs)

    def leave(self, hurried: Callable[[], bool]) -> None:
        """Give back what was not launched and, on a head of our own, stop the runners in order.

        Each records what is under way and gives its job up. hurried: whether to wait no longer.

        Raises:
            Unreachable, RayUnavailable: one side does not answer; leases run out instead.
        """
        for pending in self._pending.values():
            self._give_back(pending.claim, "its dispatcher stopped before the launch")
        self._pending.clear()
        if self._is_own_head:
            self._stop_all(hurried)

    @property
    def _is_own_head(self) -> bool:
        return self._options.ray_address is None

    def _data_dir_of_nodes(self) -> str | None:
        """Nodes that are not this machine know best where they keep data."""
        return str(self._options.data_dir.resolve()) if self._is_own_head else None

    def _beat(self) -> Beat:
        return Beat(
            dispatcher=self._boot,
            cluster=self._cluster,
            nodes=self._jobs.nodes(),
            datasets=tuple(store.installed(self._options.data_dir).values()),
            fetching=True,
        )

    def _drop_pending(self, held: Iterable[Held]) -> None:
        """Forget claims that are over, and give back those whose launch nobody wants any more."""
        wanted = {job.handle: job.desired for job in held}
        for handle, pending in list(self._pending.items()):
            if wanted.get(handle) is Desired.RUN:
                continue
            del self._pending[handle]
            if handle in wanted:
                self._give_back(pending.claim, f"to {wanted[handle]} before its launch")

    def _give_back(self, claim: Claim, why: str) -> None:
        lost = Lost(dispatcher=self._boot, epoch=claim.epoch, detail=why, launched=False)
        with contextlib.suppress(StaleEpoch, Refused):
            self._client.lost(claim.job_id, lost)

    def _report_lost(self, missing: Missing) -> None:
        job, why = missing.job, missing.why
        logger.warning("lost %s: %s", job.handle, why)
        detail = f"{why}\n{self._log_tail(job.handle)}" if missing.launched else why
        lost = Lost(
            dispatcher=self._boot,
            epoch=job.epoch,
            detail=detail[-MAX_DETAIL:],
            launched=missing.launched,
        )
        # Whoever else noticed first has moved the job on; there is nothing left to report.
        with contextlib.suppress(StaleEpoch, Refused):
            self._client.lost(job.job_id, lost)

    def _log_tail(self, handle: str) -> str:
        # The node that holds it may be what was lost.
        with contextlib.suppress(RayUnavailable):
            return self._jobs.log_tail(handle)
        return ""

    def _stop(self, handle: str, why: str) -> None:
        """Ask a runner to stop, and ask again where that had no effect."""
        now = self._clock()
        if now - self._asked_to_stop.get(handle, -math.inf) < STOP_SECONDS:
            return
        logger.info("stopping %s: %s", handle, why)
        self._jobs.ask_to_stop(handle)
        self._asked_to_stop[handle] = now

    def _stop_all(self, hurried: Callable[[], bool]) -> None:
        deadline = self._clock() + STOP_SECONDS
        while not hurried() and self._clock() < deadline:
            live = [
                handle
                for handle, job in self._jobs.jobs().items()
                if handle.startswith(HANDLE_PREFIX) and job.state not in ENDED
            ]
            if not live:
                return
            for handle in live:
                self._stop(handle, "the dispatcher stops")
            time.sleep(GLANCE_SECONDS)

    def _claim(self, leaving: Callable[[], bool]) -> None:
        request = ClaimRequest(dispatcher=self._boot, cluster=self._cluster)
        for _ in range(CLAIMS_PER_ROUND):
            if leaving() or (claim := self._client.claim(request).claim) is None:
                return
            self._pending[claim.handle] = Pending(claim, self._clock())

    def _launch_pending(self, jobs: Mapping[str, RayJob]) -> None:
        for handle, pending in list(self._pending.items()):
            older = older_runners(handle, jobs)
            for other in older:
                self._stop(other, f"{handle} takes over")
            # One that cannot be stopped is fenced: it writes nothing, and ends itself.
            if not older or self._clock() - pending.since > STOP_SECONDS:
                try:
                    self._launch(pending.claim)
                except RayUnavailable as error:
                    # Again in the next round; until its lease runs out, and then it counts.
                    logger.warning("%s", error)
                else:
                    del self._pending[handle]

    def _launch(self, claim: Claim) -> None:
        job_id, epoch = claim.job_id, claim.epoch
        with (
            during(job_id=job_id, epoch=epoch),
            traces.span("launch", parent=claim.traceparent, job_id=job_id, epoch=epoch) as launch,
        ):
            self._submit(claim, launch.traceparent or claim.traceparent)

    def _submit(self, claim: Claim, traceparent: str | None) -> None:
        environment = RunnerEnvironment(
            url=self._options.url,
            token=claim.runner_token,
            job_id=claim.job_id,
            epoch=claim.epoch,
            data_dir=self._data_dir_of_nodes(),
            step_seconds=self._options.step_seconds,
            checkpoint_seconds=self._options.checkpoint_seconds,
            drain_seconds=self._options.drain_seconds,
            traceparent=traceparent,
        )
        python = sys.executable if self._is_own_head else "python"
        logger.info("launching %s", claim.handle)
        variables = environment.variables() | handed_on(os.environ)
        self._jobs.submit(claim.handle, (python, "-m", "workers.runner"), variables)


def run(options: Options) -> None:
    """Dispatch until SIGTERM or SIGINT, or until the process that started us is gone.

    A second signal, and runners are not waited for any more.

    Raises:
        HeadFailed: our own head did not start, or is gone.
    """
    stopping = StopRequest()
    connection = Connection(options.url, options.token, Retry(within_seconds=30.0))
    with (
        contextlib.closing(connection),
        _cluster(options) as (head, cluster),
        contextlib.closing(RayJobs(head)) as jobs,
    ):
        dispatcher = Dispatcher(options, DispatcherClient(connection), jobs, cluster)
        _dispatch(dispatcher, head, stopping)
        with contextlib.suppress(RayUnavailable, Unreachable):
            dispatcher.leave(lambda: stopping.hurried)


def _dispatch(dispatcher: Dispatcher, head: RayHead, stopping: StopRequest) -> None:
    parent, trim_at = os.getppid(), 0.0
    while not stopping:
        if time.monotonic() >= trim_at:
            trim_logs(head)
            trim_at = time.monotonic() + TRIM_SECONDS
        try:
            dispatcher.round(lambda: bool(stopping))
        except (Unreachable, Refused) as error:
            logger.warning("%s", error)
        except RayUnavailable as error:
            logger.warning("%s", error)
            if has_died(head):
                raise HeadFailed("the Ray head is gone") from error
        stopping.wait(ROUND_SECONDS)
        if os.getppid() != parent:
            logger.warning("the process that started this dispatcher is gone")
            return


@contextlib.contextmanager
def _cluster(options: Options) -> Iterator[tuple[RayHead, str]]:
    """The cluster to launch on, and the name under which it holds jobs."""
    if options.ray_address is not None:
        head = RayHead(options.ray_address, ray_token(os.environ))
        require_token_authentication(head)
        yield head, options.ray_address
        return
    with _alone(options.data_dir):
        head = adopt_or_start(options.data_dir, options.cpus)
        try:
            yield head, f"local:{_cluster_id(options.data_dir)}"
        finally:
            stop(head)


@contextlib.contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Wait for an earlier dispatcher of this data directory to be gone; the kernel drops its lock."""
    path = data_dir / "ray" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _cluster_id(data_dir: Path) -> str:
    """A name that stays when the head is started anew."""
    path = data_dir / "ray" / "cluster-id"
    if not path.exists():
        path.write_text(str(uuid.uuid4()))
    return path.read_text()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m workers.dispatcher", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--ray-address")
    parser.add_argument("--cpus", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--step-seconds", type=float, default=3600.0)
    parser.add_argument("--checkpoint-seconds", type=float, default=15.0)
    parser.add_argument("--drain-seconds", type=float, default=DRAIN_SECONDS)
    arguments = parser.parse_args()
    try:
        start_logging()
        traces.start("tclsearch-dispatcher", os.environ)
    except (ValueError, traces.NoExporter) as error:
        parser.error(str(error))
    token = os.environ.get("TCLSEARCH_TOKEN")
    if not token:
        parser.error("the dispatcher's token is read from TCLSEARCH_TOKEN")
    try:
        run(Options(token=token, **vars(arguments)))
    except HeadFailed as error:
        logger.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
