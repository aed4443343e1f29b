"""What the dispatcher tells a runner and its trials: their environment, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import getuid
from pathlib import Path
from tempfile import gettempdir

from observing.traces import ENDPOINTS

PREFIX = "TCLSEARCH_"
DRAIN_SECONDS = 60.0


class BadEnvironment(RuntimeError):
    """A variable is missing or unreadable."""


@dataclass(frozen=True, slots=True)
class RunnerEnvironment:
    """url: of the control plane.

    data_dir: of this node, where data sets may be installed. A dispatcher tells it to the nodes of
        its own head; each node of another cluster may have one of its own, or none.
    cache_dir: of this node, where it keeps data sets that come from the control plane.
    token: the claim's, good for the runner's hello alone: whoever may list Ray's jobs sees it.
    step_seconds: deadline of one step of a trial. checkpoint_seconds: see JobContext.
    drain_seconds: how long the trials of a paused job may take to be suspended.
    traceparent: of the launch, where the job is traced.
    """

    url: str
    token: str = field(repr=False)
    job_id: str
    epoch: int
    data_dir: str | None
    step_seconds: float
    checkpoint_seconds: float
    drain_seconds: float = DRAIN_SECONDS
    cache_dir: str | None = None
    traceparent: str | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "RunnerEnvironment":
        """Raises BadEnvironment when a variable is missing or unreadable."""
        try:
            return cls(
                url=environment[f"{PREFIX}URL"],
                token=environment[f"{PREFIX}CLAIM_TOKEN"],
                job_id=environment[f"{PREFIX}JOB_ID"],
                epoch=int(environment[f"{PREFIX}EPOCH"]),
                data_dir=environment.get(f"{PREFIX}DATA_DIR"),
                cache_dir=environment.get(f"{PREFIX}CACHE_DIR"),
                step_seconds=float(environment[f"{PREFIX}STEP_SECONDS"]),
                checkpoint_seconds=float(environment[f"{PREFIX}CHECKPOINT_SECONDS"]),
                drain_seconds=float(environment[f"{PREFIX}DRAIN_SECONDS"]),
                traceparent=environment.get(f"{PREFIX}TRACEPARENT"),
            )
        except (KeyError, ValueError) as error:
            raise BadEnvironment(f"a runner's environment lacks or garbles {error}") from None

    def variables(self) -> dict[str, str]:
        """The environment that `read` reads."""
        given = {
            f"{PREFIX}DATA_DIR": self.data_dir,
            f"{PREFIX}CACHE_DIR": self.cache_dir,
            f"{PREFIX}TRACEPARENT": self.traceparent,
        }
        return {name: value for name, value in given.items() if value is not None} | {
            f"{PREFIX}URL": self.url,
            f"{PREFIX}CLAIM_TOKEN": self.token,
            f"{PREFIX}JOB_ID": self.job_id,
            f"{PREFIX}EPOCH": str(self.epoch),
            f"{PREFIX}STEP_SECONDS": str(self.step_seconds),
            f"{PREFIX}CHECKPOINT_SECONDS": str(self.checkpoint_seconds),
            f"{PREFIX}DRAIN_SECONDS": str(self.drain_seconds),
        }

    @property
    def own_data(self) -> Path | None:
        """Where this node's own data sets are."""
        return None if self.data_dir is None else Path(self.data_dir)

    @property
    def cache(self) -> Path:
        """Where this node keeps data sets, however it was configured."""
        if self.cache_dir is not None:
            return Path(self.cache_dir)
        own = self.own_data
        return Path(gettempdir()) / f"tclsearch-cache-{getuid()}" if own is None else own / "cache"


OBSERVED = ("TCLSEARCH_LOG", *ENDPOINTS)
"""Of a dispatcher's own environment, what its runners do likewise. Headers for the receiver of traces
may be secrets, which whoever may list Ray's jobs would see: a node's own environment has them."""


def handed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """How a dispatcher's runners are to log, and where to send their traces."""
    return {name: environment[name] for name in OBSERVED if name in environment}
