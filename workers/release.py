"""Which code this process runs, so that a runner and its trials can tell that it is the same."""

import hashlib
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("searchspace", "workers")
"""What a runner and its trials hand each other parts of."""


class OtherRelease(RuntimeError):
    """This node has other code than the job's runner."""


@cache
def release() -> str:
    """The installed version and a hash of its sources, as in `0.1.0+0123456789ab`."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return f"{version('tclsearch')}+{digest.hexdigest()[:12]}"


def require_release(wanted: str) -> None:
    """Raises OtherRelease when this process runs another."""
    ours = release()
    if ours != wanted:
        fault = f"{os.uname().nodename} has tclsearch {ours}, and the runner {wanted}"
        raise OtherRelease(f"{fault}: install the same on every node")
