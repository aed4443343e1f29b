"""The dispatcher between a real control plane and a cluster of which a test says what it does."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service.protocol import Desired, Held, JobState
from tests.api.served import SPEC, Served, serving
from tests.runner.ray_server import RayCluster, ray_cluster
from workers.cluster.differences import LAUNCH_SECONDS, compare
from workers.cluster.head import HeadFailed, RayHead, has_died, trim_logs
from workers.cluster.ray_jobs import RayJob, RayJobs, RayJobState, RayUnavailable
from workers.control_plane import Connection, DispatcherClient, Retry
from workers.dispatcher import CLAIMS_PER_ROUND, STOP_SECONDS, Dispatcher, Options, _dispatch
from workers.stopping import StopRequest

RUNNING, STARTING = JobState.RUNNING, JobState.STARTING


def held(handle: str, state: JobState = RUNNING, starting_seconds: float | None = None) -> Held:
    return Held(
        job_id="job_1",
        epoch=1,
        handle=handle,
        state=state,
        desired=Desired.RUN,
        starting_seconds=starting_seconds,
    )


def ray_jobs(**states: RayJobState) -> dict[str, RayJob]:
    jobs = (RayJob(name.replace("_", "-"), state, "why") for name, state in states.items())
    return {job.handle: job for job in jobs}


@pytest.mark.parametrize("state", [RayJobState.PENDING, RayJobState.RUNNING])
def test_a_runner_that_runs_is_left_alone(state: RayJobState) -> None:
    jobs = ray_jobs(tclsearch_a_e1=state)
    found = compare((held("tclsearch-a-e1"),), jobs, before=jobs, sole=True)
    assert (found.missing, found.stray, found.ended) == ((), (), ())


@pytest.mark.parametrize("state", [RayJobState.FAILED, RayJobState.STOPPED, RayJobState.SUCCEEDED])
def test_a_runner_that_ended_without_a_word_is_lost(state: RayJobState) -> None:
    job, jobs = held("tclsearch-a-e1"), ray_jobs(tclsearch_a_e1=state)
    found = compare((job,), jobs, before=jobs, sole=False)
    assert [(lost.job, lost.why, lost.launched) for lost in found.missing] == [(job, "why", True)]
    assert found.ended == (), "its log is still needed"


@pytest.mark.parametrize(
    ("state", "seconds", "sole", "pending", "launched"),
    [
        (RUNNING, None, False, False, True),
        (STARTING, 0.0, True, False, False),
        (STARTING, 0.0, True, True, None),
        (STARTING, LAUNCH_SECONDS - 1, False, False, None),
        (STARTING, LAUNCH_SECONDS + 1, False, False, False),
        (STARTING, LAUNCH_SECONDS + 1, False, True, None),
    ],
)
def test_an_unknown_runner_is_lost_once_nobody_can_be_launching_it(
    state: JobState, seconds: float | None, sole: bool, pending: bool, launched: bool | None
) -> None:
    job = held("tclsearch-a-e1", state, seconds)
    waiting = (job.handle,) if pending else ()
    found = compare((job,), {}, before=(), pending=waiting, sole=sole)
    assert [lost.launched for lost in found.missing] == ([] if launched is None else [launched])


def test_a_runner_of_an_earlier_epoch_is_stray_and_one_that_ended_forgotten() -> None:
    jobs = ray_jobs(
        tclsearch_a_e1=RayJobState.RUNNING,
        tclsearch_a_e2=RayJobState.RUNNING,
        tclsearch_b_e1=RayJobState.SUCCEEDED,
        someone_elses=RayJobState.RUNNING,
    )
    found = compare((held("tclsearch-a-e2"),), jobs, before=jobs, sole=True)
    assert found.stray == ("tclsearch-a-e1",)
    assert found.ended == ("tclsearch-b-e1",)


def test_a_runner_that_came_after_the_held_jobs_were_asked_for_is_not_judged() -> None:
    jobs = ray_jobs(tclsearch_a_e1=RayJobState.RUNNING, tclsearch_b_e1=RayJobState.FAILED)
    found = compare((), jobs, before=(), sole=False)
    assert (found.stray, found.ended) == ((), ())


@dataclass
class Cluster:
    """Dispatchers of one cluster, and the jobs that they are given."""

    served: Served
    ray: RayCluster
    stack: ExitStack
    data_dir: Path
    seconds: float = 0.0
    editor: Any = field(init=False)

    def __post_init__(self) -> None:
        self.editor = self.served.person()

    def dispatcher(self, *, own_head: bool = False) -> Dispatcher:
        token = (self.served.data_dir / "dispatcher-token").read_text().strip()
        connection = Connection(self.served.url, token, Retry(5.0))
        jobs = RayJobs(RayHead(self.ray.url, "token"))
        for closable in (connection, jobs):
            self.stack.enter_context(closing(closable))
        options = Options(
            url=self.served.url,
            token=token,
            data_dir=self.data_dir,
            ray_address=None if own_head else self.ray.url,
            cpus=8,
            step_seconds=60.0,
            checkpoint_seconds=15.0,
            drain_seconds=60.0,
        )
        client = DispatcherClient(connection)
        return Dispatcher(options, client, jobs, self.ray.url, clock=lambda: self.seconds)

    def post(self) -> str:
        return str(self.editor.post("/jobs", json=SPEC).json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        return dict(self.editor.get(f"/jobs/{job_id}").json())


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with (
        serving(tmp_path / "service") as served,
        ray_cluster() as ray,
        ExitStack() as stack,
    ):
        yield Cluster(served, ray, stack, tmp_path / "node")


def dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_job_is_launched_and_its_record_forgotten_once_it_is_over(cluster: Cluster) -> None:
    job_id, dispatcher = cluster.post(), cluster.dispatcher()
    dispatcher.round()
    (launched,) = cluster.ray.running
    assert launched.endswith("-e1")
    cluster.ray.states[launched] = RayJobState.FAILED
    dispatcher.round()
    job = cluster.job(job_id)
    assert job["epoch"] >= 2, "lost, and claimed again"
    dispatcher.round()
    assert launched not in cluster.ray.states
    assert len(cluster.ray.running) == 1


@pytest.mark.parametrize("own_head", [True, False])
def test_a_claim_whose_dispatcher_died_before_the_launch_is_taken_back_uncounted(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, own_head: bool
) -> None:
    job_id = cluster.post()
    for _ in range(4):
        doomed = cluster.dispatcher(own_head=own_head)
        monkeypatch.setattr(doomed, "_launch", dies)
        with pytest.raises(KeyboardInterrupt):
            doomed.round()
        assert cluster.job(job_id)["state"] == "starting"
        other = cluster.dispatcher(own_head=own_head)
        other.round(leaving=lambda: True)
        if not own_head:
            assert cluster.job(job_id)["state"] == "starting", "the other may be at it"
            monkeypatch.setattr("workers.cluster.differences.LAUNCH_SECONDS", -1.0)
            other.round(leaving=lambda: True)
            monkeypatch.undo()
        job = cluster.job(job_id)
        assert (job["state"], job["reason"]) == ("queued", "interrupted"), job
    cluster.dispatcher(own_head=own_head).round()
    assert len(cluster.ray.running) == 1


def test_a_launch_that_fails_is_tried_again_and_holds_up_no_other(cluster: Cluster) -> None:
    first, second = cluster.post(), cluster.post()
    dispatcher = cluster.dispatcher()
    cluster.ray.refusing = True
    dispatcher.round()
    assert {cluster.job(job_id)["state"] for job_id in (first, second)} == {"starting"}
    cluster.ray.refusing = False
    dispatcher.round()
    assert len(cluster.ray.running) == 2
    assert {cluster.job(job_id)["epoch"] for job_id in (first, second)} == {1}


def test_a_job_that_is_cancelled_before_its_launch_is_never_launched(cluster: Cluster) -> None:
    job_id, dispatcher = cluster.post(), cluster.dispatcher()
    cluster.ray.refusing = True
    dispatcher.round()
    cluster.editor.post(f"/jobs/{job_id}/cancel").raise_for_status()
    cluster.ray.refusing = False
    dispatcher.round()
    assert cluster.job(job_id)["state"] == "cancelled"
    assert cluster.ray.states == {}


def test_a_runner_of_an_older_epoch_is_gone_before_the_next_one_begins(cluster: Cluster) -> None:
    job_id, dispatcher = cluster.post(), cluster.dispatcher()
    dispatcher.round()
    (old,) = cluster.ray.running
    cluster.ray.deaf = True
    lose(cluster, job_id)
    dispatcher.round()
    assert cluster.ray.running == [old], "claimed, and not launched yet"
    assert cluster.ray.asked_to_stop == [old]
    dispatcher.round()
    assert cluster.ray.asked_to_stop == [old], "asked once, and not waited for"
    cluster.ray.states[old] = RayJobState.STOPPED
    dispatcher.round()
    (new,) = cluster.ray.running
    assert new.rpartition("-e")[0] == old.rpartition("-e")[0]
    assert cluster.job(job_id)["epoch"] == int(new.rpartition("-e")[2]) > 1


def test_one_that_cannot_be_stopped_does_not_keep_its_job_waiting_for_ever(
    cluster: Cluster,
) -> None:
    job_id, dispatcher = cluster.post(), cluster.dispatcher()
    dispatcher.round()
    (old,) = cluster.ray.running
    cluster.ray.deaf = True
    lose(cluster, job_id)
    dispatcher.round()
    cluster.seconds += STOP_SECONDS + 1
    dispatcher.round()
    assert len(cluster.ray.running) == 2, "the old one is fenced"
    assert cluster.ray.asked_to_stop == [old, old]


def lose(cluster: Cluster, job_id: str) -> None:
    """The job is taken from its runner, which lives on."""
    token = (cluster.served.data_dir / "dispatcher-token").read_text().strip()
    body = {"dispatcher": "d", "epoch": cluster.job(job_id)["epoch"], "detail": "lease"}
    client = cluster.served.client(token)
    client.post(f"/dispatch/jobs/{job_id}/lost", json=body).raise_for_status()


def test_two_dispatchers_of_one_cluster_do_not_stop_each_others_runners(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = cluster.dispatcher(), cluster.dispatcher()
    for dispatcher in (first, second):
        dispatcher.round()
    job_id = cluster.post()
    ask: Callable[[], Any] = first._jobs.jobs

    def jobs() -> Any:
        # Between the first one's question for the held jobs and its look at the cluster.
        monkeypatch.undo()
        second.round()
        return ask()

    monkeypatch.setattr(first._jobs, "jobs", jobs)
    first.round()
    for dispatcher in (first, second, first):
        dispatcher.round()
    assert cluster.ray.asked_to_stop == []
    assert len(cluster.ray.running) == 1
    assert cluster.job(job_id)["epoch"] == 1


def test_a_round_claims_so_many_at_most(cluster: Cluster) -> None:
    for _ in range(CLAIMS_PER_ROUND + 2):
        cluster.post()
    dispatcher = cluster.dispatcher()
    dispatcher.round()
    assert len(cluster.ray.running) <= CLAIMS_PER_ROUND
    before = len(cluster.ray.running)
    dispatcher.round(leaving=lambda: True)
    assert len(cluster.ray.running) == before, "nothing more while it leaves"


def test_a_dispatcher_that_leaves_gives_back_what_it_did_not_launch(cluster: Cluster) -> None:
    launched, dispatcher = cluster.post(), cluster.dispatcher()
    dispatcher.round()
    cluster.ray.refusing = True
    waiting = cluster.post()
    dispatcher.round()
    dispatcher.leave(hurried=lambda: False)
    job = cluster.job(waiting)
    assert (job["state"], job["reason"]) == ("queued", "interrupted")
    assert cluster.job(launched)["state"] == "starting"
    assert len(cluster.ray.running) == 1, "on a shared cluster, runners go on"


def test_runners_on_a_head_of_our_own_are_told_to_leave_all_at_once(cluster: Cluster) -> None:
    for _ in range(3):
        cluster.post()
    dispatcher = cluster.dispatcher(own_head=True)
    dispatcher.round()
    handles = cluster.ray.running
    assert len(handles) == 3
    cluster.ray.deaf = True
    dispatcher.leave(hurried=lambda: len(cluster.ray.asked_to_stop) >= 3)
    assert sorted(cluster.ray.asked_to_stop) == sorted(handles)
    cluster.ray.deaf = False
    cluster.seconds += STOP_SECONDS + 1
    dispatcher.leave(hurried=lambda: False)
    assert cluster.ray.running == []


@pytest.fixture
def stopping() -> Iterator[StopRequest]:
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield StopRequest()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_a_head_of_our_own_that_is_gone_ends_its_dispatcher(
    cluster: Cluster, stopping: StopRequest
) -> None:
    dispatcher = cluster.dispatcher(own_head=True)
    cluster.ray.broken = True
    # This process is alive, and no Ray head.
    head = RayHead(cluster.ray.url, "token", os.getpid())
    with pytest.raises(HeadFailed):
        _dispatch(dispatcher, head, stopping)


def test_a_cluster_that_is_not_ours_may_come_back(cluster: Cluster) -> None:
    job_id, dispatcher = cluster.post(), cluster.dispatcher()
    assert not has_died(RayHead(cluster.ray.url, "token"))
    cluster.ray.broken = True
    with pytest.raises(RayUnavailable):
        dispatcher.round()
    assert cluster.job(job_id)["state"] == "queued"
    cluster.ray.broken = False
    dispatcher.round()
    assert len(cluster.ray.running) == 1


def test_what_ended_runners_printed_is_deleted_after_a_day(tmp_path: Path) -> None:
    names = ("job-driver-a.log", "worker-b.out", "raylet.out")
    for name in names:
        (tmp_path / name).write_text("text")
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / "job-driver-new.log").write_text("text")
    trim_logs(RayHead("http://x", "token", 1, str(tmp_path)))
    assert {path.name for path in tmp_path.iterdir()} == {"raylet.out", "job-driver-new.log"}
    trim_logs(RayHead("http://x", "token"))


def test_what_a_node_offers_besides_is_told_and_what_every_node_has_is_not() -> None:
    with ray_cluster() as ray, closing(RayJobs(RayHead(ray.url, "token"))) as jobs:
        (node,) = jobs.nodes()
    assert (node.cpus, node.gpus) == (8, 0)
    assert node.custom == {"accelerator_type:L4": 1.0, "licence": 2.0}
