"""The scripts behind `make` say what is missing, and do nothing twice."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INPUTS = ("pyproject.toml", "constraints.txt", "scripts/setup")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What `scripts/setup` reads, with an environment that is installed already."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".venv").mkdir()
    for name in INPUTS:
        shutil.copy(ROOT / name, tmp_path / name)
    contents = b"".join((tmp_path / name).read_bytes() for name in INPUTS)
    installed = f"{hashlib.sha256(contents).hexdigest()} {tmp_path}\n"
    (tmp_path / ".venv" / "installed").write_text(installed)
    return tmp_path


def setup(checkout: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHON3_11": str(checkout / "absent")}
    script = [str(checkout / "scripts" / "setup")]
    return subprocess.run(script, env=environment, capture_output=True, text=True, check=False)


def test_what_is_installed_is_not_installed_again(checkout: Path) -> None:
    result = setup(checkout)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("name", INPUTS)
def test_a_change_of_what_is_wanted_installs_again(name: str, checkout: Path) -> None:
    with (checkout / name).open("a") as file:
        file.write("# another word\n")
    # Without a Python it gets as far as saying so, and leaves everything alone.
    result = setup(checkout)
    assert result.returncode == 1
    assert "no Python 3.11 found" in result.stderr
    assert "python3.11-venv" in result.stderr
    assert (checkout / ".venv" / "installed").exists()


def test_an_environment_that_was_moved_is_made_anew(checkout: Path) -> None:
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert setup(moved).returncode == 1


@pytest.mark.parametrize(
    "script",
    ["scripts/setup", "scripts/ensure-chromium", "scripts/ensure-s3-server", ".ci/run"],
)
def test_scripts_run_on_any_posix_shell(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_ci_runs_what_a_newcomer_types() -> None:
    assert "make check test" in (ROOT / ".ci" / "run").read_text()
