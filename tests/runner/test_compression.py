"""The search of a compression: every triple of ranks once, whoever samples, and after any restart."""

import pytest

from searchspace.architecture import HeadKind
from searchspace.baselines import BaselineName, fitted
from searchspace.bounds import cost_bounds, space_size
from searchspace.compression import automatic_ranks, space_of
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN
from searchspace.spec import JobSpec
from service.protocol import JobReason, KnownTrial, Reserve, TrialState
from tests.runner.builders import VALUES, Desk, job_spec, orders, stop
from workers.assignment import Assignment
from workers.search.search import Nothing

DIGITS = KNOWN["digits"]
NETWORK = fitted(BaselineName.MOBILENET_V3_SMALL, DIGITS.image, DIGITS.classes)
RANKS = automatic_ranks(NETWORK)


def compression(sampler: str) -> JobSpec:
    return job_spec(
        space={"training": {"learning_rate": 0.001}},
        compress={
            "architecture": NETWORK.model_dump(mode="json"),
            "weights": "0" * 64,
            "ranks": RANKS,
        },
        budget={"trials": len(RANKS)},
        sampler={"name": sampler},
        early_stopping={"name": "none"},
    )


def finish(desk: Desk, assignment: Assignment) -> None:
    desk.search.begin(assignment.number, assignment.attempt)
    desk.search.receive([stop(assignment.number, values=VALUES)])


def tried(desk: Desk) -> list[object]:
    records = desk.recording.records
    return [r.parameters["head.ranks"] for r in records if isinstance(r, Reserve)]


@pytest.mark.parametrize("sampler", ["tpe", "random", "nsga2"])
def test_every_triple_is_tried_once(sampler: str) -> None:
    desk = Desk(compression(sampler))
    desk.orders = orders(slots=2, trials=len(RANKS))
    while isinstance(assignment := desk.search.next(), Assignment):
        head = assignment.architecture.head
        assert head is not None
        assert (head.kind, head.ranks in RANKS) == (HeadKind.TCL, True)
        finish(desk, assignment)
    assert assignment is Nothing.MORE
    assert desk.search.outcome() is JobReason.BUDGET_SPENT
    assert sorted(map(str, tried(desk))) == sorted("x".join(map(str, each)) for each in RANKS)


def test_another_runner_goes_on_with_those_that_are_left() -> None:
    first = Desk(compression("tpe"))
    first.orders = orders(slots=9, trials=len(RANKS))
    for _ in range(3):
        finish(first, first.hand_out())
    known = tuple(
        KnownTrial(
            number=record.number,
            state=TrialState.COMPLETE,
            reason=None,
            parameters=record.parameters,
            seed=record.seed,
            attempts=1,
            values=VALUES,
            latency=None,
            reports=(),
        )
        for record in first.recording.records
        if isinstance(record, Reserve)
    )
    second = Desk(compression("tpe"), known)
    second.orders = orders(slots=9, trials=len(RANKS))
    handed = [second.hand_out() for _ in range(len(RANKS) - len(known))]
    told = [record.parameters["head.ranks"] for record in known]
    assert len({*told, *tried(second)}) == len(told) + len(handed) == len(RANKS)


def test_the_space_costs_what_its_models_cost() -> None:
    space = space_of(compression("tpe"), DIGITS)
    params = [architecture_cost(NETWORK.with_head(HeadKind.TCL, ranks)).params for ranks in RANKS]
    assert params == sorted(params)
    assert params[-1] < architecture_cost(NETWORK).params
    assert cost_bounds(space).params == (params[0], params[-1])
    assert space_size(space) == len(RANKS) > 3
