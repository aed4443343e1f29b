"""GET /cluster: what clusters offer, who speaks for them, and who is shown Ray's own dashboard."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from searchspace.datasets import KNOWN
from service.db.tables import DispatcherRow
from service.settings import Settings
from service.team.access import Role, Scope, create_token
from tests.api.served import SPEC, Dispatcher, Served, serving

DASHBOARD = "https://ray.example.org"


def silence(served: Served, dispatcher: str) -> None:
    """Have a dispatcher be heard of long ago."""
    with served.parts.database.write() as session:
        before = served.parts.clock.now(session) - timedelta(days=1)
        mine = DispatcherRow.id == dispatcher
        session.execute(update(DispatcherRow).where(mine).values(seen_at=before))


def test_clusters_are_shown_as_they_were_reported_last(on_each: Served):
    viewer = on_each.person(Role.VIEWER)
    assert viewer.get("/cluster").json() == {
        "clusters": [],
        "dispatchers": [],
        "slots": {"total": 0, "busy": 0},
        "ray_dashboard_url": None,
    }
    Dispatcher.of(on_each, name="gone", nodes=({"cpus": 1, "gpus": 0},)).beat()
    silence(on_each, "gone")
    told = viewer.get("/cluster").json()
    assert [(each["alive"], each["nodes"]) for each in told["clusters"]] == [
        (False, [{"cpus": 1, "gpus": 0, "custom": {}}])
    ]
    job_id = on_each.person().post("/jobs", json=SPEC).json()["id"]
    nodes: Any = (
        {"cpus": 4, "gpus": 0, "custom": {}},
        {"cpus": 2, "gpus": 1, "custom": {"npu": 1}},
    )
    datasets = (KNOWN["digits"], KNOWN["cifar10"])
    Dispatcher.of(on_each, nodes=nodes, datasets=datasets).claim(job_id).reserve()
    told = viewer.get("/cluster").json()
    (cluster,) = told["clusters"]
    assert (cluster["name"], cluster["alive"], cluster["nodes"]) == ("cluster-1", True, [*nodes])
    assert cluster["datasets"] == ["cifar10", "digits"]
    assert [(each["id"], each["alive"]) for each in told["dispatchers"]] == [
        ("dispatcher-1", True),
        ("gone", False),
    ]
    assert told["slots"] == {"total": 6, "busy": 1}


def test_only_administrators_of_every_team_are_shown_the_way_to_ray(tmp_path: Path):
    with serving(tmp_path, ray_dashboard_url=DASHBOARD) as served:
        shown = {
            (role, team): served.person(role, team).get("/cluster").json()["ray_dashboard_url"]
            for role in (Role.VIEWER, Role.EDITOR, Role.ADMIN)
            for team in ("default", "others")
        }
        with served.parts.database.write() as session:
            given = {"name": "Bob", "team": "default", "role": Role.ADMIN, "scopes": [Scope.READ]}
            at = served.parts.clock.now(session)
            _, token = create_token(session, **given, at=at)
        assert served.client(token).get("/cluster").json()["ray_dashboard_url"] is None
    assert {caller for caller, url in shown.items() if url} == {(Role.ADMIN, "default")}
    assert shown[Role.ADMIN, "default"] == DASHBOARD


def test_a_dashboard_that_is_no_web_address_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="http"):
        Settings(data_dir=tmp_path, ray_dashboard_url="javascript:alert(1)")
