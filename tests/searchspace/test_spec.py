"""Specs that are refused, each with a pointer to the field; and what a spec reads back as."""

import json
import math
from typing import Any

import pytest

from searchspace.datasets import KNOWN
from searchspace.errors import InvalidDocument
from searchspace.objectives import Direction, Metric
from searchspace.space import resolve
from searchspace.spec import JobSpec, NoEarlyStopping, Promotion, Range, SuccessiveHalving


def document(**fields: Any) -> dict[str, Any]:
    return {"version": 1, "name": "a search", "dataset": {"name": "cifar10"}, **fields}


def training(**fields: Any) -> dict[str, Any]:
    return document(space={"training": fields})


def ranks(**fields: Any) -> dict[str, Any]:
    return document(space={"head": {"ranks": fields}})


def stage(**fields: Any) -> dict[str, Any]:
    return document(space={"stages": [{}, fields]})


def budget(**fields: Any) -> dict[str, Any]:
    return document(budget=fields)


def resources(**fields: Any) -> dict[str, Any]:
    return document(resources=fields)


def known(**fields: Any) -> dict[str, Any]:
    return document(known=[{"parameters": {}, "values": {}, **fields}])


JOB = "job_" + "0" * 32


def refused_at(bad: object) -> set[str]:
    with pytest.raises(InvalidDocument) as refused:
        JobSpec.parse(bad)
    assert all(problem.message for problem in refused.value.problems)
    return {problem.pointer for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        (None, ""),
        ([], ""),
        ("version: 1", ""),
        (document(state="running"), "/state"),
        (document(epoch=3), "/epoch"),
        (document(space={"presets": "tiny"}), "/space/presets"),
        (stage(width=8), "/space/stages/1/width"),
        ({"name": "x", "dataset": {"name": "digits"}}, "/version"),
        (document(version=2), "/version"),
        (document(version=0), "/version"),
        (document(version="1"), "/version"),
        (document(version=True), "/version"),
        (document(version=1.0), "/version"),
    ],
)
def test_form(bad: object, pointer: str) -> None:
    assert refused_at(bad) == {pointer}


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "..",
        ". .",
        "x" * 101,
        "../etc",
        "a/b",
        "a\\b",
        "a\nb",
        "a\0b",
        "a\x1b[31mb",
        "a\x85b",
        "invoice\u202etxt.exe",
        "a\u2066b",
        "a\u200bb",
        "\ud800",
        7,
        True,
        None,
        ["x"],
    ],
)
def test_name(name: object) -> None:
    assert refused_at(document(name=name)) == {"/name"}


@pytest.mark.parametrize("name", ["x", "x" * 100, "Größe 3 × 3", "小さな探索", "a.b_c-d (2)"])
def test_names_of_any_language_are_kept(name: str) -> None:
    assert JobSpec.parse(document(name=name)).name == name


@pytest.mark.parametrize(
    ("dataset", "pointer"),
    [
        (None, ""),
        ("digits", ""),
        ({}, "/name"),
        ({"name": "svhn"}, "/name"),
        ({"name": "../digits"}, "/name"),
        ({"name": "digits", "path": "/etc"}, "/path"),
        ({"name": "digits", "train_size": 0}, "/train_size"),
        ({"name": "digits", "train_size": -5}, "/train_size"),
        ({"name": "digits", "train_size": True}, "/train_size"),
        ({"name": "digits", "train_size": 10.0}, "/train_size"),
        ({"name": "digits", "validation_fraction": 0}, "/validation_fraction"),
        ({"name": "digits", "validation_fraction": 1.0}, "/validation_fraction"),
        ({"name": "digits", "validation_fraction": math.nan}, "/validation_fraction"),
        ({"name": "folder"}, ""),
        ({"name": "digits", "folder": "mine"}, ""),
        ({"name": "folder", "folder": "../mine"}, "/folder"),
        ({"name": "folder", "folder": "mine\n"}, "/folder"),
        ({"name": "folder", "folder": ""}, "/folder"),
    ],
)
def test_dataset(dataset: object, pointer: str) -> None:
    assert refused_at(document(dataset=dataset)) == {f"/dataset{pointer}"}


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        (document(space={"preset": "large"}), "/preset"),
        (document(space={"stem_widths": []}), "/stem_widths"),
        (document(space={"stem_widths": [8, 8]}), "/stem_widths"),
        (document(space={"stem_widths": [0]}), "/stem_widths/0"),
        (document(space={"stem_widths": [8, True]}), "/stem_widths/1"),
        (document(space={"stages": []}), "/stages"),
        (document(space={"stages": [{}] * 7}), "/stages"),
        (stage(blocks=["dense"]), "/stages/1/blocks/0"),
        (stage(blocks=[]), "/stages/1/blocks"),
        (stage(blocks=["mbconv", "mbconv"]), "/stages/1/blocks"),
        (stage(depths=[1, 17]), "/stages/1/depths/1"),
        (stage(widths=[4096]), "/stages/1/widths/0"),
        (stage(kernels=[4]), "/stages/1/kernels/0"),
        (stage(kernels=[3.0]), "/stages/1/kernels/0"),
        (stage(expansions=[True]), "/stages/1/expansions/0"),
        (stage(expansions=[3]), "/stages/1/expansions/0"),
        (stage(squeeze_excite=[1]), "/stages/1/squeeze_excite/0"),
        (document(space={"head": {"kinds": []}}), "/head/kinds"),
        (document(space={"head": {"kinds": ["gap", "gap"]}}), "/head/kinds"),
        (document(space={"head": {"kinds": ["mlp"]}}), "/head/kinds/0"),
        (ranks(policy="learned"), "/head/ranks/policy"),
        (ranks(channels=[4, 0]), "/head/ranks/channels/1"),
        (ranks(height=[-1]), "/head/ranks/height/0"),
        (ranks(width=[]), "/head/ranks/width"),
        (ranks(width=[1, 1]), "/head/ranks/width"),
        (ranks(width=[True]), "/head/ranks/width/0"),
        (ranks(policy="fixed"), "/head/ranks"),
        (ranks(policy="fixed", values=[4, 2, 2], height=[1]), "/head/ranks"),
        (ranks(values=[4, 2, 2]), "/head/ranks"),
        (ranks(policy="fixed", values=[4, 0, 2]), "/head/ranks/values/1"),
        (ranks(policy="fixed", values=[4, 2]), "/head/ranks/values/2"),
        (ranks(policy="fixed", values=[4, 2, 2, 2]), "/head/ranks/values"),
        (training(learning_rate=True), "/training/learning_rate"),
        (training(learning_rate="fast"), "/training/learning_rate"),
        (training(learning_rate=math.nan), "/training/learning_rate"),
        (training(learning_rate=0), "/training/learning_rate"),
        (training(learning_rate=101), "/training/learning_rate"),
        (training(learning_rate={"low": 0.1, "high": 0.1}), "/training/learning_rate"),
        (training(learning_rate={"low": 0.2, "high": 0.1}), "/training/learning_rate"),
        (training(learning_rate={"low": 0, "high": 1, "log": True}), "/training/learning_rate"),
        (training(learning_rate={"low": -1, "high": 1, "log": True}), "/training/learning_rate"),
        (training(learning_rate={"high": 1}), "/training/learning_rate/low"),
        (training(learning_rate={"low": math.nan, "high": 1}), "/training/learning_rate/low"),
        (training(learning_rate={"low": 0, "high": math.inf}), "/training/learning_rate/high"),
        (training(learning_rate={"low": 1, "high": 10**400}), "/training/learning_rate/high"),
        (training(learning_rate={"low": 0.1, "high": 1, "log": 1}), "/training/learning_rate/log"),
        (training(learning_rate={"low": 0, "high": 1, "step": 1}), "/training/learning_rate/step"),
        (training(weight_decay={"low": 0, "high": 2}), "/training/weight_decay"),
        (training(weight_decay={"low": 0, "high": 1, "log": True}), "/training/weight_decay"),
        (training(label_smoothing=0.95), "/training/label_smoothing"),
        (training(label_smoothing=-0.1), "/training/label_smoothing"),
        (training(batch_size=0), "/training/batch_size"),
        (training(batch_size=64.0), "/training/batch_size"),
    ],
)
def test_space(bad: object, pointer: str) -> None:
    assert refused_at(bad) == {f"/space{pointer}"}


@pytest.mark.parametrize(
    ("objectives", "pointer"),
    [
        ([], ""),
        ("accuracy", ""),
        (None, ""),
        (["accuracy", "params", "latency_ms", "macs", "size_bytes"], ""),
        (["accuracy", "accuracy"], ""),
        (["params", {"metric": "params", "direction": "maximize"}], ""),
        (["accuracy", "f1"], "/1"),
        ([3], "/0"),
        ([{"metric": "f1"}], "/0/metric"),
        ([{}], "/0/metric"),
        ([{"metric": "params", "direction": "up"}], "/0/direction"),
        ([{"metric": "params", "reference": math.inf}], "/0/reference"),
        ([{"metric": "params", "weight": 2}], "/0/weight"),
    ],
)
def test_objectives(objectives: object, pointer: str) -> None:
    assert refused_at(document(objectives=objectives)) == {f"/objectives{pointer}"}


@pytest.mark.parametrize(
    ("constraint", "pointer"),
    [
        ({}, "/metric"),
        ({"metric": "f1", "max": 1}, "/metric"),
        ({"metric": "params"}, ""),
        ({"metric": "params", "min": 2, "max": 1}, ""),
        ({"metric": "params", "max": math.nan}, "/max"),
        ({"metric": "params", "max": True}, "/max"),
        ({"metric": "params", "equals": 1}, "/equals"),
    ],
)
def test_constraints(constraint: object, pointer: str) -> None:
    assert refused_at(document(constraints=[constraint])) == {f"/constraints/0{pointer}"}


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        (document(sampler={"name": "cmaes"}), "/sampler/name"),
        (document(sampler={"duplicates": "keep"}), "/sampler/duplicates"),
        (document(sampler={"seed": -1}), "/sampler/seed"),
        (document(sampler={"seed": 2**32}), "/sampler/seed"),
        (document(sampler={"seed": True}), "/sampler/seed"),
        (budget(trials=0), "/budget/trials"),
        (budget(trials=-1), "/budget/trials"),
        (budget(trials=10_001), "/budget/trials"),
        (budget(trials=True), "/budget/trials"),
        (budget(training_epochs=0), "/budget/training_epochs"),
        (budget(training_epochs=1.5), "/budget/training_epochs"),
        (budget(wall_clock_seconds=0), "/budget/wall_clock_seconds"),
        (budget(trial_seconds=0), "/budget/trial_seconds"),
        (budget(wall_clock_seconds=-1), "/budget/wall_clock_seconds"),
        (budget(wall_clock_seconds=math.inf), "/budget/wall_clock_seconds"),
        (document(early_stopping="none"), "/early_stopping"),
        (document(early_stopping=None), "/early_stopping"),
        (document(early_stopping={"name": "hyperband"}), "/early_stopping/name"),
        (document(early_stopping={"name": "none", "factor": 2}), "/early_stopping/factor"),
        (document(early_stopping={"reduction_factor": 1}), "/early_stopping/reduction_factor"),
        (
            document(early_stopping={"min_training_epochs": 0}),
            "/early_stopping/min_training_epochs",
        ),
        (document(early_stopping={"promotion": "best"}), "/early_stopping/promotion"),
        (
            document(early_stopping={"name": "none", "promotion": "epsilon_net"}),
            "/early_stopping/promotion",
        ),
        (resources(cpus=0), "/resources/cpus"),
        (resources(cpus=math.nan), "/resources/cpus"),
        (resources(cpus=True), "/resources/cpus"),
        (resources(gpus=-1), "/resources/gpus"),
        (resources(concurrency=0), "/resources/concurrency"),
        (resources(custom=["tpu"]), "/resources/custom"),
        (resources(custom={"tpu": 0}), "/resources/custom/tpu"),
        (resources(custom={"tpu": math.inf}), "/resources/custom/tpu"),
        (resources(custom={"tpu": True}), "/resources/custom/tpu"),
        (resources(custom={"tpu": 1.5}), "/resources/custom"),
        (resources(custom={"GPU": 1}), "/resources/custom"),
        (resources(custom={"node:10.0.0.1": 1}), "/resources/custom"),
        (resources(custom={f"r{i}": 1 for i in range(9)}), "/resources/custom"),
        (document(latency={"profile": "My Phone"}), "/latency/profile"),
        (document(latency={"runtime": "tflite"}), "/latency/runtime"),
        (document(latency={"batch_size": 0}), "/latency/batch_size"),
        (document(latency={"threads": 0}), "/latency/threads"),
        (document(retrain={"models": -1}), "/retrain/models"),
        (document(retrain={"seeds": 0}), "/retrain/seeds"),
        (document(warm_start=["job_1"]), "/warm_start/0"),
        (document(warm_start=[JOB, "../jobs"]), "/warm_start/1"),
        (document(warm_start=[JOB, JOB]), "/warm_start"),
        (document(warm_start=[f"job_{i:032x}" for i in range(9)]), "/warm_start"),
        (known(parameters=[]), "/known/0/parameters"),
        (known(parameters={"stem.width": None}), "/known/0/parameters/stem.width"),
        (known(parameters={"stem.width": math.nan}), "/known/0/parameters/stem.width"),
        (known(parameters={"stem.width": math.inf}), "/known/0/parameters/stem.width"),
        (known(values={"f1": 0.5}), "/known/0/values/f1"),
        (known(values={"accuracy": math.nan}), "/known/0/values/accuracy"),
        (known(values={"accuracy": "0.5"}), "/known/0/values/accuracy"),
        (known(trial=3), "/known/0/trial"),
        (document(known=[{"parameters": {}, "values": {}}] * 257), "/known"),
        (document(priority=11), "/priority"),
        (document(priority=-11), "/priority"),
        (document(priority=True), "/priority"),
        (document(tags=["x"]), "/tags"),
        (document(tags={"team": 7}), "/tags/team"),
        (document(tags={"x" * 257: "y"}), f"/tags/{'x' * 257}"),
        (document(tags={str(i): "" for i in range(33)}), "/tags"),
    ],
)
def test_the_rest(bad: object, pointer: str) -> None:
    assert refused_at(bad) == {pointer}


def test_every_fault_is_found_at_once() -> None:
    bad = document(name="a/b", budget={"trials": 0}, objectives=["accuracy", "f1"], extra=1)
    assert refused_at(bad) == {"/name", "/budget/trials", "/objectives/1", "/extra"}


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({"channels": [8, 65]}, {"/channels/1"}),
        ({"channels": [64], "height": [8, 9], "width": [16]}, {"/height/1", "/width/0"}),
        ({"policy": "fixed", "values": [65, 8, 9]}, {"/values/0", "/values/2"}),
        ({"policy": "elastic", "width": [1, 9]}, {"/width/1"}),
    ],
)
def test_ranks_beyond_every_feature_map_are_refused(
    given: dict[str, Any], pointers: set[str]
) -> None:
    # The small preset's last stage on 32 x 32 images: at most 64 channels, 8 x 8.
    spec = JobSpec.parse(ranks(**given))
    with pytest.raises(InvalidDocument) as refused:
        resolve(spec, KNOWN["cifar10"])
    found = {problem.pointer for problem in refused.value.problems}
    assert found == {f"/space/head/ranks{pointer}" for pointer in pointers}


def test_elastic_ranks_are_derived_where_none_are_listed() -> None:
    spec = resolve(JobSpec.parse(ranks(policy="elastic", height=[2, 3])), KNOWN["cifar10"])
    found = spec.space.head.ranks
    assert found.channels == (1, 2, 4, 8, 16, 32, 64)
    assert (found.height, found.width) == ((2, 3), (1, 2, 4, 8))
    assert resolve(spec, KNOWN["cifar10"]) == spec


def test_more_ranks_than_one_training_can_cover_are_refused() -> None:
    spec = JobSpec.parse(ranks(policy="elastic", channels=list(range(1, 40))))
    with pytest.raises(InvalidDocument) as refused:
        resolve(spec, KNOWN["cifar10"])
    assert [problem.pointer for problem in refused.value.problems] == ["/space/head/ranks"]
    resolve(JobSpec.parse(ranks(channels=list(range(1, 40)))), KNOWN["cifar10"])


def test_only_version_name_and_dataset_are_required() -> None:
    spec = JobSpec.parse(document())
    assert [o.metric for o in spec.objectives] == [
        Metric.ACCURACY,
        Metric.PARAMS,
        Metric.LATENCY_MS,
    ]
    assert [o.maximized for o in spec.objectives] == [True, False, False]
    assert spec.space.preset == "small"
    assert spec.sampler.name == "tpe"
    assert (spec.budget.trials, spec.budget.training_epochs) == (24, 6)
    assert spec.budget.wall_clock_seconds is None
    assert spec.early_stopping == SuccessiveHalving()
    assert spec.constraints == ()
    assert spec.retrain.models == 0
    assert spec.space.training.learning_rate == Range(low=1e-3, high=3e-2, log=True)


EVERY_FIELD = document(
    dataset={"name": "cifar10", "train_size": 20_000, "validation_fraction": 0.2},
    space={
        "preset": "mobile",
        "stem_widths": [16, 8],
        "stages": [{"blocks": ["mbconv"], "kernels": [5, 3]}, {"squeeze_excite": [True]}],
        "head": {"kinds": ["tcl"], "ranks": {"channels": [16, 4], "height": [2]}},
        "training": {"learning_rate": 0.01, "weight_decay": {"low": 0, "high": 0.1}},
    },
    objectives=["accuracy", {"metric": "macs", "direction": "minimize", "reference": 1e6}],
    constraints=[{"metric": "params", "max": 100_000}],
    sampler={"name": "nsga2", "seed": 7, "duplicates": "reuse"},
    budget={"trials": 3, "training_epochs": 2, "wall_clock_seconds": 60},
    early_stopping={"name": "none"},
    resources={"cpus": 0.5, "gpus": 1, "concurrency": 4, "custom": {"tpu": 2, "licence": 0.5}},
    latency={"profile": "pixel-8", "batch_size": 4, "threads": 2},
    retrain={"models": 2, "training_epochs": 9, "seeds": 3},
    warm_start=[JOB],
    known=[
        {
            "parameters": {"stem.width": 8, "stage1.squeeze_excite": True, "head.kind": "tcl"},
            "values": {"accuracy": 0.5, "macs": 1e5},
        }
    ],
    priority=-10,
    tags={"project": "demo"},
)


@pytest.mark.parametrize("given", [document(), EVERY_FIELD])
def test_a_spec_round_trips_through_json(given: dict[str, Any]) -> None:
    spec = JobSpec.parse(given)
    text = json.dumps(spec.document(), allow_nan=False)
    assert JobSpec.parse(json.loads(text)) == spec
    assert JobSpec.parse(json.loads(text)).document() == json.loads(text)


@pytest.mark.parametrize("given", [document(), EVERY_FIELD])
def test_resolving_again_changes_nothing(given: dict[str, Any]) -> None:
    dataset = KNOWN["cifar10"]
    resolved = resolve(JobSpec.parse(given), dataset)
    assert resolve(resolved, dataset) == resolved
    again = JobSpec.parse(json.loads(json.dumps(resolved.document())))
    assert again == resolved
    assert resolve(again, dataset) == resolved


def test_resolving_writes_out_every_choice() -> None:
    document = resolve(JobSpec.parse(EVERY_FIELD), KNOWN["cifar10"]).document()["space"]
    assert document["stem_widths"] == [8, 16]
    assert document["stages"][0]["blocks"] == ["mbconv"]
    assert document["stages"][0]["kernels"] == [3, 5]
    assert document["stages"][1]["widths"] == [24, 32, 48]
    assert document["stages"][1]["squeeze_excite"] == [True]
    assert document["head"]["ranks"]["width"] == [1, 2, 4]
    assert all(None not in stage.values() for stage in document["stages"])


def test_preset_ranks_are_cut_to_what_fits() -> None:
    narrow = {"stages": [{"widths": [12]}]}
    spec = resolve(JobSpec.parse(document(space=narrow)), KNOWN["digits"])
    assert spec.space.head.ranks.channels == (4, 8)
    thinner = {"stages": [{"widths": [2]}]}
    spec = resolve(JobSpec.parse(document(space=thinner)), KNOWN["digits"])
    assert spec.space.head.ranks.channels == (1,)


def test_short_forms_are_kept_where_they_say_everything() -> None:
    spec = JobSpec.parse(
        document(objectives=["accuracy", {"metric": "params", "reference": 5}], resources={})
    )
    written = spec.document()
    assert written["objectives"] == [
        "accuracy",
        {"metric": "params", "direction": Direction.MINIMIZE.value, "reference": 5.0},
    ]
    assert written["resources"] == {"cpus": 1, "gpus": 0, "concurrency": 2}


def test_early_stopping_is_known_by_its_name() -> None:
    none = JobSpec.parse(document(early_stopping={"name": "none"}))
    assert none.early_stopping == NoEarlyStopping(name="none")
    halving = JobSpec.parse(document(early_stopping={"reduction_factor": 2}))
    assert halving.early_stopping == SuccessiveHalving(reduction_factor=2)
    spread = JobSpec.parse(document(early_stopping={"promotion": "epsilon_net"}))
    assert spread.early_stopping == SuccessiveHalving(promotion=Promotion.EPSILON_NET)
    assert spread.document()["early_stopping"]["promotion"] == "epsilon_net"


def test_a_folder_has_a_key_of_its_own() -> None:
    folder = JobSpec.parse(document(dataset={"name": "folder", "folder": "digits"}))
    assert folder.dataset.key == "folder-digits"
    assert JobSpec.parse(document(dataset={"name": "digits"})).dataset.key == "digits"
