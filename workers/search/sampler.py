"""Optuna as the sampler of a job: a study in memory that is a function of the recorded trials.

Nothing of Optuna's is stored. A restarted runner rebuilds the study from the trials' rows and
seeds the sampler anew from (spec's seed, number of trials), so the same rows lead to the same next
parameters; the interrupted run's own random state is not continued.
"""

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, assert_never

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState as OptunaState

from searchspace.dimensions import Choice, Dimension, Ordinal, Real, Value
from searchspace.duplicates import Result, Seen, Treatment
from searchspace.objectives import Metric
from searchspace.repair import around, excess, repair
from searchspace.space import Point, Space
from searchspace.spec import Duplicates, JobSpec, SamplerSpec
from service.protocol import KnownTrial, Latency, Observation, TrialPurpose, TrialState
from workers.search.tpe import GroupedTPE

TRIES = 3
"""Asks for a point that is of no use, before one is looked for around the last of them."""

Recall = Callable[[Collection[str]], Mapping[str, Latency]]
"""Measured latencies by architecture digest; what was never measured is left out."""


class NoFeasiblePoint(RuntimeError):
    """No point was found that keeps the constraints as far as they are known beforehand.

    rejected: points that were sampled meanwhile.
    """

    def __init__(self, rejected: int) -> None:
        super().__init__("no point was found that keeps the constraints")
        self.rejected = rejected


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One sampled point and how it is written down.

    result: that of an earlier trial of this very point, to be taken instead of training it.
    rejected: points that were sampled before it and broke a constraint.
    """

    parameters: dict[str, Value]
    point: Point
    result: Result | None = None
    rejected: int = 0


class Sampler:
    """Asks for points and tells what became of them, by our own trial numbers.

    known: the job's trials. observations: results from outside, which come before them.
    recall: what the control plane knows of latencies; asked where a constraint is on them.
    """

    def __init__(
        self,
        spec: JobSpec,
        space: Space,
        known: Iterable[KnownTrial],
        observations: Iterable[Observation] = (),
        recall: Recall = lambda _: {},
    ) -> None:
        self._objectives = spec.objectives
        self._constraints = spec.constraints
        self._space = space
        self._asked: dict[int, optuna.Trial] = {}
        self._placed: dict[int, _Placed] = {}
        self._recall = recall
        self._latency_constraints = [
            constraint for constraint in spec.constraints if constraint.metric is Metric.LATENCY_MS
        ]
        self._learns = spec.sampler.name != "random" or bool(self._latency_constraints)
        self._reuses = spec.sampler.duplicates is Duplicates.REUSE
        self._seed = spec.sampler.seed
        self._seen = Seen(spec.sampler.duplicates)
        self._points: dict[int, Point] = {}
        searched = [trial for trial in known if trial.purpose is TrialPurpose.SEARCH]
        recorded = sorted(searched, key=lambda trial: trial.number)
        sampler = build_sampler(spec.sampler, spec.budget.trials, offset=len(recorded))
        self._generation = _GenerationLabels(sampler)
        self._study = optuna.create_study(
            directions=["maximize" if o.maximized else "minimize" for o in spec.objectives],
            sampler=sampler,
        )
        for observation in observations:
            self._end(observation.parameters, TrialState.COMPLETE, observation.values)
        for trial in recorded:
            if trial.state is not TrialState.CANCELLED:
                self._note(trial.number, space.decode(trial.parameters))
            if _optuna_state(trial.state) is None:
                self._place(trial.number, trial.parameters)
            else:
                self._note_result(trial.number, trial.state, trial.values)
                self._end(trial.parameters, trial.state, trial.values)

    def may_be_early(self, slots: int) -> bool:
        """Whether a point may be asked for before a trial under way has ended.

        With several slots every point is chosen without the results of some trials anyway. With
        one it is chosen from all of them, as the seed promises, where they matter. The result of
        a trial under way may be just what the next one is to take.
        """
        return not self._reuses and (slots > 1 or not self._learns)

    def ask(self, number: int) -> Suggestion:
        """A point to be trained as trial `number`, or one with the result of an earlier trial.

        A sampled point that breaks a constraint on what is known beforehand (its cost, and its
        latency if that was ever measured) is replaced before it costs a trial, and so is one that
        an earlier trial has had, as the spec says. After a few tries one is looked for around the
        last.

        Raises:
            NoFeasiblePoint: none was there that keeps the constraints.
        """
        parameters: dict[str, Value] = {}
        rejected = 0
        for _ in range(TRIES):
            trial = self._study.ask()
            parameters = self._space.sample(trial)  # type: ignore[arg-type]  # Optuna's trial also takes None choices
            point = self._space.decode(parameters)
            if self._is_hopeless(point):
                rejected += 1
            elif (treatment := self._seen.treat(point)) is not Treatment.ASK_AGAIN:
                self._asked[number] = trial
                self._note(number, point)
                copied = treatment is Treatment.COPY
                result = self._seen.result(point) if copied else None
                return Suggestion(parameters, point, result, rejected)
            self._study.tell(trial, state=OptunaState.FAIL)
        found = self._look_around(number, parameters)
        if found is None:
            raise NoFeasiblePoint(rejected)
        return replace(self.take(number, found), rejected=rejected)

    def take(self, number: int, parameters: Mapping[str, Value]) -> Suggestion:
        """A point that came from elsewhere, to be trained as trial `number` and learned from."""
        point = self._space.decode(parameters)
        self._place(number, parameters)
        self._note(number, point)
        return Suggestion(dict(parameters), point)

    def _is_hopeless(self, point: Point) -> bool:
        """Whether a point breaks a constraint on what is known of it beforehand."""
        return excess(self._constraints, point) > 0 or bool(self._slow([point]))

    def _slow(self, points: Iterable[Point]) -> set[str]:
        """Digests of the architectures that were measured before and are slower than allowed."""
        if not self._latency_constraints:
            return set()
        # Of an elastic head, other ranks than the largest may be quick enough.
        fixed = {point.architecture.digest for point in points if point.ranks is None}
        known = self._recall(fixed) if fixed else {}
        return {
            digest
            for digest, latency in known.items()
            if any(c.violation(latency.min) > 0 for c in self._latency_constraints)
        }

    def _look_around(
        self, number: int, parameters: Mapping[str, Value]
    ) -> Mapping[str, Value] | None:
        """A new point near one of no use; where there is none, one to be trained again."""
        repaired = repair(self._space, self._constraints, parameters)
        if repaired is None:
            return None
        generator = np.random.default_rng((self._seed, number))
        further = around(self._space, self._constraints, repaired, generator)
        again: Mapping[str, Value] | None = None
        for candidates in chain([[repaired]], further):
            decoded = [(candidate, self._space.decode(candidate)) for candidate in candidates]
            slow = self._slow(point for _, point in decoded)
            for candidate, point in decoded:
                if point.architecture.digest in slow:
                    continue
                if self._seen.treat(point) is Treatment.TRAIN:
                    return candidate
                again = again or candidate
        return again

    def _note(self, number: int, point: Point) -> None:
        self._points[number] = point
        self._seen.note(point)

    def _note_result(self, number: int, state: TrialState, values: Mapping[str, float]) -> None:
        """What came of a trial that has ended."""
        point = self._points.pop(number, None)
        if point is not None and state is TrialState.COMPLETE:
            self._seen.note(point, Result(number, dict(values)))

    def tell(self, number: int, state: TrialState, values: Mapping[str, float]) -> None:
        """What became of trial `number`; a state that is not final changes nothing.

        values: in the metrics' own units; a complete trial has every objective, finite.
        """
        optuna_state = _optuna_state(state)
        if optuna_state is None:
            return
        self._note_result(number, state, values)
        trial = self._asked.pop(number, None)
        if trial is None:
            placed = self._placed.pop(number)
            # What holds its place cannot get constraints any more, so another trial follows it.
            self._study.tell(placed.trial, state=OptunaState.FAIL)
            self._end(placed.parameters, state, values)
            return
        vector = self._vector(state, values)
        for name, violation in self._violations(vector, values).items():
            trial.set_constraint(name, violation)
        self._study.tell(trial, values=vector, state=optuna_state)

    def _place(self, number: int, parameters: Mapping[str, Value]) -> None:
        """Let the study know of a running trial that it did not ask for itself."""
        self._add(parameters, OptunaState.RUNNING)
        trial = self._study.get_trials(deepcopy=False)[-1].number
        self._placed[number] = _Placed(dict(parameters), trial)

    def _end(
        self, parameters: Mapping[str, Value], state: TrialState, values: Mapping[str, float]
    ) -> None:
        """Put an ended trial into the study that the study did not ask for."""
        optuna_state = _optuna_state(state)
        assert optuna_state is not None
        vector = self._vector(state, values)
        violations = self._violations(vector, values)
        self._add(parameters, optuna_state, values=vector, constraints=violations or None)

    def _add(self, parameters: Mapping[str, Value], state: OptunaState, **known: Any) -> None:
        dimensions = self._space.dimensions
        sampled = {
            name: dimension
            for name, dimension in dimensions.items()
            if name in parameters and distribution(dimension) is not None
        }
        self._study.add_trial(
            optuna.create_trial(
                state=state,
                params={name: _encoded(d, parameters[name]) for name, d in sampled.items()},
                distributions={name: distribution(d) for name, d in sampled.items()},  # type: ignore[misc]  # None was filtered out above
                system_attrs=self._generation.of_next(state),
                **known,
            )
        )

    def _vector(self, state: TrialState, values: Mapping[str, float]) -> list[float] | None:
        if state is not TrialState.COMPLETE:
            return None
        return [values[objective.metric] for objective in self._objectives]

    def _violations(
        self, vector: list[float] | None, values: Mapping[str, float]
    ) -> dict[str, float]:
        """By constraint; none for a trial that did not complete."""
        return {
            f"{index}.{constraint.metric.value}": constraint.violation(values[constraint.metric])
            for index, constraint in enumerate(self._constraints)
            if vector and constraint.metric in values
        }


@dataclass(frozen=True, slots=True)
class _Placed:
    """A trial under way that came from elsewhere, and the number that it has in the study."""

    parameters: dict[str, Value]
    trial: int


def build_sampler(spec: SamplerSpec, trials: int, offset: int) -> optuna.samplers.BaseSampler:
    """A multi-objective sampler by name, seeded by the spec's seed and the trials so far."""
    seed = (spec.seed + 1_000_003 * offset) % 2**32
    # Evolution needs some generations within the budget; Optuna's 50 would leave it none.
    population = max(8, min(50, trials // 5))
    with warnings.catch_warnings():
        # NSGA-III is marked experimental.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        match spec.name:
            case "tpe":
                return GroupedTPE(seed)
            case "nsga2":
                return optuna.samplers.NSGAIISampler(seed=seed, population_size=population)
            case "nsga3":
                return optuna.samplers.NSGAIIISampler(seed=seed, population_size=population)
            case "gp":
                return optuna.samplers.GPSampler(seed=seed, warn_independent_sampling=False)
            case "random":
                return optuna.samplers.RandomSampler(seed=seed)
            case _:
                assert_never(spec.name)


def distribution(dimension: Dimension) -> BaseDistribution | None:
    """Optuna's form of a dimension; None for one with nothing to choose."""
    match dimension:
        case Choice(values=values):
            return CategoricalDistribution(values) if len(values) > 1 else None
        case Ordinal(values=values):
            return IntDistribution(0, len(values) - 1) if len(values) > 1 else None
        case Real(low=low, high=high, log=log):
            return FloatDistribution(low, high, log=log)
        case _:
            assert_never(dimension)


class _GenerationLabels:
    """Generations for a genetic sampler's rebuilt trials, which it would otherwise ignore."""

    def __init__(self, sampler: optuna.samplers.BaseSampler) -> None:
        self._population = getattr(sampler, "population_size", None)
        self._key = f"{type(sampler).__name__}:generation"
        self._complete = 0

    def of_next(self, state: OptunaState) -> dict[str, Any]:
        if self._population is None or state is not OptunaState.COMPLETE:
            return {}
        generation = self._complete // self._population
        self._complete += 1
        return {self._key: generation}


def _encoded(dimension: Dimension, value: Value) -> Value:
    if isinstance(dimension, Ordinal):
        return dimension.values.index(value)
    return value


def _optuna_state(state: TrialState) -> OptunaState | None:
    match state:
        case TrialState.COMPLETE:
            return OptunaState.COMPLETE
        case TrialState.PRUNED:
            return OptunaState.PRUNED
        case TrialState.FAILED | TrialState.CANCELLED:
            return OptunaState.FAIL
        case TrialState.RESERVED | TrialState.RUNNING | TrialState.SUSPENDED:
            return None
        case _:
            assert_never(state)
