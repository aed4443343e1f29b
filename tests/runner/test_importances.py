"""The program that tells how much each parameter matters."""

from typing import Any

import numpy as np

from searchspace.datasets import KNOWN
from searchspace.dimensions import RandomSuggest
from searchspace.space import Space
from searchspace.spec import JobSpec
from workers.importances import MOST_TRIALS, importances

SPEC = JobSpec.parse(
    {
        "version": 1,
        "name": "digits",
        "dataset": {"name": "digits"},
        "space": {"preset": "tiny"},
        "objectives": ["accuracy", "params"],
    }
)
DATASET = KNOWN["digits"]


def trials(count: int) -> list[dict[str, Any]]:
    """Accuracy is the learning rate's doing, parameters a width's; nothing else matters."""
    space, generator = Space(SPEC, DATASET), np.random.default_rng(0)
    points = [space.sample(RandomSuggest(generator)) for _ in range(count)]
    return [
        {
            "parameters": point,
            "values": {
                "accuracy": float(point["training.learning_rate"]),
                "params": float(point["stage3.width"]),
            },
        }
        for point in points
    ]


def test_what_decides_has_the_largest_share():
    said = importances(SPEC, DATASET, trials(200))
    shares = said["shares"]
    assert said["trials"] == 200
    assert max(shares["accuracy"], key=shares["accuracy"].get) == "training.learning_rate"
    assert max(shares["params"], key=shares["params"].get) == "stage3.width"
    assert {"head.ranks.channels", "stage1.expansion"} <= shares["accuracy"].keys()


def test_nothing_matters_where_all_are_alike():
    alike = [trial | {"values": {"accuracy": 0.5, "params": 9.0}} for trial in trials(20)]
    shares = importances(SPEC, DATASET, alike)["shares"]
    assert set(shares["accuracy"].values()) == {0.0}


def test_the_newest_of_very_many_are_told_of():
    many = trials(10)
    repeated = [many[index % 10] for index in range(MOST_TRIALS + 50)]
    assert importances(SPEC, DATASET, repeated)["trials"] == MOST_TRIALS
