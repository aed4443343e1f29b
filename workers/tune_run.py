"""Ray Tune as the engine of one job: thin adapters between its callbacks and `Search`.

The only file that knows Tune's searcher, scheduler and callback interfaces. Tune stores nothing
of ours: its own files live in a scratch directory and are never read back.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter
from ray import tune
from ray.exceptions import OutOfMemoryError
from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from searchspace.spec import ResourcesSpec
from service.protocol import Record, TrialReason
from workers.assignment import JobContext
from workers.search import Decision, Nothing, Search

RECORDS = TypeAdapter(tuple[Record, ...])

CONTEXT_KEY = "context"
ASSIGNMENT_KEY = "assignment"
RECORDS_KEY = "records"

TUNE_ENVIRONMENT = {
    # Nothing of Tune's is read back, so nothing but the last moment needs saving.
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": str(10 * 365 * 86_400),
    # Signals are the runner's: it records what is under way before it goes.
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
}
"""What Tune reads from the driver's environment."""

DEADLINE_SLACK = 0.9
"""A process that died after this share of a step's deadline was killed by it."""


def run_search(
    search: Search,
    trainable: type[tune.Trainable],
    context: JobContext,
    resources: ResourcesSpec,
    scratch: Path,
) -> None:
    """Run trials until the search has nothing more to hand out."""
    clock = _StepClock(context.step_seconds)
    tune.run(
        tune.with_resources(trainable, {"cpu": resources.cpus, "gpu": resources.gpus}),
        name=f"{context.job_id}-e{context.epoch}",
        config={CONTEXT_KEY: context.model_dump_json()},
        search_alg=HandOut(search),
        scheduler=Decide(search, clock),
        callbacks=[Begin(search, clock)],
        num_samples=-1,
        reuse_actors=True,
        storage_path=str(scratch),
        trial_dirname_creator=_directory_name,
        raise_on_failed_trial=False,
        verbose=0,
    )


class HandOut(Searcher):
    """Gives Tune the search's assignments."""

    def __init__(self, search: Search) -> None:
        super().__init__()
        self._search = search

    def suggest(self, trial_id: str) -> Any:
        assignment = self._search.next()
        if assignment is Nothing.MORE:
            return Searcher.FINISHED
        if assignment is Nothing.NOW:
            return None
        return {"number": assignment.number, ASSIGNMENT_KEY: assignment.model_dump_json()}

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Nothing to do: `Decide` has told the search."""

    def save_to_dir(self, checkpoint_dir: str, session_str: str = "default") -> None:
        """Nothing to save: our tables hold everything, and pickles of clients leak secrets."""

    def save(self, checkpoint_path: str) -> None:
        """Nothing to save."""

    def restore(self, checkpoint_path: str) -> None:
        raise NotImplementedError("a search is rebuilt from its recorded trials")


class Decide(FIFOScheduler):
    """Turns reports and deaths of trials into the search's decisions."""

    def __init__(self, search: Search, clock: "_StepClock") -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Ray's is not annotated
        self._search = search
        self._clock = clock

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        self._clock.start_step(_number(trial))
        decision = self._search.receive(RECORDS.validate_json(result[RECORDS_KEY]))
        stops = decision is Decision.STOP
        return str(TrialScheduler.STOP if stops else TrialScheduler.CONTINUE)

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        number, error = _number(trial), cast("Exception | None", trial.get_error())
        if isinstance(error, OutOfMemoryError):
            reason = TrialReason.OUT_OF_MEMORY
        elif self._clock.overran(number):
            reason = TrialReason.DEADLINE
        else:
            reason = TrialReason.CRASH
        self._search.lose(number, reason, str(error)[:4000])


class Begin(tune.Callback):
    """Tells the search when a trial's process is up."""

    def __init__(self, search: Search, clock: "_StepClock") -> None:
        self._search = search
        self._clock = clock

    def on_trial_start(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        self._clock.start_step(_number(trial))
        self._search.begin(_number(trial))


class _StepClock:
    """When each trial's current step began: tells a deadline's kill from any other death."""

    def __init__(
        self, step_seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._deadline = DEADLINE_SLACK * step_seconds
        self._monotonic = monotonic
        self._began: dict[int, float] = {}

    def start_step(self, number: int) -> None:
        self._began[number] = self._monotonic()

    def overran(self, number: int) -> bool:
        began = self._began.pop(number, None)
        return began is not None and self._monotonic() - began >= self._deadline


def _number(trial: Trial) -> int:
    return int(trial.config["number"])


def _directory_name(trial: Trial) -> str:
    return f"trial-{_number(trial)}-{trial.trial_id}"
