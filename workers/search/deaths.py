"""Why a trial's process is gone, by what Ray says of it."""

from pathlib import Path

from ray import cloudpickle
from ray.air.execution._internal.actor_manager import RayActorManager
from ray.air.execution._internal.tracked_actor_task import TrackedActorTask
from ray.exceptions import (
    ActorDiedError,
    ActorUnavailableError,
    NodeDiedError,
    OutOfMemoryError,
    RayActorError,
    RayError,
    RayTaskError,
)
from ray.tune.execution import tune_controller
from ray.tune.experiment import Trial

from service.protocol import TrialReason

NODE_DIED = "node has died"
"""How Ray says that an actor died with its machine."""


class ProcessGone(RayActorError):
    """The death of a process for which Ray raised something else than a `RayActorError`.

    Tune takes nothing else for the death of one trial's process: it ends the whole run.

    error: what Ray raised.
    """

    def __init__(self, error: RayError) -> None:
        super().__init__(error_msg=str(error))
        self.error = error

    def __reduce__(self) -> tuple[type["ProcessGone"], tuple[RayError]]:
        return ProcessGone, (self.error,)


class Processes(RayActorManager):
    """Tune's own manager of processes, for which all that Ray raises of one is its death.

    Where Ray's memory monitor kills a process, its methods raise `OutOfMemoryError`, which is no
    `RayActorError`, and Tune's manager a `RuntimeError`.
    """

    def _actor_task_failed(
        self, tracked_actor_task: TrackedActorTask, exception: Exception
    ) -> None:
        super()._actor_task_failed(tracked_actor_task, as_tune_knows_it(exception))


def as_tune_knows_it(exception: Exception) -> Exception:
    """What Ray raised for a method of a process, as one of the errors that Tune expects."""
    if isinstance(exception, RayActorError | RayTaskError) or not isinstance(exception, RayError):
        return exception
    return ProcessGone(exception)


def understand() -> None:
    """Have Tune take every death of a trial's process for just that."""
    # Tune's controller makes its manager itself and asks nobody which.
    tune_controller.RayActorManager = Processes  # type: ignore[attr-defined]  # it imports it


def error_of(trial: Trial) -> Exception | None:
    """What Ray raised for a trial that has failed, where it was Ray.

    Not `Trial.get_pickled_error`, which looks where the file will be once Tune has copied it.
    """
    written = trial.pickled_error_file
    if written is None:
        return None
    error: Exception = cloudpickle.loads(Path(written).read_bytes())
    return error


def reason_of(error: Exception | None, *, overdue: bool) -> TrialReason:
    """Why a trial ends whose process is gone.

    overdue: it had missed a deadline, for which processes are ended.
    """
    if isinstance(error, ProcessGone):
        error = error.error
    if isinstance(error, OutOfMemoryError):
        return TrialReason.OUT_OF_MEMORY
    if overdue:
        return TrialReason.DEADLINE
    return TrialReason.NODE_LOST if _left_with_its_node(error) else TrialReason.CRASH


def _left_with_its_node(error: Exception | None) -> bool:
    """Whether a trial's process is gone, or out of reach, because its machine is."""
    if isinstance(error, ActorUnavailableError | NodeDiedError):
        return True
    # Ray tells why an actor died in words alone.
    return isinstance(error, ActorDiedError) and (error.preempted or NODE_DIED in str(error))
