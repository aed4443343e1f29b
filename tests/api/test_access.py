"""What those who may not are told, and that nothing follows; `test_access_matrix` has who may."""

from datetime import timedelta

import httpx
import pytest

from service.team.access import Role, create_token
from tests.api.served import SPEC, Dispatcher, Served
from tests.api.test_access_matrix import BODIES
from tests.api.test_bad_input import problem_of

OPEN = {"/healthz", "/readyz", "/metrics"}
ADMINISTRATION = ("/teams", "/tokens", "/audit", "/webhooks", "/diagnosis")
NOT_MADE = ("/onnx", "/onnx-int8", "/pte")
"""Files that the model here came without, as models of earlier versions do."""
BY_HASH = ("/weights",)
"""What is named by its own bytes, and is nobody's before it is there."""
CANARY = "canary-7731"


@pytest.fixture(scope="module")
def theirs(served: Served) -> dict[str, str]:
    """Ids of another team's job and of what it holds."""
    client = served.person(team="others")
    job_id = client.post("/jobs", json=SPEC | {"name": CANARY}).json()["id"]
    Dispatcher.of(served).claim(job_id).complete(0.9, 0.5)
    waiting = client.post("/jobs", json=SPEC | {"name": CANARY, "tags": {"who": CANARY}})
    assert waiting.status_code == 201
    (model,) = client.get(f"/jobs/{job_id}/front").json()["models"]
    return {
        "job_id": job_id, "other_id": waiting.json()["id"], "number": "0", "model_id": model["id"],
        "team": "others", "name": "Bob", "token_id": client.get("/me").json()["token_id"],
        "webhook_id": "nothing", "sha256": "0" * 64,
    }  # fmt: skip


@pytest.fixture(scope="module")
def routes(served: Served) -> list[tuple[str, str]]:
    """Method and path of every public route, out of its own description."""
    description = httpx.get(f"{served.url}/openapi.json", trust_env=False).json()
    return [
        (method, path.removeprefix("/api/v1"))
        for path, methods in description["paths"].items()
        for method in methods
        if path not in OPEN
    ]


def call(client: httpx.Client, method: str, path: str, ids: dict[str, str]) -> httpx.Response:
    body = BODIES.get(f"{method} {path}", dict)()
    query = {"job": [ids["job_id"], ids["other_id"]]} if path == "/comparison" else None
    return client.request(method, path.format(**ids), json=body or None, params=query)


def test_every_route_wants_a_good_token(
    served: Served, routes: list[tuple[str, str]], theirs: dict[str, str]
):
    before = served.stored()
    nobody, liar = served.client(), served.client("tcl_" + "x" * 43)
    basic = served.client()
    basic.headers["Authorization"] = "Basic YTpi"
    empty = served.client()
    empty.headers["Authorization"] = "Bearer"
    assert len(routes) >= 15
    for method, path in routes:
        for client in (nobody, liar, basic, empty):
            response = call(client, method, path, theirs)
            problem_of(response, 401, "unauthorized")
            assert response.headers["www-authenticate"] == "Bearer"
    assert served.stored() == before


def test_expired_and_revoked_tokens_are_none(served: Served):
    with served.parts.database.write() as session:
        at = served.parts.clock.now(session)
        given = {"name": "old", "team": "default", "role": Role.ADMIN, "at": at}
        _, expired = create_token(session, **given, expires_at=at - timedelta(seconds=1))
        row, revoked = create_token(session, **given)
        row.revoked_at = at
        _, good = create_token(session, **given, expires_at=at + timedelta(hours=1))
    for token, status in ((expired, 401), (revoked, 401), (good, 200)):
        assert served.client(token).get("/me").status_code == status


def test_another_teams_things_are_as_absent_as_none(
    served: Served, routes: list[tuple[str, str]], theirs: dict[str, str]
):
    before = served.stored()
    absent = {"job_id": "job_" + "0" * 32, "number": "0", "model_id": "mdl_" + "0" * 32}
    for role in (Role.EDITOR, Role.ADMIN):
        stranger = served.person(role)
        for method, path in routes:
            if "{" not in path or path.startswith((*ADMINISTRATION, *BY_HASH)):
                continue
            answers = [
                problem_of(call(stranger, method, path, ids), 404, "not_found")
                for ids in (theirs, absent)
            ]
            for answer in answers:
                del answer["request_id"]
            assert answers[0] == answers[1], path
    assert served.stored() == before


def test_lists_tell_nothing_of_other_teams(served: Served, theirs: dict[str, str]):
    stranger = served.person(Role.ADMIN)
    for path in ("/jobs", "/queue", "/datasets", "/me", f"/jobs?tag=who:{CANARY}"):
        response = stranger.get(path)
        assert response.status_code == 200
        assert CANARY not in response.text
        assert theirs["job_id"] not in response.text


def test_viewers_read_and_change_nothing(
    served: Served, routes: list[tuple[str, str]], theirs: dict[str, str]
):
    viewer = served.person(Role.VIEWER, team="others")
    before = served.stored()
    for method, path in routes:
        if path.endswith("/events"):
            continue  # it has no end while the job has none
        response = call(viewer, method, path, theirs)
        if method == "get" and not path.startswith(ADMINISTRATION):
            assert response.status_code == (404 if path.endswith(NOT_MADE) else 200), path
        else:
            problem_of(response, 403, "forbidden")
    assert served.stored() == before


def test_a_dispatcher_and_a_runner_are_no_people(served: Served, theirs: dict[str, str]):
    dispatcher = (served.data_dir / "dispatcher-token").read_text().strip()
    problem_of(served.client(dispatcher).get("/jobs"), 403, "forbidden")
    runner = f"tcr_{theirs['job_id']}_1_" + "x" * 43
    problem_of(served.client(runner).get("/jobs"), 401, "unauthorized")


def test_everybody_is_told_who_they_are(served: Served):
    me = served.person(Role.VIEWER, team="others").get("/me").json()
    assert (me["name"], me["team"], me["role"]) == ("Ada", "others", "viewer")


def test_tokens_are_checked_before_bodies_are_read(served: Served):
    response = served.client().post("/jobs", content=b"{" * 1000)
    problem_of(response, 401)


@pytest.mark.parametrize("token", [None, "tcl_no_such_token"])
def test_an_unknown_parameter_is_no_matter_before_the_token_is_good(
    served: Served, token: str | None
):
    client = served.client(token)
    for answer in (client.get("/jobs?dryrun=true"), client.post("/teams?x=1", json={})):
        problem_of(answer, 401, "unauthorized")
