"""The dispatcher and the runners of `benchmarks.soak`: the real ones, but for what a trial trains.

`python -m benchmarks.soak_parts dispatch DAY_SECONDS …` is `python -m workers.dispatcher …`, whose runners
are `python -m benchmarks.soak_parts run`. What a head's logs are kept for is a day, however long that is.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from workers import dispatcher
from workers.cluster import head
from workers.cluster.ray_jobs import RayJobs

FAILING = 50
"""The last of so many trials raises an error."""
CRASHING = 10
"""This trial of each job ends its process without a word."""
WEIGHTS_BYTES = 4096
TRIM_SECONDS = 10.0


class SoakJobs(RayJobs):
    """Launches our runner where a dispatcher launches the real one."""

    def submit(self, handle: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        python, *_ = command
        super().submit(handle, (python, "-m", "benchmarks.soak_parts", "run"), environment)


def head_is_up(data_dir: Path) -> bool:
    return (data_dir / "ray" / "head.json").exists()


def head_logs(data_dir: Path) -> Path:
    """Of the Ray that a dispatcher started for a data directory."""
    return Path(json.loads((data_dir / "ray" / "head.json").read_text())["logs"])


def dispatch() -> int:
    head.LOGS_KEPT_SECONDS = float(sys.argv.pop(1))
    dispatcher.TRIM_SECONDS = TRIM_SECONDS
    dispatcher.RayJobs = SoakJobs
    return dispatcher.main()


def run() -> int:
    # Ray's workers import this module, and dispatchers need neither Ray nor what a trial needs.
    from benchmarks.soak_trials import SoakTrialProcess  # noqa: PLC0415
    from workers import runner  # noqa: PLC0415

    runner.drive = partial(runner.drive, trainable=SoakTrialProcess)
    return runner.main()


if __name__ == "__main__":
    role = sys.argv.pop(1)
    sys.exit({"dispatch": dispatch, "run": run}[role]())
