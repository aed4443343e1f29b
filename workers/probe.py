"""Runs once on a cluster, as runners do, and prints what it finds there as one line of JSON.

Needs nothing but the standard library, so that it can tell what else is missing.
"""

import importlib.metadata
import json
import platform
import re
import sys
import time
import urllib.error
import urllib.request

MARK = "tclsearch-probe: "
ANSWER_SECONDS = 10.0
LIBRARIES = (
    "tclsearch",
    "ray",
    "optuna",
    "torch",
    "torchvision",
    "onnxruntime",
    "onnx",
    "safetensors",
)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra == ['\"]([^'\"]+)['\"]")


def look(url: str) -> dict[str, object]:
    """What this process has, and whether it reaches the control plane at `url`.

    extras: of this distribution, those of which every package is here. time: seconds since 1970.
    """
    return {
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in LIBRARIES},
        "extras": _extras(),
        "url": url,
        "answer": _answer(url),
        "time": time.time(),
    }


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _extras() -> list[str]:
    missing: dict[str, bool] = {}
    wanted = () if _version("tclsearch") is None else importlib.metadata.requires("tclsearch")
    for line in wanted or ():
        name, extra = _NAME.match(line), _EXTRA.search(line)
        if name is not None and extra is not None:
            absent = _version(name[0]) is None
            missing[extra[1]] = missing.get(extra[1], False) or absent
    return sorted(extra for extra, absent in missing.items() if not absent)


def _answer(url: str) -> str | None:
    """What is wrong with the way to the control plane; None where nothing is."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/healthz", timeout=ANSWER_SECONDS):  # noqa: S310  the operator's own URL
            return None
    except (OSError, ValueError) as error:
        return str(error)


if __name__ == "__main__":
    print(MARK + json.dumps(look(sys.argv[1])))  # noqa: T201  read from the job's log
