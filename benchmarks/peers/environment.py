"""Peers that are no dependency of ours: each in an environment of its own, beside our libraries.

What a peer's environment has comes first; for torch and the like it sees ours.
"""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = Path(__file__).parent / ".environments"

SYNE_TUNE = "syne-tune>=0.16,<0.17"
TLTORCH = "tensorly-torch>=0.5,<0.6"


def python_with(requirement: str, *, dependencies: bool = True) -> Path:
    """The interpreter of an environment with a package, installed at the first call."""
    name = requirement.partition(">")[0]
    environment = ENVIRONMENTS / name
    python = environment / "bin" / "python"
    if not (environment / "installed").exists():
        print(f"installing {requirement} into {environment}", file=sys.stderr)
        venv.create(environment, clear=True, with_pip=True)
        options = [] if dependencies else ["--no-deps"]
        install = [python, "-m", "pip", "install", "--quiet", *options, requirement]
        subprocess.run(install, check=True)
        _see_ours(python)
        (environment / "installed").touch()
    return python


def _see_ours(python: Path) -> None:
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    theirs = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True)
    paths = f"{ROOT}\n{sysconfig.get_path('purelib')}\n"
    (Path(theirs.stdout.strip()) / "ours.pth").write_text(paths)
