"""Packed photographs and the batches of a run."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from vidcolor.errors import TrainingError
from vidcolor.train.data.batches import TrainingCrops
from vidcolor.train.data.pack import pack
from vidcolor.train.data.photographs import Photographs


def test_classes_are_chosen_by_name(packed: Path) -> None:
    everything = Photographs(packed)
    chosen = Photographs(packed, ("sky", "table"))
    for split in ("training", "validation"):
        expected = [n for n in getattr(everything, split) if everything.labels[n] in (1, 2)]
        assert list(getattr(chosen, split)) == expected
    assert len(chosen.training) < len(everything.training)
    assert list(chosen.class_names) == ["animals", "sky", "table"]
    with pytest.raises(TrainingError, match="has no class 'tables'; the nearest is 'table'"):
        Photographs(packed, ("sky", "tables"))


def test_repeated_classes_come_so_often_in_an_epoch(packed: Path) -> None:
    once = Photographs(packed)
    often = Photographs(packed, ("sky", "animals"), {"sky": 3})
    expected = [n for n in once.training for _ in range((1, 3, 0)[once.labels[n]])]
    assert list(often.training) == expected
    with pytest.raises(TrainingError, match="has no class 'sly'; the nearest is 'sky'"):
        Photographs(packed, repeats={"sly": 2})


@pytest.mark.parametrize(
    ("count", "times"), [(0.5, [0, 1, 0, 1]), (1.5, [1, 2, 1, 2]), (0, [0] * 4)]
)
def test_of_a_fraction_every_so_many_come_once_more(
    folder: Path, tmp_path: Path, count: float, times: list[int]
) -> None:
    pack([folder / "sky", folder / "animals"], tmp_path / "packed", 0)
    photographs = Photographs(tmp_path / "packed", repeats={"sky": count})
    seen = np.bincount(photographs.training, minlength=8)
    assert seen[photographs.labels == 1].tolist() == times
    assert seen[photographs.labels == 0].tolist() == [1] * 4


def test_pixels_that_were_cut_short_are_refused(folder: Path, tmp_path: Path) -> None:
    pack([folder], tmp_path / "packed", 0)
    for size in (1000, 0):
        os.truncate(tmp_path / "packed/photographs.u8", size)
        with pytest.raises(TrainingError, match=r"photographs\.u8: not as long as its index says"):
            Photographs(tmp_path / "packed")


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_a_damaged_index_is_refused(folder: Path, tmp_path: Path, content: bytes | None) -> None:
    pack([folder], tmp_path / "packed", 0)
    index = tmp_path / "packed/index.npz"
    index.write_bytes(index.read_bytes()[:1000] if content is None else content)
    with pytest.raises(TrainingError, match=r"index\.npz: damaged; pack again"):
        Photographs(tmp_path / "packed")


def test_crops_are_a_function_of_the_step(packed: Path) -> None:
    photographs = Photographs(packed)
    crops = TrainingCrops(photographs, 4, seed=3, whole=0.5, cards=0.2)
    batch = crops.at(5, 32)
    assert batch.rgb.shape == (4, 3, 32, 32)
    assert batch.rgb.dtype == torch.float32
    assert 0 <= batch.rgb.min() < batch.rgb.max() <= 1
    again = TrainingCrops(photographs, 4, seed=3, whole=0.5, cards=0.2).at(5, 32)
    assert torch.equal(batch.rgb, again.rgb)
    assert torch.equal(batch.valid, again.valid)
    assert not torch.equal(batch.rgb, crops.at(6, 32).rgb)
    assert not torch.equal(batch.rgb, TrainingCrops(photographs, 4, seed=4).at(5, 32).rgb)


def test_crops_fill_their_frames(packed: Path) -> None:
    crops = TrainingCrops(Photographs(packed), 4, 0)
    assert all(crops.at(step, 32).valid is None for step in range(5))


@pytest.mark.parametrize("smallest", [0.75, 1.25])
def test_a_crop_is_a_square_of_its_photograph_or_its_mirror(
    folder: Path, tmp_path: Path, smallest: float
) -> None:
    """A photograph of ramps tells where each crop was taken: red across, green down."""
    pack([folder], tmp_path / "packed", 0)
    photographs = Photographs(tmp_path / "packed")
    with (tmp_path / "packed/photographs.u8").open("r+b") as pixels:
        for height, width in map(photographs.shape, range(13)):
            ramps = np.broadcast_arrays(np.arange(width), np.arange(height)[:, None], 0)
            pixels.write(np.stack(ramps, 2).astype(np.uint8).tobytes())
    crops = TrainingCrops(photographs, 13, 0, smallest_square=smallest)
    side, mirrored, sides = 64, 0, []
    for rgb in (crops.at(step, side).rgb * 255 for step in range(30)):
        for red, green, _ in rgb.numpy():
            across, down = (red[32, 48] - red[32, 16]) / 32, (green[48, 32] - green[16, 32]) / 32
            mirrored += int(across < 0)
            assert abs(across) == pytest.approx(down, abs=0.1)
            sides.append(down * side)
            middle = [float(plane[31:33, 31:33].mean()) for plane in (red, green)]
            assert all(sides[-1] / 2 - 2 < at < 256 - sides[-1] / 2 + 2 for at in middle)
    assert 150 < mirrored < 240  # of 390
    assert smallest * side - 3 < min(sides) < smallest * side + 12
    assert max(sides) > 90  # the photographs are strips of at least 96


def test_whole_photographs_lie_in_the_upper_corner(packed: Path) -> None:
    """At 256 as they were packed, or mirrored; an epoch shows each of them once."""
    photographs = Photographs(packed)
    count = len(photographs.training)
    crops = TrainingCrops(photographs, 1, 0, whole=1)
    shown, mirrored = [], []
    for step in range(count):
        batch = crops.at(step, 256)
        assert batch.valid is not None
        assert batch.valid.shape == (1, 1, 256, 256)
        rgb, valid = batch.rgb[0], batch.valid[0, 0]
        assert not rgb[:, ~valid].any()
        height, width = int(valid.any(1).sum()), int(valid.any(0).sum())
        assert valid.sum() == height * width
        left = valid[0, 0] or not valid[0, -1]
        picture = (rgb if left else rgb.flip(-1))[:, :height, :width].mul(255).round()
        picture = picture.permute(1, 2, 0).numpy()
        for index in photographs.training:
            for turned, truth in enumerate((photographs[index], photographs[index][:, ::-1])):
                if np.array_equal(picture, truth):
                    shown.append(index)
                    mirrored.append(turned)
    assert sorted(shown) == list(photographs.training)


@pytest.mark.parametrize("side", [100, 300])
def test_whole_photographs_shrink_to_smaller_frames_and_never_grow(packed: Path, side: int) -> None:
    photographs = Photographs(packed)
    crops = TrainingCrops(photographs, len(photographs.training), 0, whole=1)
    valid = crops.at(0, side).valid
    assert valid is not None
    sizes = [(int(v.any(1).sum()), int(v.any(0).sum())) for v in valid[:, 0]]
    expected = []
    for height, width in map(photographs.shape, photographs.training):
        scale = min(1, side / max(height, width))
        expected.append((round(height * scale), round(width * scale)))
    assert sorted(sizes) == sorted(expected)


def test_a_share_of_the_samples_are_title_cards(packed: Path) -> None:
    crops = TrainingCrops(Photographs(packed), 4, 0, cards=0.25, whole=0.5)
    batches = [crops.at(step, 40) for step in range(60)]
    rgb = torch.cat([batch.rgb for batch in batches])
    valid = torch.cat([batch.valid for batch in batches if batch.valid is not None])
    grey = (rgb == rgb[:, :1]).all((1, 2, 3))
    assert 30 <= grey.sum() <= 90  # of 240; a share of 1/4 is within 4 deviations
    assert valid[grey].all()
    assert not valid[~grey].all()


def test_too_few_photographs_for_a_batch_are_refused(packed: Path) -> None:
    with pytest.raises(TrainingError, match="do not fill a batch of 64"):
        TrainingCrops(Photographs(packed), 64, 0)


def test_batches_are_those_of_their_steps(packed: Path) -> None:
    crops = TrainingCrops(Photographs(packed), 4, 0, cards=0.2, whole=0.5)
    batches = list(crops.batches(range(3, 9), lambda step: 32 + step))
    assert len(batches) == 6
    for step, batch in enumerate(batches, 3):
        expected = crops.at(step, 32 + step)
        assert torch.equal(batch.rgb, expected.rgb)
        assert torch.equal(batch.valid, expected.valid)


def test_batches_for_a_device_apart_are_made_ahead(packed: Path) -> None:
    """The meta device keeps no values, but their shapes and places."""
    meta = torch.device("meta")
    crops = TrainingCrops(Photographs(packed), 4, 0, whole=0.5, device=meta)
    sides = []
    for batch in crops.batches(range(20), lambda step: 20 + step):
        assert batch.valid is not None
        assert batch.rgb.device == batch.valid.device == meta
        sides.append(batch.rgb.shape[-1])
    assert sides == list(range(20, 40))
