"""Hints carried along motion: they stay on their thing, and fade when it is gone."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from vidcolor.hints.carry import ALIKE, Carrier, Seen, sameness
from vidcolor.net.hints import HintMap, Limits

FRAMES, HEIGHT, WIDTH, SIDE = 17, 72, 128, 24
GIVEN = 8


def shot(gone_from: int = FRAMES) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A textured square goes two pixels right and one down a frame, over a still background.

    Returns the luma of each frame, and where the square is; from one frame on it is gone.
    """
    random = np.random.default_rng(0)
    textures = [
        cv2.GaussianBlur(random.random(s), (0, 0), 2) for s in ((HEIGHT, WIDTH), (SIDE,) * 2)
    ]
    ground, square = (
        darkest + 0.3 * (each - each.min()) / np.ptp(each)
        for each, darkest in zip(textures, (0.2, 0.6), strict=True)
    )
    lumas, places = [], []
    for number in range(FRAMES):
        luma, place = ground.copy(), np.zeros((HEIGHT, WIDTH), bool)
        y, x = 10 + number, 20 + 2 * number
        if number < gone_from:
            luma[y : y + SIDE, x : x + SIDE] = square
            place[y : y + SIDE, x : x + SIDE] = True
        lumas.append(luma.astype(np.float32))
        places.append(place)
    return lumas, places


def features_of(places: list[np.ndarray]) -> list[torch.Tensor]:
    """One direction for the square and another for the rest, in cells of four pixels."""
    made = []
    for place in places:
        share = F.avg_pool2d(torch.from_numpy(place)[None, None].float(), 4)[0]
        made.append(F.normalize(torch.cat([share, 1 - share]), dim=0))
    return made


def on_the_square() -> HintMap:
    """A red spot of five pixels, in the middle of the square in the frame `GIVEN`."""
    exact = torch.zeros(HEIGHT, WIDTH, dtype=torch.bool)
    y, x = 10 + GIVEN + SIDE // 2, 20 + 2 * GIVEN + SIDE // 2
    exact[y - 2 : y + 3, x - 2 : x + 3] = True
    return HintMap(torch.tensor([-0.1, 0.3])[:, None, None] * exact, exact.float(), exact)


def carry(
    hints: HintMap,
    given: int,
    lumas: list[np.ndarray],
    features: Sequence[torch.Tensor | None],
    frames: int = FRAMES,
) -> list[HintMap]:
    """What comes to each frame of a shot from those given in one of them, both ways."""
    nothing = HintMap(hints.chroma, torch.zeros_like(hints.weight), hints.exact)
    maps = [nothing] * len(lumas)
    maps[given] = hints
    for numbers in (range(given, len(lumas)), range(given, -1, -1)):
        carrier = Carrier()
        for number in numbers:
            there = [(hints, frames)] if number == given else []
            for carried in carrier(lumas[number], features[number], there):
                maps[number] = carried
    return maps


def test_hints_stay_on_what_moves_both_ways() -> None:
    lumas, places = shot()
    hints = on_the_square()
    maps = carry(hints, GIVEN, lumas, features_of(places))
    assert len(maps) == FRAMES
    assert maps[GIVEN] is hints
    for number, (made, place) in enumerate(zip(maps, places, strict=True)):
        sure = made.weight > 0.5
        assert 12 <= sure.sum() <= 50
        assert made.exact[sure].all()
        assert torch.from_numpy(place)[sure].all()
        rows, columns = (each.float().mean() for each in torch.nonzero(sure, as_tuple=True))
        assert float(rows) == pytest.approx(10 + number + SIDE // 2, abs=2)
        assert float(columns) == pytest.approx(20 + 2 * number + SIDE // 2, abs=2)
        assert made.chroma[0][sure].unique().tolist() == pytest.approx([-0.1])
        assert made.chroma[1][sure].unique().tolist() == pytest.approx([0.3])


def test_their_limits_go_with_them() -> None:
    lumas, places = shot()
    hints = on_the_square()
    far = torch.where(hints.exact, 7.0, -1.0)
    limited = replace(hints, limits=Limits(far, replace(hints, weight=hints.weight / 2)))
    for made in carry(limited, GIVEN, lumas, features_of(places)):
        if made.limits is not None:
            assert made.limits.far[made.weight > 0.5].unique().tolist() == [7]
            torch.testing.assert_close(made.limits.free.weight, made.weight / 2)


def test_where_the_thing_is_gone_they_fade_and_do_not_come_back() -> None:
    lumas, places = shot(gone_from=12)
    maps = carry(on_the_square(), GIVEN, lumas, features_of(places))
    assert maps[11].weight.max() > 0.5
    for made in maps[12:]:
        assert made.weight.max() < 0.05


def test_where_the_network_sees_another_thing_they_fade() -> None:
    """Although the flow is sure: nothing moves."""
    lumas, places = shot()
    still = [lumas[GIVEN]] * FRAMES
    features = features_of([places[GIVEN]] * FRAMES)
    changed = [features[0]] * 12 + [features[0].flip(0)] * (FRAMES - 12)
    maps = carry(on_the_square(), GIVEN, still, changed)
    for made in maps[:12]:
        assert torch.equal(made.exact, maps[GIVEN].exact)
        assert made.weight[made.exact].min() > 0.99
    for made in maps[12:]:
        assert made.weight.max() < 0.01


@pytest.mark.parametrize("hinted", [slice(10, None), slice(10, 12)])
def test_where_the_light_is_another_they_fade_but_not_where_it_changes_for_all(
    hinted: slice,
) -> None:
    """The flow and the network are sure; a third becomes darker by a contrast of 0.3."""
    lumas, places = shot()
    features = features_of([places[GIVEN]] * FRAMES)
    exact = torch.zeros(HEIGHT, WIDTH, dtype=torch.bool)
    exact[:, hinted] = True
    hints = HintMap(torch.zeros(2, HEIGHT, WIDTH), exact.float(), exact)
    third, rows = lumas[GIVEN].copy(), np.arange(HEIGHT) < HEIGHT // 3
    third[rows] = (third[rows] + 0.1) * np.exp(-0.3) - 0.1
    whole = (lumas[GIVEN] + 0.1) * np.exp(-0.3) - 0.1
    at_rest = torch.stack(
        [*reversed(torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij"))]
    ).float()
    given = Seen(lumas[GIVEN], features[0])
    likeness = float(torch.tensor((1 - ALIKE) / 0.05).sigmoid())
    for now, expected in ((third, np.exp(-(0.3**2) / (2 * 0.2**2))), (whole, 1)):
        sure = sameness(hints, at_rest, given, Seen(now.astype(np.float32), features[0]))
        np.testing.assert_allclose(sure[rows][:, hinted], likeness * expected, atol=1e-3)
        np.testing.assert_allclose(sure[~rows][:, hinted], likeness, atol=1e-3)
        assert (sure[:, :10] == 1).all()


def test_between_frames_that_are_compared_the_latest_look_holds() -> None:
    lumas, places = shot()
    still = [lumas[GIVEN]] * FRAMES
    (same,) = features_of([places[GIVEN]])
    looks: list[torch.Tensor | None] = [None] * FRAMES
    looks[GIVEN], looks[11], looks[14] = same, same.flip(0), same
    weights = [float(made.weight.max()) for made in carry(on_the_square(), GIVEN, still, looks)]
    assert min(weights[: GIVEN + 3]) > 0.99
    assert max(weights[11:14]) < 0.01


def test_they_reach_as_far_as_they_are_to() -> None:
    lumas, places = shot()
    maps = carry(on_the_square(), GIVEN, lumas, features_of(places), frames=3)
    reached = [number for number, made in enumerate(maps) if made.weight.max() > 0.5]
    assert reached == list(range(GIVEN - 3, GIVEN + 4))


def test_each_frame_is_the_same_however_long_the_shot_is_behind_it() -> None:
    lumas, places = shot()
    features = features_of(places)
    whole = carry(on_the_square(), GIVEN, lumas, features)
    part = carry(on_the_square(), GIVEN, lumas[:12], features[:12])
    for one, other in zip(part, whole, strict=False):
        assert torch.equal(one.weight, other.weight)
        assert torch.equal(one.chroma, other.chroma)
