"""A dispatcher and its cluster without Ray: claims are real, runners are forked."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from service.protocol import Beat, Claim, ClaimRequest, Lost, Node
from tests.chaos import fake_runner
from tests.chaos.fake_runner import Pace
from tests.chaos.light_api import FORKS, LightApi
from workers.control_plane import Connection, DispatcherClient, StaleEpoch
from workers.environment import RunnerEnvironment

NAME = "cluster-1"


class ForkedRunner:
    """A runner's process, and the claim that it drives."""

    def __init__(self, claim: Claim, url: str, data_dir: str, pace: Pace) -> None:
        self.claim = claim
        environment = RunnerEnvironment(
            url=url,
            token=claim.runner_token,
            job_id=claim.job_id,
            epoch=claim.epoch,
            data_dir=data_dir,
            step_seconds=60.0,
            checkpoint_seconds=0.0,
        )
        self._process: Any = FORKS.Process(
            target=fake_runner.run, args=(environment, pace), daemon=True
        )
        self._process.start()

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs."""
        status: int | None = self._process.exitcode
        return status

    def kill(self) -> None:
        """SIGKILL, and gone."""
        self._process.kill()
        self._process.join()

    def freeze(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def wait(self, seconds: float) -> int | None:
        """The exit status, once it has ended; None if it has not in time."""
        self._process.join(seconds)
        return self.status


class Cluster:
    """One boot of a dispatcher."""

    def __init__(self, api: LightApi, connection: Connection, name: str) -> None:
        self._api = api
        self._client = DispatcherClient(connection)
        self._name = name
        self.runners: list[ForkedRunner] = []

    @classmethod
    @contextmanager
    def of(cls, api: LightApi, name: str = "dispatcher-1") -> Iterator["Cluster"]:
        with closing(api.connect()) as connection:
            cluster = cls(api, connection, name)
            cluster.beat()
            try:
                yield cluster
            finally:
                for runner in cluster.runners:
                    with suppress(ProcessLookupError):
                        runner.thaw()
                    runner.kill()

    def beat(self, cpus: float = 8.0) -> None:
        nodes = (Node(cpus=cpus, gpus=0),)
        self._client.beat(Beat(dispatcher=self._name, cluster=NAME, nodes=nodes))

    def claim(self) -> Claim | None:
        return self._client.claim(ClaimRequest(dispatcher=self._name, cluster=NAME)).claim

    def launch(self, pace: Pace, url: str | None = None) -> ForkedRunner:
        """Claim the next job, once there is one, and fork its runner."""
        claim = wait_for(self.claim, 30.0)
        data_dir = str(self._api.settings.data_dir)
        runner = ForkedRunner(claim, url or self._api.url, data_dir, pace)
        self.runners.append(runner)
        return runner

    def report_lost(self, runner: ForkedRunner) -> None:
        lost = Lost(dispatcher=self._name, epoch=runner.claim.epoch, detail="killed")
        with suppress(StaleEpoch):
            self._client.lost(runner.claim.job_id, lost)


def wait_for(find: Callable[[], Any], seconds: float) -> Any:
    """What `find` finds, once it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"nothing after {seconds:.0f} s"
        time.sleep(0.005)
    return found
