"""Photographs with hints: the colors and shares asked for, and nothing else."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from skimage import data
from skimage.color import deltaE_ciede2000, rgb2lab

from vidcolor.color.yuv import rgb_to_yuv, yuv_to_rgb
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Palette, Point, ReferencePicture, Region
from vidcolor.hints.named_colors import chroma_of
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.pipeline.photograph import colorize_still

MOMENT = Fraction(0)
RED = "#a04038"


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    return Colorizer(checkpoint, device="cpu", precision="fp32")


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """Two flat halves of grey, .4 and .6."""
    halves = np.full((96, 128), 102, np.uint8)
    halves[:, 64:] = 153
    Image.fromarray(halves).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def colored(photograph: Path, colorizer: Colorizer, hints: Hints | None) -> np.ndarray:
    """(H, W, 3) uint8."""
    output = photograph.with_name("out.png")
    colorize_still(photograph, output, colorizer, overwrite=True, hints=hints)
    return np.asarray(Image.open(output))


def from_asked(rgb: np.ndarray, color: str) -> np.ndarray:
    """CIEDE2000 of each pixel from the chroma asked for at its luma."""
    made = rgb / 255
    luma = rgb_to_yuv(*made.transpose(2, 0, 1))[0]
    asked = np.stack(yuv_to_rgb(luma, *chroma_of(color)), -1)
    return deltaE_ciede2000(rgb2lab(made), rgb2lab(asked))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_color_that_is_given_wins_over_a_draw(
    photograph: Path, colorizer: Colorizer, seed: int
) -> None:
    drawn = colored(photograph, colorizer, Hints(sample=seed))
    assert np.array_equal(drawn, colored(photograph, colorizer, Hints(sample=seed)))
    assert not np.array_equal(drawn, colored(photograph, colorizer, None))
    hints = Hints(points=(Point(MOMENT, (0.2, 0.5), RED),), sample=seed)
    red = colored(photograph, colorizer, hints)
    assert np.median(from_asked(red[:, 4:56], RED)) < 3
    assert np.abs(red[:, 72:].astype(int) - drawn[:, 72:]).max() <= 2


def test_a_color_fills_its_half_and_leaves_the_other(
    photograph: Path, colorizer: Colorizer
) -> None:
    plain = colored(photograph, colorizer, None)
    hints = Hints(points=(Point(MOMENT, (0.2, 0.5), RED),))
    red = colored(photograph, colorizer, hints)
    assert np.median(from_asked(red[:, 4:56], RED)) < 3
    assert np.abs(red[:, 72:].astype(int) - plain[:, 72:]).max() <= 2


def test_two_colors_on_one_flat_thing_are_both_kept_at_their_points(
    photograph: Path, colorizer: Colorizer
) -> None:
    for one, other in (("seagreen", "#b07080"), ("#4060a0", RED)):
        points = (Point(MOMENT, (0.05, 0.5), one, 0.02), Point(MOMENT, (0.4, 0.5), other, 0.02))
        picture = colored(photograph, colorizer, Hints(points=points))
        for column, color in ((6, one), (51, other)):
            assert from_asked(picture[46:50, column : column + 1], color).max() < 3


def test_empty_hints_change_nothing(photograph: Path, colorizer: Colorizer) -> None:
    plain = colored(photograph, colorizer, None)
    assert np.array_equal(colored(photograph, colorizer, Hints()), plain)


def test_a_turned_photograph_is_marked_as_it_is_shown(tmp_path: Path, colorizer: Colorizer) -> None:
    shown = np.full((96, 128), 102, np.uint8)
    shown[10:40, 80:120] = 153
    exif = Image.Exif()
    exif[274] = 6  # to be turned clockwise
    Image.fromarray(np.rot90(shown)).save(tmp_path / "photo.png", exif=exif)
    region = Region(MOMENT, RED, ((0.65, 0.15), (0.9, 0.15), (0.9, 0.35), (0.65, 0.35)))
    picture = colored(tmp_path / "photo.png", colorizer, Hints(regions=(region,)))
    assert picture.shape[:2] == shown.shape
    assert np.median(from_asked(picture[14:36, 84:116], RED)) < 3
    assert np.median(from_asked(picture[60:], RED)) > 6


def test_colors_of_a_palette_replace_the_others(tmp_path: Path, colorizer: Colorizer) -> None:
    Image.fromarray(data.astronaut().mean(2).astype(np.uint8)).save(tmp_path / "photo.png")
    hues = []
    for palette in (
        Palette(colors=(("#7090c0", 1.0),)),
        Palette(colors=(("#c09070", 1.0),)),
    ):
        picture = colored(tmp_path / "photo.png", colorizer, Hints(palettes=(palette,)))
        _, u, v = rgb_to_yuv(*picture.astype(float).transpose(2, 0, 1))
        hues.append((u.mean(), v.mean()))
    (blue_u, blue_v), (tan_u, tan_v) = hues
    assert blue_u > tan_u + 5
    assert tan_v > blue_v + 5


def test_a_style_is_taken_on_by_the_eyes_of_another_network(
    tmp_path: Path, photograph: Path, colorizer: Colorizer
) -> None:
    """VGG19 with random weights: it can't tell things apart, and the style has but one color."""
    random = torch.Generator().manual_seed(0)
    widths = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256)}
    widths |= {12: (256, 256), 14: (256, 256), 16: (256, 256), 19: (256, 512)}
    weights = {}
    for number, (inputs, width) in widths.items():
        weight = torch.randn(width, inputs, 3, 3, generator=random) * (2 / inputs / 9) ** 0.5
        weights |= {f"features.{number}.weight": weight}
        weights |= {f"features.{number}.bias": torch.zeros(width)}
    save_file(weights, tmp_path / "vgg19.safetensors")
    luma = np.random.default_rng(1).uniform(0.3, 0.7, (60, 80))
    rgb = np.stack(yuv_to_rgb(luma, *chroma_of(RED)), -1)
    Image.fromarray((rgb.clip(0, 1) * 255).round().astype(np.uint8)).save(tmp_path / "red.png")
    style = ReferencePicture(
        tmp_path / "red.png", match="style", encoder_weights=tmp_path / "vgg19.safetensors"
    )
    plain = colored(photograph, colorizer, None)
    found = colored(photograph, colorizer, Hints(references=(style,)))
    assert np.median(from_asked(found, RED)) < 6 < np.median(from_asked(plain, RED))


@pytest.mark.parametrize("swapped", [False, True])
def test_regions_have_a_style_from_those_of_their_color(
    tmp_path: Path, photograph: Path, colorizer: Colorizer, swapped: bool
) -> None:
    """The style is red on its left and blue on its right."""
    blue = "#4060a8"
    luma = np.random.default_rng(1).uniform(0.3, 0.7, (60, 80))
    halves = [yuv_to_rgb(luma[:, :40], *chroma_of(color)) for color in (RED, blue)]
    rgb = np.concatenate([np.stack(half, -1) for half in halves], 1).clip(0, 1)
    Image.fromarray((rgb * 255).round().astype(np.uint8)).save(tmp_path / "style.png")
    regions = np.zeros((6, 8, 3), np.uint8)
    regions[:, :4], regions[:, 4:] = (255, 0, 0), (0, 0, 255)
    Image.fromarray(regions).save(tmp_path / "theirs.png")
    Image.fromarray(regions[:, ::-1] if swapped else regions).save(tmp_path / "mine.png")
    style = ReferencePicture(
        tmp_path / "style.png",
        match="style",
        labels=(tmp_path / "mine.png", tmp_path / "theirs.png"),
    )
    found = colored(photograph, colorizer, Hints(references=(style,)))
    left, right = (blue, RED) if swapped else (RED, blue)
    assert np.median(from_asked(found[:, 8:48], left)) < 8
    assert np.median(from_asked(found[:, 80:120], right)) < 8


def test_marks_lie_on_the_first_page_alone(tmp_path: Path, colorizer: Colorizer) -> None:
    page = Image.fromarray(np.full((48, 64), 120, np.uint8))
    page.save(tmp_path / "scan.tif", save_all=True, append_images=[page])
    outputs = []
    for hints in (None, Hints(points=(Point(MOMENT, (0.5, 0.5), RED),))):
        colorize_still(
            tmp_path / "scan.tif", tmp_path / "out.tif", colorizer, overwrite=True, hints=hints
        )
        with Image.open(tmp_path / "out.tif") as written:
            pages = []
            for number in range(2):
                written.seek(number)
                pages.append(np.asarray(written))
        outputs.append(pages)
    plain, hinted = outputs
    assert not np.array_equal(plain[0], hinted[0])
    assert np.array_equal(plain[1], hinted[1])
