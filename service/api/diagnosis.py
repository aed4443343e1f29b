"""What is wrong with the deployment, for who looks after all of it."""

from dataclasses import asdict
from datetime import UTC, datetime

from fastapi import APIRouter

from service.api.deps import Admin, Parts, ThisService
from service.api.problems import responses
from service.api.schemas.operations import Diagnosis, Finding
from service.errors import Unavailable
from service.operations.diagnosis import diagnose
from service.operations.findings import Level
from service.team.administration import require_all_teams

router = APIRouter(prefix="/diagnosis", tags=["access"])


@router.get("", responses=responses(401, 403, 503))
def get_diagnosis(parts: ThisService, caller: Admin) -> Diagnosis:
    """Examine the deployment as this copy of the service sees it.

    Nothing is changed. For administrators of team `default`.
    """
    require_all_teams(caller)
    found = list(
        diagnose(
            parts.settings,
            parts.database,
            parts.artifacts,
            parts.clock,
            here=lambda: datetime.now(UTC),
        )
    )
    return Diagnosis(
        at=_time(parts),
        healthy=all(finding.level is not Level.ERROR for finding in found),
        findings=[Finding(**asdict(finding)) for finding in found],
    )


def _time(parts: Parts) -> datetime | None:
    try:
        with parts.database.read() as session:
            return parts.clock.now(session)
    except Unavailable:
        return None
