import warnings
from itertools import islice

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from searchspace.architecture import Architecture, BlockKind, HeadKind, Shape, Stage, Stem
from searchspace.datasets import KNOWN
from workers.networks.model import build_model
from workers.networks.onnx_writer import export_onnx

TOLERANCE = 1e-4


def _stage(block: str, **given) -> Stage:
    return Stage.model_validate({"block": block, "depth": 1, "width": 8, "stride": 1} | given)


STAGES = {
    "residual": _stage("residual"),
    "residual-projected": _stage("residual", width=12, stride=2, depth=2),
    "residual-se": _stage("residual", squeeze_excite=True),
    **{
        f"mbconv-k{kernel}-e{expansion}{'-se' if gate else ''}": _stage(
            "mbconv", kernel=kernel, expansion=expansion, squeeze_excite=gate
        )
        for kernel in (3, 5)
        for expansion in (1, 2, 4, 6)
        for gate in (False, True)
    },
    "mbconv-strided": _stage("mbconv", kernel=5, expansion=2, width=12, stride=2, depth=2),
}


def _architecture(stage: Stage, head: HeadKind, stem: Stem | None = None) -> Architecture:
    backbone = Architecture.model_validate(
        {
            "input": Shape(channels=3, height=12, width=10),
            "classes": 7,
            "stem": stem or Stem(width=8),
            "stages": (stage,),
            "head": {"kind": "gap"},
        }
    )
    return backbone.with_head(head, (5, 3, 2) if head is HeadKind.TCL else None)


def _trained_looking(architecture: Architecture) -> nn.Module:
    """Weights of which none is at a start value that would hide a wrong node."""
    model = build_model(architecture)
    generator = torch.Generator().manual_seed(1)
    for name, tensor in model.state_dict().items():
        if name.endswith(("running_var", "std")):
            tensor.uniform_(0.5, 2, generator=generator)
        elif name.endswith(("expand.norm.bias", "depthwise.norm.bias")):
            # Wide enough for both ends of ReLU6.
            tensor.normal_(std=6, generator=generator)
        elif name.endswith(("norm.weight", "norm.bias", "running_mean", "mean", ".bias")):
            tensor.normal_(std=0.5, generator=generator)
    return model.eval()


def _disagreement(model: nn.Module, data: bytes, images: torch.Tensor) -> float:
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: images.numpy()})
    with torch.inference_mode():
        expected = model(images).numpy()
    assert found.shape == expected.shape
    assert np.abs(expected).max() > 0.01
    return float(np.abs(found - expected).max())


def _images(architecture: Architecture, count: int) -> torch.Tensor:
    shape = architecture.input
    generator = torch.Generator().manual_seed(2)
    return torch.rand(count, shape.channels, shape.height, shape.width, generator=generator)


@pytest.mark.parametrize("head", list(HeadKind))
@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_every_block_under_every_head_agrees_with_torch(stage, head):
    architecture = _architecture(stage, head)
    model = _trained_looking(architecture)

    data = export_onnx(model, architecture)

    onnx.checker.check_model(data, full_check=True)
    assert _disagreement(model, data, _images(architecture, 4)) < TOLERANCE


@pytest.mark.parametrize("stem", [Stem(width=8, stride=2), Stem(width=8, kernel=7, stride=4)])
def test_every_stem_agrees_with_torch(stem):
    architecture = _architecture(STAGES["residual"], HeadKind.GAP, stem)
    model = _trained_looking(architecture)

    data = export_onnx(model, architecture)

    assert _disagreement(model, data, _images(architecture, 2)) < TOLERANCE


@pytest.mark.parametrize(("preset", "key"), [("tiny", "digits"), ("mobile", "cifar100")])
def test_random_points_agree_with_torch(preset, key, points):
    for point in islice(points(preset, KNOWN[key]), 8):
        model = _trained_looking(point.architecture)
        data = export_onnx(model, point.architecture, batch_size=2)
        assert _disagreement(model, data, _images(point.architecture, 2)) < TOLERANCE


def test_torchs_own_exporter_agrees_on_a_model_with_every_kind_of_module(architecture):
    model = _trained_looking(architecture)
    images = _images(architecture, 2)
    with warnings.catch_warnings():
        # torch's exporter calls a function of its own that it deprecates.
        warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)
        program = torch.onnx.export(model, (images,), dynamo=True, verbose=False)

    theirs = program.model_proto.SerializeToString()

    assert _disagreement(model, theirs, images) < TOLERANCE
    assert _disagreement(model, export_onnx(model, architecture), images) < TOLERANCE


def test_batch_size_is_fixed_or_free(architecture):
    model = build_model(architecture).eval()

    fixed = onnx.load_from_string(export_onnx(model, architecture, batch_size=3))
    free = onnx.load_from_string(export_onnx(model, architecture))

    assert fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 3
    assert free.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"


def test_equal_models_give_equal_bytes_that_carry_the_architecture(architecture):
    first = export_onnx(build_model(architecture), architecture)
    second = export_onnx(build_model(architecture), architecture)

    assert first == second
    properties = {p.key: p.value for p in onnx.load_from_string(first).metadata_props}
    assert Architecture.model_validate_json(properties["architecture"]) == architecture


def test_an_unknown_module_is_refused(architecture):
    model = build_model(architecture)
    model.stem.activation = nn.GELU()

    with pytest.raises(NotImplementedError, match=r"stem\.activation is a GELU"):
        export_onnx(model, architecture)


def test_blocks_cover_every_kind():
    assert {stage.block for stage in STAGES.values()} == set(BlockKind)
