"""Every documented route against every kind of caller: one table, and no route without a row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest

from service.team.access import Role, Scope, create_token
from tests.api.served import NOBODY_THERE, SPEC, Dispatcher, Served
from tests.api.test_bad_input import problem_of

CALLERS = ("nobody", "other team's admin", "viewer", "editor", "admin", "runner")

# A status for each of CALLERS. 409 and 422 stand for "may, if it were the time for it": a job that
# waits is not to be resumed, no parameters make no point, and no token is made for another team.
EVERYBODY = (200, 200, 200, 200, 200, 200)
PEOPLE = (401, 200, 200, 200, 200, 401)
READ = (401, 404, 200, 200, 200, 401)
ADMINISTER = (401, 200, 403, 403, 200, 401)
MEMBERS = (401, 404, 403, 403, 200, 401)


def change(status: int) -> tuple[int, ...]:
    return (401, 404, 403, status, status, 401)


MATRIX = {
    "get /healthz": EVERYBODY,
    "get /readyz": EVERYBODY,
    "get /metrics": EVERYBODY,
    "get /me": PEOPLE,
    "get /datasets": PEOPLE,
    "get /spaces": PEOPLE,
    "get /samplers": PEOPLE,
    "get /queue": PEOPLE,
    "get /cluster": PEOPLE,
    "get /devices": PEOPLE,
    "get /jobs": PEOPLE,
    "get /events": PEOPLE,
    "post /jobs": (401, 201, 403, 201, 201, 401),
    "post /compressions": (401, 404, 403, 404, 404, 401),
    "put /weights/{sha256}": (401, 422, 403, 422, 422, 401),
    "get /jobs/{job_id}": READ,
    "patch /jobs/{job_id}": change(200),
    "delete /jobs/{job_id}": change(409),
    "post /jobs/{job_id}/cancel": change(202),
    "post /jobs/{job_id}/pause": change(202),
    "post /jobs/{job_id}/resume": change(409),
    "post /jobs/{job_id}/retry": change(409),
    "get /jobs/{job_id}/events": READ,
    "get /jobs/{job_id}/front": READ,
    "get /jobs/{job_id}/front/history": READ,
    "get /jobs/{job_id}/outlook": READ,
    "get /jobs/{job_id}/figures/front": READ,
    "get /jobs/{job_id}/figures/hypervolume": READ,
    "get /jobs/{job_id}/figures/curves": READ,
    "get /jobs/{job_id}/figures/parallel": READ,
    "get /jobs/{job_id}/figures/importances": READ,
    "get /jobs/{job_id}/trial-table": READ,
    "get /jobs/{job_id}/trials/{number}/figures/curve": READ,
    "get /jobs/{job_id}/trials/{number}/figures/latency": READ,
    "get /jobs/{job_id}/trials/{number}/figures/ranks": READ,
    "get /comparison": READ,
    "get /jobs/{job_id}/trials": READ,
    "post /jobs/{job_id}/trials": change(422),
    "get /jobs/{job_id}/trials/{number}": READ,
    "get /jobs/{job_id}/models/{model_id}": READ,
    "get /jobs/{job_id}/models/{model_id}/bundle": READ,
    "get /jobs/{job_id}/models/{model_id}/checkpoint": READ,
    "get /jobs/{job_id}/models/{model_id}/onnx": READ,
    "get /jobs/{job_id}/models/{model_id}/onnx-int8": READ,
    "get /jobs/{job_id}/models/{model_id}/pte": READ,
    "get /teams": ADMINISTER,
    "post /teams": (401, 403, 403, 403, 201, 401),
    "patch /teams/{team}": (401, 403, 403, 403, 200, 401),
    "get /tokens": ADMINISTER,
    "post /tokens": (401, 422, 403, 403, 201, 401),
    "delete /tokens/{token_id}": (401, 404, 403, 403, 204, 401),
    "get /audit": ADMINISTER,
    "get /diagnosis": (401, 403, 403, 403, 200, 401),
    "get /webhooks": ADMINISTER,
    "post /webhooks": (401, 201, 403, 403, 201, 401),
    "get /webhooks/{webhook_id}": (401, 404, 403, 403, 200, 401),
    "delete /webhooks/{webhook_id}": (401, 404, 403, 403, 204, 401),
    "post /webhooks/{webhook_id}/test": (401, 404, 403, 403, 200, 401),
    "get /teams/{team}/members": MEMBERS,
    "post /teams/{team}/members": (401, 404, 403, 403, 201, 401),
    "patch /teams/{team}/members/{name}": MEMBERS,
    "delete /teams/{team}/members/{name}": (401, 404, 403, 403, 204, 401),
}
# What a token's scopes must hold, where it has any; an editor's or administrator's all the same.
DOWNLOAD = {
    f"get /jobs/{{job_id}}/models/{{model_id}}/{form}"
    for form in ("bundle", "checkpoint", "onnx", "onnx-int8", "pte")
}
ANY_SCOPE = {"get /me"}
OPEN = {"get /healthz", "get /readyz", "get /metrics"}
ACCESS = ("/teams", "/tokens", "/audit", "/webhooks", "/diagnosis")
OUTSIDE = {"/healthz", "/readyz", "/metrics"}
"""Not below `/api/v1`."""
numbers = count()
BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "post /jobs": lambda: SPEC,
    "post /compressions": lambda: {"name": "less", "source": {"model": "mdl_0", "job": "job_0"}},
    "patch /jobs/{job_id}": lambda: {"priority": 1},
    "post /jobs/{job_id}/trials": lambda: {"parameters": {}},
    "post /teams": lambda: {"name": f"team {next(numbers)}"},
    "patch /teams/{team}": lambda: {"quotas": {}},
    "post /teams/{team}/members": lambda: {"name": f"Eve {next(numbers)}", "role": "viewer"},
    "patch /teams/{team}/members/{name}": lambda: {"role": "editor"},
    "post /tokens": lambda: {"name": "Eve", "team": "default", "role": "viewer"},
    "post /webhooks": lambda: {"url": NOBODY_THERE},
}


@dataclass
class House:
    """A service with a team that owns everything, and one of each kind of caller."""

    served: Served
    callers: dict[str, httpx.Client] = field(init=False)
    finished: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        job_id = self.waiting_job()
        runner = Dispatcher.of(self.served).claim(job_id)
        forms = {"onnx": (b"whole", 0.9), "onnx-int8": (b"small", 0.8), "pte": (b"program", 0.9)}
        runner.complete_exported(0.9, b"weights", forms)
        token = runner.client.headers["Authorization"].removeprefix("Bearer ")
        self.callers = {
            "nobody": self.served.client(),
            "other team's admin": self.served.person(Role.ADMIN, team="others"),
            "viewer": self.served.person(Role.VIEWER),
            "editor": self.served.person(Role.EDITOR),
            "admin": self.served.person(Role.ADMIN),
            "runner": self.served.client(token),
        }
        (model,) = self.callers["viewer"].get(f"/jobs/{job_id}/front").json()["models"]
        self.finished = {"job_id": job_id, "number": "0", "model_id": model["id"]}

    def waiting_job(self) -> str:
        job_id: str = self.served.person().post("/jobs", json=SPEC).json()["id"]
        return job_id

    def token(self) -> str:
        with self.served.parts.database.write() as session:
            at = self.served.parts.clock.now(session)
            given = {"name": "Bob", "team": "default", "role": Role.VIEWER}
            return create_token(session, **given, at=at)[0].id

    def webhook(self) -> str:
        """The team's only webhook: it may have few of them."""
        admin = self.callers["admin"]
        for webhook in admin.get("/webhooks").raise_for_status().json()["items"]:
            admin.delete(f"/webhooks/{webhook['id']}").raise_for_status()
        made = admin.post("/webhooks", json={"url": NOBODY_THERE}).raise_for_status()
        return str(made.json()["id"])

    def member(self) -> str:
        body = {"name": f"Bob {next(numbers)}", "role": "viewer"}
        made = self.callers["admin"].post("/teams/default/members", json=body)
        return str(made.raise_for_status().json()["name"])

    def scoped(self, *scopes: Scope) -> httpx.Client:
        """An administrator who gave the token these scopes."""
        with self.served.parts.database.write() as session:
            at = self.served.parts.clock.now(session)
            given = {"name": "Bob", "team": "default", "role": Role.ADMIN}
            return self.served.client(create_token(session, **given, at=at, scopes=scopes)[1])

    def status(self, caller: str, route: str) -> int:
        return self.call(self.callers[caller], route).status_code

    def call(self, client: httpx.Client, route: str) -> httpx.Response:
        """The answer to one call, on things that no other call has touched."""
        method, path = route.split(" ")
        ids = dict(self.finished, team="default", sha256="0" * 64)
        if method != "get" and "{job_id}" in path:
            ids["job_id"] = self.waiting_job()
        if "{token_id}" in path:
            ids["token_id"] = self.token()
        if path.startswith("/webhooks"):
            ids["webhook_id"] = self.webhook()
        if "{name}" in path:
            ids["name"] = self.member()
        url = f"{self.served.url}{'' if path in OUTSIDE else '/api/v1'}{path.format(**ids)}"
        if route == "get /comparison":
            url += f"?job={ids['job_id']}&job={self.waiting_job()}"
        body = {"json": BODIES[route]()} if route in BODIES else {}
        with client.stream(method, url, **body) as response:
            # A stream of events has no end while its job has none.
            if response.headers.get("content-type") != "text/event-stream; charset=utf-8":
                response.read()
            return response


@pytest.fixture(scope="module")
def house(served: Served) -> House:
    return House(served)


def test_every_documented_route_has_a_row(served: Served):
    document = httpx.get(f"{served.url}/openapi.json", trust_env=False).json()
    routes = {
        f"{method} {path.removeprefix('/api/v1')}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    assert routes == MATRIX.keys()


@pytest.mark.parametrize("route", MATRIX)
def test_who_may(house: House, route: str):
    found = {caller: house.status(caller, route) for caller in CALLERS}
    assert found == dict(zip(CALLERS, MATRIX[route], strict=True))


def scope_of(route: str) -> Scope:
    method, path = route.split(" ")
    if path.startswith(ACCESS):
        return Scope.ACCESS
    if route in DOWNLOAD:
        return Scope.DOWNLOAD
    return Scope.READ if method == "get" else Scope.JOBS


@pytest.mark.parametrize("route", sorted(MATRIX.keys() - ANY_SCOPE - OPEN))
def test_a_token_with_scopes_needs_the_one_of_the_route(house: House, route: str):
    needed = scope_of(route)
    others = house.scoped(*(scope for scope in Scope if scope is not needed))
    problem = problem_of(house.call(others, route), 403, "scope")
    assert problem["detail"].endswith(f" {needed}")
    may = dict(zip(CALLERS, MATRIX[route], strict=True))["admin"]
    # Whoever may make tokens for one thing makes none for everything.
    alone = 422 if route == "post /tokens" else may
    assert house.call(house.scoped(needed), route).status_code == alone


def test_any_scope_will_do_to_ask_who_one_is(house: House):
    for scope in Scope:
        me = house.scoped(scope).get("/me").json()
        assert (me["role"], me["scopes"]) == ("admin", [scope])


def test_the_description_says_what_scope_is_needed(served: Served):
    document = httpx.get(f"{served.url}/openapi.json", trust_env=False).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            route = f"{method} {path.removeprefix('/api/v1')}"
            if route in OPEN:
                assert operation["security"] == []
            else:
                scopes = [] if route in ANY_SCOPE else [scope_of(route)]
                assert operation["security"] == [{"bearer": scopes}], route
