"""Marks land where a player shows them: turned, mirrored, anamorphic, barred, interlaced."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.film_format import FilmFormat, Rectangle
from vidcolor.colorize.network_input import NetworkInput
from vidcolor.errors import InputError, UsageError
from vidcolor.hints.marks import Point, Region, Stroke
from vidcolor.hints.named_colors import chroma_of
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import cover, rasterize

AT = Fraction(1)
WHOLE = Placement()


def shown(plane: np.ndarray, film_format: FilmFormat, mirrored: bool) -> np.ndarray:
    """The picture as a player shows it, but for its pixel aspect."""
    turned = np.rot90(plane, film_format.quarter_turns)
    return turned[:, ::-1] if mirrored else turned


@pytest.mark.parametrize(
    ("rotation", "mirrored", "pixel_aspect", "active", "fields"),
    [
        *product((0, 90, 180, 270, -90), (False, True), [Fraction(1)], [None], [False]),
        (0, False, Fraction(16, 11), None, False),
        (90, True, Fraction(16, 11), Rectangle(24, 216, 0, 320), False),
        (270, False, Fraction(1), Rectangle(0, 240, 40, 300), False),
        (0, False, Fraction(1), Rectangle(24, 216, 40, 280), True),
        (180, True, Fraction(3, 4), Rectangle(24, 216, 0, 320), True),
    ],
)
def test_a_mark_lies_on_the_thing_that_was_clicked(
    rotation: int, mirrored: bool, pixel_aspect: Fraction, active: Rectangle | None, fields: bool
) -> None:
    """A bright square anywhere in the stored picture is found by where it is shown."""
    film_format = FilmFormat(
        CodeRange(8, True), (240, 320), (240, 320), pixel_aspect, rotation, fields, active=active
    )
    plane = np.zeros((240, 320), np.uint8)
    plane[60:84, 100:124] = 255
    rows, columns = np.nonzero(shown(plane, film_format, mirrored))
    height, width = shown(plane, film_format, mirrored).shape
    xy = (columns.mean() + 0.5) / width, (rows.mean() + 0.5) / height
    placement = Placement.of(film_format, mirrored)
    pictures = [(film_format, plane)]
    if fields:
        pictures = [(film_format.field(parity), plane[parity::2]) for parity in (0, 1)]
    for each, its_plane in pictures:
        luma = NetworkInput(each, 128, 4)(its_plane, torch.device("cpu"))[0, 0]
        covered = cover(Point(AT, xy, "red", radius=0.02), placement, tuple(luma.shape))
        assert covered.sum() >= 4
        assert luma[torch.from_numpy(covered)].min() > 0.9


def test_a_point_is_round_where_it_is_shown() -> None:
    """Its radius is a share of the long side of the whole picture, bars included."""
    covered = cover(Point(AT, (0.5, 0.5), "red", radius=0.1), WHOLE, (100, 200))
    assert covered.sum() == pytest.approx(np.pi * 20**2, rel=0.02)
    assert covered[:, 100].sum() == covered[50].sum() == 40
    barred = Placement(0, 0.25, 1, 0.5)  # 200 x 200, of which 200 x 100 are picture
    assert np.array_equal(
        cover(Point(AT, (0.5, 0.5), "red", radius=0.1), barred, (100, 200)), covered
    )


def test_however_small_a_mark_is_its_cell_has_the_color() -> None:
    for mark, cells in (
        (Point(AT, (0.0, 0.0), "red", radius=0), [[0, 0]]),
        (Point(AT, (0.55, 0.31), "red", radius=0), [[3, 5]]),
        (Region(AT, "red", ((0.51, 0.31), (0.52, 0.31), (0.52, 0.32))), [[3, 5]]),
        (Stroke(AT, ((0.05, 0.05), (0.25, 0.05)), "red", radius=0), [[0, 0], [0, 1], [0, 2]]),
    ):
        assert np.argwhere(cover(mark, WHOLE, (10, 10))).tolist() == cells


def test_what_lies_in_black_bars_covers_nothing() -> None:
    barred = Placement(0, 0.25, 1, 0.5)
    marks = [
        Point(AT, (0.5, 0.1), "red"),
        Region(AT, "red", ((0.1, 0.8), (0.9, 0.8), (0.5, 1))),
        Stroke(AT, ((0, 0), (1, 0.1)), "red"),
    ]
    for mark in marks:
        assert not cover(mark, barred, (50, 100)).any()
    assert rasterize(marks, barred, (50, 100)) is None
    assert rasterize([], WHOLE, (50, 100)) is None


def test_a_polygon_covers_the_cells_whose_middles_it_holds() -> None:
    covered = cover(Region(AT, "red", ((0.2, 0.1), (0.8, 0.1), (0.8, 0.5))), WHOLE, (10, 10))
    expected = np.array(
        [
            [
                0.1 < y < 0.5 and 0.2 < x < 0.8 and (y - 0.1) / 0.4 < (x - 0.2) / 0.6
                for x in np.arange(0.05, 1, 0.1)
            ]
            for y in np.arange(0.05, 1, 0.1)
        ]
    )
    assert np.array_equal(covered, expected)


def test_a_stroke_is_as_wide_as_its_brush() -> None:
    covered = cover(Stroke(AT, ((0.2, 0.5), (0.7, 0.5)), "red", radius=0.05), WHOLE, (100, 100))
    assert (covered.sum(0)[20:70] == 10).all()
    assert not covered[:, :15].any()
    assert not covered[:, 75:].any()


def test_a_mask_covers_what_it_shows_bright(tmp_path: Path) -> None:
    """Of any size, in grey or colour, in the film's aspect, bars included; mirrored with it."""
    mask = np.zeros((200, 400, 3), np.uint8)
    mask[60:100, 40:160] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    region = Region(AT, "red", mask=tmp_path / "mask.png")
    expected = np.zeros((50, 100), bool)
    expected[15:25, 10:40] = True
    assert np.array_equal(cover(region, WHOLE, (50, 100)), expected)
    mirrored = cover(region, replace(WHOLE, mirrored=True), (50, 100))
    assert np.array_equal(mirrored, expected[:, ::-1])
    barred = cover(region, Placement(0.1, 0.2, 0.8, 0.6), (30, 80))
    assert np.array_equal(barred, expected[10:40, 10:90])


def test_a_mask_of_one_pixel_covers_the_cell_that_it_lies_in(tmp_path: Path) -> None:
    """As every mark that is smaller than a cell; one without any covers nothing."""
    mask = np.zeros((200, 400), np.uint8)
    Image.fromarray(mask).save(tmp_path / "none.png")
    mask[63, 145] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    covered = [
        cover(Region(AT, "red", mask=tmp_path / name), Placement(), (20, 40))
        for name in ("mask.png", "none.png")
    ]
    assert np.argwhere(covered[0]).tolist() == [[6, 14]]
    assert not covered[1].any()


def test_a_mask_of_another_aspect_or_none_at_all_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((100, 100), np.uint8)).save(tmp_path / "mask.png")
    region = Region(AT, "red", mask=tmp_path / "mask.png")
    with pytest.raises(UsageError, match=r"mask\.png: the mask is 100x100, of another aspect"):
        rasterize([region], WHOLE, (50, 100))
    (tmp_path / "mask.png").write_text("no picture")
    with pytest.raises(InputError, match=r"mask\.png"):
        rasterize([region], WHOLE, (50, 100))


def test_the_later_mark_lies_over_the_earlier_one() -> None:
    marks = [
        Region(AT, "#335577", ((0, 0), (1, 0), (1, 1), (0, 1))),
        Point(AT, (0.25, 0.5), "tan", radius=0.1, strength=0.5),
        Point(AT, (0.3, 0.5), "navy", radius=0.1),
    ]
    hints = rasterize(marks, WHOLE, (50, 100))
    assert hints is not None
    for column, color, strength in ((18, "tan", 0.5), (27, "navy", 1), (60, "#335577", 1)):
        assert hints.chroma[:, 25, column].tolist() == pytest.approx(chroma_of(color))
        assert hints.weight[25, column] == strength
    assert hints.exact.all()


def test_a_limit_is_a_share_of_the_long_side_of_the_whole_picture() -> None:
    """Bars included; where no mark has one there is no map of them."""
    marks = [
        Point(AT, (0.25, 0.5), "tan", radius=0.1, spread=0.2),
        Point(AT, (0.3, 0.5), "navy", radius=0.1),
        Region(AT, "red", ((0.7, 0.2), (0.9, 0.2), (0.9, 0.8)), spread=0),
    ]
    barred = Placement(left=0, top=0.25, width=1, height=0.5)
    for placement, shape, cells in ((WHOLE, (50, 100), 20), (barred, (50, 200), 40)):
        hints = rasterize(marks, placement, shape)
        assert hints is not None
        assert hints.limits is not None
        row, column = shape[0] // 2, shape[1] // 100
        far, free = hints.limits.far, hints.limits.free
        assert far[row, 18 * column] == cells
        assert far[row, 85 * column] == 0
        assert far[row, 50 * column] < 0
        # What has no limit is as if the others were not there, also below them.
        alone = rasterize(marks[1:2], placement, shape)
        assert alone is not None
        assert alone.limits is None
        assert torch.equal(free.weight, alone.weight)
        assert torch.equal(free.chroma, alone.chroma)


def test_colors_are_read_as_css_has_them() -> None:
    assert chroma_of("red") == chroma_of("#FF0000") == chroma_of("#f00") == chroma_of(" Red ")
    assert chroma_of("grey") == pytest.approx((0, 0))
    assert chroma_of("blue") == pytest.approx((0.5, -0.0458471), abs=1e-6)


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_edges_of_the_picture_belong_to_its_last_cells(mirrored: bool) -> None:
    barred = Placement(left=0.125, top=0.1, width=0.75, height=0.9, mirrored=mirrored)
    for width, height in ((4, 3), (191, 107)):
        corners = {(0, 0), (height - 1, 0), (0, width - 1), (height - 1, width - 1)}
        found = {barred.cell((x, y), (height, width)) for x in (0.125, 0.875) for y in (0.1, 1.0)}
        assert found == corners
        assert barred.cell((0.12, 0.5), (height, width)) is None
        assert barred.cell((0.88, 0.5), (height, width)) is None
        assert barred.cell((0.5, 0.09), (height, width)) is None
