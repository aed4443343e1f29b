"""Everything that it takes to use a model elsewhere, as one zip file."""

import io
import json
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Any

from searchspace.architecture import Architecture, Shape
from searchspace.baselines import AnyArchitecture, parse_architecture

MADE_AT = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip file can tell: equal contents are to give equal bytes."""


def bundle(
    architecture: Mapping[str, Any],
    metrics: Mapping[str, Any],
    checkpoint: bytes,
    onnx: bytes | None,
) -> bytes:
    """The zip file of one model. onnx: none of a model that was never found to agree as ONNX."""
    known = parse_architecture(architecture)
    contents = {
        "README.md": _readme(known.input),
        "architecture.json": _json(architecture),
        "metrics.json": _json(metrics),
        "model.py": _script(known),
        "model.safetensors": checkpoint,
    }
    if onnx is not None:
        contents["model.onnx"] = onnx
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, MADE_AT)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return written.getvalue()


def _script(architecture: AnyArchitecture) -> bytes:
    """One file that builds networks of this kind and loads the weights."""
    own = "searched.py" if isinstance(architecture, Architecture) else "torchvision.py"
    return b"\n\n".join(_text(part) for part in ("common.py", own, "script.py"))


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def _readme(image: Shape) -> bytes:
    """What the model takes is told in its own numbers."""
    numbers = image.model_dump() | {"mode": "L" if image.channels == 1 else "RGB"}
    return Template(_text("README.md").decode()).safe_substitute(numbers).encode()


@lru_cache
def _text(name: str) -> bytes:
    return files("service.front").joinpath("bundled", f"{name}.txt").read_bytes()
