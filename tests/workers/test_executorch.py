"""Models as ExecuTorch programs, by the extra itself: a large one that nothing else needs.

It is installed beside this environment and not into it, as it brings plugins of pytest along.
"""

import os
import site
import subprocess
import venv
from pathlib import Path

import pytest

from searchspace.architecture import Architecture
from searchspace.spec import ExportFormat, LatencySpec
from workers.models.exports import Pictures, exports_of
from workers.networks.model import build_model
from workers.training.data import Split

ROOT = Path(__file__).parents[2]
PTE = (ExportFormat.PTE,)

AGREEING = """
import torch
from searchspace.architecture import Architecture, BlockKind, Head, HeadKind, Shape, Stage, Stem
from searchspace.spec import ExportFormat, LatencySpec
from workers.models import exports
from workers.models import executorch_program
from workers.models.exports import Pictures, exports_of
from workers.networks.model import build_model

torch.set_num_threads(1)
images = torch.randint(0, 256, (8, 3, 16, 16), dtype=torch.uint8)
pictures = Pictures(images, images, torch.zeros(8, dtype=torch.int64))
heads = [Head(kind=kind) for kind in (HeadKind.GAP, HeadKind.FLATTEN)]
for head in [*heads, Head(kind=HeadKind.TCL, ranks=(8, 2, 2))]:
    architecture = Architecture(
        input=Shape(channels=3, height=16, width=16),
        classes=10,
        stem=Stem(width=8),
        stages=(
            Stage(block=BlockKind.RESIDUAL, depth=1, width=8, stride=1, squeeze_excite=True),
            Stage(block=BlockKind.MBCONV, depth=1, width=16, stride=2, expansion=2),
        ),
        head=head,
    )
    model = build_model(architecture, seed=1)
    wanted = (ExportFormat.PTE,)
    onnx, program = exports_of(model, architecture, pictures, wanted, LatencySpec())
    assert program.form is ExportFormat.PTE
    assert program.data[4:6] == b"ET", program.data[:8]
    assert 0 < program.latency.min <= program.latency.median

other = build_model(architecture, seed=2)
executorch_program.as_program = lambda model, architecture: program.data
(onnx,) = exports_of(other, architecture, pictures, wanted, LatencySpec())
print("agreed")
"""


def test_without_the_extra_there_is_none(
    digits: Split, architecture: Architecture, caplog: pytest.LogCaptureFixture
) -> None:
    pictures = Pictures(
        digits.train_images[:32], digits.validation_images[:32], digits.validation_labels[:32]
    )
    (only,) = exports_of(build_model(architecture), architecture, pictures, PTE, LatencySpec())
    assert only.form is ExportFormat.ONNX
    assert "executorch is missing, and no pte is made" in caplog.text


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_program_agrees_with_torch_or_is_not_offered(tmp_path: Path) -> None:
    """For every head; and another model's program, put in the place of its own, is found out."""
    venv.create(tmp_path / "extra", with_pip=True, symlinks=True)
    python = tmp_path / "extra" / "bin" / "python"
    (packages,) = (tmp_path / "extra").glob("lib/*/site-packages")
    (packages / "beneath.pth").write_text("\n".join([*site.getsitepackages(), str(ROOT)]))
    install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "-c",
        str(ROOT / "constraints.txt"),
        "executorch",
    ]
    subprocess.run([python, *install], check=True, cwd=tmp_path)
    ran = subprocess.run(
        [python, "-c", AGREEING],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip().endswith("agreed"), ran.stdout
