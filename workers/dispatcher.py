"""Claims queued jobs and launches their runners on the Ray cluster.

Holds nothing that a restart would lose: what should run is the control plane's to say, what does
run is Ray's. Each round compares the two, and claims what is free.
"""

import argparse
import contextlib
import fcntl
import logging
import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from service.protocol import Beat, Claim, ClaimRequest, Held, Lost
from workers.control_plane import (
    Connection,
    DispatcherClient,
    Refused,
    Retry,
    StaleEpoch,
    Unreachable,
)
from workers.datasets import store
from workers.environment import DRAIN_SECONDS, RunnerEnvironment
from workers.head import (
    JOB_STOP_SECONDS,
    HeadFailed,
    RayHead,
    adopt_or_start,
    require_token_authentication,
    stop,
)
from workers.logs import start_logging
from workers.ray_jobs import ENDED, RayJob, RayJobs, RayUnavailable
from workers.stopping import StopRequest

logger = logging.getLogger(__name__)

ROUND_SECONDS = 1.0
HANDLE_PREFIX = "tclsearch-"
STOP_SECONDS = JOB_STOP_SECONDS + 10.0


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
class Differences:
    """Where Ray and the control plane disagree."""

    lost: tuple[tuple[Held, str], ...]
    stray: tuple[str, ...]
    ended: tuple[str, ...]


def compare(held: tuple[Held, ...], jobs: Mapping[str, RayJob], *, sole: bool) -> Differences:
    """What should run and does not, what runs and should not, what has ended and may be forgotten.

    sole: whether nobody else launches on this cluster, so that a handle which Ray does not know
    is lost for certain and not about to be launched by another dispatcher.
    """
    wanted = {job.handle: job for job in held}
    lost = [
        (job, jobs[handle].message if handle in jobs else "the cluster does not know it")
        for handle, job in wanted.items()
        if (handle in jobs and jobs[handle].state in ENDED) or (handle not in jobs and sole)
    ]
    ours = {handle: job for handle, job in jobs.items() if handle.startswith(HANDLE_PREFIX)}
    unwanted = {handle: job for handle, job in ours.items() if handle not in wanted}
    return Differences(
        lost=tuple(lost),
        stray=tuple(h for h, job in unwanted.items() if job.state not in ENDED),
        ended=tuple(h for h, job in unwanted.items() if job.state in ENDED),
    )


class Dispatcher:
    """Rounds of: say we are alive, mend differences, claim and launch."""

    def __init__(
        self, options: Options, client: DispatcherClient, jobs: RayJobs, cluster: str
    ) -> None:
        self._options = options
        self._client = client
        self._jobs = jobs
        self._cluster = cluster
        self._boot = str(uuid.uuid4())
        self._nodes = jobs.nodes()

    def round(self) -> None:
        """One round.

        Raises:
            Unreachable, RayUnavailable: one side does not answer; the next round tries again.
        """
        self._nodes = self._jobs.nodes()
        held = self._client.beat(self._beat()).held
        differences = compare(held, self._jobs.jobs(), sole=self._options.ray_address is None)
        for job, why in differences.lost:
            self._report_lost(job, why)
        if differences.stray:
            logger.info("stopping %s, which nobody holds", ", ".join(differences.stray))
            self._jobs.stop(differences.stray, STOP_SECONDS)
        for handle in differences.ended:
            self._jobs.forget(handle)
        self._claim_all()

    def stop_all(self) -> None:
        """Stop every runner of ours in order: each records what is under way and gives its job up."""
        self._stop_those_of(HANDLE_PREFIX)

    def _beat(self) -> Beat:
        return Beat(
            dispatcher=self._boot,
            cluster=self._cluster,
            nodes=self._nodes,
            datasets=tuple(store.installed(self._options.data_dir).values()),
        )

    def _report_lost(self, job: Held, why: str) -> None:
        detail = f"{why}\n{self._jobs.log_tail(job.handle)}"
        logger.warning("lost %s: %s", job.handle, why)
        # Whoever else noticed first has moved the job on; there is nothing left to report.
        with contextlib.suppress(StaleEpoch, Refused):
            lost = Lost(dispatcher=self._boot, epoch=job.epoch, detail=detail[-4000:])
            self._client.lost(job.job_id, lost)

    def _claim_all(self) -> None:
        request = ClaimRequest(dispatcher=self._boot, cluster=self._cluster)
        while claim := self._client.claim(request).claim:
            self._launch(claim)

    def _launch(self, claim: Claim) -> None:
        """Submit the runner, once nothing of an earlier epoch runs any more."""
        self._stop_those_of(f"{claim.handle.rpartition('-e')[0]}-e", but=claim.handle)
        environment = RunnerEnvironment(
            url=self._options.url,
            token=claim.runner_token,
            job_id=claim.job_id,
            epoch=claim.epoch,
            data_dir=str(self._options.data_dir.resolve()),
            step_seconds=self._options.step_seconds,
            checkpoint_seconds=self._options.checkpoint_seconds,
            drain_seconds=self._options.drain_seconds,
        )
        python = sys.executable if self._options.ray_address is None else "python"
        logger.info("launching %s", claim.handle)
        self._jobs.submit(claim.handle, (python, "-m", "workers.runner"), environment.variables())

    def _stop_those_of(self, prefix: str, but: str = "") -> None:
        running = [h for h, job in self._jobs.jobs().items() if job.state not in ENDED]
        ours = [handle for handle in running if handle.startswith(prefix) and handle != but]
        self._jobs.stop(ours, STOP_SECONDS)


def run(options: Options) -> None:
    """Dispatch until SIGTERM or SIGINT, or until the process that started us is gone."""
    stopping = StopRequest()
    connection = Connection(options.url, options.token, Retry(within_seconds=30.0))
    with (
        contextlib.closing(connection),
        _cluster(options) as (head, cluster),
        contextlib.closing(RayJobs(head)) as jobs,
    ):
        dispatcher = Dispatcher(options, DispatcherClient(connection), jobs, cluster)
        _dispatch(dispatcher, stopping)
        if options.ray_address is None:
            with contextlib.suppress(RayUnavailable):
                dispatcher.stop_all()


def _dispatch(dispatcher: Dispatcher, stopping: StopRequest) -> None:
    parent = os.getppid()
    while not stopping:
        try:
            dispatcher.round()
        except (Unreachable, Refused, RayUnavailable) as error:
            logger.warning("%s", error)
        stopping.wait(ROUND_SECONDS)
        if os.getppid() != parent:
            logger.warning("the process that started this dispatcher is gone")
            return


@contextlib.contextmanager
def _cluster(options: Options) -> Iterator[tuple[RayHead, str]]:
    """The cluster to launch on, and the name under which it holds jobs."""
    if options.ray_address is not None:
        head = RayHead(options.ray_address, os.environ.get("RAY_AUTH_TOKEN", ""))
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
    start_logging()
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
