"""A bundle's `model.py`, run by a Python that can import torch and safetensors and nothing of ours."""

import io
import json
import re
import subprocess
import sys
import zipfile
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from searchspace.architecture import Architecture, BlockKind, Head, HeadKind, Shape, Stage, Stem
from searchspace.baseline_layers import DENSE_HEADED
from searchspace.baselines import BaselineName, fitted
from searchspace.datasets import KNOWN
from service.front.bundle import bundle
from workers.datasets.pictures import decode_picture
from workers.models.checkpoint import encode_model
from workers.networks.building import build
from workers.networks.model import build_model
from workers.training.loop import as_input

ALONE = """
import sys
from pathlib import Path

class OnlyTheirs:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("searchspace", "service", "workers", "tclsearch", "pydantic",
                                  "onnx", "onnxruntime", "torchvision", "ray"):
            raise ImportError(f"{name} is not there")

sys.meta_path.insert(0, OnlyTheirs())
import torch
from safetensors.torch import load_file, save_file
torch.set_num_threads(1)
for directory in map(Path, sys.argv[1:]):
    sys.path.insert(0, str(directory))
    sys.modules.pop("model", None)
    from model import load
    sys.path.pop(0)
    with torch.inference_mode():
        logits = load(directory / "model.safetensors")(load_file(directory / "pixels")["x"])
    save_file({"x": logits}, directory / "logits")
"""


def one_pixel_wide() -> Architecture:
    """Maps so small that a stride changes nothing, where blocks keep their skip."""
    return Architecture(
        input=Shape(channels=1, height=1, width=1),
        classes=3,
        stem=Stem(width=4, stride=2),
        stages=(
            Stage(block=BlockKind.RESIDUAL, depth=1, width=4, stride=2),
            Stage(block=BlockKind.MBCONV, depth=1, width=4, stride=2, expansion=2),
        ),
        head=Head(kind=HeadKind.TCL, ranks=(2, 1, 1)),
    )


def _settle(model: nn.Module, pixels: torch.Tensor) -> None:
    """Let batch norms take over the moments of what they see, so that logits are of one size."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        model.train()(pixels)
    model.eval()


def test_its_model_gives_the_very_logits_with_torch_and_safetensors_alone(
    points, architecture: Architecture, tmp_path: Path
) -> None:
    sampled = [p.architecture for p in islice(points("mobile", KNOWN["cifar10"]), 4)]
    sampled += [p.architecture for p in islice(points("small", KNOWN["mnist"]), 4)]
    sampled += [architecture, one_pixel_wide()]
    sampled += [fitted(name, KNOWN["digits"].image, 10) for name in BaselineName]
    sampled += [
        fitted(name, KNOWN["cifar10"].image, 7).with_head(HeadKind.TCL, (5, 2, 1))
        for name in DENSE_HEADED
    ]
    expected, directories = [], []
    for number, each in enumerate(sampled):
        model = build(each, seed=number).eval()
        model.normalize.fit((0.4,) * each.input.channels, (0.3,) * each.input.channels)
        pixels = torch.rand(2, each.input.channels, each.input.height, each.input.width)
        _settle(model, pixels)
        data = bundle(each.model_dump(mode="json"), {}, encode_model(model, each), None)
        directories.append(tmp_path / str(number))
        zipfile.ZipFile(io.BytesIO(data)).extractall(directories[-1])
        save_file({"x": pixels}, directories[-1] / "pixels")
        with torch.inference_mode():
            expected.append(model.to(memory_format=torch.contiguous_format)(pixels))
    command = [sys.executable, "-c", ALONE, *map(str, directories)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    for directory, logits in zip(directories, expected, strict=True):
        found = load_file(directory / "logits")["x"]
        assert (found - logits).abs().max() <= 1e-5 * logits.abs().max(), directory


def test_the_script_runs_as_its_readme_says(architecture: Architecture, tmp_path: Path) -> None:
    checkpoint = encode_model(build_model(architecture), architecture)
    data = bundle(architecture.model_dump(mode="json"), {"a": 1}, checkpoint, b"onnx")
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == [
        "README.md",
        "architecture.json",
        "metrics.json",
        "model.onnx",
        "model.py",
        "model.safetensors",
    ]
    assert json.loads(archive.read("architecture.json")) == architecture.model_dump(mode="json")
    assert archive.read("model.onnx") == b"onnx"
    archive.extractall(tmp_path)
    command = [sys.executable, "-I", str(tmp_path / "model.py")]
    ran = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("tensor([[")


def test_equal_models_have_equal_bundles(architecture: Architecture) -> None:
    document = architecture.model_dump(mode="json")
    assert bundle(document, {"a": 1}, b"w", b"o") == bundle(document, {"a": 1}, b"w", b"o")


@pytest.mark.parametrize("channels", [1, 3])
def test_its_readme_shows_a_picture_the_way_in(channels: int, tmp_path: Path) -> None:
    architecture = one_pixel_wide().model_copy(
        update={"input": Shape(channels=channels, height=24, width=24)}
    )
    model = build_model(architecture).eval()
    document = architecture.model_dump(mode="json")
    data = bundle(document, {}, encode_model(model, architecture), None)
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path)
    grey = np.random.RandomState(0).randint(0, 256, (60, 50)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "picture.jpg", quality=95)
    blocks = re.findall(r"```python\n(.*?)```", (tmp_path / "README.md").read_text(), re.DOTALL)
    (of_torch,) = [block for block in blocks if "from model" in block]
    (of_picture,) = [block for block in blocks if "Image.open" in block]
    shown = f"{of_picture}\n{of_torch}\nprint(pixels.shape, logits.tolist())"

    ran = subprocess.run(
        [sys.executable, "-c", shown], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    expected = decode_picture((tmp_path / "picture.jpg").read_bytes(), "picture", 24)
    pixels = as_input(torch.from_numpy(np.array(expected[..., :channels])).permute(2, 0, 1)[None])
    assert ran.stdout.startswith(f"(1, {channels}, 24, 24) ")
    found = torch.tensor(json.loads(ran.stdout.partition(") ")[2]))
    assert torch.allclose(found, model(pixels), atol=0.05)
