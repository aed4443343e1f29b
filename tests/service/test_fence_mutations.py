"""Take any one fence out, and the scenario below notices.

Fences are found in the source, so that a new one is taken out too; routes of runners are found in
the router, so that a new one has to join the scenario.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from service.api import runner
from service.app import create_app
from service.artifacts.directory import _FileUpload
from service.protocol import Claim
from service.queue import ownership
from service.settings import Settings
from service.team.access import RunnerToken, bootstrap
from tests.factories import digest, report, reserve, start, stop
from tests.service.fence_mutants import Mutant, mutants, planted
from tests.service.plane import Plane

CLUSTER = {"dispatcher": "d", "cluster": "c"}
RECORDS = [reserve(1), start(0, attempt=2), report(0, 2), stop(0)]
WEIGHTS = "weights"

BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "hello": lambda: {"runner": "node-1/1"},
    "renew": dict,
    "records": lambda: {"records": [record.model_dump(mode="json") for record in RECORDS]},
    "latencies": lambda: {"digests": [digest("architecture 0")]},
    "winners": dict,
    "measure": lambda: dict.fromkeys(("subject", "model", "reference"), digest("file")),
    "finish": lambda: {"reason": "runner_error"},
}
"""What a runner posts, but for its epoch, by the end of the path."""

HELD_ELSEWHERE = {
    "_lock_queued: JobRow.state == JobState.QUEUED": (
        "claims exclude each other by name; what a person does in between, the lifecycle refuses"
    ),
}
"""Fences behind another that nobody gets past alone, as far as one request at a time can tell."""


@dataclass
class Http:
    """Requests to an application, without a network between."""

    app: FastAPI

    def post(self, url: str, **options: Any) -> httpx.Response:
        return self.request("POST", url, **options)

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._request(method, url, options))

    async def _request(self, method: str, url: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://served") as client:
            return await client.request(method, url, **options)


@dataclass
class Scene:
    """A control plane and everybody who asks it."""

    plane: Plane
    http: Http
    dispatcher: dict[str, str]

    def dispatch(self, path: str, **body: Any) -> Any:
        return self.http.post(f"/api/v1/dispatch/{path}", json=body, headers=self.dispatcher)

    def claim(self) -> Claim:
        nodes = [{"cpus": 8, "gpus": 0}]
        self.dispatch("beat", **CLUSTER, nodes=nodes).raise_for_status()
        claim = self.dispatch("claim", **CLUSTER).raise_for_status().json()["claim"]
        return Claim.model_validate(claim)

    def running(self) -> Claim:
        claim = self.claim()
        self.post(claim, "hello", **BODIES["hello"]()).raise_for_status()
        return claim

    def post(self, claim: Claim, what: str, epoch: int | None = None, **body: Any) -> Any:
        url = f"/api/v1/runner/jobs/{claim.job_id}/{what}"
        return self.http.post(
            url, json={"epoch": epoch or claim.epoch, **body}, headers=_bearer(claim)
        )

    def artifact(self, claim: Claim, method: str) -> Any:
        url = f"/api/v1/runner/jobs/{claim.job_id}/artifacts/{digest(WEIGHTS)}"
        content = WEIGHTS.encode() if method == "PUT" else None
        return self.http.request(method, url, content=content, headers=_bearer(claim))

    def require_refused(self, claim: Claim, *, but: str = "") -> None:
        """Every request of a claim that is over is stale, and changes nothing."""
        told = self.plane.rows()
        for what in BODIES.keys() - {but}:
            body = BODIES[what]()
            assert _is_stale(self.post(claim, what, **body)), what
        for method in ("PUT", "GET"):
            assert _is_stale(self.artifact(claim, method)), method
        dataset = f"/api/v1/runner/jobs/{claim.job_id}/dataset/dataset.json"
        assert _is_stale(self.http.request("GET", dataset, headers=_bearer(claim)))
        lost = self.dispatch(f"jobs/{claim.job_id}/lost", dispatcher="d", epoch=claim.epoch)
        assert _is_stale(lost)
        assert self.plane.rows() == told

    def play(self) -> None:
        """Every way of losing a job; each time, whoever has lost it tries everything."""
        self._one_is_lost()
        self._one_gives_up()
        self._one_is_taken_away()
        self._one_is_lost_in_mid_upload()
        self._one_is_lost_between_bytes_and_row()
        self._one_is_forged()

    def _one_is_lost(self) -> None:
        self.plane.post()
        first = self.running()
        assert self.artifact(first, "PUT").status_code == 204
        for what, body in BODIES.items():
            # Its own token, and the number of another epoch.
            assert _is_stale(self.post(first, what, epoch=9, **body())), what
        records = [record.model_dump(mode="json") for record in (reserve(0), start(0))]
        self.post(first, "records", records=records).raise_for_status()
        lost = self.dispatch(f"jobs/{first.job_id}/lost", dispatcher="d", epoch=first.epoch)
        assert lost.status_code == 204
        self.require_refused(first)
        second = self.running()
        assert second.epoch == first.epoch + 2
        self.require_refused(first)
        self._require_held(second)
        self.plane.clock.advance(self.plane.settings.lease_seconds + 1)
        assert self.plane.rescue() == (first.job_id,)
        self.require_refused(second)
        self._require_held()
        self.post(self.running(), "finish", reason="runner_error").raise_for_status()

    def _one_gives_up(self) -> None:
        self.plane.post()
        first = self.running()
        records = [r.model_dump(mode="json") for r in (reserve(0), start(0), stop(0, accuracy=1))]
        self.post(first, "records", records=records).raise_for_status()
        self.post(first, "finish", reason="interrupted").raise_for_status()
        told = self.plane.trial(first.job_id).state
        self.require_refused(first, but="finish")
        second = self.running()
        assert second.epoch == first.epoch + 1
        self.require_refused(first)
        self.post(second, "finish", reason="runner_error").raise_for_status()
        assert self.plane.trial(first.job_id).state == told, "what has ended stays as it ended"
        admin = self._admin()
        url = f"/api/v1/jobs/{first.job_id}/retry"
        assert self.http.post(url, headers=admin).status_code == 202
        self.require_refused(second)
        third = self.running()
        self.post(third, "finish", reason="runner_error").raise_for_status()

    def _one_is_taken_away(self) -> None:
        job_id = self.plane.post()
        deaf = self.running()
        url = f"/api/v1/jobs/{job_id}/cancel"
        assert self.http.post(url, headers=self._admin()).status_code == 202
        with self.plane.database.write() as session:
            at = self.plane.clock.advance(60)
            assert ownership.force_cancels(session, at, 30.0) == (job_id,)
        self.require_refused(deaf)

    def _one_is_lost_in_mid_upload(self) -> None:
        self.plane.post()
        owner = self.running()

        async def chunks() -> AsyncIterator[bytes]:
            yield b"half"
            self.plane.lost(RunnerToken.parse(owner.runner_token))
            yield b"half"

        url = f"/api/v1/runner/jobs/{owner.job_id}/artifacts/{digest('halfhalf')}"
        refused = self.http.request("PUT", url, content=chunks(), headers=_bearer(owner))
        assert _is_stale(refused)
        assert not self.plane.store.path(digest("halfhalf")).exists()
        self.post(self.running(), "finish", reason="runner_error").raise_for_status()

    def _one_is_lost_between_bytes_and_row(self) -> None:
        self.plane.post()
        owner = self.running()
        keep = _FileUpload.keep

        def keep_and_lose(upload: _FileUpload) -> None:
            keep(upload)
            self.plane.lost(RunnerToken.parse(owner.runner_token))

        url = f"/api/v1/runner/jobs/{owner.job_id}/artifacts/{digest('whole')}"
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(_FileUpload, "keep", keep_and_lose)
            refused = self.http.request("PUT", url, content=b"whole", headers=_bearer(owner))
        assert _is_stale(refused)
        states = {row.sha256: row.state for row in self.plane.rows()["artifacts"]}
        assert states[digest("whole")] == "coming"
        self.post(self.running(), "finish", reason="runner_error").raise_for_status()

    def _one_is_forged(self) -> None:
        self.plane.post()
        owner = self.running()
        forged = owner.model_copy(update={"runner_token": owner.runner_token[:-5] + "AAAAA"})
        assert self.post(forged, "renew").status_code == 401
        self.post(owner, "finish", reason="runner_error").raise_for_status()
        assert self.post(forged, "finish", reason="runner_error").status_code == 401
        assert self.post(owner, "finish", reason="runner_error").status_code == 204

    def _require_held(self, *claims: Claim) -> None:
        nodes = [{"cpus": 8, "gpus": 0}]
        held = self.dispatch("beat", **CLUSTER, nodes=nodes).raise_for_status().json()["held"]
        assert [job["handle"] for job in held] == [claim.handle for claim in claims]

    def _admin(self) -> dict[str, str]:
        return _file(self.plane, "admin")


def _is_stale(response: httpx.Response) -> bool:
    return response.status_code == 409 and response.json()["code"] == "stale_epoch"


def _bearer(claim: Claim) -> dict[str, str]:
    return {"Authorization": f"Bearer {claim.runner_token}"}


def _file(plane: Plane, role: str) -> dict[str, str]:
    token = (plane.settings.data_dir / f"{role}-token").read_text().strip()
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def scene(plane: Plane) -> Callable[[], Scene]:
    """A scene of the source as it is when it is asked for."""
    plane.settings = Settings(data_dir=plane.settings.data_dir, rate_limit_per_second=0.0)
    bootstrap(plane.database, plane.clock, plane.settings.data_dir)

    def scene() -> Scene:
        app = create_app(plane.settings, plane.database, plane.clock)
        return Scene(plane, Http(app), _file(plane, "dispatcher"))

    return scene


sqlite_alone = pytest.mark.parametrize("database", ["on_sqlite"], indirect=True)


def test_whoever_has_lost_a_job_changes_nothing(scene: Callable[[], Scene]) -> None:
    scene().play()


@sqlite_alone
@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_without_any_one_fence_it_is_noticed(scene: Callable[[], Scene], mutant: Mutant) -> None:
    with planted(mutant):
        noticed = None
        try:
            scene().play()
        except Exception as error:  # noqa: BLE001  however it is noticed
            noticed = error
    assert (noticed is None) == (mutant.name in HELD_ELSEWHERE), mutant.name


def test_every_request_of_a_runner_is_in_the_scenario() -> None:
    paths = {
        route.path.split("/")[4] for route in runner.router.routes if isinstance(route, Route)
    }
    assert paths == BODIES.keys() | {"artifacts", "dataset"}


def test_every_fence_is_found() -> None:
    """Those that were there when this was written; the names of what was taken out since."""
    found = [mutant.name for mutant in mutants()]
    assert len(found) >= 25, found
    assert len(set(found)) == len(found), "names tell them apart"
