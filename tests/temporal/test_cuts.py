"""Cuts: found where the picture changes for good, on films made of photographs."""

import numpy as np
import pytest
from skimage import data
from skimage.color import rgb2gray

from vidcolor.temporal.cuts import CutDetector, difference, thumbnail

CAMERAMAN = rgb2gray(np.stack([data.camera()] * 3, -1)).astype(np.float32)
CAT = rgb2gray(data.chelsea()).astype(np.float32)
COFFEE = rgb2gray(data.coffee()).astype(np.float32)


def shot(photograph: np.ndarray, frames: int, speed: float = 1.0) -> list[np.ndarray]:
    """A pan over a photograph, with grain: (180, 320) each; speed in pixels a frame."""
    random = np.random.default_rng(7)
    shifts = (np.arange(frames) * speed).astype(int) % (photograph.shape[1] - 320)
    return [
        (photograph[60:240, x : x + 320] + random.normal(0, 0.03, (180, 320))).clip(0, 1)
        for x in shifts
    ]


def begins(film: list[np.ndarray]) -> list[int]:
    """The frames with which shots begin."""
    detector = CutDetector()
    thumbnails = [thumbnail(frame.astype(np.float32)) for frame in film]
    return np.flatnonzero(detector(thumbnails) + detector.finish()).tolist()


def barred(film: list[np.ndarray], across: int, down: int, level: float) -> list[np.ndarray]:
    """A film behind bars of so many pixels left and right, and above and below."""
    bars = (down, down), (across, across)
    inside = slice(down, 180 - down), slice(across, 320 - across)
    return [np.pad(frame[inside], bars, constant_values=level) for frame in film]


def mixed(one: list[np.ndarray], other: list[np.ndarray], frames: int) -> list[np.ndarray]:
    """A dissolve of so many frames between two shots."""
    shares = (np.arange(frames) + 0.5) / frames
    pairs = zip(one[-frames:], other[:frames], shares, strict=True)
    between = [(1 - share) * a + share * b for a, b, share in pairs]
    return [*one[:-frames], *between, *other[frames:]]


def test_a_shot_begins_with_the_first_frame_and_at_each_cut() -> None:
    film = shot(CAMERAMAN, 25) + shot(CAT, 12) + shot(COFFEE, 30)
    assert begins(film) == [0, 25, 37]


@pytest.mark.parametrize(("across", "down"), [(0, 23), (0, 40), (40, 0), (67, 0), (45, 32)])
@pytest.mark.parametrize("level", [0, 16 / 255])
def test_black_bars_neither_hide_cuts_nor_make_any(across: int, down: int, level: float) -> None:
    """Pixels that they take on each side; 4:3 that holds 2.39:1 has 40 of these lines above."""
    film = shot(CAMERAMAN, 25) + shot(CAT, 12) + shot(COFFEE, 30)
    assert begins(barred(film, across, down, level)) == [0, 25, 37]


@pytest.mark.parametrize("level", [0.0, 0.9])
def test_within_bars_a_shot_ends_where_the_picture_after_an_empty_one_appears(level: float) -> None:
    empty = [np.full((180, 320), level)] * 15
    film = shot(CAT, 20) + empty + shot(COFFEE, 20)
    assert begins(barred(film, 0, 40, 16 / 255)) == [0, 35]


def test_bars_do_not_count_in_a_difference() -> None:
    one, other = thumbnail(shot(CAT, 1)[0]), thumbnail(shot(COFFEE, 1)[0])
    inner = [picture[8:28] for picture in (one, other)]
    boxed = [np.pad(picture, ((8, 8), (0, 0))) for picture in inner]
    assert difference(*boxed) == pytest.approx(difference(*inner), abs=1e-6)


def test_a_fade_to_black_ends_a_shot_where_the_next_picture_appears() -> None:
    down = np.linspace(1, 0, 12)
    leaving = [frame * share for frame, share in zip(shot(CAT, 12), down, strict=True)]
    black = [np.zeros((180, 320))] * 15
    coming = [frame * share for frame, share in zip(shot(COFFEE, 12), down[::-1], strict=True)]
    film = shot(CAT, 20) + leaving + black + coming + shot(COFFEE, 20)
    (first, second) = begins(film)
    assert first == 0
    assert 47 < second < 52


@pytest.mark.parametrize(
    "frames", [8, 32, *(pytest.param(n, marks=pytest.mark.long) for n in (12, 24))]
)
@pytest.mark.parametrize(("one", "other"), [(CAMERAMAN, CAT), (CAT, COFFEE), (COFFEE, CAMERAMAN)])
def test_a_dissolve_ends_a_shot_once_within_it(
    one: np.ndarray, other: np.ndarray, frames: int
) -> None:
    film = mixed(shot(one, 30 + frames, 0.3), shot(other, 30 + frames, 0.3), frames)
    (first, second) = begins(film)
    assert first == 0
    assert 30 < second < 30 + frames


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_flash_is_no_cut(frames: int) -> None:
    film = shot(CAMERAMAN, 40)
    film[20 : 20 + frames] = [0.97 + 0.03 * frame for frame in film[20 : 20 + frames]]
    assert begins(film) == [0]


def test_pumping_brightness_is_no_cut() -> None:
    random = np.random.default_rng(1)
    film = [
        (frame ** random.uniform(0.8, 1.25) * random.uniform(0.5, 1) + random.uniform(0, 0.15))
        for frame in shot(CAMERAMAN, 60)
    ]
    assert begins([frame.clip(0, 1) for frame in film]) == [0]


@pytest.mark.parametrize("speed", [4, 12, 25])
def test_a_fast_pan_is_no_cut(speed: float) -> None:
    wide = np.concatenate([CAMERAMAN[:, ::-1], CAMERAMAN, CAMERAMAN[:, ::-1]], 1)
    assert begins(shot(wide, 40, speed)) == [0]


def test_a_black_film_is_one_shot() -> None:
    assert begins([np.zeros((180, 320))] * 30) == [0]


def test_difference_overlooks_brightness_contrast_and_small_displacement() -> None:
    picture = thumbnail(CAT[:216, :384])
    moved = thumbnail(CAT[12:228, 24:408])
    assert difference(picture, 0.4 * picture + 0.3) == pytest.approx(0, abs=1e-3)
    assert difference(picture, moved) < 0.05
    assert difference(picture, 1 - picture) > 0.8


def test_a_black_picture_differs_from_any_other_but_black() -> None:
    black = np.zeros((36, 64), np.float32)
    assert difference(black, thumbnail(CAT)) == 1
    assert difference(black, black) == 0


def test_decisions_depend_on_the_declared_neighbourhood_alone() -> None:
    film = mixed(shot(CAMERAMAN, 50, 0.3), shot(CAT, 60, 0.3), 16) + shot(COFFEE, 40)
    thumbnails = [thumbnail(frame.astype(np.float32)) for frame in film]
    whole = CutDetector()
    decisions = whole(thumbnails) + whole.finish()
    assert sum(decisions) == 3
    before, after = CutDetector.lookback, CutDetector.lookahead
    for at in range(before, len(film) - after):
        part = CutDetector()
        decided = part(thumbnails[at - before : at + after + 1])
        assert decided[before] == decisions[at]


@pytest.mark.parametrize("size", [1, 3, 8])
def test_decisions_do_not_depend_on_the_batches(size: int) -> None:
    film = shot(CAMERAMAN, 30) + mixed(shot(CAT, 40), shot(COFFEE, 40), 12)
    thumbnails = [thumbnail(frame.astype(np.float32)) for frame in film]
    detector = CutDetector()
    decisions = []
    for first in range(0, len(film), size):
        decisions += detector(thumbnails[first : first + size])
    decisions += detector.finish()
    assert np.flatnonzero(decisions).tolist() == begins(film)
