"""Which models of a front are trained longer, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from searchspace.pareto import Points, knee
from searchspace.spec import RetrainSpec
from searchspace.subset import by_volume
from service.db.tables import JobRow, ModelRow, TrialRow
from service.front.revisions import Goals, read_front
from service.lifecycle import TrialPurpose, TrialState
from service.protocol import Winner


@dataclass(frozen=True, slots=True)
class Retraining:
    """One training anew of a model of the front.

    model: what it delivered; none before it is complete.
    """

    trial: TrialRow
    training_epochs: int
    model: ModelRow | None

    @property
    def values(self) -> Mapping[str, float]:
        """What was measured at its end: accuracy on the validation part, and on the test part."""
        return {} if self.model is None else self.model.values


def winners(session: Session, job: JobRow) -> tuple[Winner, ...]:
    """The models of the front that are to be trained anew, the best first.

    Together they dominate the most volume of as many; the knee is one of them.
    """
    wanted = RetrainSpec.model_validate(job.spec["retrain"]).models
    if not wanted:
        return ()
    members = read_front(session, job).models
    goals = Goals.of(job)
    points = goals.points([member.values for member in members])
    chosen = best(points, goals.reference(job), wanted)
    return tuple(
        Winner(
            model_id=members[index].id,
            parameters=members[index].parameters,
            architecture=members[index].architecture,
        )
        for index in chosen
    )


def best(points: Points, reference: Sequence[float], count: int) -> list[int]:
    """Indices of the few points of a front that dominate the most together, and of its knee."""
    if not len(points):
        return []
    # A point beyond the reference is on the front, too.
    bound = np.maximum(reference, np.nextafter(points.max(axis=0), np.inf))
    chosen: list[int] = by_volume(points, min(count, len(points)), bound).tolist()
    middle = knee(points)
    return chosen if middle in chosen else [*chosen[:-1], middle]


def retrainings(
    session: Session, job: JobRow, model_id: str | None = None
) -> dict[str, list[Retraining]]:
    """By the model of the front, of all such models or of one; seed by seed.

    Those that their job's end has cancelled are left out: they are made anew.
    """
    retrain = RetrainSpec.model_validate(job.spec["retrain"])
    if not retrain.models:
        return {}
    query = (
        select(TrialRow, ModelRow)
        .outerjoin(
            ModelRow,
            (ModelRow.job_id == TrialRow.job_id) & (ModelRow.trial_number == TrialRow.number),
        )
        .where(
            TrialRow.job_id == job.id,
            TrialRow.subject.is_not(None),
            TrialRow.purpose == TrialPurpose.RETRAIN.value,
            TrialRow.state != TrialState.CANCELLED.value,
        )
        .order_by(TrialRow.seed)
    )
    if model_id is not None:
        query = query.where(TrialRow.subject == model_id)
    found: dict[str, list[Retraining]] = {}
    for trial, model in session.execute(query):
        each = Retraining(trial, retrain.training_epochs, model)
        found.setdefault(str(trial.subject), []).append(each)
    return found
