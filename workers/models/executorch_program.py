"""A model as an ExecuTorch program, lowered to XNNPACK. Needs the extra `executorch`.

Importing this takes seconds: `workers.models.exports` does it when a job asks for the form.
"""

import copy

import numpy as np
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
from numpy.typing import NDArray
from torch import Tensor

from searchspace.baselines import AnyArchitecture
from searchspace.spec import LatencySpec
from service.protocol import Latency
from workers.device_agent import WARM_UP_RUNS, Subject
from workers.models.latency import measure_subject
from workers.networks.model import PixelModel

METHOD = "forward"


def as_program(model: PixelModel, architecture: AnyArchitecture) -> bytes:
    """The serialised program: pixels float (1, C, H, W) in 0..1 to logits float (1, classes)."""
    plain = copy.deepcopy(model).cpu().eval()
    plain.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # torch's stub lacks it
    exported = torch.export.export(plain, (_any_image(architecture),))
    lowered = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()])
    data: bytes = lowered.to_executorch().buffer
    return data


@torch.inference_mode()
def logits_of(data: bytes, pixels: Tensor) -> NDArray[np.float32]:
    """Logits (N, classes) of pixels (N, C, H, W), by ExecuTorch's own runtime."""
    program = Program(data, pixels[:1])
    return np.concatenate([program.logits(image[None]).numpy() for image in pixels])


def timed(data: bytes, architecture: AnyArchitecture, spec: LatencySpec) -> Latency:
    """Milliseconds of one image on this machine, by as many threads as ExecuTorch takes."""
    return measure_subject(Program(data, _any_image(architecture)), spec)


class Program(Subject):
    """A program that is ready to be run again and again."""

    def __init__(self, data: bytes, pixels: Tensor) -> None:
        # Both have to live as long as the method.
        self._data, self._program = data, Runtime.get().load_program(data)
        self._method = self._program.load_method(METHOD)
        self._pixels = pixels.contiguous()
        for _ in range(WARM_UP_RUNS):
            self.run()

    def run(self) -> None:
        self._method.execute([self._pixels])

    def logits(self, pixels: Tensor) -> Tensor:
        """Logits (1, classes), which no later run overwrites."""
        (logits,) = self._method.execute([pixels.contiguous()])
        copied: Tensor = logits.clone()
        return copied


def _any_image(architecture: AnyArchitecture) -> Tensor:
    image = architecture.input
    generator = torch.Generator().manual_seed(0)
    return torch.rand(1, image.channels, image.height, image.width, generator=generator)
