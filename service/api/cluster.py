"""The clusters over HTTP: what they offer, and whose dispatchers are heard of."""

from fastapi import APIRouter

from searchspace.datasets import BUNDLED
from service.api.deps import ThisService, Viewer
from service.api.problems import responses
from service.api.schemas.cluster import Cluster, ClusterNode, Clusters, Dispatcher
from service.api.schemas.queue import Slots
from service.db.tables import DispatcherRow
from service.jobs.ground import live_dispatchers
from service.queue.clusters import recent_dispatchers
from service.queue.standing import slots
from service.team.access import DEFAULT_TEAM, Caller, Role, Scope

router = APIRouter(prefix="/cluster", tags=["cluster"])


@router.get("", responses=responses(401, 403, 503))
def get_cluster(parts: ThisService, caller: Viewer) -> Clusters:
    """Clusters as their dispatchers last reported them, and the dispatchers, the latest first."""
    with parts.database.read() as session:
        at = parts.clock.now(session)
        live = live_dispatchers(session, parts.settings, at)
        alive = {row.id for row in live}
        known = recent_dispatchers(session)
        total, busy = slots(session, live)
    latest: dict[str, DispatcherRow] = {}
    for row in known:
        latest.setdefault(row.cluster, row)
    return Clusters(
        clusters=[_cluster(row, alive=row.id in alive) for row in latest.values()],
        dispatchers=[_dispatcher(row, alive=row.id in alive) for row in known],
        slots=Slots(total=total, busy=busy),
        ray_dashboard_url=parts.settings.ray_dashboard_url if _looks_after_all(caller) else None,
    )


def _looks_after_all(caller: Caller) -> bool:
    # Who sees Ray's dashboard sees every team's trials.
    may = caller.scopes is None or Scope.ACCESS in caller.scopes
    return caller.role is Role.ADMIN and caller.looks_after(DEFAULT_TEAM) and may


def _cluster(row: DispatcherRow, *, alive: bool) -> Cluster:
    return Cluster(
        name=row.cluster,
        alive=alive,
        nodes=[ClusterNode.model_validate(node) for node in row.nodes],
        datasets=sorted(BUNDLED | {info["key"] for info in row.datasets}),
        seen_at=row.seen_at,
    )


def _dispatcher(row: DispatcherRow, *, alive: bool) -> Dispatcher:
    return Dispatcher(id=row.id, cluster=row.cluster, alive=alive, seen_at=row.seen_at)
