"""Replies about a front."""

from datetime import datetime

from pydantic import Field

from service.api.schemas.models import BaselineModel, Model, RetrainedSummary
from service.api.schemas.reply import ObjectiveForm, Reply


class FrontReply(Reply):
    """The non-dominated feasible models of a job, as of one revision.

    reference_point: the worst values that count towards the hypervolume, in objective order.
    knee: id of the model nearest to the ideal one; null while the front is empty.
    baselines: what has been measured of each, which is never part of the front.
    retrained: what came of training models of the front longer, by the models' ids.
    """

    job_id: str
    revision: int
    objectives: list[ObjectiveForm]
    reference_point: list[float]
    hypervolume: float
    knee: str | None
    models: list[Model]
    baselines: list[BaselineModel] = Field([])
    retrained: dict[str, RetrainedSummary] = Field({})


class FrontPoint(Reply):
    """The front after one change of it."""

    at: datetime
    revision: int
    trials_finished: int
    hypervolume: float
    front_size: int


class FrontHistory(Reply):
    items: list[FrontPoint]
