"""Objectives and constraints: what is better, and what is allowed."""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_serializer, model_validator

from searchspace.architecture import Frozen

Bound = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Metric(StrEnum):
    ACCURACY = "accuracy"
    """Fraction of the validation images that are classified rightly, 0 to 1."""
    PARAMS = "params"
    """Trainable parameters of the delivered model."""
    LATENCY_MS = "latency_ms"
    """Milliseconds of the fastest of many runs."""
    MACS = "macs"
    """Multiply-accumulates for one image."""
    SIZE_BYTES = "size_bytes"
    """Bytes of the weights."""


ANALYTIC = frozenset({Metric.PARAMS, Metric.MACS, Metric.SIZE_BYTES})
"""Known from the architecture alone, before anything is trained."""


class Direction(StrEnum):
    MAXIMIZE = "maximize"
    """More is better; so it is for accuracy unless the spec says otherwise."""
    MINIMIZE = "minimize"
    """Less is better; so it is for all others."""


def natural_direction(metric: Metric) -> Direction:
    return Direction.MAXIMIZE if metric is Metric.ACCURACY else Direction.MINIMIZE


class Objective(Frozen):
    """One thing to improve.

    Written as the bare metric name, or as {metric, direction, reference}; the short form is kept
    wherever it says everything.

    metric: what is measured.
    direction: what is better; the metric's own when absent.
    reference: the worst value that still counts towards the hypervolume; derived when absent.
    """

    metric: Metric
    direction: Direction | None = None
    reference: Bound | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value not in Metric.__members__.values():
            raise ValueError(f"unknown metric; there are {', '.join(Metric)}")
        return {"metric": value}

    @property
    def maximized(self) -> bool:
        return (self.direction or natural_direction(self.metric)) is Direction.MAXIMIZE

    @model_serializer(mode="plain")
    def _shortest(self) -> str | dict[str, Any]:
        if self.direction is None and self.reference is None:
            return self.metric.value
        direction = self.direction or natural_direction(self.metric)
        return {
            "metric": self.metric.value,
            "direction": direction.value,
            "reference": self.reference,
        }


class Constraint(Frozen):
    """Bounds, inclusive, that a model must keep to be feasible; at least one of the two.

    metric: what is bounded.
    min: the least allowed.
    max: the most allowed.
    """

    metric: Metric
    min: Bound | None = None
    max: Bound | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a constraint needs `min` or `max`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min must not exceed max")
        return self

    def violation(self, value: float) -> float:
        """How far `value` lies outside the bounds; 0 inside, infinite for NaN."""
        if math.isnan(value):
            return math.inf
        below = self.min - value if self.min is not None else 0.0
        above = value - self.max if self.max is not None else 0.0
        return max(0.0, below, above)


def feasible(constraints: Sequence[Constraint], values: Mapping[str, float]) -> bool:
    """Whether every constraint on a known value holds; an unknown value breaks its constraint."""
    return all(
        constraint.metric in values and constraint.violation(values[constraint.metric]) == 0
        for constraint in constraints
    )


def analytic_violations(
    constraints: Sequence[Constraint], values: Mapping[str, float]
) -> tuple[Constraint, ...]:
    """The constraints that an architecture breaks before it is trained."""
    return tuple(
        c for c in constraints if c.metric in ANALYTIC and c.violation(values[c.metric]) > 0
    )


def losses(objectives: Sequence[Objective], values: Mapping[str, float]) -> tuple[float, ...]:
    """The objective vector with every entry to be minimised.

    Raises:
        ValueError: an objective is missing, NaN or infinite.
    """
    vector = []
    for objective in objectives:
        value = values.get(objective.metric)
        if value is None or not math.isfinite(value):
            raise ValueError(f"{objective.metric.value} is {value}: not a usable value")
        vector.append(-value if objective.maximized else value)
    return tuple(vector)
