"""Members of a team and their tokens, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select

from service.db.tables import TokenRow
from tests.api.served import SPEC, Served
from tests.api.test_bad_input import pointers, problem_of
from tests.api.test_teams_and_tokens import issue

numbers = count()


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


def add(client: httpx.Client, team: str, name: str = "Grace", role: str = "editor") -> Any:
    body = {"name": name, "role": role}
    response = client.post(f"/teams/{team}/members", json=body)
    assert response.status_code == 201, response.text
    return response.json()


def members(client: httpx.Client, team: str) -> dict[str, str]:
    items = client.get(f"/teams/{team}/members").raise_for_status().json()["items"]
    return {item["name"]: item["role"] for item in items}


def test_members_are_added_listed_changed_and_removed(root: httpx.Client, team: str):
    grace = add(root, team)
    assert grace.keys() == {"team", "name", "role", "created_at"}
    assert (grace["team"], grace["name"], grace["role"]) == (team, "Grace", "editor")
    taken = root.post(f"/teams/{team}/members", json={"name": "Grace", "role": "viewer"})
    assert pointers(problem_of(taken, 409, "member_exists")) == ["/name"]
    for name in ("Bob", "Eve"):
        add(root, team, name, "viewer")
    assert list(members(root, team)) == ["Eve", "Bob", "Grace"]

    seen: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    while "cursor" not in query or query["cursor"]:
        page = root.get(f"/teams/{team}/members", params=query).json()
        seen += [item["name"] for item in page["items"]]
        query["cursor"] = page["next_cursor"]
    assert seen == ["Eve", "Bob", "Grace"]

    path = f"/teams/{team}/members/Grace"
    assert root.patch(path, json={"role": "admin"}).json() == grace | {"role": "admin"}
    assert root.delete(path).status_code == 204
    assert members(root, team) == {"Eve": "viewer", "Bob": "viewer"}
    for response in (root.delete(path), root.patch(path, json={"role": "admin"})):
        problem_of(response, 404, "not_found")


def test_one_name_added_many_times_at_once_is_one_member(root: httpx.Client, team: str):
    body = {"name": "Grace", "role": "viewer"}
    with ThreadPoolExecutor(6) as threads:
        sent = [threads.submit(root.post, f"/teams/{team}/members", json=body) for _ in range(6)]
    assert sorted(reply.result().status_code for reply in sent) == [201] + [409] * 5


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "viewer"}, "/name"),
        ({"name": "../x", "role": "viewer"}, "/name"),
        ({"name": "x" * 101, "role": "viewer"}, "/name"),
        ({"name": "x", "role": "dispatcher"}, "/role"),
        ({"name": "x"}, "/role"),
        ({"name": "x", "role": "viewer", "team": "default"}, "/team"),
    ],
)
def test_forms_that_are_refused(root: httpx.Client, team: str, body: Any, pointer: str):
    response = root.post(f"/teams/{team}/members", json=body)
    assert pointers(problem_of(response, 422, "invalid")) == [pointer]
    assert members(root, team) == {}


def test_a_members_token_acts_in_their_name(served: Served, root: httpx.Client, team: str):
    add(root, team)
    issued = issue(root, name="laptop", team=team, member="Grace", scopes=["jobs", "read"])
    assert (issued["member"], issued["scopes"]) == ("Grace", ["jobs", "read"])
    grace = served.client(issued["token"])
    assert grace.get("/me").json() == {
        "name": "Grace", "team": team, "role": "editor", "token_id": issued["id"],
        "member": "Grace", "scopes": ["jobs", "read"],
    }  # fmt: skip
    job = grace.post("/jobs", json=SPEC).json()
    assert job["owner"] == "Grace"
    (entry,) = root.get("/audit", params={"object": job["id"]}).json()["items"]
    assert (entry["actor"], entry["token_id"]) == ("Grace", issued["id"])
    listed = root.get("/tokens").json()["items"][0]
    assert (listed["member"], listed["scopes"]) == ("Grace", ["jobs", "read"])


@pytest.mark.parametrize("of_member", ["viewer", "editor", "admin"])
@pytest.mark.parametrize("of_token", ["viewer", "editor", "admin"])
def test_the_smaller_role_counts(
    served: Served, root: httpx.Client, team: str, of_member: str, of_token: str
):
    add(root, team, role=of_member)
    client = served.client(issue(root, team=team, member="Grace", role=of_token)["token"])
    ladder = ["viewer", "editor", "admin"]
    smaller = min(of_member, of_token, key=ladder.index)
    assert client.get("/me").json()["role"] == smaller
    assert client.post("/jobs", json=SPEC).status_code == (403 if smaller == "viewer" else 201)
    assert client.get("/tokens").status_code == (200 if smaller == "admin" else 403)


def test_a_changed_role_holds_from_the_next_request_on(
    served: Served, root: httpx.Client, team: str
):
    add(root, team)
    grace = served.client(issue(root, team=team, member="Grace", role="editor")["token"])
    path = f"/teams/{team}/members/Grace"
    for role, status in (("editor", 201), ("viewer", 403), ("admin", 201)):
        root.patch(path, json={"role": role}).raise_for_status()
        assert grace.post("/jobs", json=SPEC).status_code == status


def test_who_is_removed_has_no_token_any_more_not_even_when_they_come_back(
    served: Served, root: httpx.Client, team: str
):
    add(root, team)
    add(root, team, "Bob")
    tokens = [issue(root, team=team, member="Grace") for _ in range(2)]
    graces = [served.client(token["token"]) for token in tokens]
    bob = served.client(issue(root, team=team, member="Bob")["token"])
    job_id = graces[0].post("/jobs", json=SPEC).json()["id"]

    root.delete(f"/teams/{team}/members/Grace").raise_for_status()
    (entry,) = root.get("/audit", params={"limit": 1}).json()["items"]
    assert entry["body"]["tokens_revoked"] == 2
    listed = {token["id"] for token in root.get("/tokens", params={"limit": 200}).json()["items"]}
    assert not listed & {token["id"] for token in tokens}
    add(root, team)
    for grace in graces:
        problem_of(grace.get("/me"), 401, "unauthorized")
    assert bob.get(f"/jobs/{job_id}").json()["owner"] == "Grace"


def test_a_token_made_while_its_member_is_removed_is_never_good(
    served: Served, root: httpx.Client, team: str
):
    body = {"name": "x", "team": team, "role": "viewer", "member": "Grace"}
    for _ in range(5):
        add(root, team)
        with ThreadPoolExecutor(3) as threads:
            made = [threads.submit(root.post, "/tokens", json=body) for _ in range(2)]
            gone = threads.submit(root.delete, f"/teams/{team}/members/Grace")
        assert gone.result().status_code == 204
        assert {reply.result().status_code for reply in made} <= {201, 422}
        with served.parts.database.read() as session:
            query = select(TokenRow).where(TokenRow.team == team, TokenRow.revoked_at.is_(None))
            assert session.scalars(query).all() == []


def test_the_last_administrator_is_neither_removed_nor_made_smaller(alone: Served):
    first = alone.client((alone.data_dir / "admin-token").read_text().strip())
    add(first, "default", "Grace", "admin")
    grace = alone.client(issue(first, member="Grace", role="admin")["token"])
    add(first, "default", "Bob", "viewer")
    issue(first, member="Bob", role="admin")
    first_id = first.get("/me").json()["token_id"]
    grace.delete(f"/tokens/{first_id}").raise_for_status()

    path = "/teams/default/members/Grace"
    problem_of(grace.delete(path), 409, "last_administrator")
    problem_of(grace.patch(path, json={"role": "editor"}), 409, "last_administrator")
    assert members(grace, "default") == {"Bob": "viewer", "Grace": "admin"}
    grace.patch("/teams/default/members/Bob", json={"role": "admin"}).raise_for_status()
    assert grace.delete(path).status_code == 204


def test_another_teams_members_are_absent(served: Served, root: httpx.Client, team: str):
    add(root, "default", f"Alan {next(numbers)}")
    chief = served.client(issue(root, team=team, role="admin")["token"])
    add(chief, team, "Grace")
    for other in ("default", "nobody"):
        path = f"/teams/{other}/members"
        answers = [
            chief.get(path),
            chief.post(path, json={"name": "x", "role": "viewer"}),
            chief.patch(f"{path}/Grace", json={"role": "viewer"}),
            chief.delete(f"{path}/Grace"),
        ]
        for answer in answers:
            assert problem_of(answer, 404, "not_found")["detail"] == "there is no such team"
    token = {"name": "x", "team": team, "role": "viewer", "member": "Alan 0"}
    assert pointers(problem_of(chief.post("/tokens", json=token), 422)) == ["/member"]


def test_a_token_with_scopes_makes_none_that_can_do_more(
    served: Served, root: httpx.Client, team: str
):
    given = {"team": team, "role": "admin", "scopes": ["access", "read"]}
    chief = served.client(issue(root, **given)["token"])
    body = {"name": "x", "team": team, "role": "viewer"}
    for scopes in (None, ["jobs"], ["read", "jobs"]):
        refused = chief.post("/tokens", json=body | {"scopes": scopes})
        assert pointers(problem_of(refused, 422, "invalid")) == ["/scopes"]
    assert chief.post("/tokens", json=body | {"scopes": ["read"]}).status_code == 201


def test_a_mistyped_token_is_refused_without_the_database(served: Served, root: httpx.Client):
    token = issue(root)["token"]
    swapped = token[:9] + token[10] + token[9] + token[11:]
    wrong = [token[:-1], token + "x", "x" + token, token.lower(), token.replace("_", "-")]
    wrong += [swapped] if swapped != token else []
    wrong += [token[:20] + ("x" if token[20] != "x" else "y") + token[21:]]
    statements: list[str] = []
    engine = served.parts.database.engine

    def heard(*told: Any) -> None:
        # The sweeper asks too, of other tables.
        if "tokens" in told[2]:
            statements.append(told[2])

    event.listen(engine, "before_cursor_execute", heard)
    try:
        for text in wrong:
            problem_of(served.client(text).get("/me"), 401, "unauthorized")
        assert statements == []
        assert served.client(token).get("/me").status_code == 200
        assert statements
    finally:
        event.remove(engine, "before_cursor_execute", heard)
