"""What charts need to know of a job, read in few statements however many trials there are.

Only the columns that are drawn are read, on the bare tables, as in `service.trials.recall`.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, RowMapping, bindparam, select
from sqlalchemy.orm import Session

from searchspace.architecture import Architecture
from searchspace.baselines import parse_architecture
from searchspace.objectives import Objective
from service.db.tables import FrontRevisionRow, JobRow, ModelRow, TrialReportRow, TrialRow
from service.figures.chart import ModelPoint
from service.figures.comparison import Rival
from service.figures.front import Shown
from service.figures.parameters import Tried
from service.figures.progress import Epoch, Progress, Revision, Run
from service.front.revisions import read_front
from service.lifecycle import TrialPurpose, TrialState
from service.trials.rules import latest_ground

_models = ModelRow.__table__.c
_trials = TrialRow.__table__.c
_reports = TrialReportRow.__table__.c
_revisions = FrontRevisionRow.__table__.c
_NUMBERS: BindParameter[Any] = bindparam("numbers", expanding=True)
_OF_JOB = _trials.job_id == bindparam("job_id")
_SEARCHED = _trials.purpose == TrialPurpose.SEARCH.value

_POINTS = (
    select(
        _models.id,
        _models.trial_number,
        _models.position,
        _models.head,
        _models.ranks,
        _models["values"],
        _models.feasible,
        _models.front_from,
        _models.front_until,
        _trials.purpose,
        _trials.subject,
    )
    .join_from(
        ModelRow.__table__,
        TrialRow.__table__,
        (_trials.job_id == _models.job_id) & (_trials.number == _models.trial_number),
    )
    .where(_models.job_id == bindparam("job_id"))
)
_POINTS_OF_TRIAL = _POINTS.where(_models.trial_number == bindparam("number"))
_ON_FRONT = select(_models.trial_number).where(
    _models.job_id == bindparam("job_id"), _models.front_until.is_(None), _models.front_from >= 1
)
_STOPPED = select(_trials.number, _trials["values"]).where(
    _OF_JOB, _SEARCHED, _trials.state == TrialState.PRUNED.value
)
_COMPLETE = select(_trials.number, _trials.parameters, _trials["values"]).where(
    _OF_JOB, _SEARCHED, _trials.state == TrialState.COMPLETE.value
)
_RUNS = select(_trials.number, _trials.state).where(_OF_JOB)
_EPOCHS = select(
    _reports.number, _reports.attempt, _reports.training_epoch, _reports.accuracy, _reports.loss
).where(_reports.job_id == bindparam("job_id"), _reports.number.in_(_NUMBERS))
_REVISIONS = select(
    _revisions.at, _revisions.trials_finished, _revisions.hypervolume, _revisions.front_size
).where(_revisions.job_id == bindparam("job_id"))
_ROWS = select(
    _trials.number,
    _trials.state,
    _trials.reason,
    _trials.purpose,
    _trials.subject,
    _trials.attempts,
    _trials["values"],
    _trials.parameters["head.kind"].as_string().label("head"),
    _trials.started_at,
    _trials.finished_at,
).where(_OF_JOB)


def read_shown(session: Session, job: JobRow) -> Shown:
    """What the front's chart is drawn of."""
    front = read_front(session, job)
    values = {"job_id": job.id}
    stopped = session.connection().execute(_STOPPED, values)
    return Shown(
        models=_in_order(session.connection().execute(_POINTS, values)),
        architectures={
            model.id: architecture
            for model in front.models
            if isinstance(architecture := parse_architecture(model.architecture), Architecture)
        },
        knee=front.knee,
        stopped=dict(sorted((number, values) for number, values in stopped)),
    )


def points_of_trial(session: Session, job_id: str, number: int) -> list[ModelPoint]:
    """The models of one trial."""
    values = {"job_id": job_id, "number": number}
    return _in_order(session.connection().execute(_POINTS_OF_TRIAL, values))


def read_progress(session: Session, job: JobRow) -> Progress:
    """How the front came to be what it is."""
    rows = session.connection().execute(
        _REVISIONS.order_by(_revisions.revision), {"job_id": job.id}
    )
    return Progress([Revision(*row) for row in rows], job.trials_finished, job.started_at)


def read_runs(session: Session, job_id: str) -> list[Run]:
    """Every trial of the job, by number."""
    front = trials_on_front(session, job_id)
    rows = session.connection().execute(_RUNS, {"job_id": job_id})
    return [Run(number, TrialState(state), number in front) for number, state in sorted(rows)]


def read_curves(session: Session, job_id: str, numbers: Collection[int]) -> dict[int, list[Epoch]]:
    """The learning curves of the named trials; those that have not reported are left out."""
    if not numbers:
        return {}
    values = {"job_id": job_id, "numbers": list(numbers)}
    reports = defaultdict(list)
    for row in session.connection().execute(_EPOCHS, values):
        reports[row.number].append(row)
    return {
        number: [
            Epoch(row.training_epoch, row.accuracy, row.loss)
            for row in latest_ground(
                sorted(rows, key=lambda row: (row.attempt, row.training_epoch))
            )
        ]
        for number, rows in reports.items()
    }


def read_tried(session: Session, job_id: str) -> list[Tried]:
    """The complete trials of the search, by number."""
    front = trials_on_front(session, job_id)
    rows = session.connection().execute(_COMPLETE, {"job_id": job_id})
    ordered = sorted(rows, key=lambda row: row.number)
    return [
        Tried(number, parameters, values, number in front)
        for number, parameters, values in ordered
    ]


def trials_on_front(session: Session, job_id: str) -> set[int]:
    return set(session.connection().execute(_ON_FRONT, {"job_id": job_id}).scalars())


def read_rows(session: Session, job_id: str) -> list[RowMapping]:
    """What a table of all trials shows of each, by number."""
    rows = session.connection().execute(_ROWS, {"job_id": job_id}).mappings()
    return sorted(rows, key=lambda row: row["number"])


def read_rival(session: Session, job: JobRow) -> Rival:
    """A job as the comparison of jobs sees it."""
    objectives = tuple(Objective.model_validate(each) for each in job.spec["objectives"])
    metrics = (objective.metric for objective in objectives)
    return Rival(
        job_id=job.id,
        name=job.name,
        dataset=job.dataset_key,
        objectives=objectives,
        reference=dict(zip(metrics, job.reference_point, strict=True)),
        front=[
            ModelPoint(m.id, m.trial_number, m.head, m.ranks, m.values, m.feasible, on_front=True)
            for m in read_front(session, job).models
        ],
    )


def _in_order(rows: Any) -> list[ModelPoint]:
    # Sorted here: asked to sort, SQLite walks all models of the job in the order asked for.
    ordered = sorted(rows, key=lambda row: (row.trial_number, row.position))
    return [
        ModelPoint(
            id=row.id,
            trial=row.trial_number,
            head=row.head,
            ranks=None if row.ranks is None else tuple(row.ranks),
            values=row.values,
            feasible=row.feasible,
            on_front=row.front_from is not None and row.front_until is None,
            purpose=TrialPurpose(row.purpose),
            subject=row.subject,
        )
        for row in ordered
    ]
