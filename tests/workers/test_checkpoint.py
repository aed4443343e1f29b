import json

import pytest
import torch
from safetensors.torch import load, save

from workers.artifacts import sha256_hex
from workers.models import checkpoint
from workers.models.checkpoint import (
    BadCheckpoint,
    decode_model,
    decode_training,
    encode_model,
    encode_training,
)
from workers.networks.model import build_model
from workers.training.loop import TrainingState

SQUEEZENET_WITH_A_TCL = json.dumps(
    {
        "version": 1,
        "kind": "torchvision",
        "name": "squeezenet1_1",
        "input": {"channels": 1, "height": 8, "width": 8},
        "classes": 10,
        "halvings": 1,
        "head": {"kind": "tcl", "ranks": [4, 1, 1]},
    }
)


@pytest.fixture
def model(architecture):
    model = build_model(architecture)
    model.normalize.fit((0.3,), (0.25,))
    with torch.no_grad():
        for _ in range(3):
            model(torch.rand(8, 1, 8, 8))
    return model.eval()


@pytest.fixture
def data(model, architecture) -> bytes:
    return encode_model(model, architecture, {"dataset": "digits", "accuracy": "0.5"})


def _metadata(data: bytes) -> dict[str, str]:
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]


def test_a_model_comes_back_as_it_was(model, architecture, data):
    loaded = decode_model(data)
    pixels = torch.rand(4, 1, 8, 8)

    assert loaded.architecture == architecture
    assert loaded.metadata["dataset"] == "digits"
    assert loaded.metadata["accuracy"] == "0.5"
    assert not loaded.model.training
    with torch.inference_mode():
        assert torch.equal(loaded.model(pixels), model(pixels))


def test_equal_contents_give_equal_bytes(model, architecture, data):
    again = encode_model(model, architecture, {"accuracy": "0.5", "dataset": "digits"})
    other = encode_model(build_model(architecture, seed=1), architecture)

    assert sha256_hex(again) == sha256_hex(data)
    assert sha256_hex(encode_model(decode_model(data).model, architecture)) != sha256_hex(data)
    assert sha256_hex(other) != sha256_hex(data)


def test_a_checkpoint_is_a_plain_safetensors_file(model, architecture, data):
    tensors = load(data)

    assert tensors.keys() == model.state_dict().keys()
    assert _metadata(data)["format"] == "tclsearch-model/1"
    assert _metadata(data)["architecture"] == architecture.canonical_json()


def _without(tensors):
    del tensors["head.classifier.bias"]


def _with_one_more(tensors):
    tensors["spare"] = torch.zeros(1000)


def _of_another_shape(tensors):
    tensors["head.classifier.bias"] = torch.zeros(11)


def _of_another_type(tensors):
    tensors["head.classifier.bias"] = tensors["head.classifier.bias"].double()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_without, "head.classifier.bias"),
        (_with_one_more, "spare"),
        (_of_another_shape, r"head\.classifier\.bias is F32 \(11,\), not F32 \(10,\)"),
        (_of_another_type, r"head\.classifier\.bias is F64"),
    ],
)
def test_other_tensors_than_the_architectures_are_refused(data, spoil, message):
    tensors = load(data)
    spoil(tensors)

    with pytest.raises(BadCheckpoint, match=message):
        decode_model(save(tensors, _metadata(data)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "tclsearch-model/2"}, "format is 'tclsearch-model/2'"),
        ({"format": None}, "format is None"),
        ({"architecture": None}, "architecture"),
        ({"architecture": "{"}, "architecture"),
        ({"architecture": "{}"}, "/input: required field is missing"),
        ({"architecture": "[" * 100_000}, "architecture"),
        ({"architecture": SQUEEZENET_WITH_A_TCL}, "no dense head"),
    ],
    ids=["newer", "no-form", "nothing", "torn", "empty", "deeply-nested", "impossible"],
)
def test_metadata_that_says_nothing_usable_is_refused(data, change, message):
    metadata = {k: v for k, v in (_metadata(data) | change).items() if v is not None}

    with pytest.raises(BadCheckpoint, match=message):
        decode_model(save(load(data), metadata))


def test_an_architecture_larger_than_the_file_is_refused_unbuilt(data):
    metadata = _metadata(data)
    document = json.loads(metadata["architecture"])
    document["stages"][0]["width"] = 8192

    with pytest.raises(BadCheckpoint, match="fewer than the architecture's"):
        decode_model(save(load(data), metadata | {"architecture": json.dumps(document)}))


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_a_torn_file_is_refused(data, keep):
    with pytest.raises(BadCheckpoint, match="not a safetensors file"):
        decode_model(data[:keep])


def test_a_training_state_comes_back_as_it_was():
    tensors = {"model.w": torch.rand(3, 2), "generator": torch.arange(5, dtype=torch.uint8)}

    state = decode_training(encode_training(TrainingState(tensors=tensors, training_epoch=4)))

    assert state.training_epoch == 4
    assert state.tensors.keys() == tensors.keys()
    assert all(torch.equal(state.tensors[name], t) for name, t in tensors.items())


def test_a_model_is_no_training_state(data):
    with pytest.raises(BadCheckpoint, match="format is 'tclsearch-model/1'"):
        decode_training(data)


@pytest.mark.parametrize("epoch", ["", "-1", "1.5", "²"])
def test_a_training_state_without_its_epoch_is_refused(epoch):
    metadata = {"format": "tclsearch-training/1", "training_epoch": epoch}

    with pytest.raises(BadCheckpoint, match="training_epoch"):
        decode_training(save({"w": torch.zeros(1)}, metadata))


def test_torch_does_not_see_what_does_not_fit(data, monkeypatch):
    """Not even to find out that it does not."""
    seen = []
    monkeypatch.setattr(checkpoint, "load_tensors", seen.append)
    tensors = load(data)
    _of_another_shape(tensors)
    for bad in (save(tensors, _metadata(data)), data[:-1], data + b"\0", b"PK\x03\x04" * 100):
        with pytest.raises(BadCheckpoint):
            decode_model(bad)
        with pytest.raises(BadCheckpoint):
            decode_training(bad)
    assert seen == []
