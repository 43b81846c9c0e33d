"""Films with references: a frame in color, its shot, other shots, and pictures unlike all."""

import json
import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import planes_of
from hint_films import HEIGHT, SHOT, WIDTH, make_shots, on_the_thing, shots, time_of
from PIL import Image

from vidcolor.color.yuv import yuv_to_rgb
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import CheckpointError
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import ReferencePicture
from vidcolor.net.checkpoint import load
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import Result, colorize_file
from vidcolor.pipeline.film_hints import FilmHints, ReferencedPart, UsedReference

GIVEN = SHOT + 4
"""The frame that is there in color: amid the second shot of three."""
THING, GROUND = (-0.1, 0.2), (0.15, -0.12)
"""U and V of the thing and of what lies behind it."""


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    """With the film weights: a network that knows nothing takes everything for alike."""
    return Colorizer(load("film"), device="cpu", precision="fp32", batch_size=4)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    make_shots(tmp_path / "film.mkv")
    return tmp_path / "film.mkv"


def in_color(path: Path, number: int = GIVEN, luma: np.ndarray | None = None) -> Path:
    """A frame as someone colored it."""
    codes = (shots()[number] if luma is None else luma).astype(float)
    uv = np.empty((2, *codes.shape))
    uv[:] = np.array(GROUND)[:, None, None]
    uv[:, *on_the_thing(number, 0)] = np.array(THING)[:, None, None]
    rgb = np.stack(yuv_to_rgb((codes - 16) / 219, *uv), -1)
    Image.fromarray((rgb.clip(0, 1) * 255).round().astype(np.uint8)).save(path)
    return path


def colorized(film: Path, colorizer: Colorizer, *references: ReferencePicture, **options: object):
    notes: list[str] = []
    result: Result = colorize_file(
        film, film.with_name("out.mkv"), colorizer, encoder=EncoderSettings("ffv1"),
        overwrite=True, hints=Hints(references=references) if references else None,
        note=notes.append, **options,
    )  # fmt: skip
    assert result.frames
    return planes_of(film.with_name("out.mkv")), notes


def same(some: Sequence[Sequence[np.ndarray]], others: Sequence[Sequence[np.ndarray]]) -> list[int]:
    """The numbers of the frames that are equal in all planes."""
    pairs = enumerate(zip(some, others, strict=True))
    return [n for n, (a, b) in pairs if all(map(np.array_equal, a, b))]


def off(frame: Sequence[np.ndarray], number: int, color: tuple[float, float]) -> float:
    """By how many codes the thing's color is off, in the mean."""
    wanted = 128 + 224 * np.array(color)
    rows, columns = on_the_thing(number)
    chroma = np.stack(frame[1:3])
    down = frame[0].shape[0] // chroma.shape[1]
    rows = slice(-(-rows.start // down), rows.stop // down)
    columns = slice(-(-columns.start // down), columns.stop // down)
    return float(np.abs(chroma[:, rows, columns] - wanted[:, None, None]).mean())


def test_a_frame_in_color_is_as_it_is_and_colors_its_shot_alone(
    film: Path, colorizer: Colorizer, tmp_path: Path
) -> None:
    still = ReferencePicture(in_color(tmp_path / "still.png"), at=time_of(GIVEN))
    automatic, _ = colorized(film, colorizer)
    found, notes = colorized(film, colorizer, still)
    assert not [line for line in notes if "reference" in line]
    assert same(found, automatic) == [*range(SHOT), *range(2 * SHOT, 3 * SHOT)]
    assert off(found[GIVEN], GIVEN, THING) < 2
    assert all(off(found[n], n, THING) < 12 for n in range(SHOT, 2 * SHOT))


def test_what_matching_does_not_find_does_not_flash(colorizer: Colorizer, tmp_path: Path) -> None:
    """A blot painted into the still of a scene at rest fades, both ways, instead of blinking."""
    film, number = tmp_path / "film.mkv", 15
    make_shots(film, [shots(1)[0]] * 30)
    picture = np.asarray(Image.open(in_color(tmp_path / "still.png", 0))).copy()
    picture[50:58, 70:80] = (150, 40, 40)
    Image.fromarray(picture).save(tmp_path / "still.png")
    still = ReferencePicture(tmp_path / "still.png", at=time_of(number))
    found, _ = colorized(film, colorizer, still)
    down = HEIGHT // found[0][1].shape[0]
    blot = np.s_[50 // down + 1 : 58 // down - 1, 70 // down + 1 : 80 // down - 1]
    v = np.array([frame[2][blot].mean() for frame in found])
    assert abs(v[number] - v[0]) > 20
    assert np.abs(np.diff(v)).max() < 0.25 * abs(v[number] - v[0])
    part, _ = colorized(film, colorizer, still, start=time_of(8), duration=time_of(4))
    assert same(part, found[8:12]) == [0, 1, 2, 3]


@pytest.mark.parametrize("start", [SHOT - 2, SHOT + 3, GIVEN, 2 * SHOT - 1])
def test_a_span_has_the_same_colors(
    film: Path, colorizer: Colorizer, tmp_path: Path, start: int
) -> None:
    still = ReferencePicture(in_color(tmp_path / "still.png"), at=time_of(GIVEN))
    whole, _ = colorized(film, colorizer, still)
    part, _ = colorized(film, colorizer, still, start=time_of(start), duration=time_of(4))
    assert same(part, whole[start : start + 4]) == [0, 1, 2, 3]


def test_a_picture_unlike_every_shot_changes_nothing(
    film: Path, colorizer: Colorizer, tmp_path: Path
) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    automatic, _ = colorized(film, colorizer)
    found, notes = colorized(film, colorizer, ReferencePicture(tmp_path / "noise.png"))
    assert len(same(found, automatic)) == 3 * SHOT
    assert "reference 1: noise.png looks like none of the shots it is for; it is not used" in notes


def test_a_style_colors_all_the_film_with_its_colors(
    film: Path, colorizer: Colorizer, tmp_path: Path
) -> None:
    """Whatever it shows; here one color alone, at every luma."""
    ramp = np.tile(np.linspace(40, 215, 80, dtype=np.float32), (60, 1)) / 255
    rgb = np.stack(yuv_to_rgb(ramp, *THING), -1).clip(0, 1)
    Image.fromarray((rgb * 255).round().astype(np.uint8)).save(tmp_path / "red.png")
    style = ReferencePicture(tmp_path / "red.png", match="style")
    automatic, _ = colorized(film, colorizer)
    found, notes = colorized(film, colorizer, style)
    assert not notes
    assert not same(found, automatic)
    part, _ = colorized(film, colorizer, style, start=time_of(SHOT - 2), duration=time_of(4))
    assert same(part, found[SHOT - 2 : SHOT + 2]) == [0, 1, 2, 3]

    def hue(frames: Sequence[Sequence[np.ndarray]]) -> float:
        """From that of the style, in degrees, in the mean over all."""
        u, v = (np.mean([frame[plane] for frame in frames]) - 128 for plane in (1, 2))
        return abs(math.degrees(np.angle((u + 1j * v) / complex(*THING))))

    assert hue(found) < 15 < hue(automatic)


def test_a_style_is_for_its_span_alone(film: Path, colorizer: Colorizer, tmp_path: Path) -> None:
    span = time_of(SHOT), time_of(2 * SHOT)
    picture = in_color(tmp_path / "still.png")
    automatic, _ = colorized(film, colorizer)
    found, _ = colorized(film, colorizer, ReferencePicture(picture, match="style", reach=span))
    outside = [*range(SHOT), *range(2 * SHOT, 3 * SHOT)]
    assert same(found, automatic) == outside


def test_weights_that_are_none_are_told_before_the_film_is_colored(
    film: Path, colorizer: Colorizer, tmp_path: Path
) -> None:
    (tmp_path / "none.pth").write_bytes(b"none")
    style = ReferencePicture(
        in_color(tmp_path / "still.png"), match="style", encoder_weights=tmp_path / "none.pth"
    )
    with pytest.raises(CheckpointError, match=r"none\.pth: "):
        colorized(film, colorizer, style)
    assert not film.with_name("out.mkv").exists()


def test_a_span_without_a_frame_is_told(film: Path, colorizer: Colorizer, tmp_path: Path) -> None:
    """Between two frames."""
    picture, begin = in_color(tmp_path / "still.png"), time_of(GIVEN) + Fraction(1, 100)
    span = begin, begin + Fraction(1, 100)
    automatic, _ = colorized(film, colorizer)
    found, notes = colorized(film, colorizer, ReferencePicture(picture, reach=span))
    assert len(same(found, automatic)) == 3 * SHOT
    told = "reference 1: still.png is for a span in which no frame is shown; it is not used"
    assert told in notes


def test_black_bars_of_the_still_do_not_matter(
    film: Path, colorizer: Colorizer, tmp_path: Path
) -> None:
    """As stills of a letterboxed film have them."""
    picture = Image.open(in_color(tmp_path / "still.png"))
    barred = Image.new("RGB", (WIDTH, HEIGHT + 24))
    barred.paste(picture, (0, 12))
    barred.save(tmp_path / "barred.png")
    plain, _ = colorized(film, colorizer, ReferencePicture(tmp_path / "still.png"))
    found, _ = colorized(film, colorizer, ReferencePicture(tmp_path / "barred.png"))
    assert same(found, plain) == list(range(3 * SHOT))


def test_a_grey_picture_is_named_and_changes_nothing(
    film: Path, colorizer: Colorizer, tmp_path: Path
) -> None:
    Image.fromarray(shots()[GIVEN]).save(tmp_path / "grey.png")
    automatic, _ = colorized(film, colorizer)
    found, notes = colorized(
        film, colorizer, ReferencePicture(tmp_path / "grey.png", at=time_of(GIVEN))
    )
    assert len(same(found, automatic)) == 3 * SHOT
    assert "reference 1: grey.png has no colour; it is not used" in notes


def test_a_still_of_one_shot_colors_the_like_of_it_if_it_is_for_the_film(
    colorizer: Colorizer, tmp_path: Path
) -> None:
    """A film A-B-A, whose first A is in color."""
    film, pictures = tmp_path / "film.mkv", shots(1)
    stripes = np.where(np.arange(WIDTH) % 8 < 4, 60, 200).astype(np.uint8)
    make_shots(film, [*pictures, *[np.tile(stripes, (HEIGHT, 1))] * SHOT, *pictures])
    picture = in_color(tmp_path / "still.png", 4, pictures[4])
    automatic, _ = colorized(film, colorizer)
    found, _ = colorized(film, colorizer, ReferencePicture(picture, at=time_of(4), reach="film"))
    assert same(found, automatic) == list(range(SHOT, 2 * SHOT))
    again = [off(found[2 * SHOT + n], n, THING) for n in range(SHOT)]
    assert max(again) < 12


def test_color_fades_in_as_the_luma_does_and_then_stands(
    colorizer: Colorizer, tmp_path: Path
) -> None:
    """A still scene, given in full light. Its first frame in that may be carried from others."""
    film, light = tmp_path / "film.mkv", [*np.linspace(0.4, 1, 9)[:-1], *[1.0] * SHOT]
    scene = shots(1)[0] - 16.0
    make_shots(film, [(16 + gain * scene).round().astype(np.uint8) for gain in light])
    still = in_color(tmp_path / "still.png", 0, shots(1)[0])
    found, _ = colorized(film, colorizer, ReferencePicture(still))
    chroma = [np.abs(np.stack(frame[1:3]) - 128.0).mean() for frame in found]
    assert np.allclose(chroma / chroma[-1], light, atol=0.06)
    assert np.ptp(chroma[1 - SHOT :]) < 0.01 * chroma[-1]


def test_a_picture_that_should_be_a_frame_and_is_none_is_matched_and_named(
    film: Path, colorizer: Colorizer, tmp_path: Path
) -> None:
    picture = in_color(tmp_path / "still.png", GIVEN)
    _, notes = colorized(film, colorizer, ReferencePicture(picture, at=Fraction(0), match="own"))
    assert "reference 1: still.png is not the frame at 0.000 s; it is matched instead" in notes


def test_no_strength_is_no_color_of_its_own(
    film: Path, colorizer: Colorizer, tmp_path: Path
) -> None:
    picture = in_color(tmp_path / "still.png")
    automatic, _ = colorized(film, colorizer)
    found, _ = colorized(film, colorizer, ReferencePicture(picture, time_of(GIVEN), strength=0))
    for frame, other in zip(found, automatic, strict=True):
        assert all(
            np.abs(np.subtract(a, b, dtype=int)).max() <= 1
            for a, b in zip(frame, other, strict=True)
        )


def test_what_a_first_pass_told_of_references_is_kept_exactly(tmp_path: Path) -> None:
    """As a journal keeps it for the segments of a film."""
    used = (
        UsedReference(tmp_path / "still.png", 0.7),
        UsedReference(tmp_path / "other.png", 1.0, True, tmp_path / "vgg19.pth"),
    )
    parts = (
        ReferencedPart(Fraction(1, 3), Fraction(2, 3), used),
        ReferencedPart(Fraction(2, 3), Fraction(1), used[:1]),
    )
    known = FilmHints((36, 48), {}, (), parts)
    assert FilmHints.from_dict(json.loads(json.dumps(known.as_dict()))).referenced == parts
