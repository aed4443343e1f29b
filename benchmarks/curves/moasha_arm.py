"""Syne Tune's MO-ASHA, asked line by line; runs in an environment of its own (see `strategies`).

Questions are {"begin": seed}, {"suggest": number} and {"report": number, "result": ...}; the answers
are null, a configuration, and whether the trial goes on.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from syne_tune.backend.trial_status import Trial
from syne_tune.optimizer.scheduler import SchedulerDecision

from benchmarks.curves.plan import TRAINING_EPOCHS, space_of
from benchmarks.peers.syne_tune_moasha import config_space, moasha, seed_globally
from searchspace.spec import RankPolicy


class Arm:
    def __init__(self, seed: int) -> None:
        seed_globally(seed)
        space = config_space(space_of(RankPolicy.SEARCHED))
        self._scheduler = moasha(space, TRAINING_EPOCHS, seed)
        self._trials: dict[int, Trial] = {}

    def suggest(self, number: int) -> dict[str, Any]:
        suggestion = self._scheduler.suggest()
        assert suggestion is not None
        config = dict(suggestion.config)
        trial = self._trials[number] = Trial(number, config, datetime.now(UTC))
        self._scheduler.on_trial_add(trial)
        return {
            name: getattr(value, "item", lambda v=value: v)() for name, value in config.items()
        }

    def report(self, number: int, result: dict[str, Any]) -> bool:
        decision = self._scheduler.on_trial_result(self._trials[number], result)
        return bool(decision == SchedulerDecision.CONTINUE)


def main() -> None:
    arm: Arm | None = None
    for line in sys.stdin:
        question = json.loads(line)
        answer: Any = None
        if "begin" in question:
            arm = Arm(question["begin"])
        elif arm is not None and "suggest" in question:
            answer = arm.suggest(question["suggest"])
        elif arm is not None:
            answer = arm.report(question["report"], question["result"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
