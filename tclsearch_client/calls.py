"""Every request about jobs, and how its answer reads. Nothing here touches a network."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from tclsearch_client.catalogue import Clusters, Datasets, Devices, Me, Queue, Samplers, Spaces
from tclsearch_client.documents import (
    Document,
    DryRun,
    Figure,
    Front,
    FrontHistory,
    Job,
    ModelDetail,
    Outlook,
    StoredWeights,
    Trial,
    TrialDetail,
    TrialTable,
    WaitingPoint,
)
from tclsearch_client.errors import UnexpectedReply
from tclsearch_client.exchange import Call, Repeat, Reply, Request
from tclsearch_client.specs import JSON, Spec, spec_body

PAGE = 200
"""As many items as the service gives at once."""

D = TypeVar("D", bound=Document)


@dataclass(frozen=True, slots=True)
class Page(Generic[D]):
    """Some items of a list, and the cursor of the next ones, None at the end."""

    items: tuple[D, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Pages(Generic[D]):
    """A list, newest first, that is read page by page. most: as many items at most."""

    path: str
    kind: type[D]
    query: Mapping[str, Any]
    most: int | None = None

    def first(self) -> Call[Page[D]] | None:
        return self._call(None, self.most)

    def after(self, page: Page[D], taken: int) -> Call[Page[D]] | None:
        """The call for what follows; None where nothing does, or enough was taken."""
        left = None if self.most is None else self.most - taken
        return None if page.next_cursor is None else self._call(page.next_cursor, left)

    def _call(self, cursor: str | None, left: int | None) -> Call[Page[D]] | None:
        if left is not None and left < 1:
            return None
        size = PAGE if left is None else min(left, PAGE)
        query = _given({**self.query, "limit": size, "cursor": cursor})

        def read(reply: Reply) -> Page[D]:
            document = reply.json()
            items = tuple(parse(self.kind, item) for item in document["items"])
            return Page(items, document.get("next_cursor"))

        return Call(Request("GET", self.path, query), read)


SEARCHES = "/jobs"
COMPRESSIONS = "/compressions"


def submit(spec: Spec, key: str, to: str = SEARCHES) -> Call[Job]:
    """Post a job. key: an Idempotency-Key, by which however many tries make one job.

    to: SEARCHES or COMPRESSIONS, whichever the spec describes.
    """
    content, media_type = spec_body(spec)
    headers = {"Content-Type": media_type, "Idempotency-Key": key}
    return Call(Request("POST", to, headers=headers, content=content), reading(Job))


def dry_run(spec: Spec, to: str = SEARCHES) -> Call[DryRun]:
    content, media_type = spec_body(spec)
    headers = {"Content-Type": media_type}
    query = {"dry_run": "true"}
    return Call(Request("POST", to, query, headers, content), reading(DryRun))


def upload_weights(content: bytes) -> Call[StoredWeights]:
    """Store a safetensors file for compressions, under its own hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    headers = {"Content-Type": "application/octet-stream"}
    request = Request("PUT", path("weights", sha256), headers=headers, content=content)
    return Call(request, reading(StoredWeights))


def jobs(states: Iterable[str], tags: Iterable[str], most: int | None) -> Pages[Job]:
    return Pages("/jobs", Job, {"state": list(states), "tag": list(tags)}, most)


def job(job_id: str) -> Call[Job]:
    return get(path("jobs", job_id), Job)


def trials(job_id: str, states: Iterable[str], most: int | None) -> Pages[Trial]:
    return Pages(path("jobs", job_id, "trials"), Trial, {"state": list(states)}, most)


def trial(job_id: str, number: int) -> Call[TrialDetail]:
    return get(path("jobs", job_id, "trials", number), TrialDetail)


def trial_table(job_id: str) -> Call[TrialTable]:
    return get(path("jobs", job_id, "trial-table"), TrialTable)


def front(job_id: str, as_of: int | None, feasible: bool) -> Call[Front]:
    query = {"as_of": as_of, "feasible": None if feasible else "false"}
    return get(path("jobs", job_id, "front"), Front, query)


def front_csv(job_id: str) -> Call[str]:
    request = Request("GET", path("jobs", job_id, "front"), headers={"Accept": "text/csv"})
    return Call(request, lambda reply: reply.content.decode())


def history(job_id: str) -> Call[FrontHistory]:
    return get(path("jobs", job_id, "front", "history"), FrontHistory)


def outlook(job_id: str) -> Call[Outlook]:
    return get(path("jobs", job_id, "outlook"), Outlook)


def figure(job_id: str, name: str) -> Call[Figure]:
    return get(path("jobs", job_id, "figures", name), Figure)


def model(job_id: str, model_id: str) -> Call[ModelDetail]:
    return get(path("jobs", job_id, "models", model_id), ModelDetail)


def queue() -> Call[Queue]:
    return get("/queue", Queue)


def clusters() -> Call[Clusters]:
    return get("/cluster", Clusters)


def devices() -> Call[Devices]:
    return get("/devices", Devices)


def datasets() -> Call[Datasets]:
    return get("/datasets", Datasets)


def spaces(dataset: str) -> Call[Spaces]:
    return get("/spaces", Spaces, {"dataset": dataset})


def samplers() -> Call[Samplers]:
    return get("/samplers", Samplers)


def me() -> Call[Me]:
    return get("/me", Me)


def command(job_id: str, verb: str) -> Call[Job]:
    """verb: cancel, pause, resume or retry."""
    return post(path("jobs", job_id, verb), Job)


def change(job_id: str, changes: Mapping[str, Any]) -> Call[Job]:
    """changes: priority, tags or budget, each said whole, so that saying it twice changes nothing."""
    return patch(path("jobs", job_id), changes, Job, repeat=Repeat.ALWAYS)


def extend(job_id: str, trials: int | None, wall_clock_seconds: float | None) -> Call[Job]:
    """A larger budget, in all."""
    budget = _given({"trials": trials, "wall_clock_seconds": wall_clock_seconds})
    return change(job_id, {"budget": budget})


def remove(job_id: str) -> Call[None]:
    return delete(path("jobs", job_id))


def add_point(job_id: str, parameters: Mapping[str, Any]) -> Call[WaitingPoint]:
    return post(path("jobs", job_id, "trials"), WaitingPoint, {"parameters": dict(parameters)})


def path(*parts: str | int) -> str:
    """A path of quoted parts."""
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)


def get(where: str, kind: type[D], query: Mapping[str, Any] | None = None) -> Call[D]:
    return Call(Request("GET", where, _given(query or {})), reading(kind))


def post(where: str, kind: type[D], body: Mapping[str, Any] | None = None) -> Call[D]:
    """A POST that, served twice, would do its work twice."""
    return Call(_saying("POST", where, body, Repeat.WHEN_REFUSED), reading(kind))


def patch(
    where: str, body: Mapping[str, Any], kind: type[D], repeat: Repeat = Repeat.ALWAYS
) -> Call[D]:
    return Call(_saying("PATCH", where, body, repeat), reading(kind))


def delete(where: str) -> Call[None]:
    return Call(Request("DELETE", where, repeat=Repeat.WHEN_REFUSED), lambda _: None)


def reading(kind: type[D]) -> "Reader[D]":
    return Reader(kind)


@dataclass(frozen=True, slots=True)
class Reader(Generic[D]):
    """Reads a reply as one kind of document. Raises UnexpectedReply where it is none."""

    kind: type[D]

    def __call__(self, reply: Reply) -> D:
        return parse(self.kind, reply.json())


def parse(kind: type[D], document: Any) -> D:
    """Raises UnexpectedReply where the document does not have what its kind has."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        fault = error.errors()[0]
        where = "/".join(map(str, fault["loc"]))
        raise UnexpectedReply(
            f"a {kind.__name__} that this client does not understand: {where}: {fault['msg']}"
        ) from None


def _saying(method: str, where: str, body: Mapping[str, Any] | None, repeat: Repeat) -> Request:
    if body is None:
        return Request(method, where, repeat=repeat)
    content = json.dumps(body).encode()
    headers = {"Content-Type": JSON}
    return Request(method, where, headers=headers, content=content, repeat=repeat)


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}
