"""The live view of a job in a terminal: progress, running trials, front, last events."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tclsearch.plot import scatter, sparkline
from tclsearch.tables import figure, state_of, title_of
from tclsearch.watched import Running, Watched
from tclsearch_client.documents import Event, Values

PLOT_HEIGHT = 14
RUNNING_SHOWN = 8
STYLES = {"succeeded": "green", "failed": "red", "cancelled": "yellow", "paused": "yellow"}


def live_view(watched: Watched, console: Console, now: datetime | None = None) -> RenderableType:
    """The view as it is now, as wide as the console and no higher."""
    at = now or datetime.now(UTC)
    width = console.width
    plot = _front(watched, width - 4, _plot_height(console), _is_plain(console))
    parts: list[RenderableType] = [_header(watched), _progress(watched, at, width)]
    if watched.running:
        parts.append(_running(watched, at))
    return Group(*parts, plot, _hypervolume(watched, width), _events(watched))


def describe(event: Event) -> str:
    """One line on an event."""
    data = event.data
    reason = f" ({data['reason']})" if data.get("reason") else ""
    match event.event:
        case "job.state":
            return f"the job is {data['state']}{reason}"
        case "trial.state":
            accuracy = data.get("values", {}).get("accuracy")
            scored = f", accuracy {figure('accuracy', accuracy)} %" if accuracy else ""
            return f"trial {data['number']} is {data['state']}{reason}{scored}"
        case "trial.report":
            scored = f"accuracy {figure('accuracy', data['accuracy'])} %"
            return f"trial {data['number']}, training epoch {data['training_epoch']}: {scored}"
        case "front.changed":
            size, volume = data["front_size"], data["hypervolume"]
            return f"the front has {size} models, hypervolume {volume:.6g}"
        case _:
            return event.event


def time_of(event: Event) -> str:
    """The event's time on this machine's clock."""
    return f"{datetime.fromisoformat(event.data['at']).astimezone():%H:%M:%S}"


def _header(watched: Watched) -> Text:
    job = watched.job
    header = Text.assemble((job.name, "bold"), "  ", (job.id, "dim"), "  ")
    header.append(state_of(job), style=STYLES.get(job.state, "cyan"))
    return header.append(f"  on {job.spec['dataset']['name']}", style="dim")


def _progress(watched: Watched, now: datetime, width: int) -> RenderableType:
    counts = watched.counts()
    told = ", ".join(
        f"{counts[state]} {state}" for state in ("complete", "pruned", "failed") if state in counts
    )
    left = watched.remaining(now)
    line = Table.grid(padding=(0, 1))
    line.add_row(
        ProgressBar(total=max(1, watched.total), completed=watched.finished, width=width // 3),
        f"{watched.finished}/{watched.total} trials",
        Text(told, style="dim"),
        "" if left is None else f"about {duration(left)} left",
    )
    return line


def _running(watched: Watched, now: datetime) -> Table:
    epochs = watched.job.spec["budget"]["training_epochs"]
    table = Table("running trial", "training epoch", "accuracy %", "for", box=None)
    shown = sorted(watched.running.values(), key=lambda trial: trial.number)
    for trial in shown[:RUNNING_SHOWN]:
        table.add_row(
            _name(trial),
            f"{trial.training_epoch}/{epochs}",
            "" if trial.accuracy is None else figure("accuracy", trial.accuracy),
            duration(max(timedelta(), now - trial.since)),
        )
    if len(shown) > RUNNING_SHOWN:
        table.add_row(f"and {len(shown) - RUNNING_SHOWN} more", "", "", "")
    return table


def _name(trial: Running) -> str:
    return str(trial.number) if trial.attempt == 1 else f"{trial.number}, try {trial.attempt}"


def _front(watched: Watched, width: int, height: int, plain: bool) -> Panel:
    upwards, across = axes(watched.job.objectives)
    scale = 100 if upwards == "accuracy" else 1

    def places(measured: Sequence[Values]) -> list[tuple[float, float]]:
        known = [values for values in measured if across in values and upwards in values]
        return [(values[across], scale * values[upwards]) for values in known]

    lines = scatter(
        places(list(watched.complete.values())), places(watched.front), width, height, plain
    )
    title = f"{title_of(upwards)} over {title_of(across)}: {len(watched.front)} on the front"
    return Panel(Group(*lines), title=title, title_align="left")


def axes(objectives: tuple[str, ...]) -> tuple[str, str]:
    """What is drawn upwards and across: the first two objectives, accuracy upwards."""
    first, *rest = objectives
    second = rest[0] if rest else ("params" if first != "params" else "latency_ms")
    return (second, first) if second == "accuracy" else (first, second)


def _hypervolume(watched: Watched, width: int) -> Text:
    if not watched.hypervolumes:
        return Text("no front yet", style="dim")
    line = Text(f"hypervolume {watched.hypervolumes[-1]:.6g}  ")
    return line.append(sparkline(watched.hypervolumes, width // 2), style="green")


def _events(watched: Watched) -> Text:
    lines = [Text(f"{time_of(event)} {describe(event)}", style="dim") for event in watched.log]
    return Text("\n").join(lines)


def duration(time: timedelta) -> str:
    """A duration in its two largest units."""
    seconds = int(time.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds % 60:02} s" if minutes else f"{seconds} s"


def _plot_height(console: Console) -> int:
    return max(5, min(PLOT_HEIGHT, console.height - 20))


def _is_plain(console: Console) -> bool:
    return not console.encoding.lower().startswith("utf")
