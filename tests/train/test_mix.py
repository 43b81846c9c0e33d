"""Mixed weights."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from vidcolor.color.bins import ColorBins
from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import Checkpoint, load
from vidcolor.net.decoding import Decoding
from vidcolor.net.model import ColorUNet, ColorUNetDims
from vidcolor.train.mix import mix

DIMS = ColorUNetDims(stem=8, down=(8, 8), bottleneck=8, up=(8,), skips=True, bins=4)


def _stage(seed: int, dims: ColorUNetDims = DIMS) -> Checkpoint:
    torch.manual_seed(seed)
    model = ColorUNet(dims)
    for _ in range(3):
        model(torch.rand(2, 1, 32, 32))
    bins = ColorBins(
        torch.linspace(-0.3, 0.3, 8).reshape(4, 2), torch.tensor([0.1, 0.2, 0.3, 0.4]), 0.06
    )
    return Checkpoint(f"stage{seed}", model.eval(), bins, Decoding(0.1 * seed, 0.5, 64))


def test_the_shares_weigh_every_tensor() -> None:
    first, second = _stage(1), _stage(2)
    expected = {
        key: 0.7 * first.model.state_dict()[key] + 0.3 * value
        for key, value in second.model.state_dict().items()
        if value.is_floating_point()
    }
    mixed = mix([(first, 0.7), (second, 0.3)])
    assert mixed.decoding == first.decoding
    for key, value in expected.items():
        torch.testing.assert_close(mixed.model.state_dict()[key], value)


def test_a_network_mixed_with_itself_says_the_same() -> None:
    luma = torch.rand(1, 1, 48, 40)
    with torch.no_grad():
        expected = _stage(1).model(luma)
        mixed = mix([(_stage(1), 1.5), (_stage(1), -0.5)]).model(luma)
    torch.testing.assert_close(mixed, expected, atol=1e-5, rtol=1e-4)


def test_networks_that_are_no_stages_of_one_another_are_refused() -> None:
    first, second = _stage(1), _stage(2)
    with pytest.raises(TrainingError, match="stage3: its network has another layout than stage1's"):
        mix([(first, 0.5), (_stage(3, replace(DIMS, bottleneck=16)), 0.5)])
    bins = ColorBins(second.bins.centers + 0.01, second.bins.frequencies, 0.06)
    with pytest.raises(TrainingError, match="stage2: its colour bins are not those of stage1"):
        mix([(first, 0.5), (replace(second, bins=bins), 0.5)])
    with pytest.raises(TrainingError, match=r"the shares sum to 1.1, not to 1"):
        mix([(first, 0.5), (second, 0.6)])
    with pytest.raises(TrainingError, match="take smaller shares"):
        mix([(first, 50), (second, -49)])
    with pytest.raises(TrainingError, match="take smaller shares"):
        mix([(first, 1e300), (second, -1e300), (first, 1)])


def test_the_command_writes_weights(vidcolor: Callable, tmp_path: Path) -> None:
    parts = []
    for seed, share in ((1, 1.25), (2, -0.25)):
        path = tmp_path / f"a={seed}.safetensors"
        _stage(seed).save(path)
        parts.append(f"{path}={share}")
    mixed = tmp_path / "mixed.safetensors"
    run = vidcolor("train", "mix", *parts, "-o", mixed)
    assert run.code == 0, run.err
    assert load(mixed).decoding.temperature == pytest.approx(0.1)

    before = mixed.read_bytes()
    again = vidcolor("train", "mix", *parts, "-o", mixed)
    assert again.code == 2
    assert "--overwrite" in again.err
    assert mixed.read_bytes() == before
    own = vidcolor("train", "mix", *parts, "-o", tmp_path / "a=2.safetensors", "--overwrite")
    assert own.code == 2
    assert "is the input itself" in own.err
    for wrong in ("film", "film=much", "=1", "film=inf"):
        run = vidcolor("train", "mix", wrong, "-o", tmp_path / "none.safetensors")
        assert run.code == 2
        assert "WEIGHTS=SHARE" in run.err
    assert not (tmp_path / "none.safetensors").exists()
