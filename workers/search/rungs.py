"""What every trial had reached at each rung of early stopping, and so which of them go on."""

import math
from collections.abc import Sequence

from searchspace.cost import architecture_cost
from searchspace.halving import Reached, goes_on, lasting_violation, rungs
from searchspace.limits import analytic_values
from searchspace.objectives import Metric, losses
from searchspace.space import Space
from searchspace.spec import JobSpec, NoEarlyStopping, RankPolicy
from service.protocol import KnownTrial, TrialPurpose


class Rungs:
    """A function of the recorded reports."""

    def __init__(self, spec: JobSpec, space: Space, known: Sequence[KnownTrial]) -> None:
        self._spec = spec
        # Of an elastic head, other ranks than those measured may keep what these break.
        elastic = space.spec.head.ranks.policy is RankPolicy.ELASTIC
        self._lasting = () if elastic else spec.constraints
        levels = rungs(spec.early_stopping, spec.budget.training_epochs)
        self._reached: dict[int, dict[int, Reached]] = {level: {} for level in levels}
        for trial in known:
            if trial.purpose is not TrialPurpose.SEARCH:
                continue
            first = _measured_first(space, trial)
            for report in trial.reports:
                values = {**trial.values, **first, "accuracy": report.accuracy}
                self._note(report.training_epoch, trial.number, values)

    def passes(self, training_epoch: int, number: int, values: dict[str, float]) -> bool:
        """Whether the trial goes on; always, between rungs."""
        stopping = self._spec.early_stopping
        if isinstance(stopping, NoEarlyStopping) or training_epoch not in self._reached:
            return True
        self._note(training_epoch, number, values)
        reached = self._reached[training_epoch]
        if number not in reached:
            return True
        own = list(reached).index(number)
        return goes_on(list(reached.values()), own, stopping)

    def _note(self, training_epoch: int, number: int, values: dict[str, float]) -> None:
        # A trial that misses a measurement cannot be compared; its end will say what was wrong.
        usable = all(math.isfinite(values.get(o.metric, math.nan)) for o in self._spec.objectives)
        if training_epoch in self._reached and usable:
            self._reached[training_epoch][number] = Reached(
                losses(self._spec.objectives, values),
                lasting_violation(self._lasting, values),
            )


def _measured_first(space: Space, trial: KnownTrial) -> dict[str, float]:
    """What an elastic trial was compared by: the values it ends with are those of another model."""
    if space.spec.head.ranks.policy is not RankPolicy.ELASTIC or trial.latency is None:
        return {}
    analytic = analytic_values(architecture_cost(space.decode(trial.parameters).architecture))
    return {**analytic, Metric.LATENCY_MS: trial.latency.min}
