"""A job as an MLflow experiment with a run for each trial."""

from datetime import datetime

from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from tclsearch.failure import CommandFailed
from tclsearch.sinks.gather import Results
from tclsearch_client.documents import TrialDetail

STATUSES = {
    "complete": "FINISHED",
    "pruned": "FINISHED",
    "failed": "FAILED",
    "cancelled": "KILLED",
}
"""Of MLflow, by the trial's state; any other is still running."""
JOB_TAG = "tclsearch.job"


def write_experiment(
    results: Results, tracking_uri: str, experiment: str | None, *, replace: bool
) -> str:
    """Log every trial; the experiment's name.

    Runs are logged one by one: an export that breaks off is begun anew with `replace`.

    Raises:
        CommandFailed: MLflow refuses, or has runs of this job and they are not to be replaced.
    """
    name = experiment or results.job.id
    try:
        client = MlflowClient(tracking_uri=tracking_uri)
        found = client.get_experiment_by_name(name)
        experiment_id = found.experiment_id if found else client.create_experiment(name)
        _make_room(client, experiment_id, results.job.id, replace=replace)
        for trial in results.trials:
            _log(client, experiment_id, results, trial)
    except MlflowException as error:
        raise CommandFailed(f"MLflow at {tracking_uri}: {error.message}") from None
    return name


def _make_room(client: MlflowClient, experiment_id: str, job_id: str, *, replace: bool) -> None:
    of_this_job = f"tags.`{JOB_TAG}` = '{job_id}'"
    while runs := client.search_runs([experiment_id], of_this_job):
        if not replace:
            raise CommandFailed(
                f"MLflow has runs of {job_id} already: --replace puts new ones in their place"
            )
        for run in runs:
            client.delete_run(run.info.run_id)


def _log(client: MlflowClient, experiment_id: str, results: Results, trial: TrialDetail) -> None:
    tags = {
        JOB_TAG: results.job.id,
        "tclsearch.trial": str(trial.number),
        "tclsearch.state": trial.state,
        "tclsearch.reason": trial.reason or "",
        "tclsearch.architecture": trial.architecture_digest,
        "tclsearch.on_front": str(
            any(model.id in results.on_front for model in trial.models)
        ).lower(),
    }
    began = _milliseconds(trial.started_at or trial.created_at)
    run = client.create_run(
        experiment_id, start_time=began, run_name=f"trial {trial.number}", tags=tags
    )
    ended = _milliseconds(trial.finished_at) or began or 0
    metrics = [
        Metric(name, float(getattr(point, name)), ended, point.training_epoch)
        for point in trial.curve
        for name in ("accuracy", "loss")
    ]
    metrics += [
        Metric(f"final.{metric}", float(value), ended, len(trial.curve))
        for metric, value in trial.values.items()
    ]
    params = [Param(name, str(value)) for name, value in trial.parameters.items()]
    models = [RunTag(f"tclsearch.model.{m.id}", m.checkpoint.sha256) for m in trial.models]
    client.log_batch(run.info.run_id, metrics, params, models)
    if trial.state in STATUSES:
        client.set_terminated(run.info.run_id, STATUSES[trial.state], ended)


def _milliseconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)
