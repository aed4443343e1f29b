"""Whatever architecture a trial has, as a model, as its cost and as ONNX."""

from searchspace.architecture import Architecture
from searchspace.baselines import AnyArchitecture
from searchspace.cost import Cost, architecture_cost
from workers.networks.model import PixelModel, build_model
from workers.networks.onnx_writer import export_onnx

# What is torchvision's is imported where it is needed: that takes seconds, and few trials need it.


def build(architecture: AnyArchitecture, *, seed: int = 0) -> PixelModel:
    """The architecture with fresh weights: a function of architecture and seed alone."""
    if isinstance(architecture, Architecture):
        return build_model(architecture, seed=seed)
    from workers.networks.baselines import build_baseline  # noqa: PLC0415  # see above

    return build_baseline(architecture, seed=seed)


def cost_of(architecture: AnyArchitecture) -> Cost:
    """Parameters and multiply-accumulates, counted without allocating any weight."""
    if isinstance(architecture, Architecture) or architecture.head is not None:
        return architecture_cost(architecture)
    from workers.networks.baselines import baseline_cost  # noqa: PLC0415  # see above

    return baseline_cost(architecture)


def as_onnx(
    model: PixelModel, architecture: AnyArchitecture, batch_size: int | None = None
) -> bytes:
    """The model as `workers.networks.onnx_writer.export_onnx` writes it."""
    if not isinstance(architecture, Architecture):
        from workers.networks import baseline_onnx  # noqa: F401, PLC0415  # see above
    return export_onnx(model, architecture, batch_size)
