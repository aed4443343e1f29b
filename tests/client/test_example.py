"""The example runs as it is, from the post to the file."""

import os
import subprocess
import sys
from pathlib import Path

from tests.api.served import Served
from tests.client.conftest import run

ROOT = Path(__file__).parents[2]


def test_the_notebook_sized_example_runs(served: Served, token: str, tmp_path: Path):
    example = subprocess.Popen(
        [sys.executable, "-u", str(ROOT / "examples" / "search.py")],
        env={
            **os.environ,
            "TCLSEARCH_URL": served.url,
            "TCLSEARCH_TOKEN": token,
            "PYTHONPATH": str(ROOT),
        },
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert example.stdout is not None
    job_id = example.stdout.readline().strip()
    assert job_id.startswith("job_"), example.communicate(timeout=60)[1]
    runner = run(served, job_id)
    runner.complete_all([(0.5, 2.0), (0.75, 1.0)])
    runner.finish("budget_spent")
    out, error = example.communicate(timeout=60)
    assert (example.returncode, error) == (0, "")
    assert "models on the front, hypervolume" in out
    assert "75.00" in out or "0.75" in out
    (model,) = (tmp_path / "models").iterdir()
    assert model.read_bytes() == b"weights"
