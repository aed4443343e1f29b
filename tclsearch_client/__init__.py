"""Python client of tclsearch: post searches, follow them, take models from their fronts.

    from tclsearch_client import Client

    with Client() as client:
        job = client.wait(client.submit("examples/digits.yaml").id)
        path = client.download(job.id, "knee", "models")

`AsyncClient` has the same methods, to be awaited. Data frames are in `tclsearch_client.frames`, which
needs pandas; administrators' calls are in `tclsearch_client.access`.
"""

from tclsearch_client.asynchronous import AsyncClient
from tclsearch_client.documents import Event, Front, Job, Model, Trial, TrialDetail
from tclsearch_client.errors import (
    BadRequest,
    Conflict,
    DigestMismatch,
    FieldFault,
    Forbidden,
    NotFound,
    RateLimited,
    RequestFailed,
    TclsearchError,
    Unauthorized,
    Unavailable,
    UnexpectedReply,
    Unprocessable,
    Unreachable,
    WaitTimeout,
)
from tclsearch_client.retrying import Patience
from tclsearch_client.sync import Client

__all__ = [
    "AsyncClient",
    "BadRequest",
    "Client",
    "Conflict",
    "DigestMismatch",
    "Event",
    "FieldFault",
    "Forbidden",
    "Front",
    "Job",
    "Model",
    "NotFound",
    "Patience",
    "RateLimited",
    "RequestFailed",
    "TclsearchError",
    "Trial",
    "TrialDetail",
    "Unauthorized",
    "Unavailable",
    "UnexpectedReply",
    "Unprocessable",
    "Unreachable",
    "WaitTimeout",
]
