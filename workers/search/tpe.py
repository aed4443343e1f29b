"""Multi-objective TPE over groups of parameters, at a cost that stays low in long searches.

Suggests what Optuna's `TPESampler(multivariate=True, group=True)` would. That one sorts all trials,
breaks ties by hypervolume and converts every trial's parameters once for each group of each ask;
here, a finished trial is taken in once, and the split into good and other trials is shared by the
groups of an ask and kept until a trial ends. Public interfaces of Optuna alone are used.

It differs where a tie is broken among very many points (`searchspace/subset.py`), and in that a
running trial stands for the parameters that it makes use of, not for those that were sampled for
it and then not needed.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from searchspace.levels import Levels, Numbers
from workers.search.observations import Observations
from workers.search.parzen import Axes, Floats, Mixture

RANDOM_TRIALS = 10
"""Trials that end before anything is learned from them."""

CANDIDATES = 24
"""Points drawn from the good trials' density, of which the best is suggested."""

GOOD_SHARE = 0.1
MOST_GOOD_OF_ONE_OBJECTIVE = 25
FULL_WEIGHT = 25
"""The latest trials count fully among the others; older ones less, the oldest almost nothing."""

LEARNED_FROM = (TrialState.COMPLETE, TrialState.PRUNED)


class GroupedTPE(optuna.samplers.BaseSampler):
    """For one study in memory, whose parameters keep their distributions."""

    def __init__(self, seed: int) -> None:
        self._random = optuna.samplers.RandomSampler(seed=seed)
        self._rng = np.random.RandomState(seed)
        self._observations = Observations()
        self._groups = _Groups()
        self._ended: _Ended | None = None
        self._settled = 0
        self._asking = -1
        self._running: list[int] = []
        self._fitted: dict[tuple[tuple[str, ...], bool], tuple[bytes, Mixture]] = {}

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        self._look(study, trial)
        names = (name for group in self._groups for name in group)
        return {name: self._observations.scale(name).distribution for name in names}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        sampled: dict[str, Any] = {}
        if len(self._look(study, trial)) >= RANDOM_TRIALS:
            for group in self._groups:
                sampled |= self._sample(tuple(name for name in group if name in search_space))
        return sampled

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """A parameter that no ended trial has made use of, or any at the very beginning."""
        if len(self._look(study, trial)) < RANDOM_TRIALS:
            return self._random.sample_independent(study, trial, param_name, param_distribution)
        self._observations.know(param_name, param_distribution)
        return self._sample((param_name,))[param_name]

    def _look(self, study: optuna.Study, asking: FrozenTrial) -> "_Ended":
        """What has ended; taken in, with what is running, once in each ask."""
        if self._ended is None:
            self._ended = _Ended(study.directions)
        if self._asking == asking.number:
            return self._ended
        self._asking = asking.number
        self._running = []
        unsettled = [asking.number]
        for trial in study.get_trials(deepcopy=False)[self._settled :]:
            if not trial.state.is_finished():
                unsettled.append(trial.number)
            if trial.state is TrialState.RUNNING and trial.number != asking.number:
                self._running.append(trial.number)
                self._observations.write(trial.number, trial.params, trial.distributions)
            elif trial.state in LEARNED_FROM and trial.number not in self._ended:
                self._observations.write(trial.number, trial.params, trial.distributions)
                self._groups.add(n for n, d in trial.distributions.items() if not d.single())
                self._ended.add(trial)
        self._settled = min(unsettled)
        return self._ended

    def _sample(self, names: tuple[str, ...]) -> dict[str, Any]:
        if not names:
            return {}
        good, others = self._fit(names)
        points = good.sample(self._rng, CANDIDATES)
        best = points[np.argmax(good.log_density(points) - others.log_density(points))]
        return {
            name: self._observations.scale(name).from_axis(float(coordinate))
            for name, coordinate in zip(names, best, strict=True)
        }

    def _fit(self, names: tuple[str, ...]) -> tuple[Mixture, Mixture]:
        assert self._ended is not None
        good, others = self._ended.split()
        others = np.sort(np.concatenate([others, np.array(self._running, dtype=np.int64)]))
        equal = self._ended.objectives > 1
        return (
            self._mixture(names, good, np.ones if equal else _weights, is_good=True),
            self._mixture(names, others, _weights, is_good=False),
        )

    def _mixture(
        self,
        names: tuple[str, ...],
        numbers: Numbers,
        weights: Callable[[int], Floats],
        *,
        is_good: bool,
    ) -> Mixture:
        """Fitted to these trials; the one of the last ask where it was fitted to the same."""
        rows = self._observations.read(names, numbers)
        seen, mixture = self._fitted.get((names, is_good), (None, None))
        if mixture is None or seen != rows.tobytes():
            axes = Axes([self._observations.scale(name).axis for name in names])
            mixture = Mixture(axes, rows, weights(len(rows)))
            self._fitted[names, is_good] = rows.tobytes(), mixture
        return mixture


def _weights(count: int) -> Floats:
    """Weights of trials in the order of their numbers."""
    old = max(0, count - FULL_WEIGHT)
    return np.concatenate([np.linspace(1.0 / max(1, count), 1.0, old), np.ones(count - old)])


class _Ended:
    """The trials that can be learned from, and which of them are good."""

    def __init__(self, directions: Sequence[StudyDirection]) -> None:
        self.objectives = len(directions)
        self._signs = [-1.0 if d is StudyDirection.MAXIMIZE else 1.0 for d in directions]
        self._numbers: set[int] = set()
        self._levels = Levels(len(directions))
        self._stopped: list[int] = []
        self._violating: dict[int, float] = {}
        self._split: tuple[Numbers, Numbers] | None = None

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, number: int) -> bool:
        return number in self._numbers

    def add(self, trial: FrozenTrial) -> None:
        self._split = None
        self._numbers.add(trial.number)
        violation = sum(v for v in trial.constraints.values() if v > 0)
        if violation > 0:
            self._violating[trial.number] = violation
        elif trial.state is TrialState.PRUNED:
            self._stopped.append(trial.number)
        else:
            losses = tuple(s * v for s, v in zip(self._signs, trial.values, strict=True))
            self._levels.add(trial.number, losses)

    def split(self) -> tuple[Numbers, Numbers]:
        """Numbers of the good tenth and of the others, ascending.

        Good are first the complete trials by domination, then those stopped early, then those
        that broke a constraint, the least first.
        """
        if self._split is None:
            count = self._good_count()
            complete = self._levels.best(count)
            rest = [*sorted(self._stopped), *sorted(self._violating, key=self._order)]
            lacking = max(0, count - len(complete))
            good = np.sort(np.concatenate([complete, np.array(rest[:lacking], dtype=np.int64)]))
            everything = np.sort(np.fromiter(self._numbers, dtype=np.int64))
            self._split = good, np.setdiff1d(everything, good, assume_unique=True)
        return self._split

    def _good_count(self) -> int:
        count = math.ceil(GOOD_SHARE * len(self))
        return count if self.objectives > 1 else min(count, MOST_GOOD_OF_ONE_OBJECTIVE)

    def _order(self, number: int) -> tuple[float, int]:
        return self._violating[number], number


class _Groups:
    """Parameters that always occur together, in the order in which they were told apart."""

    def __init__(self) -> None:
        self._groups: list[frozenset[str]] = []
        self._seen: set[frozenset[str]] = set()

    def __iter__(self) -> Iterator[list[str]]:
        return (sorted(group) for group in self._groups)

    def add(self, names: Iterable[str]) -> None:
        """The parameters of one more trial."""
        rest = frozenset(names)
        if rest in self._seen:
            return
        self._seen.add(rest)
        parted: list[frozenset[str]] = []
        for group in self._groups:
            parted += [group & rest, group - rest]
            rest -= group
        self._groups = [group for group in (*parted, rest) if group]
