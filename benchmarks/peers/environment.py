"""Peers that are no dependency of ours: each in an environment of its own, beside our libraries."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = Path(__file__).parent / ".environments"

SYNE_TUNE = "syne-tune>=0.16,<0.17"
TLTORCH = ("tensorly-torch>=0.5,<0.6", "opt-einsum>=3.4,<4")
"""Without what else it asks for, which is torch and tensorly: it is to run on ours."""


def syne_tune_python() -> Path:
    """The interpreter of an environment with Syne Tune, which sees our libraries behind its own."""
    environment = _environment("syne-tune", SYNE_TUNE)
    ours = f"{ROOT}\n{sysconfig.get_path('purelib')}\n"
    (_packages(environment) / "ours.pth").write_text(ours)
    return environment / "bin" / "python"


def tltorch_packages() -> Path:
    """A directory of packages with tltorch, to be put behind our own on the path."""
    return _packages(_environment("tltorch", "--no-deps", *TLTORCH))


def _environment(name: str, *install: str) -> Path:
    """Made at the first call."""
    environment = ENVIRONMENTS / name
    if not (environment / "installed").exists():
        print(f"installing {name} into {environment}", file=sys.stderr)
        venv.create(environment, clear=True, with_pip=True)
        pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *install], check=True)
        (environment / "installed").touch()
    return environment


def _packages(environment: Path) -> Path:
    """The same Python's as ours, so that its place within an environment is the same."""
    return environment / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
