"""What the dispatcher tells a runner and its trials: their environment, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PREFIX = "TCLSEARCH_"
DRAIN_SECONDS = 60.0


class BadEnvironment(RuntimeError):
    """A variable is missing or unreadable."""


@dataclass(frozen=True, slots=True)
class RunnerEnvironment:
    """url: of the control plane. data_dir: of this node.

    token: the claim's, good for the runner's hello alone: whoever may list Ray's jobs sees it.
    step_seconds: deadline of one step of a trial. checkpoint_seconds: see JobContext.
    drain_seconds: how long the trials of a paused job may take to be suspended.
    """

    url: str
    token: str = field(repr=False)
    job_id: str
    epoch: int
    data_dir: str
    step_seconds: float
    checkpoint_seconds: float
    drain_seconds: float = DRAIN_SECONDS

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "RunnerEnvironment":
        """Raises BadEnvironment when a variable is missing or unreadable."""
        try:
            return cls(
                url=environment[f"{PREFIX}URL"],
                token=environment[f"{PREFIX}CLAIM_TOKEN"],
                job_id=environment[f"{PREFIX}JOB_ID"],
                epoch=int(environment[f"{PREFIX}EPOCH"]),
                data_dir=environment[f"{PREFIX}DATA_DIR"],
                step_seconds=float(environment[f"{PREFIX}STEP_SECONDS"]),
                checkpoint_seconds=float(environment[f"{PREFIX}CHECKPOINT_SECONDS"]),
                drain_seconds=float(environment[f"{PREFIX}DRAIN_SECONDS"]),
            )
        except (KeyError, ValueError) as error:
            raise BadEnvironment(f"a runner's environment lacks or garbles {error}") from None

    def variables(self) -> dict[str, str]:
        """The environment that `read` reads."""
        return {
            f"{PREFIX}URL": self.url,
            f"{PREFIX}CLAIM_TOKEN": self.token,
            f"{PREFIX}JOB_ID": self.job_id,
            f"{PREFIX}EPOCH": str(self.epoch),
            f"{PREFIX}DATA_DIR": self.data_dir,
            f"{PREFIX}STEP_SECONDS": str(self.step_seconds),
            f"{PREFIX}CHECKPOINT_SECONDS": str(self.checkpoint_seconds),
            f"{PREFIX}DRAIN_SECONDS": str(self.drain_seconds),
        }
