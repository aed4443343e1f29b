"""`export`: a job's results in the forms of other tools."""

import argparse
import importlib
from typing import Any

from searchspace.datasets import DatasetInfo
from searchspace.spec import JobSpec
from tclsearch.connect import connected
from tclsearch.failure import CommandFailed
from tclsearch.output import print_text
from tclsearch.sinks.gather import gather
from tclsearch_client import Client
from tclsearch_client.documents import Job


def optuna(arguments: argparse.Namespace) -> int:
    sink = _sink("optuna_study", "optuna")
    with connected(arguments) as client:
        results = gather(client, arguments.job)
        dataset = _dataset(client, results.job)
    name = sink.write_study(results, dataset, arguments.file, replace=arguments.replace)
    print_text(f"{arguments.file}: {name}")
    return 0


def table(arguments: argparse.Namespace) -> int:
    sink = _sink("table_files", "pandas" if arguments.form == "csv" else "pandas pyarrow")
    with connected(arguments) as client:
        rows = sink.write_table(
            client, arguments.job, arguments.file, arguments.form, front=arguments.front
        )
    print_text(f"{arguments.file}: {rows} rows")
    return 0


def tensorboard(arguments: argparse.Namespace) -> int:
    sink = _sink("tensorboard", "tensorboardX")
    with connected(arguments) as client:
        results = gather(client, arguments.job)
    print_text(sink.write_runs(results, arguments.directory, replace=arguments.replace))
    return 0


def mlflow(arguments: argparse.Namespace) -> int:
    sink = _sink("mlflow_runs", "'tclsearch[mlflow]'")
    with connected(arguments) as client:
        results = gather(client, arguments.job)
    name = sink.write_experiment(
        results, arguments.tracking_uri, arguments.experiment, replace=arguments.replace
    )
    print_text(f"{arguments.tracking_uri}: {name}")
    return 0


def _sink(module: str, installed_by: str) -> Any:
    """The module of a tool that is loaded for this command alone, and may not be there.

    Raises:
        CommandFailed: it is not; the message says how to bring it.
    """
    try:
        return importlib.import_module(f"tclsearch.sinks.{module}")
    except ImportError as error:
        raise CommandFailed(
            f"this needs {error.name or error}, which is not installed: pip install {installed_by}"
        ) from None


def _dataset(client: Client, job: Job) -> DatasetInfo:
    """What the job's images look like, from which its space follows."""
    key = JobSpec.parse(dict(job.spec)).dataset.key
    for dataset in client.datasets():
        info = DatasetInfo.model_validate(dataset.info.model_dump())
        if info.key == key:
            return info
    raise CommandFailed(f"the service does not know the job's data set {key} any more")
