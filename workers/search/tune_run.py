"""Ray Tune as the engine of one job: thin adapters between its callbacks and `Search`.

The only file that knows Tune's searcher, scheduler and callback interfaces. Tune stores nothing
of ours: its own files live in a scratch directory and are never read back.
"""

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray import tune
from ray.exceptions import ActorDiedError
from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher
from ray.tune.stopper import Stopper

from searchspace.spec import ResourcesSpec
from service.protocol import JobReason, Record
from workers.assignment import ASSIGNMENT_KEY, CONTEXT_KEY, RECORDS, RECORDS_KEY, JobContext
from workers.search.deaths import error_of, reason_of, understand
from workers.search.search import Decision, Nothing, Search

TUNE_ENVIRONMENT = {
    # Nothing of Tune's is read back, so nothing but the last moment needs saving.
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": str(10 * 365 * 86_400),
    # Signals are the runner's: it records what is under way before it goes.
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
    # The search hands out no more trials than it has slots. By itself Tune would start the
    # processes of a searcher's trials one after the other.
    "TUNE_MAX_PENDING_TRIALS_PG": "1000000",
    # Ray finds within so many milliseconds why a process is gone, also where it is its machine that
    # is; by itself it takes one second, and then calls it out of reach, crashed or not.
    "RAY_timeout_ms_task_wait_for_death_info": "60000",
}
"""What Ray and Tune read from the driver's environment."""

COUNTED_BY_TUNE = ("comet_ml", "mlflow", "wandb")
"""What Tune loads, where it is installed, to count who uses it: for about a second."""

WATCHDOG_SHARE = 0.9
"""A process that died after this share of a step's deadline was killed by its own watchdog."""
SILENCE_SECONDS = 5.0
"""A trial's process ends itself when a step is over its deadline. One that is still there this
much later cannot, and is ended."""


def run_search(
    search: Search,
    trainable: type[tune.Trainable],
    context: JobContext,
    resources: ResourcesSpec,
    token: str,
    scratch: Path,
    leave: Callable[[JobReason], None],
) -> None:
    """Run trials until the search has nothing to hand out for now.

    token: handed to the trials' processes, and written nowhere.
    leave: ends this process once the search is over, and does not return. Tune would first wait
        for the trials' processes, and look for results that it was told not to write.
    """
    keep_out(COUNTED_BY_TUNE)
    understand()
    clock = StepClock(context.step_seconds)
    with_token = tune.with_parameters(trainable, token=token)
    tune.run(
        tune.with_resources(with_token, tune.PlacementGroupFactory([place_of_trial(resources)])),
        name=f"{context.job_id}-e{context.epoch}",
        config={CONTEXT_KEY: context.model_dump_json()},
        search_alg=HandOut(search),
        scheduler=Decide(search, clock),
        callbacks=[Watch(search, clock, leave)],
        stop=AtRest(search),
        num_samples=-1,
        reuse_actors=True,
        storage_path=str(scratch),
        trial_dirname_creator=_directory_name,
        raise_on_failed_trial=False,
        verbose=0,
    )


def place_of_trial(resources: ResourcesSpec) -> dict[str, float]:
    """What a trial takes of one node, as Ray calls it."""
    return {"CPU": resources.cpus, "GPU": resources.gpus, **resources.custom}


def keep_out(libraries: Iterable[str]) -> None:
    """Have libraries that nobody uses in this process found missing, not loaded."""
    for name in libraries:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # Python's way to say so


class NodeUnfit(RuntimeError):
    """A node of the cluster cannot run the job's trials; it ends the run."""


class HandOut(Searcher):
    """Gives Tune the search's assignments."""

    def __init__(self, search: Search) -> None:
        super().__init__()
        self._search = search

    def suggest(self, trial_id: str) -> Any:
        assignment = self._search.next()
        if assignment is Nothing.NOW:
            return None
        if isinstance(assignment, Nothing):
            return Searcher.FINISHED
        return {
            "number": assignment.number,
            "attempt": assignment.attempt,
            "seconds_left": assignment.seconds_left,
            ASSIGNMENT_KEY: assignment.model_dump_json(),
        }

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


class AtRest(Stopper):
    """Ends the run when the job has no slots left and no trial runs: Tune lets its places go."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return False

    def stop_all(self) -> bool:
        return self._search.at_rest()

    def __getstate__(self) -> dict[str, Any]:
        # Tune writes its stoppers down.
        return {}


class Decide(FIFOScheduler):
    """Turns reports and deaths of trials into the search's decisions."""

    def __init__(self, search: Search, clock: "StepClock") -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Ray's is not annotated
        self._search = search
        self._clock = clock

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        if not self._clock.start_step(trial):
            # Reported on its way out; Tune must wait for the end of the process, not keep it.
            return str(TrialScheduler.CONTINUE)
        records = RECORDS.validate_json(result[RECORDS_KEY])
        if not records:
            self._clock.forgive(trial)
        match self._decide(trial, records):
            case Decision.STOP:
                return str(TrialScheduler.STOP)
            case Decision.RELEASE:
                # Of a trial that it stops, Tune keeps the process; of one that fails it does not.
                self._clock.stop(trial)
                end_process(trial)
            case Decision.KEEP:
                # Ray calls methods in order: this one before the next step, which Tune asks for.
                _process(trial).keep_state.remote()
            case Decision.GO_ON:
                pass
        return str(TrialScheduler.CONTINUE)

    def _decide(self, trial: Trial, records: tuple[Record, ...]) -> Decision:
        if records:
            return self._search.receive(records)
        return self._search.wait(_number(trial), _attempt(trial))

    def on_trial_error(self, tune_controller: Any, trial: Trial) -> None:
        error = error_of(trial)
        if isinstance(error, ActorDiedError) and error.actor_init_failed:
            # No fault of the trial's, nor of any other that would come to that node.
            raise NodeUnfit(f"a trial's process could not be set up: {error}")
        missed = self._clock.stop(trial)
        reason = reason_of(error, overdue=missed is not None)
        # Of a process that it was told to kill, Tune knows no error.
        detail = ": ".join(str(why) for why in (missed, error) if why is not None)
        self._search.lose(_number(trial), _attempt(trial), reason, detail[:4000])


class Watch(tune.Callback):
    """Tells the search when a trial's process is up, ends those that take too long, and leaves."""

    def __init__(
        self, search: Search, clock: "StepClock", leave: Callable[[JobReason], None]
    ) -> None:
        self._search = search
        self._clock = clock
        self._leave = leave

    def on_trial_start(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        self._clock.start(trial)
        self._search.begin(_number(trial), _attempt(trial))

    def on_trial_complete(
        self, iteration: int, trials: list[Trial], trial: Trial, **info: Any
    ) -> None:
        self._clock.stop(trial)
        forget(trial)

    def on_step_end(self, iteration: int, trials: list[Trial], **info: Any) -> None:
        for trial in self._clock.overdue():
            end_process(trial)
        reason = self._search.over()
        if reason is not None:
            self._leave(reason)


@dataclass
class Times:
    """When a trial's attempt and its current step began; why its process was ended, if it was.

    last_step: how long the step before took.
    """

    began: float
    step_began: float
    last_step: float = 0.0
    overdue: str | None = None


class StepClock:
    """Keeps the deadlines of steps and trials.

    A step's deadline is kept first by the trial's process itself, which tells where it hung.
    """

    def __init__(
        self, step_seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._step_seconds = step_seconds
        self._monotonic = monotonic
        self._running: dict[Trial, Times] = {}

    def start(self, trial: Trial) -> None:
        now = self._monotonic()
        self._running[trial] = Times(now, now)

    def start_step(self, trial: Trial) -> bool:
        """Whether the trial runs, as far as the clock knows."""
        times = self._running.get(trial)
        if times is not None:
            now = self._monotonic()
            times.last_step, times.step_began = now - times.step_began, now
        return times is not None

    def forgive(self, trial: Trial) -> None:
        """A trial's last step waited for its device, which is no part of the trial's own time."""
        times = self._running[trial]
        times.began += times.last_step

    def stop(self, trial: Trial) -> str | None:
        """Which deadline a trial has missed by its end, if any."""
        times = self._running.pop(trial, None)
        if times is None:
            return None
        if times.overdue is not None:
            return times.overdue
        took = self._monotonic() - times.step_began
        if took < WATCHDOG_SHARE * self._step_seconds:
            return None
        return f"a step took longer than {self._step_seconds:g} s"

    def overdue(self) -> list[Trial]:
        """Trials whose process is to be ended, each named once."""
        now = self._monotonic()
        found = [trial for trial, times in self._running.items() if times.overdue is None]
        for trial in found:
            self._running[trial].overdue = self._missed(trial, self._running[trial], now)
        return [trial for trial in found if self._running[trial].overdue is not None]

    def _missed(self, trial: Trial, times: Times, now: float) -> str | None:
        if now - times.step_began > self._step_seconds + SILENCE_SECONDS:
            return f"silent for longer than the {self._step_seconds:g} s of a step"
        left = trial.config["seconds_left"]
        if left is not None and now - times.began > left:
            return "the trial's seconds are spent"
        return None


def end_process(trial: Trial) -> None:
    """Kill a trial's process; Tune takes that for a failure, and frees its place."""
    ray.kill(_process(trial))


def forget(trial: Trial) -> None:
    """Let go of what an ended trial has held: Tune keeps every trial until its run ends."""
    trial.config.clear()
    trial.evaluated_params.clear()
    trial.experiment_tag = ""
    trial.run_metadata.last_result = {}
    trial.run_metadata.metric_analysis.clear()
    trial.run_metadata.metric_n_steps.clear()


def _process(trial: Trial) -> Any:
    return trial.temporary_state.ray_actor


def _number(trial: Trial) -> int:
    return int(trial.config["number"])


def _attempt(trial: Trial) -> int:
    return int(trial.config["attempt"])


def _directory_name(trial: Trial) -> str:
    return f"trial-{_number(trial)}-{trial.trial_id}"
