"""What a newcomer runs first, as they run it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.service_process import processes

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "spec",
    [
        "examples/digits.yaml",
        pytest.param("examples/digits-elastic.yaml", marks=pytest.mark.slow),
    ],
)
def test_the_demo_searches_and_proves_a_model_and_leaves_nothing_running(
    tmp_path: Path, spec: str
) -> None:
    command = [sys.executable, "-m", "tclsearch.demo", spec]
    ran = subprocess.run(
        [*command, "--data-dir", str(tmp_path / "data")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "demo succeeded" in ran.stdout
    assert "knee" in ran.stdout
    assert processes(str(tmp_path)) == []
