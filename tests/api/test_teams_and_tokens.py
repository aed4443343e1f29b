"""Teams, their quotas, and tokens, as administrators look after them; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from service.db.tables import TokenRow
from service.team.access import Role
from tests.api.served import SPEC, Dispatcher, Served
from tests.api.test_bad_input import pointers, problem_of

UNLIMITED = {"running_jobs": None, "slots": None, "queued_jobs": None, "stored_bytes": None}
names = (f"team {number}" for number in count())


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


def issue(client: httpx.Client, **given: Any) -> dict[str, Any]:
    body = {"name": "Ada", "team": "default", "role": "editor"} | given
    response = client.post("/tokens", json=body)
    assert response.status_code == 201, response.text
    return response.json()


def limit(root: httpx.Client, team: str, **quotas: int | None) -> dict[str, Any]:
    response = root.patch(f"/teams/{team}", json={"quotas": quotas})
    assert response.status_code == 200, response.text
    return response.json()


def hours(number: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=number)).isoformat()


def test_a_new_team_has_no_quotas_and_a_name_of_its_own(root: httpx.Client, team: str):
    listed = root.get("/teams").json()
    assert listed["items"][0]["name"] == team
    assert listed["items"][0]["quotas"] == UNLIMITED
    problem = problem_of(root.post("/teams", json={"name": team}), 409, "team_exists")
    assert pointers(problem) == ["/name"]


def test_one_name_sent_many_times_at_once_makes_one_team(root: httpx.Client):
    name = next(names)
    with ThreadPoolExecutor(6) as threads:
        sent = [threads.submit(root.post, "/teams", json={"name": name}) for _ in range(6)]
    assert sorted(reply.result().status_code for reply in sent) == [201] + [409] * 5


def test_teams_and_tokens_are_listed_a_page_at_a_time(root: httpx.Client):
    made = [next(names) for _ in range(3)]
    for name in made:
        root.post("/teams", json={"name": name}).raise_for_status()
    tokens = [issue(root, team=made[0])["id"] for _ in range(3)]
    for path, key, newest in (("/teams", "name", made), ("/tokens", "id", tokens)):
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 1}
        while len(seen) < 3:
            page = root.get(path, params=query).json()
            seen += [item[key] for item in page["items"]]
            query["cursor"] = page["next_cursor"]
        assert seen == newest[::-1]
        problem_of(root.get(path, params={"cursor": "!"}), 400, "bad_cursor")


def test_a_quota_that_is_not_named_stays_and_null_lifts_one(root: httpx.Client, team: str):
    limit(root, team, running_jobs=2, queued_jobs=3)
    changed = limit(root, team, running_jobs=None, slots=0)
    assert changed["quotas"] == UNLIMITED | {"queued_jobs": 3, "slots": 0}
    assert root.get("/teams").json()["items"][0] == changed


def test_what_a_team_takes_up_is_told_beside_its_quotas(
    served: Served, root: httpx.Client, team: str
):
    nothing = {"running_jobs": 0, "slots": 0, "queued_jobs": 0, "stored_bytes": 0}
    assert limit(root, team, slots=8)["use"] == nothing
    editor = served.person(Role.EDITOR, team)
    resources = {"cpus": 2, "concurrency": 3}
    for _ in range(2):
        job = editor.post("/jobs", json=SPEC | {"resources": resources, "priority": 10}).json()
    # Its runner's hello is what it has slots for.
    first = editor.get("/queue").json()["queued"][0]["job_id"]
    Dispatcher.of(served).claim(first).complete(0.9, 0.5, b"12345678")
    assert job["team"] == team
    assert root.get("/teams").json()["items"][0]["use"] == {
        "running_jobs": 1,
        "slots": 2.0 * editor.get("/queue").json()["running"][0]["slots"],
        "queued_jobs": 1,
        "stored_bytes": 8,
    }


def test_a_team_keeps_its_jobs_for_as_long_as_it_is_told(root: httpx.Client, team: str):
    limit(root, team, slots=1)
    changed = root.patch(f"/teams/{team}", json={"retention_days": 30}).json()
    assert (changed["retention_days"], changed["quotas"]["slots"]) == (30, 1)
    assert limit(root, team, slots=2)["retention_days"] == 30
    assert root.get("/teams").json()["items"][0]["retention_days"] == 30
    assert root.patch(f"/teams/{team}", json={"retention_days": None}).json() == (
        changed | {"retention_days": None, "quotas": UNLIMITED | {"slots": 2}}
    )


def test_a_token_is_shown_once_and_works(served: Served, root: httpx.Client, team: str):
    issued = issue(root, name="nightly", team=team, role="viewer", expires_at=hours(1))
    assert issued.keys() == {
        "id", "name", "team", "role", "token", "created_at", "expires_at", "member", "scopes",
    }  # fmt: skip
    me = served.client(issued["token"]).get("/me").json()
    assert me == {
        "name": "nightly", "team": team, "role": "viewer", "token_id": issued["id"],
        "member": None, "scopes": None,
    }  # fmt: skip
    listing = root.get("/tokens")
    assert issued["token"] not in listing.text
    del issued["token"]
    assert listing.json()["items"][0] == issued


def test_a_revoked_token_is_refused_from_the_next_request_on(served: Served, root: httpx.Client):
    issued = issue(root)
    client = served.client(issued["token"])
    assert client.get("/me").status_code == 200
    assert root.delete(f"/tokens/{issued['id']}").status_code == 204
    problem_of(client.get("/me"), 401, "unauthorized")
    problem_of(root.delete(f"/tokens/{issued['id']}"), 404, "not_found")
    assert issued["id"] not in root.get("/tokens").text


def test_an_administrator_may_give_up_but_the_last_one_may_not(alone: Served):
    first = alone.client((alone.data_dir / "admin-token").read_text().strip())
    first_id = first.get("/me").json()["token_id"]
    issue(first, role="editor")
    root_of_another = alone.person(Role.ADMIN, team="others")
    expired = issue(first, role="admin", expires_at=hours(1))["id"]
    with alone.parts.database.write() as session:
        session.execute(
            update(TokenRow).where(TokenRow.id == expired).values(expires_at=datetime.now(UTC))
        )
    problem_of(first.delete(f"/tokens/{first_id}"), 409, "last_administrator")

    second = alone.client(issue(first, role="admin")["token"])
    assert first.delete(f"/tokens/{first_id}").status_code == 204
    problem_of(first.get("/me"), 401)
    second_id = second.get("/me").json()["token_id"]
    problem_of(second.delete(f"/tokens/{second_id}"), 409, "last_administrator")
    own = root_of_another.get("/me").json()["token_id"]
    assert root_of_another.delete(f"/tokens/{own}").status_code == 204


def test_administrators_who_revoke_each_other_at_once_leave_one(alone: Served):
    clients = [alone.person(Role.ADMIN) for _ in range(2)]
    first = alone.client((alone.data_dir / "admin-token").read_text().strip())
    ids = [client.get("/me").json()["token_id"] for client in clients]
    first.delete(f"/tokens/{first.get('/me').json()['token_id']}").raise_for_status()
    with ThreadPoolExecutor(2) as threads:
        sent = [
            threads.submit(client.delete, f"/tokens/{other}")
            for client, other in zip(clients, reversed(ids), strict=True)
        ]
    assert {reply.result().status_code for reply in sent} <= {204, 401, 409}
    assert [client.get("/me").status_code for client in clients].count(200) == 1


FORMS = {
    "team without a name": ("/teams", {}, "/name"),
    "team with a path": ("/teams", {"name": "../x"}, "/name"),
    "team of more": ("/teams", {"name": "x", "quotas": {}}, "/quotas"),
    "over-long team": ("/teams", {"name": "x" * 101}, "/name"),
    "unknown quota": ("/teams/default", {"quotas": {"jobs": 1}}, "/quotas/jobs"),
    "less than nothing": ("/teams/default", {"quotas": {"slots": -1}}, "/quotas/slots"),
    "no day": ("/teams/default", {"retention_days": 0}, "/retention_days"),
    "half a day": ("/teams/default", {"retention_days": 1.5}, "/retention_days"),
    "too many days": ("/teams/default", {"retention_days": 36501}, "/retention_days"),
    "half a job": ("/teams/default", {"quotas": {"queued_jobs": 1.5}}, "/quotas/queued_jobs"),
    "quota as text": ("/teams/default", {"quotas": {"slots": "1"}}, "/quotas/slots"),
    "unknown role": ("/tokens", {"role": "dispatcher"}, "/role"),
    "unknown team": ("/tokens", {"team": "nobody"}, "/team"),
    "in the past": ("/tokens", {"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
    "without a zone": ("/tokens", {"expires_at": "2099-01-01T00:00:00"}, "/expires_at"),
    "seconds": ("/tokens", {"expires_at": 4_000_000_000}, "/expires_at"),
    "seconds as text": ("/tokens", {"expires_at": "4000000000"}, "/expires_at"),
    "after time": ("/tokens", {"expires_at": "9999-12-31T23:59:59-23:00"}, "/expires_at"),
    "unknown field": ("/tokens", {"scope": ["read"]}, "/scope"),
    "no scope at all": ("/tokens", {"scopes": []}, "/scopes"),
    "unknown scope": ("/tokens", {"scopes": ["read", "write"]}, "/scopes/1"),
    "scope twice": ("/tokens", {"scopes": ["read", "read"]}, "/scopes"),
    "scope alone": ("/tokens", {"scopes": "read"}, "/scopes"),
    "unknown member": ("/tokens", {"member": "nobody"}, "/member"),
    "unknown member's team": ("/tokens", {"team": "nobody", "member": "Ada"}, "/team"),
}


@pytest.mark.parametrize(("path", "given", "pointer"), FORMS.values(), ids=FORMS)
def test_forms_that_are_refused(root: httpx.Client, path: str, given: Any, pointer: str):
    method = "PATCH" if path.count("/") == 2 else "POST"
    base = {"name": "Ada", "team": "default", "role": "viewer"} if path == "/tokens" else {}
    before = root.get("/teams").json(), root.get("/tokens").json()
    response = root.request(method, path, json=base | given)
    assert pointers(problem_of(response, 422, "invalid")) == [pointer]
    assert (root.get("/teams").json(), root.get("/tokens").json()) == before


def test_administrators_of_another_team_look_after_their_own(
    served: Served, root: httpx.Client, team: str
):
    chief = served.client(issue(root, team=team, role="admin")["token"])
    assert [item["name"] for item in chief.get("/teams").json()["items"]] == [team]
    problem_of(chief.post("/teams", json={"name": "mine"}), 403, "forbidden")
    for name in (team, "default", "nobody"):
        response = chief.patch(f"/teams/{name}", json={"quotas": {"slots": 9}})
        problem_of(response, 403, "forbidden")

    own = issue(chief, team=team, role="admin")
    assert {item["team"] for item in chief.get("/tokens").json()["items"]} == {team}
    body = {"name": "x", "team": "default", "role": "viewer"}
    refused = problem_of(chief.post("/tokens", json=body), 422, "invalid")
    absent = problem_of(chief.post("/tokens", json=body | {"team": "nobody"}), 422, "invalid")
    assert refused["errors"] == absent["errors"]
    foreign = root.get("/me").json()["token_id"]
    problem_of(chief.delete(f"/tokens/{foreign}"), 404, "not_found")
    assert chief.delete(f"/tokens/{own['id']}").status_code == 204


def test_no_more_jobs_are_queued_than_the_quota_holds(
    served: Served, root: httpx.Client, team: str
):
    editor = served.client(issue(root, team=team)["token"])
    limit(root, team, queued_jobs=2)
    dry = editor.post("/jobs?dry_run=true", json=SPEC).json()["quota"]
    assert dry == {
        "allowed": True,
        "limits": UNLIMITED | {"queued_jobs": 2},
        "queued_jobs": 0,
        "stored_bytes": 0,
        "reason": None,
    }
    key = {"Idempotency-Key": "first"}
    first = editor.post("/jobs", json=SPEC, headers=key)
    editor.post("/jobs", json=SPEC).raise_for_status()

    before = served.stored()
    problem_of(editor.post("/jobs", json=SPEC), 403, "quota")
    verdict = editor.post("/jobs?dry_run=true", json=SPEC).json()["quota"]
    assert (verdict["allowed"], verdict["queued_jobs"]) == (False, 2)
    assert "2" in verdict["reason"]
    again = editor.post("/jobs", json=SPEC, headers=key)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert served.stored() == before

    editor.post(f"/jobs/{first.json()['id']}/cancel").raise_for_status()
    assert editor.post("/jobs", json=SPEC).status_code == 201


def test_jobs_posted_at_once_stay_within_the_quota(served: Served, root: httpx.Client, team: str):
    editor = served.client(issue(root, team=team)["token"])
    limit(root, team, queued_jobs=2)
    with ThreadPoolExecutor(6) as threads:
        sent = [threads.submit(editor.post, "/jobs", json=SPEC) for _ in range(6)]
    assert sorted(reply.result().status_code for reply in sent) == [201] * 2 + [403] * 4


def test_no_more_jobs_run_than_the_quota_holds(alone: Served):
    root = alone.person(Role.ADMIN)
    editor, other = alone.person(team="few"), alone.person(team="many")
    limit(root, "few", running_jobs=1)
    mine = [editor.post("/jobs", json=SPEC | {"priority": 9}).json()["id"] for _ in range(2)]
    theirs = other.post("/jobs", json=SPEC).json()["id"]
    dispatcher = Dispatcher.of(alone)
    runner = dispatcher.claim(mine[0])
    # Though it is less urgent than the second of the team that runs as many as it may.
    body = {"dispatcher": dispatcher.name, "cluster": "cluster-1"}
    claimed = dispatcher.client.post("/dispatch/claim", json=body).json()["claim"]
    assert claimed["job_id"] == theirs
    assert dispatcher.client.post("/dispatch/claim", json=body).json()["claim"] is None
    (waiting,) = editor.get("/queue").json()["queued"]
    assert waiting["job_id"] == mine[1]
    assert "quota" in waiting["reason"]

    runner.finish("budget_spent")
    assert (
        dispatcher.client.post("/dispatch/claim", json=body).json()["claim"]["job_id"] == mine[1]
    )
