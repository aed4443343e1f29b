"""A job as an Optuna study in a SQLite file, as optuna-dashboard and Optuna's plots read it.

The study holds the search's own trials, each with its recorded values, what it breaks of the
constraints, and its learning curve. A dimension whose choices are ordered becomes the smallest range
of integers that holds them, so that axes show widths and ranks as they are.
"""

import itertools
import math
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_never

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from searchspace.compression import space_of
from searchspace.datasets import DatasetInfo
from searchspace.dimensions import Choice, Dimension, Ordinal, Real
from searchspace.spec import JobSpec
from tclsearch.failure import CommandFailed
from tclsearch.sinks.gather import Results, whole_file
from tclsearch_client.documents import TrialDetail

STATES = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
    "cancelled": TrialState.FAIL,
    "running": TrialState.RUNNING,
    "suspended": TrialState.RUNNING,
    "reserved": TrialState.WAITING,
}


def write_study(results: Results, dataset: DatasetInfo, file: Path, *, replace: bool) -> str:
    """Add the job's study to a file, which may hold others; the study's name.

    The file is written beside its place and then put there whole: whoever has it open goes on
    seeing what it was.

    Raises:
        CommandFailed: the file holds the job's study already, and it is not to be replaced; or it
            is no file of Optuna's.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    spec = JobSpec.parse(dict(results.job.spec))
    name = f"{results.job.name} ({results.job.id})"
    with whole_file(file) as temporary:
        if file.exists():
            shutil.copyfile(file, temporary)
        storage = _open(temporary, file)
        try:
            _make_room(storage, name, file, replace=replace)
            study = optuna.create_study(
                study_name=name,
                storage=storage,
                directions=["maximize" if o.maximized else "minimize" for o in spec.objectives],
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                study.set_metric_names([o.metric.value for o in spec.objectives])
            for key, value in _study_attributes(results).items():
                study.set_user_attr(key, value)
            dimensions = space_of(spec, dataset).dimensions
            study.add_trials(
                [_trial(results, trial, spec, dimensions) for trial in results.trials]
            )
        finally:
            storage.remove_session()
            storage.engine.dispose()
    return name


def distribution(dimension: Dimension) -> BaseDistribution:
    """Optuna's form of a dimension, in the dimension's own values."""
    match dimension:
        case Choice(values=values):
            return CategoricalDistribution(values)
        case Ordinal(values=values):
            numbers = [value for value in values if isinstance(value, int)]
            if len(numbers) < len(values):
                return CategoricalDistribution(values)
            low, high = min(numbers), max(numbers)
            doubles = len(numbers) > 2 and low >= 1 and numbers[-1] / numbers[-2] >= 2
            steps = [b - a for a, b in itertools.pairwise(numbers)]
            return IntDistribution(
                low, high, log=doubles, step=1 if doubles else math.gcd(*steps) or 1
            )
        case Real(low=low, high=high, log=log):
            return FloatDistribution(low, high, log=log)
        case _:
            assert_never(dimension)


def _open(temporary: Path, file: Path) -> optuna.storages.RDBStorage:
    try:
        return optuna.storages.RDBStorage(f"sqlite:///{temporary}")
    except Exception as error:  # noqa: BLE001  whatever its database says of a file that is none
        raise CommandFailed(f"{file} is not a file of Optuna's: {error}") from None


def _make_room(
    storage: optuna.storages.RDBStorage, name: str, file: Path, *, replace: bool
) -> None:
    names = {study.study_name for study in optuna.get_all_study_summaries(storage)}
    if name not in names:
        return
    if not replace:
        raise CommandFailed(
            f"{file} holds this job's study already: --replace puts a new one in its place"
        )
    optuna.delete_study(study_name=name, storage=storage)


def _study_attributes(results: Results) -> dict[str, Any]:
    job = results.job
    return {
        "job": job.id,
        "state": job.state,
        "spec": dict(job.spec),
        "hypervolume": results.front.hypervolume,
        "reference_point": list(results.front.reference_point),
    }


def _trial(
    results: Results, trial: TrialDetail, spec: JobSpec, dimensions: Mapping[str, Dimension]
) -> FrozenTrial:
    state = STATES[trial.state]
    distributions = {
        name: distribution(dimensions[name]) for name in trial.parameters if name in dimensions
    }
    complete = state is TrialState.COMPLETE
    values = [trial.values[o.metric] for o in spec.objectives] if complete else None
    frozen = optuna.create_trial(
        state=state,
        values=values,
        params={name: trial.parameters[name] for name in distributions},
        distributions=distributions,
        user_attrs=_attributes(results, trial),
        intermediate_values={p.training_epoch: p.accuracy for p in trial.curve},
        constraints=_violations(spec, trial) if complete else None,
    )
    frozen.datetime_start = trial.started_at and trial.started_at.astimezone().replace(tzinfo=None)
    if state.is_finished():
        ended = trial.finished_at or trial.created_at
        frozen.datetime_complete = ended and ended.astimezone().replace(tzinfo=None)
        frozen.datetime_start = frozen.datetime_start or frozen.datetime_complete
    return frozen


def _violations(spec: JobSpec, trial: TrialDetail) -> dict[str, float] | None:
    """How far each constraint is broken, under the names that the search's own sampler uses."""
    found = {
        f"{index}.{constraint.metric.value}": constraint.violation(trial.values[constraint.metric])
        for index, constraint in enumerate(spec.constraints)
        if constraint.metric in trial.values
    }
    return found or None


def _attributes(results: Results, trial: TrialDetail) -> dict[str, Any]:
    """What Optuna has no place for."""
    return {
        "trial": trial.number,
        "state": trial.state,
        "reason": trial.reason,
        "attempts": trial.attempts,
        "architecture_digest": trial.architecture_digest,
        "models": [model.id for model in trial.models],
        "on_front": any(model.id in results.on_front for model in trial.models),
        **{f"value.{metric}": value for metric, value in trial.values.items()},
    }
