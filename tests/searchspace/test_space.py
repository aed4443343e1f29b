"""Sampling, decoding and checking points of a space."""

import json
from typing import Any

import numpy as np
import pytest

from searchspace.architecture import Architecture, BlockKind, HeadKind, Shape
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN, DatasetInfo
from searchspace.dimensions import Choice, Ordinal, RandomSuggest, Real
from searchspace.errors import InvalidDocument
from searchspace.objectives import Constraint
from searchspace.presets import PRESETS, SMALLEST_MAP, stage_strides
from searchspace.ranks import RankGrid
from searchspace.repair import excess
from searchspace.space import Space
from searchspace.spec import JobSpec
from tests.searchspace.conftest import MakeSpace, MakeSpec

ODD = DatasetInfo(
    key="folder-odd",
    image=Shape(channels=4, height=300, width=37),
    classes=3,
    train_images=50,
    test_images=5,
)
DATASETS = [*(KNOWN[name] for name in ("digits", "mnist", "cifar100", "imagenette")), ODD]


def random_points(space: Space, count: int, seed: int = 0) -> list[dict[str, Any]]:
    generator = RandomSuggest(np.random.default_rng(seed))
    return [space.sample(generator) for _ in range(count)]


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.key)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_sampled_point_decodes_into_one_stable_architecture(
    preset: str, dataset: DatasetInfo
) -> None:
    document = {"version": 1, "name": "x", "dataset": {"name": "digits"}}
    space = Space(JobSpec.parse({**document, "space": {"preset": preset}}), dataset)
    digests = set()
    for parameters in random_points(space, 100):
        point = space.decode(parameters)
        text = point.architecture.canonical_json()
        again = Architecture.parse(json.loads(text))
        assert again == point.architecture
        assert again.canonical_json() == text
        assert again.digest == space.decode(json.loads(json.dumps(parameters))).architecture.digest
        assert point.architecture.input == dataset.image
        assert point.architecture.classes == dataset.classes
        assert architecture_cost(point.architecture).params > 0
        assert 1e-3 <= point.hyperparameters.learning_rate <= 3e-2
        assert space.check(parameters) == parameters
        assert space.complete(parameters) == parameters
        digests.add(again.digest)
    assert len(digests) > 50


def test_equal_seeds_sample_equal_points(make_space: MakeSpace) -> None:
    space = make_space()
    assert random_points(space, 20, seed=3) == random_points(space, 20, seed=3)
    assert random_points(space, 20, seed=3) != random_points(space, 20, seed=4)


def test_random_points_reach_every_choice_evenly(make_space: MakeSpace) -> None:
    space = make_space()
    points = random_points(space, 2000)
    kinds = [point["head.kind"] for point in points]
    for kind in HeadKind:
        assert 560 < kinds.count(kind.value) < 780
    for name, dimension in space.dimensions.items():
        if not isinstance(dimension, Real):
            assert {p[name] for p in points if name in p} == set(dimension.values)


def test_a_point_has_only_what_it_makes_use_of(make_space: MakeSpace) -> None:
    for point in random_points(make_space(), 200):
        for stage in ("stage1", "stage2", "stage3"):
            expands = point[f"{stage}.block"] == BlockKind.MBCONV
            assert (f"{stage}.kernel" in point) == expands
            assert (f"{stage}.expansion" in point) == expands
        assert ("head.ranks.channels" in point) == (point["head.kind"] == HeadKind.TCL)


def test_single_choices_are_not_asked_for(make_space: MakeSpace) -> None:
    class Refuses:
        def suggest_categorical(self, name: str, choices: object) -> Any:
            raise AssertionError(name)

        def suggest_int(self, name: str, low: int, high: int) -> Any:
            raise AssertionError(name)

        def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> Any:
            raise AssertionError(name)

    stage = {"blocks": ["residual"], "depths": [1], "widths": [8], "squeeze_excite": [False]}
    space = make_space(
        stem_widths=[8],
        stages=[stage],
        head={"kinds": ["tcl"], "ranks": {"policy": "fixed", "values": [4, 2, 2]}},
        training={"learning_rate": 0.01},
    )
    point = space.decode(space.sample(Refuses()))
    assert point.architecture.head.ranks == (4, 2, 2)
    assert point.hyperparameters.learning_rate == 0.01


def test_dimensions_keep_their_order_and_kind(make_space: MakeSpace) -> None:
    dimensions = make_space(training={"weight_decay": {"low": 0, "high": 0.1}}).dimensions
    assert list(dimensions)[:3] == ["stem.width", "stage1.block", "stage1.depth"]
    assert list(dimensions)[-2:] == ["training.learning_rate", "training.weight_decay"]
    assert isinstance(dimensions["stage1.width"], Ordinal)
    assert isinstance(dimensions["stage1.squeeze_excite"], Choice)
    assert dimensions["training.weight_decay"] == Real("training.weight_decay", 0, 0.1, False)


def test_ranks_are_cut_to_the_points_own_feature_map(make_space: MakeSpace) -> None:
    space = make_space(
        stages=[{"widths": [8, 64]}], head={"kinds": ["tcl"], "ranks": {"channels": [4, 48]}}
    )
    (point,) = random_points(space, 1)
    narrow = {**point, "stage1.width": 8, "head.ranks.channels": 48}
    assert space.decode(narrow).architecture.head.ranks is not None
    for width, rank in ((8, 8), (64, 48)):
        head = space.decode({**narrow, "stage1.width": width}).architecture.head
        assert head.ranks is not None
        assert head.ranks[0] == rank


def test_fixed_ranks_are_cut_too(make_space: MakeSpace) -> None:
    ranks = {"policy": "fixed", "values": [32, 4, 4]}
    space = make_space(preset="tiny", head={"kinds": ["tcl"], "ranks": ranks})
    (point,) = random_points(space, 1)
    heads = [
        space.decode({**point, "stage3.width": width}).architecture.head for width in (24, 32)
    ]
    assert [head.ranks for head in heads] == [(24, 4, 4), (32, 4, 4)]


@pytest.mark.parametrize(
    ("image", "strides", "last"),
    [
        ((1, 8, 8), (1, 2, 1, 1), 4),
        ((1, 28, 28), (1, 2, 2, 2), 4),
        ((3, 32, 32), (1, 2, 2, 2), 4),
        ((3, 128, 128), (1, 2, 2, 2), 8),
        ((3, 5, 5), (1, 1, 1, 1), 5),
    ],
)
def test_stages_halve_the_map_down_to_the_smallest(
    image: tuple[int, int, int], strides: tuple[int, ...], last: int
) -> None:
    channels, height, width = image
    shape = Shape(channels=channels, height=height, width=width)
    assert stage_strides(shape, 4) == strides
    assert last >= SMALLEST_MAP
    document = {"version": 1, "name": "x", "dataset": {"name": "digits"}}
    dataset = KNOWN["digits"].model_copy(update={"image": shape})
    space = Space(JobSpec.parse({**document, "space": {"preset": "mobile"}}), dataset)
    (point,) = random_points(space, 1)
    assert space.decode(point).architecture.feature_map.height == last


@pytest.fixture
def own(make_space: MakeSpace) -> tuple[Space, dict[str, Any]]:
    space = make_space(
        preset="tiny", stages=[{}], training={"learning_rate": {"low": 0.1, "high": 1}}
    )
    return space, {
        "stem.width": 8,
        "stage1.block": "mbconv",
        "stage1.depth": 1,
        "stage1.width": 16,
        "stage1.kernel": 3,
        "stage1.expansion": 2,
        "stage1.squeeze_excite": False,
        "head.kind": "tcl",
        "head.ranks.channels": 4,
        "head.ranks.height": 2,
        "head.ranks.width": 1,
        "training.learning_rate": 0.5,
    }


def test_a_persons_point_is_put_in_sampling_order(own: tuple[Space, dict[str, Any]]) -> None:
    space, parameters = own
    checked = space.check(dict(reversed(parameters.items())))
    assert list(checked.items()) == list(parameters.items())
    assert space.decode(checked).architecture.head.ranks == (4, 2, 1)


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"stage1.width": 12}, {"stage1.width"}),
        ({"stage1.width": "16"}, {"stage1.width"}),
        ({"stage1.width": 16.0}, {"stage1.width"}),
        ({"stage1.depth": True}, {"stage1.depth"}),
        ({"stage1.squeeze_excite": 0}, {"stage1.squeeze_excite"}),
        ({"stage1.width": None}, {"stage1.width"}),
        ({"stage1.width": [16]}, {"stage1.width"}),
        ({"head.kind": "mlp"}, {"head.kind", "head.ranks.channels"}),
        ({"training.learning_rate": 1.1}, {"training.learning_rate"}),
        ({"training.learning_rate": True}, {"training.learning_rate"}),
        ({"training.learning_rate": float("nan")}, {"training.learning_rate"}),
        ({"training.learning_rate": "0.5"}, {"training.learning_rate"}),
        ({"width": 16}, {"width"}),
        ({"stage2.width": 16}, {"stage2.width"}),
        ({"training.weight_decay": 0.1}, {"training.weight_decay"}),
        ({"": 1, "a/b": 2}, {"", "a~1b"}),
        ({"head.kind": "gap"}, {"head.ranks.channels", "head.ranks.height", "head.ranks.width"}),
        ({"stage1.block": "residual"}, {"stage1.kernel", "stage1.expansion"}),
    ],
)
def test_a_persons_faulty_point_is_refused_at_each_parameter(
    own: tuple[Space, dict[str, Any]], change: dict[str, Any], pointers: set[str]
) -> None:
    space, parameters = own
    with pytest.raises(InvalidDocument) as refused:
        space.check({**parameters, **change})
    found = {problem.pointer for problem in refused.value.problems}
    assert {f"/parameters/{pointer}" for pointer in pointers} <= found


def test_a_missing_parameter_is_named_and_so_is_the_one_given_instead(
    own: tuple[Space, dict[str, Any]],
) -> None:
    space, parameters = own
    del parameters["stage1.width"]
    with pytest.raises(InvalidDocument) as refused:
        space.check({**parameters, "width": 16})
    assert [problem.pointer for problem in refused.value.problems] == [
        "/parameters/stage1.width",
        "/parameters/width",
    ]


def test_completing_drops_what_is_out_of_use_and_fills_what_came_into_use(
    own: tuple[Space, dict[str, Any]],
) -> None:
    space, parameters = own
    pooled = space.complete({**parameters, "head.kind": "gap"})
    assert not any(name.startswith("head.ranks") for name in pooled)
    again = space.complete({**pooled, "head.kind": "tcl"})
    assert again["head.ranks.channels"] == 4
    assert space.check(again) == again


def elastic_space(make_spec: MakeSpec, **fields: Any) -> Space:
    head = {"kinds": ["gap", "tcl"], "ranks": {"policy": "elastic"}}
    return Space(make_spec(space={"preset": "tiny", "head": head}, **fields), KNOWN["digits"])


def test_elastic_ranks_are_no_dimensions(make_spec: MakeSpec) -> None:
    space = elastic_space(make_spec)
    assert not any(name.startswith("head.ranks") for name in space.dimensions)
    (point,) = random_points(space, 1)
    with pytest.raises(InvalidDocument) as refused:
        space.check({**point, "head.kind": "tcl", "head.ranks.channels": 4})
    assert [p.pointer for p in refused.value.problems] == ["/parameters/head.ranks.channels"]


def test_an_elastic_point_has_the_largest_ranks_of_its_own_feature_map(
    make_spec: MakeSpec,
) -> None:
    space = elastic_space(make_spec)
    (point,) = random_points(space, 1)
    for width in (24, 32):
        found = space.decode({**point, "head.kind": "tcl", "stage3.width": width})
        assert found.ranks is not None
        assert found.ranks.channels == (1, 2, 4, 8, 16, *((24,) if width == 24 else (32,)))
        assert found.architecture.head.ranks == found.ranks.largest == (width, 4, 4)
    assert space.decode({**point, "head.kind": "gap"}).ranks is None


def test_an_elastic_point_covers_what_keeps_the_constraints(make_spec: MakeSpec) -> None:
    free = elastic_space(make_spec)
    (point,) = random_points(free, 1)
    point = {**point, "head.kind": "tcl", "stage3.width": 32}
    whole = free.decode(point)
    assert whole.ranks is not None
    most = architecture_cost(whole.architecture).params - 1000
    bound = {"metric": "params", "max": most}

    space = elastic_space(make_spec, constraints=[bound])

    found = space.decode(point)
    assert found.ranks is not None
    backbone = whole.architecture
    params = {
        ranks: architecture_cost(backbone.with_head(HeadKind.TCL, ranks)).params
        for ranks in whole.ranks.triples()
    }
    kept = [ranks for ranks, count in params.items() if count <= most]
    assert set(kept) <= set(found.ranks.triples()), "nothing that may be delivered is missing"
    assert found.ranks == RankGrid.around(kept)
    assert architecture_cost(found.architecture).params == max(params[ranks] for ranks in kept)
    assert excess(space_constraints(bound), found) == 0


def space_constraints(*bounds: dict[str, Any]) -> list[Constraint]:
    return [Constraint.model_validate(bound) for bound in bounds]


def test_an_elastic_point_whose_smallest_ranks_are_too_many_is_infeasible(
    make_spec: MakeSpec,
) -> None:
    bound = {"metric": "params", "max": 1}
    space = elastic_space(make_spec, constraints=[bound])
    (point,) = random_points(space, 1)
    found = space.decode({**point, "head.kind": "tcl"})
    assert excess(space_constraints(bound), found) > 0
    assert found.architecture.head.ranks == (1, 1, 1)
