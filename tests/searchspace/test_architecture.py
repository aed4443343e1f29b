"""An architecture's one text and digest, and the documents that are none."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from searchspace.architecture import Architecture, BlockKind, Head, HeadKind, Shape, Stage
from searchspace.errors import InvalidDocument

# Digests name measured latencies and delivered files: an entry may be added, never changed.
GOLDEN = json.loads(Path(__file__).with_name("golden_digests.json").read_text())


def document(**fields: Any) -> dict[str, Any]:
    return {
        "input": {"channels": 3, "height": 32, "width": 32},
        "classes": 10,
        "stem": {"width": 8},
        "stages": [{"block": "residual", "depth": 1, "width": 16, "stride": 2}],
        "head": {"kind": "gap"},
        **fields,
    }


def stages(**fields: Any) -> dict[str, Any]:
    stage = {"block": "mbconv", "depth": 1, "width": 16, "stride": 1}
    return document(stages=[{**stage, **fields}])


def tcl(*ranks: Any) -> dict[str, Any]:
    return document(head={"kind": "tcl", "ranks": list(ranks)})


@pytest.mark.parametrize("golden", GOLDEN)
def test_canonical_text_and_digest_never_change(golden: dict[str, Any]) -> None:
    architecture = Architecture.parse(golden["document"])
    assert architecture.canonical_json() == golden["canonical"]
    assert architecture.digest == golden["digest"]
    assert hashlib.sha256(golden["canonical"].encode()).hexdigest() == golden["digest"]


@pytest.mark.parametrize("golden", GOLDEN)
def test_canonical_text_reads_back_as_the_same_architecture(golden: dict[str, Any]) -> None:
    again = Architecture.parse(json.loads(golden["canonical"]))
    assert again == Architecture.parse(golden["document"])
    assert again.canonical_json() == golden["canonical"]


def test_order_of_keys_and_written_defaults_leave_the_digest() -> None:
    short = Architecture.parse(document())
    long = document(version=1, stem={"stride": 1, "kernel": 3, "width": 8})
    assert Architecture.parse(dict(reversed(long.items()))).digest == short.digest


def test_every_field_changes_the_digest() -> None:
    variants = [
        document(),
        document(classes=11),
        document(stem={"width": 9}),
        document(input={"channels": 3, "height": 32, "width": 33}),
        document(head={"kind": "flatten"}),
        tcl(2, 1, 1),
        tcl(1, 2, 1),
        stages(),
        stages(kernel=5),
        stages(expansion=2),
        stages(squeeze_excite=True),
        stages(depth=2),
    ]
    assert len({Architecture.parse(variant).digest for variant in variants}) == len(variants)


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        (None, ""),
        ([], ""),
        ({}, "/input"),
        (document(version=2), "/version"),
        (document(version=True), "/version"),
        (document(name="x"), "/name"),
        (document(classes=1), "/classes"),
        (document(classes=True), "/classes"),
        (document(classes=10.0), "/classes"),
        (document(input={"channels": 0, "height": 8, "width": 8}), "/input/channels"),
        (document(input={"channels": 1, "height": 8}), "/input/width"),
        (document(stem={"width": 8, "kernel": 5}), "/stem/kernel"),
        (document(stem={"width": 8, "stride": True}), "/stem/stride"),
        (document(stages=[]), "/stages"),
        (document(stages=[{}]), "/stages/0/block"),
        (stages(block="dense"), "/stages/0/block"),
        (stages(depth=0), "/stages/0/depth"),
        (stages(stride=3), "/stages/0/stride"),
        (stages(kernel=3.0), "/stages/0/kernel"),
        (stages(expansion=True), "/stages/0/expansion"),
        (stages(block="residual", kernel=5), "/stages/0"),
        (stages(block="residual", expansion=2), "/stages/0"),
        (document(head={"kind": "tcl"}), "/head"),
        (document(head={"kind": "gap", "ranks": [1, 1, 1]}), "/head"),
        (document(head={"kind": "mlp"}), "/head/kind"),
        (tcl(1, 0, 1), "/head/ranks/1"),
        (tcl(1, 1), "/head/ranks/2"),
        (tcl(17, 1, 1), ""),
        (tcl(16, 16, 17), ""),
    ],
)
def test_faulty_document_is_refused_at_its_field(bad: object, pointer: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        Architecture.parse(bad)
    assert pointer in [problem.pointer for problem in refused.value.problems]


def test_every_fault_is_found_at_once() -> None:
    with pytest.raises(InvalidDocument) as refused:
        Architecture.parse(document(classes=0, stem={}, colour="red"))
    pointers = {problem.pointer for problem in refused.value.problems}
    assert pointers == {"/classes", "/stem/width", "/colour"}


def test_a_pointer_escapes_what_it_must() -> None:
    with pytest.raises(InvalidDocument) as refused:
        Architecture.parse(document(**{"a/b~c": 1}))
    assert [problem.pointer for problem in refused.value.problems] == ["/a~1b~0c"]


def test_shapes_follow_strides_rounding_up() -> None:
    architecture = Architecture.parse(
        document(
            input={"channels": 1, "height": 7, "width": 28},
            stem={"width": 4, "kernel": 7, "stride": 2},
            stages=[
                {"block": "residual", "depth": 2, "width": 8, "stride": 1},
                {"block": "mbconv", "depth": 3, "width": 16, "stride": 2, "kernel": 5},
            ],
        )
    )
    assert [(s.channels, s.height, s.width) for s in architecture.shapes] == [
        (4, 4, 14),
        (8, 4, 14),
        (16, 2, 7),
    ]
    assert architecture.feature_map.size == 16 * 2 * 7


def test_ranks_may_be_as_large_as_the_feature_map() -> None:
    architecture = Architecture.parse(tcl(16, 16, 16))
    assert architecture.feature_map == Shape(channels=16, height=16, width=16)


def test_with_head_keeps_the_backbone() -> None:
    architecture = Architecture.parse(tcl(4, 2, 2))
    flattened = architecture.with_head(HeadKind.FLATTEN)
    assert flattened.head == Head(kind=HeadKind.FLATTEN)
    assert flattened.stages == architecture.stages
    assert flattened.with_head(HeadKind.TCL, (4, 2, 2)) == architecture


def test_parts_are_frozen_and_hashable() -> None:
    stage = Stage(block=BlockKind.RESIDUAL, depth=1, width=8, stride=1)
    assert hash(stage) == hash(stage.model_copy())
    assert len({Architecture.parse(document()), Architecture.parse(document())}) == 1
