"""Waiting for a job's end without following all that happens on the way."""

from tclsearch_client import calls
from tclsearch_client.documents import Job
from tclsearch_client.errors import WaitTimeout
from tclsearch_client.exchange import Steps, Wait
from tclsearch_client.retrying import Patience, attempt

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 5.0


def wait(job_id: str, timeout: float | None, patience: Patience) -> Steps[Job]:
    """Ask after a job, ever more rarely, until it has ended.

    Raises:
        WaitTimeout: it has not, `timeout` seconds later; None waits for ever.
    """
    began, step = patience.clock(), FIRST_SECONDS
    while True:
        job = yield from attempt(calls.job(job_id), patience)
        if job.ended:
            return job
        if timeout is not None:
            left = began + timeout - patience.clock()
            if left <= 0:
                raise WaitTimeout(f"job {job_id} is still {job.state} after {timeout:g} s")
            step = min(step, left)
        yield Wait(step)
        step = min(2 * step, LONGEST_SECONDS)
