"""`data`: which data sets this machine has, and bringing more."""

import argparse
from pathlib import Path

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from searchspace.datasets import KNOWN, DatasetInfo
from tclsearch.failure import CommandFailed
from tclsearch.output import open_console, print_json
from workers.datasets import store
from workers.datasets.errors import DatasetError
from workers.datasets.fetch import fetch


def list_sets(arguments: argparse.Namespace) -> int:
    here = store.installed(arguments.data_dir)
    if arguments.json:
        items = [
            {**info.model_dump(mode="json"), "installed": key in here}
            for key, info in sorted({**KNOWN, **here}.items())
        ]
        print_json({"items": items})
        return 0
    table = Table("name", "images", "classes", "train", "test", "on this machine")
    for key, info in sorted({**KNOWN, **here}.items()):
        there = "yes" if key in here else f"no: tclsearch data fetch {key}"
        table.add_row(key, *_described(info), there)
    open_console().print(table)
    return 0


def fetch_set(arguments: argparse.Namespace) -> int:
    _bring(arguments.name, arguments.data_dir, arguments.source, None)
    return 0


def register(arguments: argparse.Namespace) -> int:
    key = f"folder-{arguments.name}"
    _bring(key, arguments.data_dir, arguments.directory, arguments.image_size)
    open_console().print(
        f"in a spec: dataset: {{name: folder, folder: {arguments.name}}}", highlight=False
    )
    return 0


def _bring(key: str, data_dir: Path, source: Path | None, image_size: int | None) -> None:
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=max(total, 1))
            bars.update(tasks[step], completed=done, total=max(total, 1))

        try:
            info = fetch(key, data_dir, source=source, image_size=image_size, progress=progress)
        except DatasetError as error:
            raise CommandFailed(str(error)) from None
    images, classes, train, test = _described(info)
    open_console().print(
        f"{key}: {train} train and {test} test images, {images}, {classes} classes",
        highlight=False,
    )


def _described(info: DatasetInfo) -> tuple[str, str, str, str]:
    image = info.image
    return (
        f"{image.channels}×{image.height}×{image.width}",
        str(info.classes),
        f"{info.train_images:,}",
        f"{info.test_images:,}",
    )
