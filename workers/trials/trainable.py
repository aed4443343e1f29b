"""The process that runs trials for Ray Tune, one after the other: a guard around `run_trial`.

Whatever a trial does wrong becomes a typed record. A step that hangs is ended with its process by
a watchdog that needs neither Python's interpreter lock nor the cooperation of the code that hangs.
"""

import faulthandler
import logging
import os
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ray import tune

from observing import traces
from observing.context import always, during
from observing.logs import log_to_stderr
from service.protocol import Measure, Record, Report, Stop, TrialReason
from workers.assignment import (
    ASSIGNMENT_KEY,
    CONTEXT_KEY,
    RECORDS,
    RECORDS_KEY,
    Assignment,
    JobContext,
)
from workers.control_plane import Connection, DeviceFailed, Retry, RunnerClient
from workers.environment import RunnerEnvironment
from workers.release import require_release
from workers.training.divergence import NonFiniteLoss
from workers.training.memory import keep_freed_memory

logger = logging.getLogger(__name__)

UPLOAD_SECONDS = 300.0
"""How long an upload is retried; the control plane may be restarting."""


class TrialProcess(tune.Trainable):
    """Runs the assignments that Tune resets it to; each `step` yields one step's records."""

    def setup(self, config: dict[str, Any], token: str) -> None:  # type: ignore[override]  # Tune gives it, as run_search tells it to
        """token: the runner's; it comes by Ray's object store, as Tune writes config down."""
        keep_freed_memory()
        self._load()
        self._environment = RunnerEnvironment.read(os.environ)
        self._data_dir: Path | None = None
        self._begin_telling()
        self._connection = Connection(
            self._environment.url, token, Retry(within_seconds=UPLOAD_SECONDS)
        )
        self.reset_config(config)
        require_release(self._context.release)

    def _load(self) -> None:
        # Not above: the runner hands this class to Ray, and would wait for torch in vain.
        from workers.datasets.nearby import bring  # noqa: PLC0415
        from workers.trials.trial import run_trial  # noqa: PLC0415

        self._bring = bring
        self._run_trial = run_trial

    def _begin_telling(self) -> None:
        """Log and trace as the runner does."""
        log_to_stderr()
        always(job_id=self._environment.job_id, epoch=self._environment.epoch)
        traces.start("tclsearch-trial", os.environ)
        traces.adopt(self._environment.traceparent)

    def cleanup(self) -> None:
        self._connection.close()

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self._context = JobContext.model_validate_json(new_config[CONTEXT_KEY])
        self._assignment = Assignment.model_validate_json(new_config[ASSIGNMENT_KEY])
        self._steps: Iterator[tuple[Record, ...]] | None = None
        self._keep_wanted = False
        self._trace = traces.begin(
            "trial",
            job_id=self._context.job_id,
            trial=self._assignment.number,
            attempt=self._assignment.attempt,
        )
        return True

    def keep_state(self) -> None:
        """Make the next step report the last training epoch again, with its state kept.

        Called between two steps, by the runner.
        """
        self._keep_wanted = True

    def step(self) -> dict[str, Any]:
        faulthandler.dump_traceback_later(self._context.step_seconds, exit=True, file=2)
        try:
            with during(trial=self._assignment.number, attempt=self._assignment.attempt):
                records = self._told_step()
        finally:
            faulthandler.cancel_dump_traceback_later()
        return {RECORDS_KEY: RECORDS.dump_json(records).decode()}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Nothing for Tune to keep: checkpoints go to the control plane."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Nothing of Tune's to load."""

    def run_assignment(
        self, context: JobContext, assignment: Assignment
    ) -> Iterator[tuple[Record, ...]]:
        """The trial's steps."""
        source = self.artifacts()
        if self._data_dir is None:
            self._data_dir = self._bring(
                context.dataset.key, self._environment.own_data, self._environment.cache, source
            )
        return self._run_trial(context, assignment, self._data_dir, source, self._take_keep_wanted)

    def artifacts(self) -> RunnerClient:
        """Where this process's trials keep their checkpoints."""
        return RunnerClient(self._connection, self._environment.job_id, self._environment.epoch)

    def _take_keep_wanted(self) -> bool:
        wanted, self._keep_wanted = self._keep_wanted, False
        return wanted

    def _told_step(self) -> tuple[Record, ...]:
        """One step, as a part of the trial's trace."""
        number, began = self._assignment.number, time.monotonic()
        with traces.span("step", parent=self._trace.traceparent, trial=number) as span:
            records = timed(self._next_records(), began)
            for record in records:
                match record:
                    case Measure():
                        span.tell("measure")
                    case Report():
                        span.tell("train", training_epoch=record.training_epoch)
                    case Stop():
                        self._trace.tell(reason=record.reason)
                    case _:
                        pass
        if any(isinstance(record, Stop) for record in records):
            self._trace.end()
            # Its process is Ray's to kill from now on.
            traces.flush()
        return records

    def _next_records(self) -> tuple[Record, ...]:
        try:
            if self._steps is None:
                self._steps = self.run_assignment(self._context, self._assignment)
            return next(self._steps)
        except NonFiniteLoss as error:
            return self._failure(TrialReason.NOT_A_NUMBER, str(error))
        except DeviceFailed as error:
            return self._failure(TrialReason.DEVICE_FAILED, str(error))
        except MemoryError as error:
            return self._failure(TrialReason.OUT_OF_MEMORY, str(error))
        except SystemExit as error:
            return self._failure(TrialReason.EXIT, f"sys.exit({error.code!r})")
        except Exception:  # noqa: BLE001  a trial's fault must not become the search's
            return self._failure(TrialReason.EXCEPTION, traceback.format_exc())

    def _failure(self, reason: TrialReason, detail: str) -> tuple[Record, ...]:
        number, attempt = self._assignment.number, self._assignment.attempt
        logger.warning("failed: %s: %s", reason, detail.strip().rpartition("\n")[2])
        return (Stop(number=number, attempt=attempt, reason=reason, detail=detail[-4000:]),)


def timed(records: tuple[Record, ...], began: float) -> tuple[Record, ...]:
    """The records of a step that began then, with how long measuring and delivering took."""
    took = time.monotonic() - began
    trained = sum(record.seconds for record in records if isinstance(record, Report))
    rest = max(0.0, took - trained)
    return tuple(
        record.model_copy(update={"seconds": rest})
        if isinstance(record, Measure) or (isinstance(record, Stop) and record.models)
        else record
        for record in records
    )
