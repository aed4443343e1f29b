"""The source's table, cut off and run again: no job is posted twice, and no baseline scored twice."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from benchmarks.source_scores import KEPT, KeptScores
from benchmarks.source_slices import QUICK, SMOKE, Slice, slices
from benchmarks.source_table import bring_to_its_end, rows_of
from searchspace.baselines import BaselineName, fitted
from searchspace.datasets import KNOWN
from service.team.access import Role
from tclsearch_client import Client
from tclsearch_client.documents import Job
from tests.api.served import Dispatcher, Served, serving
from workers.models.checkpoint import encode_model
from workers.networks.building import build
from workers.training.final_score import score_on_test

NOW = 0.0
"""A deadline that is over: whatever is there is looked at once."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        Dispatcher.of(served).beat()
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    token = served.person(Role.EDITOR).headers["Authorization"].removeprefix("Bearer ")
    with Client(served.url, token) as client:
        yield client


def named(what: str, **changes: int) -> Slice:
    return next(each for each in slices(SMOKE, replace(QUICK, **changes)) if each.what == what)


def jobs(client: Client) -> list[Job]:
    return list(client.jobs())


def test_a_run_that_was_cut_off_goes_on_with_the_jobs_that_are_there(
    served: Served, client: Client
) -> None:
    fixed = named("fixed")
    bring_to_its_end(client, fixed, NOW)
    (job,) = jobs(client)
    bring_to_its_end(client, fixed, NOW)
    assert [each.id for each in jobs(client)] == [job.id]
    runner = Dispatcher.of(served).claim(job.id)
    runner.complete(0.9, 0.5)
    bring_to_its_end(client, fixed, NOW)
    assert [each.trials.finished for each in jobs(client)] == [1]
    runner.finish("budget_spent")
    bring_to_its_end(client, fixed, monotonic() + 60)
    assert [(each.id, each.state) for each in jobs(client)] == [(job.id, "succeeded")]


def test_what_has_failed_is_tried_again_with_what_it_has(served: Served, client: Client) -> None:
    fixed = named("fixed")
    bring_to_its_end(client, fixed, NOW)
    (job,) = jobs(client)
    runner = Dispatcher.of(served).claim(job.id)
    runner.complete(0.9, 0.5)
    runner.finish("runner_error")
    bring_to_its_end(client, fixed, NOW)
    (again,) = jobs(client)
    assert (again.id, again.state, again.trials.finished) == (job.id, "queued", 1)


def test_another_budget_is_another_job(client: Client) -> None:
    for models in (1, 2):
        bring_to_its_end(client, named("fixed", models=models), NOW)
    assert len({job.id for job in jobs(client)}) == 2


def test_baselines_are_scored_on_the_test_part_once_when_their_job_is_over(
    served: Served, client: Client
) -> None:
    each = named("baselines-0")
    bring_to_its_end(client, each, NOW)
    (job,) = jobs(client)
    runner = Dispatcher.of(served).claim(job.id)
    name = BaselineName.SHUFFLENET_V2_X0_5
    digits = KNOWN["digits"]
    architecture = fitted(name, digits.image, digits.classes)
    network = build(architecture).eval()
    runner.complete_baseline(name.value, 0.25, 0.5, encode_model(network, architecture))
    (running,) = rows_of(client, each, KeptScores(served.data_dir))
    assert (running.accuracies, running.test) == ((0.25,), ())

    runner.finish("budget_spent")
    (over,) = rows_of(client, each, KeptScores(served.data_dir))
    assert over.test == (score_on_test(network, served.data_dir, "digits", None, "cpu"),)

    # What is on disk is told, and not found out again.
    kept = json.loads((served.data_dir / KEPT).read_text())
    (served.data_dir / KEPT).write_text(json.dumps(dict.fromkeys(kept, 0.125)))
    (again,) = rows_of(client, each, KeptScores(served.data_dir))
    assert again.test == (0.125,)
