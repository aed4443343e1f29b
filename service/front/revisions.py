"""The front of a job: kept up to date model by model, readable as it was at any revision.

A model's `front_from` and `front_until` say in which revisions it is on the front, so that each
change costs one comparison with the current members and keeps all history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Row,
    Select,
    bindparam,
    insert,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from searchspace.objectives import Constraint, Objective, losses
from searchspace.pareto import Points, added, hypervolume, joined, knee, non_dominated
from service.db.tables import FrontRevisionRow, JobRow, ModelRow, TrialRow
from service.errors import NotFound
from service.events.journal import Event, EventKind
from service.lifecycle import TrialPurpose

# Built once and on the bare tables, as in `service.trials.recall`.
_models = ModelRow.__table__.c
_trials = TrialRow.__table__.c
_OF_JOB = _models.job_id == bindparam("job_id")
_REVISION: BindParameter[Any] = bindparam("revision")
_MEMBERS = select(_models.id, _models["values"]).where(
    _OF_JOB, _models.front_until.is_(None), _models.front_from >= 1
)
_WHOLE = (
    select(*_models, _trials.parameters)
    .join_from(
        ModelRow.__table__,
        TrialRow.__table__,
        (_trials.job_id == _models.job_id) & (_trials.number == _models.trial_number),
    )
    .where(_OF_JOB)
)
# Two questions, so that an index answers each of them: who is there still, and who was there then.
_WHOLE_AT = union_all(
    _WHOLE.where(_models.front_until.is_(None), _models.front_from.between(1, _REVISION)),
    _WHOLE.where(_models.front_until > _REVISION, _models.front_from <= _REVISION),
)
_WHOLE_NAMED = _WHOLE.where(_models.id.in_(bindparam("ids", expanding=True)))
_BASELINES = (
    select(*_models, _trials.subject)
    .join_from(
        TrialRow.__table__,
        ModelRow.__table__,
        (_trials.job_id == _models.job_id) & (_trials.number == _models.trial_number),
    )
    .where(
        _trials.job_id == bindparam("job_id"),
        _trials.subject.is_not(None),
        _trials.purpose == TrialPurpose.BASELINE.value,
    )
)
_INSERT_REVISION = insert(FrontRevisionRow.__table__)


@dataclass(frozen=True, slots=True)
class Goals:
    """What a job's models are compared by."""

    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]

    @classmethod
    def of(cls, job: JobRow) -> "Goals":
        return cls(
            tuple(Objective.model_validate(objective) for objective in job.spec["objectives"]),
            tuple(Constraint.model_validate(limit) for limit in job.spec["constraints"]),
        )

    def points(self, measured: Sequence[Mapping[str, float]]) -> Points:
        """One row of losses per model. Raises ValueError where an objective is missing."""
        rows = [losses(self.objectives, values) for values in measured]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.objectives))

    def reference(self, job: JobRow) -> tuple[float, ...]:
        """The job's reference point as losses."""
        metrics = [objective.metric for objective in self.objectives]
        return losses(self.objectives, dict(zip(metrics, job.reference_point, strict=True)))


Member = Row[Any]
"""A model's columns, and its trial's `parameters`."""


@dataclass(frozen=True, slots=True)
class Front:
    """The front at one revision, and the baselines beside it. `knee` is a model's id."""

    revision: int
    hypervolume: float
    models: Sequence[Member]
    knee: str | None
    baselines: Sequence[Member]


def enter(
    session: Session, job: JobRow, goals: Goals, models: Sequence[dict[str, Any]], at: datetime
) -> Event | None:
    """Let new models of finished trials compete for the front of a locked job.

    models: rows about to be inserted; those that join get their `front_from`.

    Returns:
        The event of a front that changed.
    """
    candidates = [model for model in models if model["feasible"]]
    if not candidates:
        return None
    members = session.connection().execute(_MEMBERS, {"job_id": job.id}).all()
    points = goals.points([values for _, values in members])
    new = goals.points([model["values"] for model in candidates])
    staying, joining = joined(points, new)
    if not joining.any():
        return None
    job.front_revision += 1
    for model, joins in zip(candidates, joining, strict=True):
        model["front_from"] = job.front_revision if joins else None
    _leave(
        session,
        job,
        [member for (member, _), stays in zip(members, staying, strict=True) if not stays],
    )
    job.front_size = int(staying.sum() + joining.sum())
    # Those that leave take nothing with them: what dominates them covers all that they did.
    job.hypervolume += added(points, new[joining], goals.reference(job))
    return _revise(session, job, at)


def read_front(
    session: Session, job: JobRow, as_of: int | None = None, feasible: bool | None = None
) -> Front:
    """The front now or at revision `as_of`, the oldest member first.

    feasible: False lets models compete that break a constraint; that front is computed when it
        is asked for, over the models that were there at the revision.

    Raises:
        NotFound: the job's front has no such revision.
    """
    revision = job.front_revision if as_of is None else as_of
    volume, at = _revision(session, job, revision)
    goals = Goals.of(job)
    if feasible is False:
        ids = _among_all(session, job, goals, at if as_of is not None else None)
        models = _in_order(session, _WHOLE_NAMED, {"job_id": job.id, "ids": ids})
        volume = hypervolume(goals.points([m.values for m in models]), goals.reference(job))
    else:
        models = _in_order(session, _WHOLE_AT, {"job_id": job.id, "revision": revision})
    points = goals.points([model.values for model in models])
    return Front(
        revision=revision,
        hypervolume=volume,
        models=models,
        knee=models[knee(points)].id if models else None,
        baselines=_baselines(session, job),
    )


def history(session: Session, job_id: str) -> Sequence[FrontRevisionRow]:
    """Every revision of the front, in order."""
    query = select(FrontRevisionRow).where(FrontRevisionRow.job_id == job_id)
    return session.scalars(query.order_by(FrontRevisionRow.revision)).all()


def _leave(session: Session, job: JobRow, model_ids: Sequence[str]) -> None:
    if model_ids:
        session.execute(
            update(ModelRow)
            .where(ModelRow.id.in_(model_ids))
            .values(front_until=job.front_revision)
            .execution_options(synchronize_session=False)
        )


def _revise(session: Session, job: JobRow, at: datetime) -> Event:
    session.connection().execute(
        _INSERT_REVISION,
        [
            {
                "job_id": job.id,
                "revision": job.front_revision,
                "at": at,
                "trials_finished": job.trials_finished,
                "hypervolume": job.hypervolume,
                "front_size": job.front_size,
            }
        ],
    )
    body = {
        "revision": job.front_revision,
        "trials_finished": job.trials_finished,
        "hypervolume": job.hypervolume,
        "front_size": job.front_size,
    }
    return Event(EventKind.FRONT_CHANGED, body)


def _revision(session: Session, job: JobRow, revision: int) -> tuple[float, datetime]:
    """Hypervolume and time of a revision; revision 0 is the empty front of a new job."""
    if revision == 0:
        return 0.0, job.created_at
    row = session.get(FrontRevisionRow, (job.id, revision))
    if row is None:
        raise NotFound(f"the front has no revision {revision}; {job.front_revision} is the last")
    return row.hypervolume, row.at


def _baselines(session: Session, job: JobRow) -> list[Member]:
    if not job.spec.get("baselines"):
        return []
    return _in_order(session, _BASELINES, {"job_id": job.id})


def _among_all(session: Session, job: JobRow, goals: Goals, until: datetime | None) -> list[str]:
    query = (
        select(ModelRow.id, ModelRow.values)
        .join(
            TrialRow,
            (TrialRow.job_id == ModelRow.job_id) & (TrialRow.number == ModelRow.trial_number),
        )
        .where(ModelRow.job_id == job.id, TrialRow.subject.is_(None))
    )
    if until is not None:
        query = query.where(ModelRow.created_at <= until)
    models = session.execute(query).all()
    best = non_dominated(goals.points([values for _, values in models]))
    return [model_id for (model_id, _), is_best in zip(models, best, strict=True) if is_best]


def _in_order(
    session: Session, query: Select[Any] | CompoundSelect[Any], values: dict[str, Any]
) -> list[Member]:
    # Sorted here: asked to sort, SQLite walks all models of the job in the order asked for.
    models = session.connection().execute(query, values).all()
    return sorted(models, key=lambda model: (model.trial_number, model.position))
