import pytest

from service.protocol import Desired, Held, JobState
from workers.dispatcher import compare
from workers.ray_jobs import RayJob, RayJobState


def held(handle: str) -> Held:
    return Held(
        job_id="job_1", epoch=1, handle=handle, state=JobState.RUNNING, desired=Desired.RUN
    )


def ray_jobs(**states: RayJobState) -> dict[str, RayJob]:
    jobs = (RayJob(name.replace("_", "-"), state, "why") for name, state in states.items())
    return {job.handle: job for job in jobs}


@pytest.mark.parametrize("state", [RayJobState.PENDING, RayJobState.RUNNING])
def test_a_runner_that_runs_is_left_alone(state: RayJobState) -> None:
    found = compare((held("tclsearch-a-e1"),), ray_jobs(tclsearch_a_e1=state), sole=True)
    assert (found.lost, found.stray, found.ended) == ((), (), ())


@pytest.mark.parametrize("state", [RayJobState.FAILED, RayJobState.STOPPED, RayJobState.SUCCEEDED])
def test_a_runner_that_ended_without_a_word_is_lost(state: RayJobState) -> None:
    job = held("tclsearch-a-e1")
    found = compare((job,), ray_jobs(tclsearch_a_e1=state), sole=False)
    assert found.lost == ((job, "why"),)
    assert found.ended == (), "its log is still needed"


def test_an_unknown_runner_is_lost_only_where_nobody_else_could_be_launching_it() -> None:
    job = held("tclsearch-a-e1")
    assert [lost for lost, _ in compare((job,), {}, sole=True).lost] == [job]
    assert compare((job,), {}, sole=False).lost == ()


def test_a_runner_of_an_earlier_epoch_is_stray_and_one_that_ended_forgotten() -> None:
    jobs = ray_jobs(
        tclsearch_a_e1=RayJobState.RUNNING,
        tclsearch_a_e2=RayJobState.RUNNING,
        tclsearch_b_e1=RayJobState.SUCCEEDED,
        someone_elses=RayJobState.RUNNING,
    )
    found = compare((held("tclsearch-a-e2"),), jobs, sole=True)
    assert found.stray == ("tclsearch-a-e1",)
    assert found.ended == ("tclsearch-b-e1",)
