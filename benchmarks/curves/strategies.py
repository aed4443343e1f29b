"""The searches that are compared in simulated time: each one's own sampler and scheduler.

Nothing is written anew: ours are `workers.search.sampler` and `workers.search.rungs`, Optuna's are its studies,
and Syne Tune's MO-ASHA answers from an environment of its own (`moasha_arm.py`).
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import optuna

from benchmarks.comparison import NEITHER, NO_STOPPING, NOT_ELASTIC, OURS, RAY_TUNE, SYNE_TUNE
from benchmarks.curves.plan import job_spec, space_of
from benchmarks.peers.environment import syne_tune_python
from benchmarks.peers.optuna_alone import DIRECTIONS, sampler
from benchmarks.peers.task import METRICS, Replay
from searchspace.dimensions import Value
from searchspace.space import Point
from searchspace.spec import RankPolicy
from service.protocol import TrialState
from workers.search.rungs import Rungs
from workers.search.sampler import Sampler

Values = Mapping[str, float]


class Strategy(Protocol):
    """What a search decides. Trials are numbered from 0."""

    def ask(self, number: int) -> Point: ...

    def goes_on(self, number: int, training_epoch: int, values: Values) -> bool: ...

    def end(self, number: int, values: Values | None) -> None:
        """values: of a trial that was trained to its end; None for one that was stopped."""


class Ours:
    def __init__(self, policy: RankPolicy, seed: int, *, stopping: bool) -> None:
        changes: dict[str, Any] = {} if stopping else {"early_stopping": {"name": "none"}}
        spec = job_spec(policy, sampler={"seed": seed}, **changes)
        space = space_of(policy)
        self._sampler = Sampler(spec, space, [])
        self._rungs = Rungs(spec, space, [])

    def ask(self, number: int) -> Point:
        return self._sampler.ask(number).point

    def goes_on(self, number: int, training_epoch: int, values: Values) -> bool:
        return self._rungs.passes(training_epoch, number, dict(values))

    def end(self, number: int, values: Values | None) -> None:
        state = TrialState.PRUNED if values is None else TrialState.COMPLETE
        self._sampler.tell(number, state, values or {})


class OptunaStudy:
    """Without early stopping, of which Optuna has none for several objectives."""

    def __init__(self, chosen: optuna.samplers.BaseSampler) -> None:
        self._space = space_of(RankPolicy.SEARCHED)
        self._study = optuna.create_study(directions=DIRECTIONS, sampler=chosen)
        self._asked: dict[int, optuna.Trial] = {}

    def ask(self, number: int) -> Point:
        trial = self._asked[number] = self._study.ask()
        return self._space.decode(self._space.sample(trial))  # type: ignore[arg-type]

    def goes_on(self, number: int, training_epoch: int, values: Values) -> bool:
        return True

    def end(self, number: int, values: Values | None) -> None:
        assert values is not None
        self._study.tell(self._asked.pop(number), [values[metric] for metric in METRICS])


class SyneTune:
    """One search of the process that `syne_tune` starts."""

    def __init__(self, ask: Callable[[Mapping[str, Any]], Any], seed: int) -> None:
        self._ask = ask
        self._space = space_of(RankPolicy.SEARCHED)
        ask({"begin": seed})

    def ask(self, number: int) -> Point:
        config: dict[str, Value] = self._ask({"suggest": number})
        return self._space.decode(self._space.sample(Replay(config)))

    def goes_on(self, number: int, training_epoch: int, values: Values) -> bool:
        told = {metric: values[metric] for metric in METRICS}
        result = {"training_epoch": training_epoch, **told, "error": 1 - values["accuracy"]}
        return bool(self._ask({"report": number, "result": result}))

    def end(self, number: int, values: Values | None) -> None:
        """It has heard of every training epoch."""


@contextmanager
def syne_tune() -> Iterator[Callable[[Mapping[str, Any]], Any]]:
    """Asks Syne Tune's scheduler, which runs in its own environment."""
    arm = Path(__file__).with_name("moasha_arm.py")
    process = subprocess.Popen(
        [syne_tune_python(), "-P", arm],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def ask(question: Mapping[str, Any]) -> Any:
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise SystemExit("Syne Tune's process has ended")
        return json.loads(answer)

    try:
        yield ask
    finally:
        stdin.close()
        process.wait()


Start = Callable[[int], Strategy]
"""A search by its seed."""


def strategies(ask_syne_tune: Callable[[Mapping[str, Any]], Any]) -> dict[str, Start]:
    return {
        # What OptunaSearch samples with unless it is told otherwise; no scheduler.
        RAY_TUNE: lambda seed: OptunaStudy(optuna.samplers.TPESampler(seed=seed)),
        "optuna tpe": lambda seed: OptunaStudy(sampler("tpe", seed)),
        "optuna nsga2": lambda seed: OptunaStudy(sampler("nsga2", seed)),
        SYNE_TUNE: lambda seed: SyneTune(ask_syne_tune, seed),
        OURS: lambda seed: Ours(RankPolicy.ELASTIC, seed, stopping=True),
        NOT_ELASTIC: lambda seed: Ours(RankPolicy.SEARCHED, seed, stopping=True),
        NO_STOPPING: lambda seed: Ours(RankPolicy.ELASTIC, seed, stopping=False),
        NEITHER: lambda seed: Ours(RankPolicy.SEARCHED, seed, stopping=False),
    }
