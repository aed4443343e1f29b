"""Makes `import torchvision` work beside a torch without CUDA: import this module first.

The package index's torchvision for Linux is built for CUDA. Beside a CPU-only torch its compiled
library cannot load, so the operators in it are never declared, and importing torchvision ends in
"operator torchvision::nms does not exist" although nothing here uses them. Declaring these two is
enough for its data sets. Where the library loads, this module changes nothing.
"""

from importlib.util import find_spec
from pathlib import Path

import torch
from torch.library import Library

OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def _compiled_library_loads() -> bool:
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        return True
    for library in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(library)  # type: ignore[no-untyped-call]  # torch's
        except OSError:
            return False
    return True


def _declare() -> Library:
    library = Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # torch's
    for operator in OPERATORS:
        library.define(operator)  # type: ignore[no-untyped-call]  # torch's
    return library


# Kept for the life of the process: the declarations go when the object does.
DECLARED = None if _compiled_library_loads() else _declare()
