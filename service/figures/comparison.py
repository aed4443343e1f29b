"""Several jobs side by side: their fronts over what they have in common, and who covers more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from searchspace.objectives import Direction, Metric, Objective, losses
from searchspace.pareto import hypervolume, knee, non_dominated
from service.figures.chart import (
    EXACT,
    SERIES,
    Column,
    Figure,
    ModelPoint,
    Table,
    Trace,
    head_text,
    metric_axis,
    metric_column,
    plain,
    points,
)
from service.figures.front import Axes

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "hexagon", "cross", "pentagon")


@dataclass(frozen=True, slots=True)
class Rival:
    """A job with the models of its front; reference: the worst value that counts, by metric."""

    job_id: str
    name: str
    dataset: str
    objectives: tuple[Objective, ...]
    reference: Mapping[Metric, float]
    front: Sequence[ModelPoint]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one job does in what all have in common.

    hypervolume: None where the jobs have no objective in common. best: the model that is best in
    each common objective; knee: the one nearest to the ideal; both by their ids.
    """

    job_id: str
    hypervolume: float | None
    models: int
    best: Mapping[str, str]
    knee: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """reference: the worst value of each common objective that counts, for all jobs alike."""

    objectives: tuple[Objective, ...]
    reference: Mapping[str, float]
    standings: tuple[Standing, ...]
    remarks: tuple[str, ...]
    figure: Figure


def compare(rivals: Sequence[Rival]) -> Comparison:
    """Jobs with other objectives are compared in the ones that all share, and that is said."""
    shared = _shared(rivals)
    reference = {objective.metric.value: _worst(objective, rivals) for objective in shared}
    bound = losses(shared, reference)
    standings = tuple(_standing(rival, shared, bound) for rival in rivals)
    return Comparison(
        objectives=shared,
        reference=reference,
        standings=standings,
        remarks=tuple(_remarks(rivals, shared)),
        figure=_figure(rivals, shared, standings),
    )


def _shared(rivals: Sequence[Rival]) -> tuple[Objective, ...]:
    """What every job improves in the same direction, in the first job's order."""
    sets = [{(o.metric, o.maximized) for o in rival.objectives} for rival in rivals]
    common = set.intersection(*sets)
    return tuple(
        Objective(metric=o.metric, direction=Direction.MAXIMIZE if o.maximized else Direction.MINIMIZE)
        for o in rivals[0].objectives
        if (o.metric, o.maximized) in common
    )  # fmt: skip


def _worst(objective: Objective, rivals: Sequence[Rival]) -> float:
    values = [rival.reference[objective.metric] for rival in rivals]
    return min(values) if objective.maximized else max(values)


def _standing(rival: Rival, shared: tuple[Objective, ...], bound: Sequence[float]) -> Standing:
    if not shared or not rival.front:
        volume = 0.0 if shared else None
        return Standing(rival.job_id, volume, len(rival.front), {}, None)
    values = np.array([losses(shared, model.values) for model in rival.front])
    (kept,) = np.nonzero(non_dominated(values))
    best = {
        objective.metric.value: rival.front[int(np.lexsort((values.sum(axis=1), column))[0])].id
        for objective, column in zip(shared, values.T, strict=True)
    }
    nearest = rival.front[int(kept[knee(values[kept])])].id
    return Standing(rival.job_id, hypervolume(values, bound), len(kept), best, nearest)


def _remarks(rivals: Sequence[Rival], shared: tuple[Objective, ...]) -> list[str]:
    remarks = []
    if not shared:
        remarks.append(
            "These jobs have no objective in common, so no hypervolume can be compared; each "
            "front is drawn over what was measured of its models."
        )
    for rival in rivals:
        own = [
            o.metric.value for o in rival.objectives if o.metric not in {s.metric for s in shared}
        ]
        if shared and own:
            remarks.append(
                f"{rival.name} also optimises {', '.join(own)}, which this comparison leaves out."
            )
    datasets = dict.fromkeys(rival.dataset for rival in rivals)
    if len(datasets) > 1:
        remarks.append(
            f"The jobs are of different data sets ({', '.join(datasets)}): their accuracies are "
            "not of the same task."
        )
    return remarks


def _figure(
    rivals: Sequence[Rival], shared: Sequence[Objective], standings: Sequence[Standing]
) -> Figure:
    axes = Axes.of(shared or rivals[0].objectives)
    table = _table(rivals, [o.metric for o in shared], standings)
    if not any(rival.front for rival in rivals):
        return Figure(table=table, empty="None of these jobs has a model on its front yet.")
    return Figure(
        data=[trace for index, rival in enumerate(rivals) for trace in _front(index, rival, axes)],
        layout={
            "xaxis": metric_axis(axes.x),
            "yaxis": metric_axis(axes.y),
            "hovermode": "closest",
        },
        table=table,
    )


def _front(index: int, rival: Rival, axes: Axes) -> tuple[Trace, Trace]:
    """One job's models, and a line through those that nothing beats over the two axes."""
    shown = [m for m in rival.front if axes.x in m.values and axes.y in m.values]
    both = (Objective(metric=axes.x), Objective(metric=axes.y))
    values = np.array([losses(both, model.values) for model in shown]).reshape(-1, 2)
    best = [model for model, kept in zip(shown, non_dominated(values), strict=True) if kept]
    ordered = sorted(best, key=lambda model: model.values[axes.x])
    colour, name = SERIES[index % len(SERIES)], plain(rival.name)
    hover = (
        f"%{{customdata[2]}} · trial %{{customdata[0]}}<br>{axes.y.value} %{{y:{EXACT[axes.y]}}}"
    )
    line = points(
        "line", name, mode="lines", legendgroup=rival.job_id, showlegend=False, hoverinfo="skip",
        x=[model.values[axes.x] for model in ordered],
        y=[model.values[axes.y] for model in ordered],
        line={"color": colour, "width": 1.5, "dash": "dot"},
    )  # fmt: skip
    members = points(
        "front",
        name,
        legendgroup=rival.job_id,
        x=[model.values[axes.x] for model in shown],
        y=[model.values[axes.y] for model in shown],
        customdata=[[m.trial, m.id, head_text(m.head, m.ranks), rival.job_id] for m in shown],
        marker={"color": colour, "size": 9, "symbol": SYMBOLS[index % len(SYMBOLS)]},
        hovertemplate=f"{hover}<br>{axes.x.value} %{{x:{EXACT[axes.x]}}}<extra></extra>",
    )
    return line, members


def _table(
    rivals: Sequence[Rival], metrics: Sequence[Metric], standings: Sequence[Standing]
) -> Table:
    """Of each job the best in each objective, and the knee."""
    rows: list[list[Any]] = []
    for rival, standing in zip(rivals, standings, strict=True):
        models = {model.id: model for model in rival.front}
        named = [(f"best {metric}", model_id) for metric, model_id in standing.best.items()]
        if standing.knee is not None:
            named.append(("knee", standing.knee))
        for what, model_id in named:
            model = models[model_id]
            rows.append(
                [
                    rival.job_id,
                    rival.name,
                    what,
                    model_id,
                    *(model.values.get(metric) for metric in metrics),
                    head_text(model.head, model.ranks),
                ]
            )
    columns = (
        Column("job", kind="job"),
        Column("name"),
        Column("which"),
        Column("model", kind="model"),
    )
    return Table((*columns, *map(metric_column, metrics), Column("head")), rows)
