"""Writes down the layers of torchvision's networks, for those parts of the service without torch.

    python -m scripts.baseline_layers

makes `searchspace/baseline_layers.json` anew; it changes only with torchvision.
"""

import json
from pathlib import Path

import torch
from torch import nn

from searchspace.architecture import Shape
from searchspace.baseline_layers import DENSE_HEADED, Kind
from searchspace.baselines import BaselineArchitecture, BaselineName
from workers.networks.baselines import BaselineModel

FILE = Path(__file__).parents[1] / "searchspace" / "baseline_layers.json"
SIDE = 224
CLASSES = 1000


def layers(name: BaselineName) -> list[tuple[str, str, list[int], int | None]]:
    """Name, kind, shape of the weight, and how often the image has been halved behind the layer.

    No halvings are told of what works on vectors.
    """
    image = Shape(channels=3, height=SIDE, width=SIDE)
    architecture = BaselineArchitecture(
        name=name, input=image, classes=CLASSES, halvings=name.own_halvings
    )
    found: list[tuple[str, str, list[int], int | None]] = []

    def note(path: str, module: nn.Module, output: torch.Tensor) -> None:
        side = output.shape[-1] if output.dim() == 4 else 1
        halvings = None if side == 1 else (SIDE // side).bit_length() - 1
        shape = list(module.get_parameter("weight").shape)
        found.append((path, _kind(module), shape, halvings))

    with torch.device("meta"), torch.inference_mode():
        model = BaselineModel(architecture).eval()
        for path, module in model.network.named_modules():
            if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                module.register_forward_hook(
                    lambda module, _, output, path=path: note(path, module, output)
                )
        model(torch.empty(1, 3, SIDE, SIDE))
    return found


def _kind(module: nn.Module) -> str:
    if isinstance(module, nn.BatchNorm2d):
        return Kind.NORM
    if isinstance(module, nn.Linear):
        return Kind.DENSE
    return Kind.CONV if getattr(module, "bias", None) is None else Kind.BIASED_CONV


def document() -> str:
    """The file's text: a line for each layer."""
    networks = []
    for name in DENSE_HEADED:
        lines = ",\n".join(f"  {json.dumps(layer)}" for layer in layers(name))
        networks.append(f" {json.dumps(name.value)}: [\n{lines}\n ]")
    return "{\n" + ",\n".join(networks) + "\n}\n"


def main() -> None:
    FILE.write_text(document())


if __name__ == "__main__":
    main()
