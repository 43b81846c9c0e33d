"""Checkpoints: everything comes back, damage is noticed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from vidcolor.errors import CheckpointError
from vidcolor.net.bundled import DEFAULT, PURPOSES, bundled
from vidcolor.net.checkpoint import Checkpoint, load
from vidcolor.net.decoding import load_decoding


def test_everything_that_inference_needs_comes_back(checkpoint: Checkpoint, weights: Path) -> None:
    loaded = load(weights)
    assert loaded.name == "small"
    assert loaded.model.dims == checkpoint.model.dims
    assert loaded.decoding == checkpoint.decoding
    assert torch.equal(loaded.bins.centers, checkpoint.bins.centers)
    assert torch.equal(loaded.bins.frequencies, checkpoint.bins.frequencies)
    assert loaded.bins.side == checkpoint.bins.side
    luma = torch.rand(1, 1, 32, 48)
    with torch.inference_mode():
        expected, got = checkpoint.model(luma), loaded.model(luma)
    torch.testing.assert_close(got, expected, atol=0.02, rtol=0.02)


def test_decoding_defaults_come_back_and_older_files_have_fewer(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    chosen = replace(checkpoint.decoding, saturation=1.4, pool=True)
    path = tmp_path / "new.safetensors"
    replace(checkpoint, decoding=chosen).save(path)
    assert load(path).decoding == load_decoding(path) == chosen

    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    description = json.loads(metadata["description"])
    del description["decoding"]["saturation"], description["decoding"]["pool"]
    old = tmp_path / "old.safetensors"
    save_file(load_file(path), old, metadata | {"description": json.dumps(description)})
    assert load(old).decoding == load_decoding(old) == replace(chosen, saturation=1.0, pool=False)


def test_weights_are_fp16_and_statistics_fp32(checkpoint: Checkpoint, tmp_path: Path) -> None:
    name = "down.0.0.1.running_var"
    checkpoint.model.state_dict()[name].fill_(1e6)
    checkpoint.save(tmp_path / "large.safetensors")
    tensors = load_file(tmp_path / "large.safetensors")
    assert {t.dtype for t in tensors.values() if t.ndim == 4} == {torch.float16}
    assert {t.dtype for t in tensors.values() if t.ndim != 4} == {torch.float32}
    state = load(tmp_path / "large.safetensors").model.state_dict()
    assert state[name].tolist() == [1e6] * 4


def test_a_changed_tensor_is_noticed(weights: Path) -> None:
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(content)
    with pytest.raises(CheckpointError, match="checksum"):
        load(weights)


def test_the_decoding_defaults_are_read_without_the_tensors(weights: Path) -> None:
    expected = load(weights).decoding
    assert load_decoding(weights) == expected
    content = weights.read_bytes()
    tensors = 8 + int.from_bytes(content[:8], "little")
    weights.write_bytes(content[:tensors] + b"\xff" * len(content[tensors:]))
    assert load_decoding(weights) == expected
    with pytest.raises(CheckpointError, match="checksum"):
        load(weights)


@pytest.mark.parametrize("read", [load, load_decoding])
def test_a_cut_file_is_noticed(weights: Path, read: Callable) -> None:
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="not a readable safetensors file"):
        read(weights)


@pytest.mark.parametrize("read", [load, load_decoding])
def test_other_safetensors_are_refused(tmp_path: Path, read: Callable) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="not a vidcolor checkpoint"):
        read(tmp_path / "other.safetensors")


@pytest.mark.parametrize("read", [load, load_decoding])
@pytest.mark.parametrize("name", ["nowhere", "nowhere.safetensors", "."])
def test_what_is_missing_is_named_with_what_there_is(name: str, read: Callable) -> None:
    with pytest.raises(CheckpointError, match=r"no such weights.*landscape"):
        read(name)


@pytest.mark.parametrize("name", bundled())
def test_the_bundled_weights_load_and_tell_their_history(name: str) -> None:
    assert DEFAULT in bundled()
    assert set(bundled()) <= set(PURPOSES)
    assert load().name == DEFAULT
    checkpoint = load(name)
    assert checkpoint.name == name
    assert checkpoint.decoding == load_decoding(name)
    assert len(checkpoint.bins) == 32
    assert checkpoint.recipe["steps"] > 1000
    assert json.dumps(dict(checkpoint.recipe))


def test_saving_leaves_one_file_that_all_may_read_as_any_other(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    path, other = tmp_path / "weights.safetensors", tmp_path / "other"
    checkpoint.save(path)
    checkpoint.save(path)
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [other, path]
