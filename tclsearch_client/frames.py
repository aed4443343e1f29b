"""Trials and fronts as pandas data frames: one row each, everything that can be plotted a column."""

from collections.abc import Iterable, Mapping
from typing import Any

from tclsearch_client.documents import Front, Model, Trial

try:
    import pandas as pd
except ImportError as error:
    raise ImportError("data frames need pandas: pip install pandas", name="pandas") from error


def trials_frame(trials: Iterable[Trial]) -> pd.DataFrame:
    """One row per trial, by number.

    Columns: number (the index), state, reason, attempts, created_at, started_at, finished_at,
    architecture_digest, the metrics in their own units, and `parameter.NAME` each.
    """
    columns = ("state", "reason", "attempts", "created_at", "started_at", "finished_at")
    rows = [
        {
            "number": trial.number,
            **{name: getattr(trial, name) for name in columns},
            "architecture_digest": trial.architecture_digest,
            **trial.values,
            **_parameters(trial.parameters),
        }
        for trial in sorted(trials, key=lambda trial: trial.number)
    ]
    empty = ["number", *columns, "architecture_digest"]
    return pd.DataFrame(rows, columns=None if rows else empty).set_index("number")


def front_frame(front: Front) -> pd.DataFrame:
    """One row per model of a front, the best by its first objective first as the service has them.

    Columns: id (the index), those of `models_frame`, and knee, which is true of one row.
    """
    frame = models_frame(front.models)
    return frame.assign(knee=frame.index == front.knee)


def models_frame(models: Iterable[Model]) -> pd.DataFrame:
    """One row per model.

    Columns: id (the index), trial_number, head, rank_channels, rank_height, rank_width, the
    metrics, feasible, on_front, architecture_digest, checkpoint_sha256, checkpoint_size (bytes),
    and `parameter.NAME` each.
    """
    rows = [_model_row(model) for model in models]
    return pd.DataFrame(rows, columns=None if rows else list(_EMPTY)).set_index("id")


_RANKS = ("rank_channels", "rank_height", "rank_width")
_EMPTY = ("id", "trial_number", "head", *_RANKS, "feasible", "on_front")


def _model_row(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "trial_number": model.trial_number,
        "head": model.head,
        **dict(zip(_RANKS, model.ranks or (None, None, None), strict=True)),
        **model.values,
        "feasible": model.feasible,
        "on_front": model.on_front,
        "architecture_digest": model.architecture_digest,
        "checkpoint_sha256": model.checkpoint.sha256,
        "checkpoint_size": model.checkpoint.size,
        **_parameters(model.parameters),
    }


def _parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {f"parameter.{name}": value for name, value in parameters.items()}
