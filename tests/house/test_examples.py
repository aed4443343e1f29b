"""The examples are jobs that can run, and small enough for what they are for."""

from pathlib import Path

import pytest

from searchspace.bounds import cost_bounds, unsatisfiable
from searchspace.datasets import BUNDLED, KNOWN
from searchspace.space import Space, resolve
from searchspace.spec import JobSpec
from service.api.documents import read_yaml
from service.jobs.compression_form import Compression

COMPRESSION = "compress.yaml"
EXAMPLES = Path(__file__).parents[2] / "examples"


def spec_of(example: str) -> JobSpec:
    return JobSpec.parse(read_yaml((EXAMPLES / example).read_text()))


@pytest.mark.parametrize(
    "example", sorted(path.name for path in EXAMPLES.glob("*.yaml") if path.name != COMPRESSION)
)
def test_every_example_is_a_job_that_can_run(example: str) -> None:
    spec = spec_of(example)
    dataset = KNOWN[spec.dataset.key]
    assert resolve(spec, dataset).space.stages
    assert unsatisfiable(spec.constraints, cost_bounds(Space(spec, dataset))) == ()
    assert (spec.dataset.train_size or 1) <= dataset.train_images


def test_the_example_of_a_compression_lacks_its_weights_alone() -> None:
    document = read_yaml((EXAMPLES / COMPRESSION).read_text())
    document["source"]["weights"] = "0" * 64
    assert Compression.parse(document).dataset is not None


def test_the_demo_needs_nothing_fetched_and_little_time() -> None:
    spec = spec_of("digits.yaml")
    assert spec.dataset.key in BUNDLED
    assert spec.budget.trials * spec.budget.training_epochs <= 24


def test_the_real_example_has_images_and_trials_enough_to_tell_heads_apart() -> None:
    spec = spec_of("cifar10.yaml")
    assert (spec.dataset.train_size or 0) >= 20_000
    assert spec.budget.trials >= 12
    assert set(Space(spec, KNOWN["cifar10"]).spec.head.kinds or ()) == {"gap", "flatten", "tcl"}
