"""The audit trail: one row for each change that a person made, and none for anything else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text

from service.db.tables import AuditRow
from service.team.access import Role
from tests.api.served import NOBODY_THERE, SPEC, Dispatcher, Served, serving
from tests.api.test_bad_input import pointers, problem_of
from tests.api.test_compressions import SMALL, brought, network, safetensors, sha256_of

numbers = count()
FILE = safetensors(SMALL)


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


def posted(client: httpx.Client) -> str:
    job_id: str = client.post("/jobs", json=SPEC).raise_for_status().json()["id"]
    return job_id


def paused(client: httpx.Client) -> str:
    job_id = posted(client)
    client.post(f"/jobs/{job_id}/pause").raise_for_status()
    return job_id


def cancelled(client: httpx.Client) -> str:
    job_id = posted(client)
    client.post(f"/jobs/{job_id}/cancel").raise_for_status()
    return job_id


def team(client: httpx.Client) -> str:
    name = f"team {next(numbers)}"
    client.post("/teams", json={"name": name}).raise_for_status()
    return name


def member(client: httpx.Client) -> str:
    body = {"name": f"Bob {next(numbers)}", "role": "viewer"}
    name: str = client.post("/teams/default/members", json=body).raise_for_status().json()["name"]
    return name


def token(client: httpx.Client) -> str:
    body = {"name": "Bob", "team": "default", "role": "viewer"}
    token_id: str = client.post("/tokens", json=body).raise_for_status().json()["id"]
    return token_id


def webhook(client: httpx.Client) -> str:
    made = client.post("/webhooks", json={"url": NOBODY_THERE}).raise_for_status()
    webhook_id: str = made.json()["id"]
    return webhook_id


def point(served: Served, client: httpx.Client) -> tuple[str, dict[str, Any]]:
    """A job that runs, and parameters of its space."""
    job_id = posted(client)
    Dispatcher.of(served).claim(job_id).reserve()
    trial = client.get(f"/jobs/{job_id}/trials/0").raise_for_status().json()
    return job_id, {"parameters": trial["parameters"]}


@dataclass(frozen=True)
class Change:
    """A request that succeeds.

    thing: makes what is changed, and gives the id or name for the route. made: the field of the
    reply that names what the request itself has made.
    """

    action: str
    thing: Callable[[httpx.Client], str] | None = None
    body: Any = None
    made: str | None = None


def named(body: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    return lambda: body | {"name": f"new {next(numbers)}"}


CHANGES = {
    "post /jobs": Change("job.post", body=named(SPEC), made="id"),
    "post /compressions": Change("job.post", made="id"),
    "put /weights/{sha256}": Change("weights.upload", lambda _: sha256_of(FILE)),
    "patch /jobs/{job_id}": Change("job.change", posted, {"priority": 3}),
    "delete /jobs/{job_id}": Change("job.delete", cancelled),
    "post /jobs/{job_id}/cancel": Change("job.cancel", posted),
    "post /jobs/{job_id}/pause": Change("job.pause", posted),
    "post /jobs/{job_id}/resume": Change("job.resume", paused),
    "post /jobs/{job_id}/retry": Change("job.retry", cancelled),
    "post /jobs/{job_id}/trials": Change("point.give"),
    "post /teams": Change("team.create", body=named({}), made="name"),
    "patch /teams/{team}": Change("team.change", team, {"quotas": {"slots": 2}}),
    "post /teams/{team}/members": Change("member.add", team, named({"role": "viewer"}), "name"),
    "patch /teams/{team}/members/{name}": Change("member.change", member, {"role": "admin"}),
    "delete /teams/{team}/members/{name}": Change("member.remove", member),
    "post /tokens": Change(
        "token.create", body=named({"team": "default", "role": "viewer"}), made="id"
    ),
    "delete /tokens/{token_id}": Change("token.revoke", token),
    "post /webhooks": Change("webhook.create", body={"url": NOBODY_THERE}, made="id"),
    "delete /webhooks/{webhook_id}": Change("webhook.delete", webhook),
    "post /webhooks/{webhook_id}/test": Change("webhook.test", webhook),
}
"""Every route that changes something, and what it writes down."""


def rows(served: Served) -> int:
    with served.parts.database.read() as session:
        return session.scalars(select(func.count()).select_from(AuditRow)).one()


def test_every_route_that_changes_something_is_here(served: Served):
    document = httpx.get(f"{served.url}/openapi.json", trust_env=False).json()
    assert CHANGES.keys() == {
        f"{method} {path.removeprefix('/api/v1')}"
        for path, methods in document["paths"].items()
        for method in methods.keys() - {"get"}
    }


@pytest.mark.parametrize("route", CHANGES)
def test_a_change_leaves_one_row_that_says_who_did_what(
    served: Served, root: httpx.Client, route: str
):
    wanted = CHANGES[route]
    method, path = route.split(" ")
    name, body = None, wanted.body() if callable(wanted.body) else wanted.body
    if wanted.action == "point.give":
        name, body = point(served, root)
    elif route == "post /compressions":
        body = network(brought(root))
    elif wanted.thing is not None:
        name = wanted.thing(root)
    of_team = name if wanted.thing is team else "default"
    before = rows(served)
    path = path.format(
        job_id=name, token_id=name, name=name, team=of_team, webhook_id=name, sha256=name
    )
    sent = {"content": FILE} if method == "put" else {"json": body}
    response = root.request(method, path, **sent)
    assert response.is_success, response.text
    assert rows(served) == before + 1
    (entry,) = root.get("/audit", params={"limit": 1}).json()["items"]
    made = response.json() if response.content else {}
    assert entry["action"] == wanted.action
    assert entry["object"] == (made[wanted.made] if wanted.made else name)
    assert entry["team"] == (made["name"] if wanted.action == "team.create" else of_team)
    assert entry["actor"] == "Ada"
    assert entry["token_id"] == root.get("/me").json()["token_id"]
    assert entry["request_id"] == response.headers["X-Request-Id"]
    for secret in {"token", "secret"} & made.keys():
        assert made[secret] not in str(entry)


@pytest.mark.parametrize("route", CHANGES)
def test_what_is_refused_leaves_none(served: Served, root: httpx.Client, route: str):
    method, path = route.split(" ")
    stranger = served.person(Role.VIEWER, team="others")
    ids = {"job_id": cancelled(root), "team": "nobody", "name": "x"}
    ids |= dict.fromkeys(("token_id", "webhook_id", "sha256"), "nothing")
    before = rows(served)
    for client in (served.client(), stranger, root):
        # An administrator may, but gives nothing that could be done.
        body = (
            {"nonsense": 1}
            if CHANGES[route].body or path.endswith(("/trials", "/compressions"))
            else None
        )
        if client is root and route in ("delete /jobs/{job_id}", "post /jobs/{job_id}/retry"):
            continue
        assert client.request(method, path.format(**ids), json=body).is_client_error
    assert rows(served) == before


def test_a_post_that_is_sent_again_is_written_down_once(served: Served):
    editor = served.person()
    before = rows(served)
    key = {"Idempotency-Key": f"once {next(numbers)}"}
    for status in (201, 200, 200):
        assert editor.post("/jobs", json=SPEC, headers=key).status_code == status
    at_once = {"Idempotency-Key": f"once {next(numbers)}"}
    with ThreadPoolExecutor(6) as threads:
        sent = [threads.submit(editor.post, "/jobs", json=SPEC, headers=at_once) for _ in range(6)]
    assert sorted(reply.result().status_code for reply in sent) == [200] * 5 + [201]
    assert editor.post("/jobs", json=SPEC | {"priority": 1}, headers=key).status_code == 422
    assert editor.post("/jobs?dry_run=true", json=SPEC).status_code == 200
    assert rows(served) == before + 2


def test_a_change_that_cannot_be_written_down_is_not_made(tmp_path: Path):
    with serving(tmp_path) as served:
        editor = served.person()
        job_id = posted(editor)
        with served.parts.database.write() as session:
            session.execute(
                text(
                    "CREATE TRIGGER full BEFORE INSERT ON audit "
                    "BEGIN SELECT RAISE(ABORT, 'no room'); END"
                )
            )
        before = served.stored()
        assert editor.post("/jobs", json=SPEC).status_code == 500
        assert editor.post(f"/jobs/{job_id}/cancel").status_code == 500
        assert served.stored() == before
        assert editor.get(f"/jobs/{job_id}").json()["state"] == "queued"


def test_administrators_see_what_they_look_after_newest_first(served: Served, root: httpx.Client):
    chief, editor = served.person(Role.ADMIN, team="apart"), served.person(team="apart")
    theirs = [posted(editor) for _ in range(3)]
    editor.post(f"/jobs/{theirs[0]}/cancel").raise_for_status()
    mine = posted(root)

    page = chief.get("/audit").json()
    assert [(entry["action"], entry["object"]) for entry in page["items"]] == [
        ("job.cancel", theirs[0]), *(("job.post", job_id) for job_id in reversed(theirs)),
    ]  # fmt: skip
    assert page["next_cursor"] is None
    everything = root.get("/audit", params={"limit": 200}).json()["items"]
    assert {mine, *theirs} <= {entry["object"] for entry in everything}

    seen: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    while "cursor" not in query or query["cursor"]:
        page = chief.get("/audit", params=query).json()
        seen += [entry["object"] for entry in page["items"]]
        query["cursor"] = page["next_cursor"]
    assert seen == [theirs[0], *reversed(theirs)]


def test_the_trail_is_filtered_by_what_who_and_whom(served: Served, root: httpx.Client):
    job_id = posted(root)
    root.post(f"/jobs/{job_id}/cancel").raise_for_status()
    of_one = root.get("/audit", params={"object": job_id}).json()["items"]
    assert [entry["action"] for entry in of_one] == ["job.cancel", "job.post"]
    both = {"object": job_id, "action": "job.post", "actor": "Ada"}
    assert [e["action"] for e in root.get("/audit", params=both).json()["items"]] == ["job.post"]
    assert root.get("/audit", params=both | {"actor": "Eve"}).json()["items"] == []
    unknown = problem_of(root.get("/audit", params={"action": "job.sing"}), 422, "invalid")
    assert pointers(unknown) == ["/query/action"]
    problem_of(root.get("/audit", params={"cursor": "!"}), 400, "bad_cursor")
    problem_of(root.get("/audit", params={"cursor": "am9i"}), 400, "bad_cursor")


def test_the_trail_tells_of_a_job_that_is_gone(root: httpx.Client):
    job_id = cancelled(root)
    root.delete(f"/jobs/{job_id}").raise_for_status()
    newest = root.get("/audit", params={"object": job_id}).json()["items"][0]
    assert (newest["action"], newest["body"]) == (
        "job.delete",
        {"name": SPEC["name"], "owner": "Ada", "state": "cancelled"},
    )
