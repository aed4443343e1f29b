"""Whether the service lives and whether it can work, for whoever watches it. No token needed."""

from fastapi import APIRouter

from service.api.deps import ThisService
from service.api.problems import responses
from service.api.schemas.operations import Health, Ready
from service.db.migrate import is_current
from service.errors import Unavailable
from service.jobs.ground import live_dispatchers
from service.operations.drain import stopping

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def get_health() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/readyz", responses=responses(503))
def get_readiness(parts: ThisService) -> Ready:
    """The service can work; the problem says what is wrong where it cannot.

    Without a dispatcher it is ready all the same, and jobs wait.
    """
    if parts.drain.begun:
        raise stopping()
    with parts.database.read() as session:
        if not is_current(session):
            raise Unavailable("the database has another schema than this version needs")
        live = live_dispatchers(session, parts.settings, parts.clock.now(session))
    return Ready(status="ready", database=True, migrations=True, dispatcher=bool(live))
