"""Ray's job and state APIs over plain HTTP: submit, list, stop, what the nodes offer.

The REST interface instead of Ray's client keeps the dispatcher free of Ray itself: it starts in
half a second and cannot be taken down by a cluster that misbehaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import Any

import httpx

from searchspace.spec import OWN_RESOURCES
from service.protocol import Node
from workers.cluster.head import RayHead

ANSWER_SECONDS = 15.0
SUBMIT_SECONDS = 30.0
"""Ray starts a process before it answers."""


class RayUnavailable(RuntimeError):
    """The cluster does not answer, or not as its interface promises."""


class RayJobState(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


ENDED = frozenset({RayJobState.STOPPED, RayJobState.SUCCEEDED, RayJobState.FAILED})


@dataclass(frozen=True, slots=True)
class RayJob:
    """A submitted job. message: Ray's words on its state."""

    handle: str
    state: RayJobState
    message: str


class RayJobs:
    """One cluster's job API."""

    def __init__(self, head: RayHead) -> None:
        self._http = httpx.Client(
            base_url=head.dashboard_url,
            headers={"Authorization": f"Bearer {head.token}"},
            timeout=ANSWER_SECONDS,
            trust_env=False,
        )

    def close(self) -> None:
        self._http.close()

    def submit(self, handle: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a job under `handle`; one that is there already is left as it is.

        command: parts without spaces or shell characters, which Ray joins for a shell.

        Raises:
            RayUnavailable: it is not known to be there afterwards.
        """
        body = {
            "submission_id": handle,
            "entrypoint": " ".join(command),
            "runtime_env": {"env_vars": dict(environment)},
        }
        response = self._request("POST", "/api/jobs/", body, SUBMIT_SECONDS)
        if response.is_success or handle in self.jobs():
            return
        raise RayUnavailable(f"submitting {handle}: {response.text[-500:]}")

    def jobs(self) -> dict[str, RayJob]:
        """Every job that was submitted under a handle, by handle."""
        listed = self._json("GET", "/api/jobs/")
        jobs = (_job(entry) for entry in listed if entry.get("submission_id"))
        return {job.handle: job for job in jobs}

    def log_tail(self, handle: str, characters: int = 2000) -> str:
        response = self._request("GET", f"/api/jobs/{handle}/logs")
        return str(response.json().get("logs", ""))[-characters:] if response.is_success else ""

    def ask_to_stop(self, handle: str) -> None:
        """Ask a job to stop; Ray kills it when it takes too long, and lists it until it is gone."""
        self._request("POST", f"/api/jobs/{handle}/stop")

    def forget(self, handle: str) -> None:
        """Delete the record of a job that has ended."""
        self._request("DELETE", f"/api/jobs/{handle}")

    def version(self) -> str:
        """Of the cluster's Ray."""
        return str(self._json("GET", "/api/version")["ray_version"])

    def nodes(self) -> tuple[Node, ...]:
        """What each living node offers in total."""
        listed = self._json("GET", "/api/v0/nodes?detail=1&limit=10000")
        offers = (
            node["resources_total"]
            for node in listed["data"]["result"]["result"]
            if node["state"] == "ALIVE"
        )
        # A cluster's machines have what its dispatcher has: it is installed from one lock file.
        executorch = find_spec("executorch") is not None
        return tuple(
            Node(
                cpus=o.get("CPU", 0.0),
                gpus=o.get("GPU", 0.0),
                executorch=executorch,
                custom=_custom(o),
            )
            for o in offers
        )

    def _json(self, method: str, path: str) -> Any:
        response = self._request(method, path)
        if not response.is_success:
            raise RayUnavailable(f"{method} {path}: {response.status_code} {response.text[-500:]}")
        return response.json()

    def _request(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        within_seconds: float = ANSWER_SECONDS,
    ) -> httpx.Response:
        try:
            return self._http.request(method, path, json=body, timeout=within_seconds)
        except httpx.TransportError as error:
            raise RayUnavailable(f"{method} {path}: {error!r}") from error


def _custom(offer: Mapping[str, float]) -> dict[str, float]:
    """What a node offers that not every node has."""
    return {
        name: amount
        for name, amount in offer.items()
        if name not in OWN_RESOURCES and not name.startswith("node:")
    }


def _job(entry: Mapping[str, Any]) -> RayJob:
    return RayJob(
        handle=entry["submission_id"],
        state=RayJobState(entry["status"]),
        message=entry.get("message") or "",
    )
