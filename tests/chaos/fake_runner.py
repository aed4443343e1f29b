"""A runner without Ray and training: the real client, lease, recorder, search and sampler, and
trials that only say they have trained. Forked warm, so that a hundred of them can be killed.
"""

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from searchspace.architecture import Architecture
from searchspace.cost import Cost, architecture_cost
from searchspace.space import Space
from searchspace.spec import JobSpec
from service.protocol import (
    TEST_ACCURACY,
    Latency,
    Measure,
    Model,
    Report,
    Stop,
    TrialPurpose,
    TrialReason,
    Winner,
    new_runner_token,
)
from workers.assignment import Assignment
from workers.control_plane import Connection, Refused, Retry, RunnerClient, StaleEpoch, Unreachable
from workers.environment import RunnerEnvironment
from workers.search.asking import Asking
from workers.search.lease import Lease
from workers.search.recorder import Recorder, RecordingStopped
from workers.search.sampler import Sampler
from workers.search.search import Decision, Search

LATENCY = Latency(min=0.5, median=0.6, p90=0.7, runs=250, reference=1.0)
FENCED = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a fake runner is, and how patient, in seconds.

    clock_ahead: of everybody else's clock, its own is; less than nothing when it is behind.
    """

    step: float = 0.005
    renew_try: float = 1.0
    record_try: float = 20.0
    answer: float = 10.0
    clock_ahead: float = 0.0


def run(environment: RunnerEnvironment, pace: Pace) -> None:
    """The process: status 0 after its goodbye, FENCED when the job is no longer its own."""
    now = time.time
    time.time = lambda: now() + pace.clock_ahead
    try:
        status = _drive(environment, pace)
    except (StaleEpoch, Refused, Unreachable, RecordingStopped):
        status = FENCED
    os._exit(status)


def _drive(environment: RunnerEnvironment, pace: Pace) -> int:
    def client(patience: float, token: str) -> RunnerClient:
        connection = Connection(environment.url, token, Retry(patience), pace.answer)
        return RunnerClient(connection, environment.job_id, environment.epoch)

    def fence(_: object) -> None:
        os._exit(FENCED)

    own = new_runner_token(environment.job_id, environment.epoch)
    hello = client(pace.record_try, environment.token).hello(f"fake/{os.getpid()}", own)
    records = client(pace.record_try, own)
    lease = Lease(
        renew=client(pace.renew_try, own).renew,
        first=hello.orders,
        on_lost=fence,
        on_leave=lambda reason: records.finish(reason, "", None),
        drain_seconds=environment.drain_seconds,
    )
    recorder = Recorder(send=records.record, on_orders=lease.note, on_failure=fence)
    spec = JobSpec.parse(hello.spec)
    space = Space(spec, hello.dataset)
    sampler = Sampler(spec, space, hello.trials, hello.observations, records.latencies)

    def winners() -> tuple[Winner, ...]:
        try:
            return records.winners()
        except (StaleEpoch, Unreachable) as error:
            fence(error)
            raise

    asking = Asking(spec, sampler, recorder, ThreadPoolExecutor(1))
    search = Search(spec, space, hello.trials, lease.orders, recorder, asking, winners)
    lease.start()
    trials = Trials(search, records, environment.epoch, pace)
    while (reason := search.outcome()) is None:
        assignment = search.next()
        if isinstance(assignment, Assignment):
            trials.run(assignment)
        else:
            time.sleep(pace.step)
    recorder.close()
    lease.close()
    records.finish(reason, "", search.trials, search.rejected)
    return 0


@dataclass(frozen=True, slots=True)
class Trials:
    """Every report says the epoch of its runner in its loss, so that a stale one is known."""

    search: Search
    client: RunnerClient
    epoch: int
    pace: Pace

    def run(self, assignment: Assignment) -> None:
        number, attempt = assignment.number, assignment.attempt
        built = assignment.architecture
        searched = isinstance(built, Architecture)
        cost = architecture_cost(built) if searched else Cost(params=1, macs=1)
        values = {
            "params": cost.params,
            "macs": cost.macs,
            "size_bytes": cost.size_bytes,
            "latency_ms": LATENCY.min,
        }
        self.search.begin(number, attempt)
        told = assignment.latency or LATENCY
        measure = Measure(number=number, attempt=attempt, values=values, latency=told)
        if self.search.receive([measure]) is not Decision.GO_ON:
            return
        kept = 0 if assignment.resume is None else assignment.resume.training_epoch
        accuracy = float(np.random.default_rng(assignment.seed).random())
        for training_epoch in range(kept + 1, assignment.training_epochs + 1):
            time.sleep(self.pace.step)
            if not self._report(number, attempt, training_epoch, accuracy):
                return
        values |= {"accuracy": accuracy}
        if assignment.purpose is TrialPurpose.RETRAIN:
            values |= {TEST_ACCURACY: accuracy}
        model = Model(
            ranks=None,
            head=built.head.kind if searched else built.kind,
            architecture=built.model_dump(mode="json"),
            architecture_digest=built.digest,
            values=values,
            latency=told,
            checkpoint=self._upload(f"weights of {number}"),
            checkpoint_bytes=1,
        )
        stop = Stop(
            number=number,
            attempt=attempt,
            reason=TrialReason.FINISHED,
            values=values,
            models=(model,),
        )
        self.search.receive([stop])

    def _report(self, number: int, attempt: int, training_epoch: int, accuracy: float) -> bool:
        """Whether the trial goes on."""
        report = Report(
            number=number,
            attempt=attempt,
            training_epoch=training_epoch,
            accuracy=accuracy,
            loss=float(self.epoch),
            seconds=self.pace.step,
            checkpoint=self._upload(f"state of {number} at {training_epoch}"),
        )
        return self.search.receive([report]) in (Decision.GO_ON, Decision.KEEP)

    def _upload(self, text: str) -> str:
        data = text.encode()
        sha256 = hashlib.sha256(data).hexdigest()
        self.client.put_artifact(sha256, data)
        return sha256
