"""What the command line prints of jobs and what they found: tables."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from tclsearch_client.catalogue import Clusters, Dataset, Device, Me, Queue
from tclsearch_client.documents import (
    CurvePoint,
    DryRun,
    Figure,
    Front,
    Job,
    Model,
    ModelDetail,
    Trial,
    TrialDetail,
    Values,
)

COLUMN_TITLES = {
    "accuracy": "accuracy %",
    "params": "params",
    "latency_ms": "latency ms",
    "macs": "MACs",
    "size_bytes": "bytes",
}


def print_jobs(console: Console, jobs: Iterable[Job]) -> None:
    table = Table(Column("job", overflow="fold"), "name", "state", "trials", "front", "created")
    for job in jobs:
        table.add_row(
            job.id, Text(job.name), state_of(job), progress_of(job), str(job.front_size),
            moment(job.created_at),
        )  # fmt: skip
    console.print(table)


def print_job(console: Console, job: Job) -> None:
    _print_facts(
        console,
        [
            ("job", job.id),
            ("name", job.name),
            ("owner", f"{job.owner} of team {job.team}"),
            ("state", state_of(job)),
            ("trials", progress_of(job)),
            ("rejected before training", job.trials.rejected or None),
            ("beside the search", _extra(job)),
            ("warm start", _warm_start(job)),
            ("front", f"{job.front_size} models, hypervolume {job.hypervolume:.6g}"),
            ("data set", job.spec["dataset"]["name"]),
            ("objectives", ", ".join(job.objectives)),
            ("priority", job.priority or None),
            ("tags", ", ".join(f"{key}: {value}" for key, value in job.tags.items()) or None),
            ("queue position", job.queue_position),
            ("created", moment(job.created_at)),
            ("started", moment(job.started_at)),
            ("finished", moment(job.finished_at)),
            ("detail", job.detail),
        ],
    )


def print_dry_run(console: Console, run: DryRun) -> None:
    refusal = run.quota.get("reason")
    _print_facts(
        console,
        [
            ("architectures", f"{run.space_size:,}"),
            ("params", f"{run.params_min:,} to {run.params_max:,}"),
            ("trials", run.trials),
            ("quota", f"forbids it: {refusal}" if refusal else "allows it"),
            ("queue position", run.queue_position),
            ("may begin", moment(run.estimated_start)),
        ],
    )


def print_front(console: Console, front: Front) -> None:
    """The models of a front, the most accurate first; the knee is marked."""
    # On a narrow terminal the id is folded, since the figures are what people look at.
    table = Table(Column("model", overflow="fold"))
    for title in ("trial", *map(title_of, front.metrics), "head", "ranks", ""):
        table.add_column(title, no_wrap=True)
    for model in sorted(front.models, key=lambda m: m.values.get("accuracy", 0), reverse=True):
        table.add_row(
            model.id,
            str(model.trial_number),
            *_figures(front.metrics, model.values),
            model.head,
            _ranks(model),
            "knee" if model.id == front.knee else "",
        )
    for baseline in front.baselines:
        table.add_row(
            baseline.id,
            str(baseline.trial_number),
            *_figures(front.metrics, baseline.values),
            baseline.baseline,
            "–",
            "baseline",
            style="dim",
        )
    console.print(table)
    reference = list(front.reference_point)
    console.print(f"hypervolume {front.hypervolume:.6g} against {reference}")


def print_trials(console: Console, trials: Sequence[Trial], metrics: Sequence[str]) -> None:
    table = Table("trial", "state", *map(title_of, metrics), "attempts", "started", "finished")
    for trial in trials:
        table.add_row(
            str(trial.number), _state(trial.state, trial.reason),
            *_figures(metrics, trial.values), str(trial.attempts),
            moment(trial.started_at), moment(trial.finished_at),
        )  # fmt: skip
    console.print(table)


def print_trial(console: Console, trial: TrialDetail) -> None:
    _print_facts(
        console,
        [
            ("trial", trial.number),
            ("state", _state(trial.state, trial.reason)),
            ("attempts", trial.attempts),
            ("result taken from trial", trial.copy_of),
            *((title_of(m), figure(m, v)) for m, v in trial.values.items()),
            ("started", moment(trial.started_at)),
            ("finished", moment(trial.finished_at)),
            ("detail", trial.detail),
        ],
    )
    parameters = Table("parameter", "value")
    for name, value in trial.parameters.items():
        parameters.add_row(name, str(value))
    console.print(parameters)
    if trial.curve:
        _print_curve(console, trial.curve)
    for model in trial.models:
        place = "on the front" if model.on_front else "not on the front"
        console.print(f"model {model.id}: {model.head} {_ranks(model)}, {place}", highlight=False)


def _print_curve(console: Console, curve: Sequence[CurvePoint]) -> None:
    table = Table("training epoch", "accuracy %", "loss", "seconds")
    for point in curve:
        table.add_row(
            str(point.training_epoch), figure("accuracy", point.accuracy),
            f"{point.loss:.4f}", f"{point.seconds:.1f}",
        )  # fmt: skip
    console.print(table)


def print_model(console: Console, model: ModelDetail) -> None:
    latency, baselines = model.latency, model.baselines
    spread = latency and f"{latency.median:.3f} median, {latency.p90:.3f} p90 of {latency.runs}"
    plain = baselines and f"{baselines.gap_params:,} and {baselines.flatten_params:,}"
    _print_facts(
        console,
        [
            ("model", model.id),
            ("trial", model.trial_number),
            ("head", f"{model.head} {_ranks(model)}"),
            *((title_of(m), figure(m, v)) for m, v in model.values.items()),
            ("latency, ms", spread),
            ("params under GAP and flatten", plain),
            ("feasible", "yes" if model.feasible else "no"),
            ("on the front", "yes" if model.on_front else "no"),
            ("checkpoint", f"{model.checkpoint.size:,} bytes, {model.checkpoint.sha256}"),
            *(
                (form, f"{link.size:,} bytes, accuracy {figure('accuracy', link.accuracy)} %")
                for form, link in model.exports.items()
            ),
        ],
    )


def print_figure(console: Console, figure: Figure) -> None:
    """What a chart shows, as a table with its notes; shares in per cent."""
    columns = figure.table.columns
    heads = [each.name if each.unit != "share" else f"{each.name} %" for each in columns]
    table = Table(*heads)
    for row in figure.table.rows:
        cells = zip(row, columns, strict=True)
        table.add_row(*[_cell(cell, column.unit) for cell, column in cells])
    console.print(table)
    for note in figure.notes:
        console.print(note, style="dim", highlight=False)


def _cell(value: object, unit: str | None) -> Text:
    if unit == "share" and isinstance(value, int | float):
        return Text(f"{100 * value:.1f}", justify="right")
    return Text("" if value is None else str(value))


def print_comparison(console: Console, jobs: Sequence[Job], fronts: Sequence[Front]) -> None:
    """Jobs as columns: how far they are, what they found, and in what their specs differ."""
    table = Table("", *(Column(Text(job.name), overflow="fold") for job in jobs))
    rows: list[tuple[str, list[str]]] = [
        ("job", [job.id for job in jobs]),
        ("state", [state_of(job) for job in jobs]),
        ("trials", [progress_of(job) for job in jobs]),
        ("front", [str(job.front_size) for job in jobs]),
        ("hypervolume", [f"{front.hypervolume:.6g}" for front in fronts]),
    ]
    metrics = list(dict.fromkeys(metric for front in fronts for metric in front.metrics))
    rows += [(f"best {title_of(m)}", [_best(m, front) for front in fronts]) for m in metrics]
    rows += [(f"knee's {title_of(m)}", [_knee(m, front) for front in fronts]) for m in metrics]
    rows += spec_differences([job.spec for job in jobs])
    for title, cells in rows:
        table.add_row(title, *map(Text, cells))
    console.print(table)
    if len({tuple(front.reference_point) for front in fronts}) > 1:
        console.print("hypervolumes are against different reference points: not to be compared")


def spec_differences(specs: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Fields, by their path, that the specs do not agree on, and what each has."""
    flat = [dict(_leaves(spec, "")) for spec in specs]
    names = dict.fromkeys(name for each in flat for name in each)
    found = [(name, [str(each.get(name, "–")) for each in flat]) for name in names]
    return [(name, cells) for name, cells in found if len(set(cells)) > 1]


def _leaves(value: Any, at: str) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{at}.{name}" if at else name)
    else:
        yield at, value


def print_queue(console: Console, queue: Queue) -> None:
    console.print(f"{queue.slots.busy} of {queue.slots.total} slots busy")
    table = Table("", "job", "name", "owner", "priority", "why it waits", "may begin")
    for running in queue.running:
        table.add_row(
            f"runs on {running.slots}", running.job_id, Text(running.name), Text(running.owner),
            str(running.priority), "", "",
        )  # fmt: skip
    for queued in queue.queued:
        boost = f" + {queued.boost}" if queued.boost else ""
        table.add_row(
            str(queued.position), queued.job_id, Text(queued.name), Text(queued.owner),
            f"{queued.priority}{boost}", queued.reason, moment(queued.estimated_start),
        )  # fmt: skip
    console.print(table)


def print_clusters(console: Console, found: Clusters) -> None:
    console.print(f"{found.slots.busy} of {found.slots.total} slots busy")
    table = Table("cluster", "nodes", "CPUs", "GPUs", "data sets", "last heard of")
    for cluster in found.clusters:
        heard = moment(cluster.seen_at)
        table.add_row(
            Text(cluster.name), str(len(cluster.nodes)),
            f"{sum(node.cpus for node in cluster.nodes):g}",
            f"{sum(node.gpus for node in cluster.nodes):g}",
            Text(", ".join(cluster.datasets)), heard if cluster.alive else f"{heard}, silent",
        )  # fmt: skip
    console.print(table)
    alive = sum(dispatcher.alive for dispatcher in found.dispatchers)
    console.print(f"{alive} dispatchers alive" if alive != 1 else "1 dispatcher alive")
    if found.ray_dashboard_url:
        console.print(f"Ray's dashboard: {found.ray_dashboard_url}", markup=False)


def print_devices(console: Console, devices: Iterable[Device]) -> None:
    table = Table("profile", "machine", "system", "CPUs", "ONNX Runtime", "last heard of")
    for device in devices:
        heard = moment(device.seen_at)
        table.add_row(
            Text(device.profile), Text(device.machine), Text(device.system), str(device.cpus),
            Text(device.onnxruntime), heard if device.alive else f"{heard}, silent",
        )  # fmt: skip
    console.print(table)


def print_datasets(console: Console, datasets: Iterable[Dataset]) -> None:
    table = Table("data set", "images", "classes", "train", "test", "")
    for dataset in datasets:
        image, info = dataset.info.image, dataset.info
        table.add_row(
            Text(dataset.name if dataset.folder is None else f"folder: {dataset.folder}"),
            f"{image['channels']}×{image['height']}×{image['width']}",
            str(info.classes), f"{info.train_images:,}", f"{info.test_images:,}",
            "available" if dataset.available else f"absent: {dataset.command}",
        )  # fmt: skip
    console.print(table)


def print_me(console: Console, me: Me) -> None:
    _print_facts(
        console,
        [
            ("name", me.name),
            ("team", me.team),
            ("role", me.role),
            ("member", me.member or "nobody's token in particular"),
            ("scopes", "all" if me.scopes is None else ", ".join(me.scopes)),
            ("token", me.token_id),
        ],
    )


def progress_line(job: Job) -> str:
    """One line on how far a job is."""
    return f"{state_of(job)}: {progress_of(job)} trials, front of {job.front_size}"


def state_of(job: Job) -> str:
    return _state(job.state, job.reason)


def progress_of(job: Job) -> str:
    trials = job.trials
    parts = [f"{trials.finished}/{trials.total}"]
    kinds = (("running", trials.running), ("pruned", trials.pruned), ("failed", trials.failed))
    parts += [f"{count} {kind}" for kind, count in kinds if count]
    return ", ".join(parts)


def moment(at: datetime | None) -> str:
    """A time in UTC, to the second; nothing of none."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"


def title_of(metric: str) -> str:
    return COLUMN_TITLES.get(metric, metric)


def figure(metric: str, value: float) -> str:
    match metric:
        case "accuracy":
            return f"{100 * value:.2f}"
        case "latency_ms":
            return f"{value:.3f}"
        case _:
            return f"{value:,.0f}"


def _print_facts(console: Console, facts: Iterable[tuple[str, object]]) -> None:
    table = Table(show_header=False)
    for title, value in facts:
        if value not in (None, ""):
            table.add_row(title, Text(str(value)))
    console.print(table)


def _extra(job: Job) -> str | None:
    finished, left = job.extra_trials.finished, job.extra_trials.left
    return f"{finished}/{finished + left} baselines and retrainings" if finished + left else None


def _warm_start(job: Job) -> str | None:
    start = job.warm_start
    if not start.observations and not start.dropped:
        return None
    return f"{start.observations} results, {start.dropped} outside the space left out"


def _figures(metrics: Iterable[str], values: Values) -> list[str]:
    return [figure(metric, values[metric]) if metric in values else "" for metric in metrics]


def _state(state: str, reason: str | None) -> str:
    return f"{state} ({reason})" if reason else state


def _ranks(model: Model) -> str:
    return "×".join(map(str, model.ranks)) if model.ranks else "–"


def _best(metric: str, front: Front) -> str:
    found = [model.values[metric] for model in front.models if metric in model.values]
    if not found:
        return ""
    return figure(metric, max(found) if metric == "accuracy" else min(found))


def _knee(metric: str, front: Front) -> str:
    knee = next((model for model in front.models if model.id == front.knee), None)
    return figure(metric, knee.values[metric]) if knee and metric in knee.values else ""
