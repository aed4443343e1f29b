"""`export`: a job's results in the forms of other tools."""

from pathlib import Path

from tclsearch.arguments.common import Commands, add_client_command, add_job


def add(commands: Commands) -> None:
    export = commands.add_parser("export", help="a job's results in the forms of other tools")
    forms = export.add_subparsers(required=True, metavar="FORM")
    optuna = add_client_command(
        forms, "optuna", "exports", "optuna", "an Optuna study that optuna-dashboard opens",
        "export optuna JOB study.db\nexport optuna JOB study.db --replace",
    )  # fmt: skip
    add_job(optuna)
    optuna.add_argument("file", type=Path, metavar="STUDY.db", help="a SQLite file")
    for form, text in (
        ("csv", "a table, one row per trial"),
        ("parquet", "the same, for programs"),
    ):
        table = add_client_command(
            forms, form, "exports", "table", text,
            f"export {form} JOB trials.{form}\nexport {form} JOB front.{form} --front",
        )  # fmt: skip
        table.set_defaults(form=form)
        add_job(table)
        table.add_argument("file", type=Path, metavar="FILE", help="to be written")
        table.add_argument("--front", action="store_true", help="the models of the front instead")
    tensorboard = add_client_command(
        forms, "tensorboard", "exports", "tensorboard",
        "learning curves and hyperparameters for TensorBoard", "export tensorboard JOB runs",
    )  # fmt: skip
    add_job(tensorboard)
    tensorboard.add_argument("directory", type=Path, metavar="DIR", help="one folder per trial")
    mlflow = add_client_command(
        forms, "mlflow", "exports", "mlflow", "an MLflow experiment with a run per trial",
        "export mlflow JOB --tracking-uri sqlite:///mlflow.db",
    )  # fmt: skip
    add_job(mlflow)
    mlflow.add_argument("--tracking-uri", required=True, metavar="URI", help="of MLflow")
    mlflow.add_argument("--experiment", metavar="NAME", help="by default the job's id")
    for parser in (optuna, tensorboard, mlflow):
        parser.add_argument(
            "--replace", action="store_true", help="put it in place of the job's earlier export"
        )
