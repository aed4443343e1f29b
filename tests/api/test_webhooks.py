"""Webhooks as a team's administrators make, try and delete them; on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.db.tables import WebhookRow
from service.settings import Settings
from service.team.access import Role
from service.webhooks.register import MAX_PER_TEAM
from service.webhooks.targets import Targets
from tests.api.served import NOBODY_THERE, SPEC, Served, serving
from tests.api.test_bad_input import pointers, problem_of
from tests.receiver import Receiver, receiving


@pytest.fixture
def served(on_each: Served) -> Served:
    return on_each


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def hook(client: httpx.Client, url: str = NOBODY_THERE, **given: Any) -> dict[str, Any]:
    response = client.post("/webhooks", json={"url": url} | given)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def drop(client: httpx.Client) -> None:
    for webhook in client.get("/webhooks", params={"limit": 200}).json()["items"]:
        client.delete(f"/webhooks/{webhook['id']}").raise_for_status()


def test_a_webhook_is_made_shown_listed_and_deleted(root: httpx.Client):
    drop(root)
    first, second = hook(root), hook(root, events=["front.changed", "trial.state"])
    assert first["events"] == ["job.state"]
    assert (first["disabled_at"], first["detail"]) == (None, None)
    for made in (first, second):
        assert made.pop("secret").startswith("whs_")
        assert root.get(f"/webhooks/{made['id']}").json() == made
    assert root.get("/webhooks").json() == {"items": [second, first], "next_cursor": None}
    page = root.get("/webhooks", params={"limit": 1}).json()
    assert page["items"] == [second]
    rest = root.get("/webhooks", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert rest == {"items": [first], "next_cursor": None}
    problem_of(root.get("/webhooks", params={"cursor": "!"}), 400, "bad_cursor")
    assert root.delete(f"/webhooks/{first['id']}").status_code == 204
    for call in (root.get, root.delete):
        problem_of(call(f"/webhooks/{first['id']}"), 404, "not_found")


def test_a_secret_is_shown_once(root: httpx.Client):
    made = hook(root)
    others = [root.get("/webhooks"), root.get(f"/webhooks/{made['id']}"), root.get("/audit")]
    assert not [reply for reply in others if made["secret"] in reply.text]


FORMS = {
    "no url": ({}, "/url"),
    "url of nothing": ({"url": ""}, "/url"),
    "url as a number": ({"url": 1}, "/url"),
    "no kinds": ({"events": []}, "/events"),
    "unknown kind": ({"events": ["job.started"]}, "/events/0"),
    "reports": ({"events": ["trial.report"]}, "/events/0"),
    "a kind twice": ({"events": ["job.state", "job.state"]}, "/events"),
    "kinds as text": ({"events": "job.state"}, "/events"),
    "a secret of one's own": ({"secret": "x"}, "/secret"),
    "another team": ({"team": "others"}, "/team"),
}


@pytest.mark.parametrize(("given", "pointer"), FORMS.values(), ids=FORMS)
def test_forms_that_are_refused(root: httpx.Client, given: dict[str, Any], pointer: str):
    base = {} if given == {} else {"url": NOBODY_THERE}
    before = root.get("/webhooks").json()
    problem = problem_of(root.post("/webhooks", json=base | given), 422, "invalid")
    assert pointers(problem) == [pointer]
    assert root.get("/webhooks").json() == before


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "https://hooks.example.org/", "http://127.0.0.2/", "http://localhost/",
     "http://10.0.0.1/", "http://169.254.169.254/", "http://[::ffff:127.0.0.1]/",
     "http://2130706433/", "http://0177.0.0.1/", "http://u:p@127.0.0.1/", "http://127.0.0.1:22/"],
)  # fmt: skip
def test_urls_that_are_forbidden(root: httpx.Client, url: str):
    before = root.get("/webhooks").json()
    problem = problem_of(root.post("/webhooks", json={"url": url}), 422, "url_forbidden")
    assert pointers(problem) == ["/url"]
    assert root.get("/webhooks").json() == before


def test_a_team_has_only_so_many(served: Served):
    chief = served.person(Role.ADMIN, team="eager")
    for _ in range(MAX_PER_TEAM):
        hook(chief)
    refused = chief.post("/webhooks", json={"url": NOBODY_THERE})
    problem_of(refused, 409, "too_many_webhooks")


def test_another_teams_webhooks_are_absent(served: Served, root: httpx.Client):
    stranger = served.person(Role.ADMIN, team="strangers")
    path = f"/webhooks/{hook(root)['id']}"
    for reply in (stranger.get(path), stranger.delete(path), stranger.post(f"{path}/test")):
        problem_of(reply, 404, "not_found")
    assert stranger.get("/webhooks").json()["items"] == []
    assert root.get(path).status_code == 200


def test_a_test_is_sent_at_once_and_tells_how_it_went(root: httpx.Client, receiver: Receiver):
    made = hook(root, receiver.url())
    path = f"/webhooks/{made['id']}/test"
    assert root.post(path).json() == {"delivered": True, "detail": None}
    (received,) = receiver.received
    assert received.is_signed_by(made["secret"])
    assert received.event_id.startswith(made["id"])
    assert received.told | {"at": ""} == {
        "job_id": None, "sequence": 0, "event": "ping", "at": "", "data": {},
    }  # fmt: skip
    receiver.answer = lambda _: 500
    failed = {"delivered": False, "detail": "answered with status 500"}
    assert root.post(path).json() == failed


def test_a_disabled_webhook_that_takes_a_test_is_told_again(
    served: Served, root: httpx.Client, receiver: Receiver
):
    path = f"/webhooks/{hook(root, receiver.url())['id']}"
    with served.parts.database.write() as session:
        row = session.get_one(WebhookRow, path.removeprefix("/webhooks/"))
        row.disabled_at, row.detail = served.parts.clock.now(session), "nobody was there"
    receiver.answer = lambda _: 500
    root.post(f"{path}/test").raise_for_status()
    still = root.get(path).json()
    assert still["disabled_at"] is not None
    assert still["detail"] == "nobody was there"
    receiver.answer = lambda _: 204
    root.post(f"{path}/test").raise_for_status()
    assert root.get(path).json()["disabled_at"] is None
    done = root.get("/audit", params={"action": "webhook.enable"}).json()["items"]
    assert [each["object"] for each in done] == [path.removeprefix("/webhooks/")]


def test_a_job_is_told_of_from_its_post_on(tmp_path: Path, receiver: Receiver):
    """The whole service: a route, an event in its transaction, the courier's thread."""
    with serving(tmp_path, webhook_poll_seconds=0.01) as served:
        secret = hook(served.person(Role.ADMIN), receiver.url())["secret"]
        editor = served.person()
        job_id = editor.post("/jobs", json=SPEC).json()["id"]
        editor.post(f"/jobs/{job_id}/cancel").raise_for_status()
        while len(receiver.received) < 2:
            pass
    assert [each.told["data"]["state"] for each in receiver.received] == ["queued", "cancelled"]
    assert all(each.is_signed_by(secret) for each in receiver.received)
    assert {each.told["job_id"] for each in receiver.received} == {job_id}


def test_all_is_off_unless_the_operator_allows_targets(tmp_path: Path, receiver: Receiver):
    with serving(tmp_path) as served:
        made = hook(served.person(Role.ADMIN), receiver.url())
    off = {"webhook_targets": Settings(data_dir=tmp_path).webhook_targets}
    with serving(tmp_path, webhook_poll_seconds=0.01, **off) as served:
        root = served.person(Role.ADMIN)
        problem_of(root.post("/webhooks", json={"url": receiver.url()}), 403, "webhooks_off")
        problem_of(root.post(f"/webhooks/{made['id']}/test"), 403, "webhooks_off")
        root.post("/jobs", json=SPEC).raise_for_status()
        assert root.get("/webhooks").json()["items"][0]["id"] == made["id"]
        assert root.delete(f"/webhooks/{made['id']}").status_code == 204
    assert receiver.received == []


def test_targets_come_from_the_environment(tmp_path: Path):
    given = {"TCLSEARCH_WEBHOOK_TARGETS": "hooks.example.org, 127.0.0.1/32"}
    settings = Settings.from_environment(given, data_dir=tmp_path)
    assert settings.webhook_targets == Targets.parse("127.0.0.1/32, hooks.example.org")
    with pytest.raises(ValueError, match="TCLSEARCH_WEBHOOK_TARGETS"):
        Settings.from_environment(
            {"TCLSEARCH_WEBHOOK_TARGETS": "https://hooks.example.org/"}, data_dir=tmp_path
        )
