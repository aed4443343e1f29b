"""A dense head becomes a TCL: what it computes, what it costs, and a whole trial that begins so."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from searchspace.architecture import Architecture, HeadKind, Ranks, Shape
from searchspace.baseline_layers import DENSE_HEADED, feature_map, outputs, rest, tensors
from searchspace.baselines import AnyArchitecture, BaselineArchitecture, BaselineName, fitted
from searchspace.compression import full_ranks
from searchspace.cost import architecture_cost
from searchspace.datasets import KNOWN
from searchspace.space import Hyperparameters
from searchspace.spec import CompressSpec, DatasetSpec, LatencySpec, PixelMoments
from searchspace.tensorfile import MODEL_FORMAT, TensorForm
from service.protocol import Latency, Measure, Record, Report, Stop, TrialPurpose
from workers.artifacts import sha256_hex
from workers.assignment import Assignment, JobContext
from workers.models.checkpoint import BadCheckpoint, decode_model, decode_weights, encode_model
from workers.models.compression import compress, decompose, load_dense
from workers.networks.baselines import baseline_cost
from workers.networks.building import as_onnx, build, cost_of
from workers.networks.layers import Normalize
from workers.networks.model import PixelModel
from workers.training.data import Split, load_split
from workers.training.loop import Training, evaluate
from workers.trials.trial import run_trial

CIFAR = KNOWN["cifar10"].image
DIGIT = KNOWN["digits"].image
LATENCY = Latency(min=1.0, median=1.1, p90=1.3, runs=250, reference=0.5)


def used(architecture: AnyArchitecture) -> PixelModel:
    """A model in evaluation mode whose batch norms have seen images, and its pixels' moments too."""
    model = build(architecture, seed=3)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    image = architecture.input
    model.normalize.fit([0.4] * image.channels, [0.3] * image.channels)
    with torch.no_grad():
        model.train()(torch.rand(16, image.channels, image.height, image.width))
    return model.eval()


def pixels_of(architecture: AnyArchitecture, count: int = 4) -> torch.Tensor:
    image = architecture.input
    generator = torch.Generator().manual_seed(1)
    return torch.rand(count, image.channels, image.height, image.width, generator=generator)


def gap(one: PixelModel, other: PixelModel, pixels: torch.Tensor) -> float:
    """The largest difference of their logits, relative to the largest logit."""
    with torch.inference_mode():
        expected = one(pixels)
        return float((other(pixels) - expected).abs().max() / expected.abs().max())


def compressed(dense: PixelModel, architecture: AnyArchitecture, ranks: Ranks) -> PixelModel:
    small, _ = compress(dense, architecture, architecture.with_head(HeadKind.TCL, ranks))
    return small


@pytest.fixture(params=[HeadKind.GAP, HeadKind.FLATTEN])
def own(request: pytest.FixtureRequest, architecture: Architecture) -> Architecture:
    return architecture.with_head(request.param)


@pytest.mark.parametrize(
    ("name", "image"),
    [*product(DENSE_HEADED, [DIGIT]), (BaselineName.MOBILENET_V2_X0_5, CIFAR)],
)
def test_at_full_ranks_a_network_of_torchvisions_gives_what_it_gave(
    name: BaselineName, image: Shape
) -> None:
    architecture = fitted(name, image, 10)
    dense = used(architecture)
    full = full_ranks(architecture)
    assert full[1:] == (1, 1), "it pools, so that only the channels have a rank to choose"
    pixels = pixels_of(architecture)
    assert gap(dense, compressed(dense, architecture, full), pixels) < 1e-4
    less = (full[0] // 2, 1, 1)
    assert gap(dense, compressed(dense, architecture, less), pixels) > 1e-3


def test_at_full_ranks_a_model_of_a_search_gives_what_it_gave(own: Architecture) -> None:
    dense = used(own)
    full = full_ranks(own)
    assert full == ((10, 1, 1) if own.head.kind is HeadKind.GAP else (16, 4, 4))
    pixels = pixels_of(own)
    assert gap(dense, compressed(dense, own, full), pixels) < 1e-4
    less = tuple(max(1, rank // 2) for rank in full)
    assert gap(dense, compressed(dense, own, (less[0], less[1], less[2])), pixels) > 1e-3


def test_the_error_is_that_of_the_weight_and_falls_with_every_rank() -> None:
    generator = torch.Generator().manual_seed(0)
    shape = Shape(channels=6, height=3, width=4)
    weight = torch.randn(5, shape.size, generator=generator)
    errors = {}
    for ranks in product(range(1, 7), range(1, 4), range(1, 5)):
        found = decompose(weight, shape, ranks, pooled=False)
        core = found.weight.reshape(5, *ranks)
        rebuilt = torch.einsum(
            "kabc,ai,bj,cl->kijl", core, found.channels, found.height, found.width
        )
        difference = (rebuilt.flatten(1) - weight).norm() / weight.norm()
        assert found.error == pytest.approx(float(difference), abs=1e-5)
        errors[ranks] = found.error
    for ranks, error in errors.items():
        for mode in range(3):
            more = tuple(rank + (place == mode) for place, rank in enumerate(ranks))
            assert errors.get((more[0], more[1], more[2]), 0.0) <= error + 1e-9
    assert errors[6, 3, 4] < 1e-6 < 0.1 < errors[1, 1, 1]


@pytest.mark.parametrize("name", DENSE_HEADED)
@pytest.mark.parametrize("image", [DIGIT, Shape(channels=3, height=224, width=160)])
def test_what_is_told_without_torch_is_what_torchvision_has(
    name: BaselineName, image: Shape
) -> None:
    architecture = fitted(name, image, 7)
    counted = baseline_cost(architecture)
    assert architecture_cost(architecture) == counted
    told, seen = rest(architecture), feature_map(architecture)
    dense = seen.channels * outputs(architecture)
    assert (told.params + dense + outputs(architecture), told.macs + dense) == (
        counted.params,
        counted.macs,
    )
    with torch.device("meta"):
        state = build(architecture).get_submodule("network").state_dict()
    forms = {
        n: ("I64" if t.dtype == torch.int64 else "F32", tuple(t.shape)) for n, t in state.items()
    }
    assert tensors(architecture) == {n: TensorForm(*form) for n, form in forms.items()}


@pytest.mark.parametrize(
    "name", ["mobilenet_v2_x0_5", "mobilenet_v3_small", "shufflenet_v2_x0_5", "mnasnet0_5"]
)
def test_a_compressed_network_is_a_model_like_any_other(name: str) -> None:
    """Its cost, its checkpoint and its ONNX form."""
    whole = fitted(BaselineName(name), DIGIT, 10)
    architecture = whole.with_head(HeadKind.TCL, (4, 1, 1))
    model = used(architecture)
    assert cost_of(architecture).params == sum(p.numel() for p in model.parameters())
    assert cost_of(architecture).params < cost_of(whole).params
    pixels = pixels_of(architecture)
    loaded = decode_model(encode_model(model, architecture))
    assert loaded.architecture == architecture
    with torch.inference_mode():
        expected = model(pixels)
        assert torch.equal(loaded.model(pixels), expected)
    session = onnxruntime.InferenceSession(as_onnx(model, architecture))
    (found,) = session.run(None, {"pixels": pixels.numpy()})
    assert np.abs(found - expected.numpy()).max() < 1e-4 * max(1.0, float(expected.abs().max()))


def test_a_dense_network_is_written_down_as_before_there_were_others() -> None:
    architecture = fitted(BaselineName.MNASNET0_5, DIGIT, 10)
    assert "head" not in architecture.model_dump(mode="json")
    contracted = architecture.with_head(HeadKind.TCL, (4, 1, 1))
    assert BaselineArchitecture.parse(contracted.model_dump(mode="json")) == contracted
    assert contracted.digest != architecture.digest


def test_weights_named_as_torchvision_names_them_are_taken_whole_or_not_at_all() -> None:
    architecture = fitted(BaselineName.SHUFFLENET_V2_X0_5, DIGIT, 10)
    model = used(architecture)
    state = model.get_submodule("network").state_dict()
    pixels = pixels_of(architecture)
    loaded = decode_weights(save(state), architecture)
    loaded.normalize.load_state_dict(model.normalize.state_dict())
    with torch.inference_mode():
        assert torch.equal(loaded(pixels), model(pixels))
    del state["fc.bias"]
    with pytest.raises(BadCheckpoint, match=re.escape("fc.bias is missing")):
        decode_weights(save(state), architecture)


class Shelf:
    """Artifacts in memory."""

    def __init__(self, *contents: bytes) -> None:
        self.kept = {sha256_hex(content): content for content in contents}

    def put_artifact(self, sha256: str, data: bytes) -> None:
        self.kept[sha256] = data

    def get_artifact(self, sha256: str) -> bytes:
        return self.kept[sha256]

    def measure(self, subject: str, model: str, reference: str) -> Latency | None:
        raise AssertionError("nothing waits for a device here")


DATASET = DatasetSpec(name="digits", train_size=400)


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Split:
    data_dir = tmp_path_factory.mktemp("digits")
    return load_split(
        data_dir, DATASET.key, train_size=DATASET.train_size, validation_fraction=0.1
    )


def trained(architecture: AnyArchitecture, split: Split) -> PixelModel:
    """A network that knows digits a little."""
    recipe = Hyperparameters(
        learning_rate=0.01, weight_decay=0.01, label_smoothing=0.0, batch_size=32
    )
    training = Training(build(architecture), split, recipe, training_epochs=2, seed=0)
    for _ in range(2):
        training.run_epoch()
    return training.model.eval()


def steps(
    shelf: Shelf,
    data_dir: Path,
    spec: CompressSpec,
    ranks: Ranks,
    purpose: TrialPurpose = TrialPurpose.SEARCH,
) -> Iterator[tuple[Record, ...]]:
    """A trial of one training epoch."""
    context = JobContext(
        job_id="job_1",
        epoch=1,
        dataset=DATASET,
        latency=LatencySpec(),
        objectives=(),
        constraints=(),
        reference_point=(),
        compress=spec,
        cpus=1,
        gpus=0,
        release="",
        step_seconds=60,
        checkpoint_seconds=1e9,
    )
    assignment = Assignment(
        number=0,
        attempt=1,
        architecture=spec.dense.with_head(HeadKind.TCL, ranks),
        learning_rate=0.001,
        weight_decay=0.01,
        label_smoothing=0.0,
        batch_size=32,
        seed=7,
        training_epochs=1,
        purpose=purpose,
        latency=LATENCY,
        resume=None,
    )
    # As they come to the trial's process.
    context = JobContext.model_validate_json(context.model_dump_json())
    assignment = Assignment.model_validate_json(assignment.model_dump_json())
    return run_trial(context, assignment, data_dir, shelf)


def spec_of(architecture: AnyArchitecture, weights: bytes) -> CompressSpec:
    return CompressSpec(
        architecture=architecture.model_dump(mode="json"),
        weights=sha256_hex(weights),
        ranks=(full_ranks(architecture),),
    )


def test_a_trial_begins_with_the_decomposed_head_and_fine_tunes_it(
    own: Architecture, split: Split, tmp_path: Path
) -> None:
    dense = trained(own, split)
    weights = encode_model(dense, own)
    spec, shelf = spec_of(own, weights), Shelf(weights)
    truth = split.validation_images, split.validation_labels
    dense_accuracy = evaluate(dense, *truth).accuracy

    (measure,), (report, stop) = steps(shelf, tmp_path, spec, full_ranks(own))
    assert isinstance(measure, Measure)
    assert measure.values["dense_accuracy"] == dense_accuracy > 0.3
    assert measure.values["initial_accuracy"] == pytest.approx(dense_accuracy, abs=1 / 40)
    assert measure.values["reconstruction_error"] < 1e-6
    assert measure.values["dense_params"] == architecture_cost(own).params
    assert isinstance(report, Report)
    assert isinstance(stop, Stop)
    (model,) = stop.models
    assert model.values == measure.values | {"accuracy": report.accuracy}
    assert (model.head, model.ranks) == ("tcl", full_ranks(own))
    assert [export.form for export in model.exports] == ["onnx"]
    rebuilt = decode_model(shelf.kept[model.checkpoint])
    assert evaluate(rebuilt.model, *truth).accuracy == report.accuracy
    assert torch.equal(rebuilt.model.normalize.mean, dense.normalize.mean)

    (least,) = next(steps(shelf, tmp_path, spec, (1, 1, 1)))
    assert isinstance(least, Measure)
    assert least.values["reconstruction_error"] > 0.1
    assert least.values["initial_accuracy"] < dense_accuracy


def test_a_retraining_begins_so_too_and_a_baseline_with_nothing(
    architecture: Architecture, split: Split, tmp_path: Path
) -> None:
    own = architecture.with_head(HeadKind.GAP)
    weights = encode_model(trained(own, split), own)
    spec, shelf = spec_of(own, weights), Shelf(weights)
    for purpose, begins in ((TrialPurpose.RETRAIN, True), (TrialPurpose.BASELINE, False)):
        (measure,) = next(steps(shelf, tmp_path, spec, (4, 1, 1), purpose))
        assert isinstance(measure, Measure)
        assert ("reconstruction_error" in measure.values) == begins


def test_pixels_are_normalised_as_the_source_says() -> None:
    """By its own moments, or else as fitted to the data set."""
    architecture = fitted(BaselineName.SHUFFLENET_V2_X0_5, DIGIT, 10)
    weights = save(used(architecture).get_submodule("network").state_dict())
    plain = spec_of(architecture, weights)
    told = plain.model_copy(update={"moments": PixelMoments(mean=(0.25,), std=(0.5,))})
    fit = Normalize(1)
    fit.fit([0.125], [2.0])
    for spec, mean, std in ((plain, 0.125, 2.0), (told, 0.25, 0.5)):
        normalize = load_dense(spec, weights, fit).normalize
        assert (normalize.mean.item(), normalize.std.item()) == (mean, std)


def test_a_network_of_torchvisions_is_fine_tuned_and_delivered(
    split: Split, tmp_path: Path
) -> None:
    architecture = fitted(BaselineName.SHUFFLENET_V2_X0_5, DIGIT, 10)
    weights = save(used(architecture).get_submodule("network").state_dict())
    spec, shelf = spec_of(architecture, weights), Shelf(weights)
    *_, (_, stop) = steps(shelf, tmp_path, spec, (4, 1, 1))
    assert isinstance(stop, Stop)
    (model,) = stop.models
    assert (model.head, model.ranks) == ("tcl", (4, 1, 1))
    assert model.values["params"] < model.values["dense_params"]
    loaded = decode_model(shelf.kept[model.checkpoint])
    assert loaded.architecture.model_dump(mode="json") == model.architecture
    assert loaded.architecture.digest == model.architecture_digest


def test_weights_alone_will_do_for_a_model_of_a_search(own: Architecture) -> None:
    """A file of nothing but the model's state, the normalisation in it."""
    dense = used(own)
    own_tensors = {name: tensor.contiguous() for name, tensor in dense.state_dict().items()}
    weights = save(own_tensors)
    loaded = load_dense(spec_of(own, weights), weights, Normalize(1))
    assert gap(dense, loaded, pixels_of(own)) == 0
    less = {name: tensor for name, tensor in own_tensors.items() if name != "normalize.mean"}
    with pytest.raises(BadCheckpoint, match=re.escape("normalize.mean is missing")):
        load_dense(spec_of(own, save(less)), save(less), Normalize(1))


def test_a_checkpoint_whose_ranks_exceed_its_networks_map_is_refused() -> None:
    architecture = fitted(BaselineName.MNASNET0_5, DIGIT, 10).with_head(HeadKind.TCL, (9, 1, 1))
    weights = encode_model(build(architecture), architecture)
    told = architecture.with_head(HeadKind.TCL, (1, 9, 1)).canonical_json()
    forged = save(load(weights), {"format": MODEL_FORMAT, "architecture": told})
    with pytest.raises(BadCheckpoint, match=re.escape("(1, 9, 1) exceed the feature map")):
        decode_model(forged)


def test_weights_of_another_architecture_end_the_trial_before_it_trains(
    architecture: Architecture, tmp_path: Path
) -> None:
    own, other = architecture.with_head(HeadKind.GAP), architecture.with_head(HeadKind.FLATTEN)
    weights = encode_model(used(other), other)
    with pytest.raises(BadCheckpoint, match="another architecture"):
        next(steps(Shelf(weights), tmp_path, spec_of(own, weights), (4, 1, 1)))
