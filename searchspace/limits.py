"""What constraints say of an architecture before it is trained."""

from collections.abc import Mapping, Sequence

from searchspace.cost import Cost
from searchspace.objectives import ANALYTIC, Constraint, Metric


def analytic_values(cost: Cost) -> dict[str, float]:
    """The metrics that an architecture's cost decides."""
    return {
        Metric.PARAMS: cost.params,
        Metric.MACS: cost.macs,
        Metric.SIZE_BYTES: cost.size_bytes,
    }


def cost_excess(constraints: Sequence[Constraint], cost: Cost) -> float:
    """Sum of the relative violations of the analytic constraints; 0 when all hold."""
    values: Mapping[str, float] = analytic_values(cost)
    return sum(
        constraint.violation(values[constraint.metric]) / max(1.0, values[constraint.metric])
        for constraint in constraints
        if constraint.metric in ANALYTIC
    )
