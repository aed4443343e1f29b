"""`tclsearch export` from a real service into files that the other tools themselves read."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient
from optuna.trial import TrialState
from tensorboardX.proto.event_pb2 import Event

from service.team.access import Role
from tclsearch.main import main
from tests.api.served import Dispatcher, Served, serving, spec

Export = Callable[..., tuple[int, str]]
MEASURED = [(0.5, 2.0), (0.7, 3.0), (0.6, 1.0), (0.9, 4.0), (0.95, 9.0), (0.4, 5.0)]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("data")) as served:
        yield served


@pytest.fixture(scope="module")
def token(served: Served) -> str:
    return str(served.person(Role.EDITOR).headers["Authorization"].removeprefix("Bearer "))


@pytest.fixture(scope="module")
def job_id(served: Served, token: str) -> str:
    """A job with complete trials of which one breaks a constraint, one that failed, one running."""
    wanted = spec(
        name="exported",
        constraints=[{"metric": "latency_ms", "max": 8}],
        budget={"trials": 8, "training_epochs": 2},
    )
    posted = served.client(token).post("/jobs", json=wanted).raise_for_status().json()
    runner = Dispatcher.of(served).claim(posted["id"])
    runner.complete_all(MEASURED)
    runner.fail()
    runner.reserve()
    return str(posted["id"])


@pytest.fixture
def export(served: Served, token: str, capsys: pytest.CaptureFixture[str]) -> Export:
    """Runs `tclsearch export`; its status, and what it said."""

    def run(form: str, *arguments: object) -> tuple[int, str]:
        command = ["export", form, *map(str, arguments), "--url", served.url, "--token", token]
        status = main(command)
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


@pytest.fixture
def front(served: Served, token: str, job_id: str) -> Any:
    return served.client(token).get(f"/jobs/{job_id}/front").json()


def test_an_optuna_study_agrees_with_the_front(
    export: Export, job_id: str, front: Any, tmp_path: Path
):
    file = tmp_path / "study.db"
    status, said = export("optuna", job_id, file)
    assert (status, said) == (0, f"{file}: exported ({job_id})\n")
    study = optuna.load_study(study_name=f"exported ({job_id})", storage=f"sqlite:///{file}")
    assert [direction.name for direction in study.directions] == [
        "MAXIMIZE", "MINIMIZE", "MINIMIZE",
    ]  # fmt: skip
    assert study.metric_names == ["accuracy", "params", "latency_ms"]
    assert {trial.number for trial in study.best_trials} == {
        model["trial_number"] for model in front["models"]
    }
    best = {trial.number: trial.values for trial in study.best_trials}
    for model in front["models"]:
        assert best[model["trial_number"]] == [
            model["values"][metric] for metric in front["objectives"]
        ]
    assert study.user_attrs["job"] == job_id


def test_a_study_has_every_trial_as_it_was(
    export: Export, served: Served, token: str, job_id: str, tmp_path: Path
):
    export("optuna", job_id, tmp_path / "study.db")
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{tmp_path}/study.db")
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE] * 6 + [TrialState.FAIL, TrialState.RUNNING]
    first = served.client(token).get(f"/jobs/{job_id}/trials/0").json()
    trial = study.trials[0]
    assert trial.params == first["parameters"]
    assert trial.intermediate_values == {1: 0.25, 2: 0.5}
    assert trial.datetime_start.astimezone() == pd.Timestamp(first["started_at"])
    assert trial.user_attrs["architecture_digest"] == first["architecture_digest"]
    assert [t.constraints["0.latency_ms"] for t in study.trials[:6]] == [0, 0, 0, 0, 1, 0]
    assert study.trials[6].user_attrs["reason"] == "exception"
    for name, given in trial.distributions.items():
        assert given._contains(given.to_internal_repr(trial.params[name]))


def test_a_study_is_put_in_place_of_another_only_when_asked(
    export: Export, job_id: str, tmp_path: Path
):
    file = tmp_path / "study.db"
    optuna.create_study(study_name="mine", storage=f"sqlite:///{file}")
    assert export("optuna", job_id, file)[0] == 0
    before = file.read_bytes()
    status, said = export("optuna", job_id, file)
    assert status == 1
    assert "--replace" in said
    assert file.read_bytes() == before
    assert export("optuna", job_id, file, "--replace")[0] == 0
    names = [s.study_name for s in optuna.get_all_study_summaries(f"sqlite:///{file}")]
    assert sorted(names) == [f"exported ({job_id})", "mine"]
    assert [path.name for path in tmp_path.iterdir()] == ["study.db"]


def test_a_file_of_something_else_is_left_alone(export: Export, job_id: str, tmp_path: Path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ada, " * 1000)
    status, said = export("optuna", job_id, file)
    assert status == 1
    assert "letter.txt is not a file of Optuna's" in said
    assert file.read_text().startswith("Dear Ada")


@pytest.mark.parametrize(("form", "read"), [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_tables_hold_trials_or_models(
    form: str, read: Callable[[Path], Any], export: Export, job_id: str, front: Any, tmp_path: Path
):
    assert export(form, job_id, tmp_path / "trials")[0] == 0
    trials = read(tmp_path / "trials").reset_index()
    assert list(trials["number"]) == list(range(8))
    assert list(trials["accuracy"][:6]) == [accuracy for accuracy, _ in MEASURED]
    assert list(trials["state"][6:]) == ["failed", "running"]
    assert "parameter.training.learning_rate" in trials.columns
    assert export(form, job_id, tmp_path / "front", "--front")[0] == 0
    models = read(tmp_path / "front").reset_index()
    assert set(models["id"]) == {model["id"] for model in front["models"]}
    assert list(models.loc[models["knee"], "id"]) == [front["knee"]]


def test_tensorboard_gets_curves_and_hyperparameters(export: Export, job_id: str, tmp_path: Path):
    assert export("tensorboard", job_id, tmp_path)[0] == 0
    runs = sorted((tmp_path / job_id).iterdir())
    assert [run.name for run in runs] == [f"trial-{number:05}" for number in range(8)]
    (events,) = runs[1].iterdir()
    tags, steps = _scalars(events)
    assert steps["accuracy"] == [1, 2]
    assert {"loss", "final/params", "final/latency_ms"} <= tags
    assert "_hparams_/session_start_info" in tags
    status, said = export("tensorboard", job_id, tmp_path)
    assert status == 1
    assert "--replace" in said
    assert export("tensorboard", job_id, tmp_path, "--replace")[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == [job_id]


def _scalars(events: Path) -> tuple[set[str], dict[str, list[int]]]:
    """Tags, and the steps of each, of one file in TensorBoard's format."""
    tags: set[str] = set()
    steps: dict[str, list[int]] = {}
    content, at = events.read_bytes(), 0
    while at < len(content):
        # Length, its checksum, the event, its checksum (TFRecord).
        length = int.from_bytes(content[at : at + 8], "little")
        event = Event.FromString(content[at + 12 : at + 12 + length])
        at += 16 + length
        for value in event.summary.value:
            tags.add(value.tag)
            steps.setdefault(value.tag, []).append(event.step)
    return tags, steps


# Of MLflow's own statements.
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_mlflow_gets_a_run_per_trial(export: Export, job_id: str, tmp_path: Path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    assert export("mlflow", job_id, "--tracking-uri", uri)[0] == 0
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(job_id)
    runs = {
        run.data.tags["tclsearch.trial"]: run
        for run in client.search_runs([experiment.experiment_id])
    }
    assert sorted(runs) == [str(number) for number in range(8)]
    assert runs["1"].data.metrics["final.accuracy"] == 0.7
    curve = client.get_metric_history(runs["1"].info.run_id, "accuracy")
    assert [(point.step, point.value) for point in curve] == [(1, 0.35), (2, 0.7)]
    assert [runs[number].info.status for number in "067"] == ["FINISHED", "FAILED", "RUNNING"]
    assert "training.learning_rate" in runs["0"].data.params
    assert "--replace" in export("mlflow", job_id, "--tracking-uri", uri)[1]
    assert export("mlflow", job_id, "--tracking-uri", uri, "--replace")[0] == 0
    assert len(client.search_runs([experiment.experiment_id])) == 8


@pytest.mark.parametrize(
    ("form", "missing", "arguments"),
    [
        ("optuna", "optuna", ["x.db"]),
        ("csv", "pandas", ["x.csv"]),
        ("tensorboard", "tensorboardX", ["x"]),
        ("mlflow", "mlflow", ["--tracking-uri", "x"]),
    ],
)
def test_a_tool_that_is_not_installed_is_named(form: str, missing: str, arguments: list[str]):
    script = (
        "import sys; sys.modules[sys.argv.pop(1)] = None; "
        "from tclsearch.main import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", script, missing, "export", form, "job_x", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert f"this needs {missing}" in ran.stderr
    assert "pip install" in ran.stderr


def test_what_cannot_be_written_or_found_says_why(export: Export, job_id: str, tmp_path: Path):
    assert "No such file" in export("csv", job_id, tmp_path / "absent" / "x.csv")[1]
    status, said = export("csv", "job_nope", tmp_path / "x.csv")
    assert status == 1
    assert "job" in said
    assert list(tmp_path.iterdir()) == []
