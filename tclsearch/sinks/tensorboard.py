"""A job as TensorBoard reads it: a folder of scalars and hyperparameters for each trial."""

from pathlib import Path

from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams

from tclsearch.sinks.gather import Results, whole_directory
from tclsearch_client.documents import TrialDetail


def write_runs(results: Results, directory: Path, *, replace: bool) -> Path:
    """Write `DIRECTORY/JOB/trial-NUMBER` for each trial; the job's folder.

    Raises:
        CommandFailed: the folder is there already, and is not to be replaced.
    """
    place = directory / results.job.id
    with whole_directory(place, replace=replace) as temporary:
        for trial in results.trials:
            _write_trial(trial, temporary / f"trial-{trial.number:05}")
    return place


def _write_trial(trial: TrialDetail, folder: Path) -> None:
    """Learning curve over training epochs; what was measured in the end as hyperparameters' metrics."""
    began = trial.started_at.timestamp() if trial.started_at else 0.0
    with SummaryWriter(str(folder), write_to_disk=True) as writer:
        at = began
        for point in trial.curve:
            at += point.seconds
            for name in ("accuracy", "loss"):
                writer.add_scalar(name, getattr(point, name), point.training_epoch, at)
        metrics = {f"final/{metric}": value for metric, value in trial.values.items()}
        for summary in hparams({"state": trial.state, **trial.parameters}, metrics):
            writer.file_writer.add_summary(summary)
        for metric, value in metrics.items():
            writer.add_scalar(metric, value, len(trial.curve), at)
