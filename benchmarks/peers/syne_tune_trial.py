"""One trial of `syne_tune_moasha`: a process of its own, as Syne Tune's local back end has them."""

import json
import os
import sys
from pathlib import Path

from syne_tune import Reporter

from benchmarks.peers.task import TASK_VARIABLE, Task, train


def main() -> None:
    given = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    path = Path(given["--st_config_json_filename"])
    report = Reporter()

    def told(values: dict[str, float]) -> None:
        report(error=1.0 - values["accuracy"], **values)

    task = Task.read(os.environ[TASK_VARIABLE])
    train(task, json.loads(path.read_text()), f"trial-{path.parent.name}", told)


if __name__ == "__main__":
    main()
