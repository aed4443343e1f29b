"""The process that drives one job's Ray Tune runs, from hello to finish.

Owns the job at one epoch. While the job has no slots it holds the lease and nothing else, and
begins another Tune run when there are some. It leaves in one way only: what is recorded is flushed, the control
plane is told why, and the process ends at once, which ends its trials with it (Ray stops the
actors of a driver that is gone).
"""

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

import optuna
import ray

from observing import traces
from observing.context import always
from observing.logs import start_logging
from searchspace.bounds import cost_bounds
from searchspace.compression import space_of
from searchspace.datasets import DatasetInfo
from searchspace.reference import reference_point
from searchspace.spec import JobSpec, ResourcesSpec
from service.protocol import HelloReply, JobReason, Orders, TrialReason, Winner, new_runner_token
from workers.assignment import JobContext
from workers.control_plane import Connection, Refused, Retry, RunnerClient, StaleEpoch, Unreachable
from workers.environment import RunnerEnvironment
from workers.release import release
from workers.search.asking import Asking
from workers.search.lease import Lease
from workers.search.recorder import Recorder, RecordingStopped
from workers.search.sampler import Recall, Sampler
from workers.search.search import Search
from workers.search.tune_run import TUNE_ENVIRONMENT, run_search
from workers.trials.trainable import TrialProcess

logger = logging.getLogger(__name__)

LOG_BYTES = 32 * 1024 * 1024
"""Of the log that Ray keeps of a runner."""

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

RENEW_TRY_SECONDS = 10.0
RENEW_ANSWER_SECONDS = 5.0
"""Short, so that a connection that has gone silent does not hide for long that the lease runs out:
the share of it after which the runner fences itself, a pause and one such try fit into the lease."""
RECORD_TRY_SECONDS = 95.0
"""Within a lease of 120 s: a runner that cannot record for longer has lost its job anyway."""

INTERRUPT_SECONDS = 8.0
"""How long trials may take to be suspended once the runner was asked to leave, well within what
Ray's head gives it (`workers.cluster.head.JOB_STOP_SECONDS`)."""

LOST_EXIT_STATUS = 3


class Departure:
    """Leaving, exactly once, from whichever thread asks first.

    scratch: of Tune's, removed on the way out.
    """

    def __init__(self, client: RunnerClient, end_process: Callable[[int], None]) -> None:
        self._client = client
        self._end_process = end_process
        self._once = threading.Lock()
        self.recorder: Recorder | None = None
        self.search: Search | None = None
        self.scratch: Path | None = None

    def leave(self, reason: JobReason, detail: str = "") -> None:
        """Flush, tell the control plane, end the process."""
        if not self._once.acquire(blocking=False):
            return
        logger.info("leaving: %s %s", reason, detail)
        status = 0
        try:
            if self.search is not None:
                self.search.abandon(_trial_reason(reason))
            if self.recorder is not None:
                self.recorder.close()
            trials = None if self.search is None else self.search.trials
            rejected = 0 if self.search is None else self.search.rejected
            self._client.finish(reason, detail, trials, rejected)
        except (StaleEpoch, Refused, Unreachable, RecordingStopped) as error:
            logger.warning("could not say goodbye: %s", error)
            status = LOST_EXIT_STATUS
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)
        self._end_process(status)

    def fence(self, why: str) -> None:
        """The job is no longer ours: end the process without another word."""
        if self._once.acquire(blocking=False):
            logger.error("fenced: %s", why)
            self._end_process(LOST_EXIT_STATUS)


def _trial_reason(reason: JobReason) -> TrialReason:
    if reason is JobReason.PAUSED:
        return TrialReason.PAUSED
    if reason in (JobReason.INTERRUPTED, JobReason.WALL_CLOCK_SPENT):
        # More time may have been granted meanwhile; otherwise the job's end cancels them.
        return TrialReason.INTERRUPTED
    return TrialReason.CANCELLED


def drive(
    environment: RunnerEnvironment,
    trainable: type[TrialProcess] = TrialProcess,
    end_process: Callable[[int], None] = os._exit,
) -> None:
    """Run the job until it is over, lost, or no longer wanted; then `end_process(status)`."""
    token = new_runner_token(environment.job_id, environment.epoch)
    hello = _say_hello(environment, token)
    connection = Connection(environment.url, token, Retry(RECORD_TRY_SECONDS))
    client = RunnerClient(connection, environment.job_id, environment.epoch)
    patience = Retry(RENEW_TRY_SECONDS)
    renewing = Connection(environment.url, token, patience, RENEW_ANSWER_SECONDS)
    renewer = RunnerClient(renewing, environment.job_id, environment.epoch)
    departure = Departure(client, end_process)

    lease = Lease(
        renew=renewer.renew,
        first=hello.orders,
        on_lost=departure.fence,
        on_leave=departure.leave,
        drain_seconds=environment.drain_seconds,
    )
    recorder = Recorder(
        send=client.record,
        on_orders=lease.note,
        on_failure=lambda error: _recording_failed(departure, error),
    )
    winners = _telling(departure, client.winners)
    recall = _telling(departure, client.latencies)
    search = _build_search(hello, lease.orders, recorder, winners, recall)
    departure.recorder, departure.search = recorder, search
    _leave_on_signals(departure, search, lease)
    lease.start()
    spec = JobSpec.parse(hello.spec)
    context = _context(environment, spec, hello.dataset)
    try:
        run = partial(_run, search, trainable, context, spec.resources, token, departure)
        reason = _search(search, lease, run)
    except RecordingStopped:
        departure.fence("recording stopped")
    except Exception as error:
        logger.exception("the run failed")
        departure.leave(JobReason.RUNNER_ERROR, repr(error))
    else:
        departure.leave(reason)
    lease.close()


def _say_hello(environment: RunnerEnvironment, token: str) -> HelloReply:
    connection = Connection(environment.url, environment.token, Retry(RECORD_TRY_SECONDS))
    with closing(connection):
        client = RunnerClient(connection, environment.job_id, environment.epoch)
        return client.hello(f"{os.uname().nodename}/{os.getpid()}", token)


def _search(search: Search, lease: Lease, run: Callable[[], None]) -> JobReason:
    """One Tune run after another, until the runner should leave: why."""
    while (reason := search.outcome()) is None:
        if search.may_go_on():
            run()
        else:
            lease.wait_until(lambda: search.may_go_on() or search.outcome() is not None)
    return reason


def _run(
    search: Search,
    trainable: type[TrialProcess],
    context: JobContext,
    resources: ResourcesSpec,
    token: str,
    departure: Departure,
) -> None:
    departure.scratch = scratch = Path(tempfile.mkdtemp(prefix="tclsearch-run-"))
    try:
        run_search(search, trainable, context, resources, token, scratch, departure.leave)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _build_search(
    hello: HelloReply,
    orders: Callable[[], Orders],
    recorder: Recorder,
    winners: Callable[[], Sequence[Winner]],
    recall: Recall,
) -> Search:
    spec = JobSpec.parse(hello.spec)
    space = space_of(spec, hello.dataset)
    sampler = Sampler(spec, space, hello.trials, hello.observations, recall)
    asking = Asking(spec, sampler, recorder, ThreadPoolExecutor(1, "asking"))
    return Search(spec, space, hello.trials, orders, recorder, asking, winners)


def _telling(departure: Departure, ask: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """A question to the control plane; a runner that cannot ask has lost its job."""

    def told(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        try:
            return ask(*args, **kwargs)
        except (StaleEpoch, Unreachable) as error:
            departure.fence(str(error))
            raise RecordingStopped("the job is not ours any more") from error

    return told


def _context(environment: RunnerEnvironment, spec: JobSpec, dataset: DatasetInfo) -> JobContext:
    bounds = cost_bounds(space_of(spec, dataset))
    return JobContext(
        job_id=environment.job_id,
        epoch=environment.epoch,
        dataset=spec.dataset,
        latency=spec.latency,
        exports=spec.exports,
        objectives=spec.objectives,
        constraints=spec.constraints,
        reference_point=reference_point(spec.objectives, spec.constraints, bounds),
        compress=spec.compress,
        cpus=spec.resources.cpus,
        gpus=spec.resources.gpus,
        release=release(),
        step_seconds=environment.step_seconds,
        checkpoint_seconds=environment.checkpoint_seconds,
    )


def _recording_failed(departure: Departure, error: Exception) -> None:
    if isinstance(error, StaleEpoch | Unreachable):
        departure.fence(str(error))
    else:
        departure.leave(JobReason.RUNNER_ERROR, repr(error))


def _leave_on_signals(departure: Departure, search: Search, lease: Lease) -> None:
    """Leave when asked to, in a thread: the handler itself interrupts code that may hold locks."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)

    def await_signal() -> None:
        os.read(reading, 1)
        search.interrupt()
        # Whoever stops a runner may do so because it has lost its job; it then ends at once.
        lease.renew_now()
        # Whoever has suspended all its trials has left by then.
        time.sleep(INTERRUPT_SECONDS)
        departure.leave(JobReason.INTERRUPTED)

    threading.Thread(target=await_signal, name="signals", daemon=True).start()


def _begin_telling(environment: RunnerEnvironment) -> Callable[[int], None]:
    """Log and trace as the dispatcher does; what ends the process when all was told."""
    start_logging(most_bytes=LOG_BYTES)
    always(job_id=environment.job_id, epoch=environment.epoch)
    traces.start("tclsearch-runner", os.environ)
    traces.adopt(environment.traceparent)
    run = traces.begin("run", job_id=environment.job_id, epoch=environment.epoch)
    traces.adopt(run.traceparent or environment.traceparent)

    def end_process(status: int) -> None:
        run.tell(exit_status=status)
        run.end()
        traces.flush()
        os._exit(status)

    return end_process


def main() -> int:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    environment = RunnerEnvironment.read(os.environ)
    end_process = _begin_telling(environment)
    os.environ.update(TUNE_ENVIRONMENT)
    try:
        ray.init(address="auto", log_to_driver=False)
        drive(environment, end_process=end_process)
    except StaleEpoch as error:
        logger.error("not ours: %s", error)
        return LOST_EXIT_STATUS
    return 0


if __name__ == "__main__":
    sys.exit(main())
