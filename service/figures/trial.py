"""One trial: its learning curve, the latency of what it made, and its models by their ranks."""

from collections.abc import Mapping, Sequence
from typing import Any

from searchspace.objectives import Metric
from service.figures.chart import (
    BLUE,
    GREY,
    ORANGE,
    Column,
    Figure,
    ModelPoint,
    Table,
    metric_column,
    points,
    ranks_text,
)
from service.figures.progress import Epoch, epoch_axis

STATISTICS = {
    "min": "the fastest run: the model undisturbed, which is what the search compares",
    "median": "the middle run: what a user would feel on this machine",
    "p90": "nine runs of ten were no slower: the machine's bad moments",
    "reference": "a fixed model's fastest run beside it: how fast the machine was",
}


def curve_figure(curve: Sequence[Epoch], seconds: Sequence[float]) -> Figure:
    """Accuracy and loss over the training epochs; seconds: that each took."""
    if not curve:
        return Figure(empty="The trial has not ended a training epoch yet.")
    epochs = [epoch.training_epoch for epoch in curve]
    line = {"mode": "lines+markers", "x": epochs}
    return Figure(
        data=[
            points(
                "accuracy", "accuracy", **line, y=[epoch.accuracy for epoch in curve],
                line={"color": BLUE, "width": 2},
            ),
            points(
                "loss", "loss", **line, y=[epoch.loss for epoch in curve], yaxis="y2",
                line={"color": ORANGE, "width": 1.5, "dash": "dot"},
                marker={"symbol": "square-open"},
            ),
        ],
        layout={
            "xaxis": epoch_axis(epochs[-1]),
            "yaxis": {"title": {"text": "validation accuracy"}, "tickformat": ".1~%", "hoverformat": ".2%"},
            "yaxis2": {
                "title": {"text": "training loss"}, "overlaying": "y", "side": "right",
                "showgrid": False, "tickformat": "~g", "tickmode": "auto",
            },
            "hovermode": "x unified",
        },
        table=Table(
            (
                Column("training epoch"),
                Column("accuracy", "fraction", "accuracy"),
                Column("loss"),
                Column("took", "s"),
            ),
            [
                [epoch.training_epoch, epoch.accuracy, epoch.loss, took]
                for epoch, took in zip(curve, seconds, strict=True)
            ],
        ),
    )  # fmt: skip


def latency_figure(latency: Mapping[str, float] | None) -> Figure:
    """The latency's statistics, in milliseconds, beside the reference model's."""
    if latency is None:
        return Figure(empty="Its latency has not been measured yet.")
    names = [name for name in STATISTICS if name in latency]
    values = [latency[name] for name in names]
    return Figure(
        data=[
            {
                "type": "bar",
                "orientation": "h",
                "name": "latency",
                "meta": {"role": "latency"},
                "y": names[::-1],
                "x": values[::-1],
                "text": [f"{value:.3g} ms" for value in values[::-1]],
                "textposition": "auto",
                "marker": {"color": [GREY if n == "reference" else BLUE for n in names[::-1]]},
                "hovertemplate": "%{y}: %{x:.4g} ms<extra></extra>",
            }
        ],
        layout={
            "xaxis": {"title": {"text": "milliseconds for one batch"}, "rangemode": "tozero"},
            "yaxis": {"automargin": True},
        },
        table=Table(
            (Column("statistic"), Column("latency", "ms", Metric.LATENCY_MS), Column("meaning")),
            [[name, latency[name], STATISTICS[name]] for name in names],
        ),
        notes=(f"Of {latency['runs']:,.0f} runs.",) if "runs" in latency else (),
    )


def ranks_figure(models: Sequence[ModelPoint]) -> Figure:
    """A trial's models as a heat map: channel rank upwards, spatial ranks to the right."""
    ranked = [(model.ranks, model) for model in models if model.ranks is not None]
    if len(ranked) < 2:
        return Figure(empty="This trial has no models of several ranks.")
    spatial = sorted(
        {ranks[1:] for ranks, _ in ranked}, key=lambda pair: (pair[0] * pair[1], pair)
    )
    channels = sorted({ranks[0] for ranks, _ in ranked})
    at = {(ranks[0], ranks[1:]): model for ranks, model in ranked}

    def grid(of: Any, missing: Any = None) -> list[list[Any]]:
        return [
            [of(at[channel, pair]) if (channel, pair) in at else missing for pair in spatial]
            for channel in channels
        ]

    ordered = sorted(ranked, key=lambda each: each[1].values.get(Metric.PARAMS, 0.0))
    metrics = [metric for metric in Metric if all(metric in m.values for _, m in ranked)]
    return Figure(
        data=[
            {
                "type": "heatmap",
                "name": "accuracy",
                "meta": {"role": "ranks"},
                "x": [ranks_text(pair) for pair in spatial],
                "y": [str(channel) for channel in channels],
                "z": grid(lambda model: model.values.get(Metric.ACCURACY)),
                "text": grid(_cell, ""),
                "texttemplate": "%{text}",
                "customdata": grid(lambda model: [model.trial, model.id]),
                "colorscale": "Viridis",
                "xgap": 2,
                "ygap": 2,
                "colorbar": {"title": {"text": "accuracy"}, "tickformat": ".1~%", "thickness": 12},
                "hovertemplate": "ranks %{y}×%{x}<br>%{text}<extra></extra>",
            }
        ],
        layout={
            "xaxis": {"title": {"text": "ranks of height × width"}, "type": "category"},
            "yaxis": {"title": {"text": "rank of the channels"}, "type": "category"},
        },
        table=Table(
            (
                Column("model", kind="model"),
                Column("ranks", "channels × height × width"),
                *map(metric_column, metrics),
                Column("on the front"),
            ),
            [
                [
                    model.id,
                    ranks_text(model.ranks),
                    *(model.values[metric] for metric in metrics),
                    model.on_front,
                ]
                for _, model in ordered
            ],
        ),
    )


def _cell(model: ModelPoint) -> str:
    accuracy = model.values.get(Metric.ACCURACY)
    params = model.values.get(Metric.PARAMS)
    first = "" if accuracy is None else f"{accuracy:.1%}"
    return first if params is None else f"{first}<br>{params:,.0f} params"
