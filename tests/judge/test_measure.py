"""The figures of whole films, against values worked out by hand."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import make_clip, write_planes
from marked_films import make_aspects
from situation_films import make_parts

from vidcolor.errors import InputError, UsageError
from vidcolor.judge import measure
from vidcolor.judge.measured_frames import MeasuredFrame

SIZE = (48, 64)
NO_TRUTH = (None, None, None)


def frame(luma: object, u: int = 0, v: int = 0) -> list[np.ndarray]:
    """Codes of full range; U and V as they differ from grey."""
    codes = (luma, 128 + u, 128 + v)
    return [np.broadcast_to(np.array(code, np.uint8), SIZE).copy() for code in codes]


def texture(lowest: int, highest: int) -> np.ndarray:
    return np.random.default_rng(lowest).integers(lowest, highest, SIZE).astype(np.uint8)


DARK, BRIGHT = texture(10, 60), texture(160, 250)


def test_a_pixel_aspect_that_changes_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    make_aspects(path, [Fraction(1)] * 2 + [Fraction(4, 3)] * 2)
    found = measure.measure(path)
    assert found.warnings == (f"{path}: pixel aspect 4/3 at 0.080 s: scaled to 1",)


def test_a_turn_that_changes_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    make_parts(path, [{}, {}], turn=90)
    line = "another rotation or mirroring at 0.320 s: taken as at the beginning"
    assert measure.measure(path).warnings == (f"{path}: {line}",)


@pytest.fixture
def film(tmp_path: Path):
    """Writes a film of frames, and returns its path."""

    def write(frames: list, name: str = "film.mkv", **changes: object) -> Path:
        write_planes(tmp_path / name, frames, **changes)
        return tmp_path / name

    return write


def test_a_still_film_is_steady(film) -> None:
    figures = measure.measure(film([frame(BRIGHT, 20, -30)] * 6)).overall.figures
    assert (figures.cdc, figures.flicker, figures.still_share, figures.warp_error) == (0, 0, 1, 0)
    assert figures.colourfulness > 10
    assert (figures.psnr, figures.ssim, figures.ciede2000) == NO_TRUTH


def test_chroma_that_flips_is_flicker(film) -> None:
    """By (3, 4) codes over still luma: a change of 5, and of 25 squared."""
    frames = [frame(BRIGHT), frame(BRIGHT, 3, 4)] * 4
    figures = measure.measure(film(frames)).overall.figures
    assert figures.flicker == pytest.approx(5, abs=1e-4)
    assert figures.warp_error == pytest.approx(25, abs=1e-3)
    assert figures.still_share == 1


def test_unrest_is_the_spread_of_chroma_where_the_luma_is_flat(film) -> None:
    """The left half is even, its chroma 3 and -4 codes about grey by stripes; the truth's is half.

    The right half is no flat place, whatever its colour.
    """
    luma = np.broadcast_to(np.uint8(120), SIZE).copy()
    luma[:, 32:] = texture(20, 220)[:, 32:]
    stripes = np.where(np.arange(64) // 8 % 2, 1, -1) * np.ones((48, 1), int)
    stripes[:, 32:] *= 10
    pictures = [
        [luma, *((128 + factor * stripes).astype(np.uint8) for factor in factors)]
        for factors in ((6, 8), (3, 4))
    ]
    made, true = (film([p] * 4, f"{n}.mkv") for n, p in enumerate(pictures))
    alone = measure.measure(made).overall.figures
    assert alone.unrest == pytest.approx(10, rel=0.1)
    assert alone.unrest_of_truth is None
    beside = measure.measure(made, true).overall.figures
    assert beside.unrest == alone.unrest
    assert beside.unrest_of_truth == pytest.approx(2, rel=0.01)
    assert measure.measure(film([frame(DARK, 10)])).overall.figures.unrest is None


def test_pairs_with_few_still_pixels_do_not_count_for_flicker(film) -> None:
    """The second half of the film brightens by 2 codes a frame, all but 3 of 64 columns.

    In the third, two fifths of the 5 x 5 window brighten, by 0.8 in the mean.
    """
    brighter = [DARK + np.uint8(2 * step) for step in range(1, 5)]
    for luma in brighter:
        luma[:, :3] = DARK[:, :3]
    frames = [frame(DARK, 3 * (i % 2)) for i in range(5)]
    frames += [frame(luma, 9 * i) for i, luma in enumerate(brighter)]
    figures = measure.measure(film(frames)).overall.figures
    assert figures.flicker == pytest.approx(3, abs=1e-4)
    assert figures.still_share == pytest.approx((4 + 4 * 3 / 64) / 8)


def test_cdc_is_the_mean_over_distances(film) -> None:
    """Flat grey that alternates: neighbours share no value, ln 2; every second frame is equal."""
    frames = [frame(100), frame(101)] * 4
    assert measure.measure(film(frames)).overall.figures.cdc == pytest.approx(np.log(2) / 3)
    assert measure.measure(film(frames[:2])).overall.figures.cdc == pytest.approx(np.log(2))


def test_nothing_is_counted_across_a_cut(film) -> None:
    """Two still shots of other luma and chroma."""
    frames = [frame(DARK, 10)] * 12 + [frame(BRIGHT, -60, 50)] * 18
    found = measure.measure(film(frames))
    spans = [(shot.start, shot.end, shot.frames) for shot in found.shots]
    assert spans == [(0, pytest.approx(0.48), 12), (pytest.approx(0.48), pytest.approx(1.2), 18)]
    for part in (*found.shots, found.overall):
        figures = part.figures
        assert (figures.cdc, figures.flicker, figures.still_share) == (0, 0, 1)
        assert figures.warp_error == 0
    first, second = (shot.figures.colourfulness for shot in found.shots)
    assert found.overall.figures.colourfulness == pytest.approx((12 * first + 18 * second) / 30)
    assert (found.overall.start, found.overall.frames) == (0, 30)


def test_shots_may_be_given(film) -> None:
    """Then none are found: a cut within one counts, for one of two pairs of neighbours, and for the
    only frames that are 2 apart."""
    path = film([frame(DARK)] * 4 + [frame(BRIGHT)] * 2)
    shown: list[tuple[int, float]] = []

    def seen(number: int, view: MeasuredFrame) -> None:
        shown.append((number, float(view.luma.mean())))

    found = measure.measure(path, shots={0, 3}, seen=seen)
    assert [(shot.start, shot.frames) for shot in found.shots] == [(0, 3), (0.12, 3)]
    assert found.shots[0].figures.cdc == 0
    assert found.shots[1].figures.cdc == pytest.approx((np.log(2) / 2 + np.log(2)) / 2)
    lumas = [DARK.mean() / 255] * 4 + [BRIGHT.mean() / 255] * 2
    assert shown == [(i, pytest.approx(luma, abs=1e-4)) for i, luma in enumerate(lumas)]


def test_means_over_parts(film) -> None:
    found = measure.measure(film([frame(DARK)] * 6), shots={0, 2, 3})
    values = [1.0, 2.0, None, None, 4.0, 6.0]
    assert measure.means(values, found.shots) == [1.5, None, 5.0]
    assert measure.means(values, [found.overall]) == [3.25]


def test_a_gray_film_has_no_colour(tmp_path) -> None:
    make_clip(tmp_path / "film.mkv", pixels="gray")
    figures = measure.measure(tmp_path / "film.mkv").overall.figures
    assert (figures.colourfulness, figures.flicker or 0, figures.warp_error or 0) == (0, 0, 0)


def test_one_frame_makes_no_pair(film) -> None:
    found = measure.measure(film([frame(BRIGHT, 40)]))
    figures = found.overall.figures
    assert (found.overall.frames, len(found.shots)) == (1, 1)
    assert (figures.cdc, figures.flicker, figures.still_share, figures.warp_error) == (None,) * 4
    assert figures.colourfulness > 10


@pytest.mark.parametrize("shape", [(8, 40), (15, 48), (40, 10)])
def test_pictures_too_small_for_flow(tmp_path, shape) -> None:
    planes = [np.full(shape, code, np.uint8) for code in (90, 140, 128)]
    write_planes(tmp_path / "film.mkv", [planes] * 3)
    figures = measure.measure(tmp_path / "film.mkv", tmp_path / "film.mkv").overall.figures
    assert (figures.flicker, figures.warp_error) == (0, None)
    assert figures.ssim == (1 if min(shape) >= 11 else None)


def test_the_figures_against_the_truth(film) -> None:
    """U = 20 over Y = 128: G = 128 - 0.1873 x 20 = 124, B = 128 + 1.8556 x 20 = 165, in a grey
    film off by 4 and 37; a frame that is the truth counts 60 dB."""
    truth = film([frame(128, 20)] * 4, "truth.mkv")
    figures = measure.measure(film([frame(128)] * 2 + [frame(128, 20)] * 2), truth).overall.figures
    off = 10 * np.log10(255**2 / ((4**2 + 37**2) / 3))
    assert figures.psnr == pytest.approx((off + 60) / 2)
    assert figures.ssim < 1
    assert figures.ciede2000 > 5
    same = measure.measure(truth, truth).overall.figures
    assert (same.psnr, same.ssim, same.ciede2000) == (60, 1, 0)


def test_the_truth_may_have_another_size_and_matrix(tmp_path, film) -> None:
    planes = [np.full((96, 128), code, np.uint8) for code in (128, 160, 90)]
    write_planes(tmp_path / "truth.mkv", [planes] * 2, matrix=6)
    large = measure.measure(film([frame(128)] * 2), tmp_path / "truth.mkv")
    small = measure.measure(film([frame(128)] * 2), film([frame(128, 32, -38)] * 2, "t.mkv"))
    assert large.size == (64, 48)
    # In BT.601 R - Y = 1.402 x -38 and B - Y = 1.772 x 32, in BT.709 1.5748 x -38 and 1.8556 x 32.
    assert large.overall.figures.psnr > small.overall.figures.psnr + 0.5


@pytest.mark.parametrize(
    ("truth", "problem"),
    [
        ({"frames": 5}, "truth.mkv: ends after 5 frames and .*film.mkv goes on"),
        ({"frames": 7}, "film.mkv: ends after 6 frames and .*truth.mkv goes on"),
        ({"times": [0, 40, 80, 120, 190, 200]}, "frame 5 is shown at 0.190 s.* at 0.160 s"),
        ({"shape": (48, 48)}, "truth.mkv: 48x48 is of another aspect than .*film.mkv, 64x48"),
    ],
)
def test_a_truth_that_does_not_match(tmp_path, film, truth, problem) -> None:
    planes = [np.full(truth.get("shape", SIZE), 128, np.uint8)] * 3
    count = truth.get("frames", 6)
    write_planes(tmp_path / "truth.mkv", [planes] * count, times=truth.get("times"))
    with pytest.raises(UsageError, match=problem) as refusal:
        measure.measure(film([frame(128)] * 6), tmp_path / "truth.mkv")
    assert "\n" not in str(refusal.value)


def test_a_truth_that_is_not_there(tmp_path, film) -> None:
    with pytest.raises(InputError, match=r"none\.mkv: no such file"):
        measure.measure(film([frame(128)]), tmp_path / "none.mkv")


def test_the_curves_of_a_long_film_have_fewer_points_than_frames(film, monkeypatch) -> None:
    monkeypatch.setattr(measure, "POINTS", 4)
    frames = [frame(BRIGHT, 3 * i) for i in range(11)]
    found = measure.measure(film(frames))
    assert [point.frames for point in found.points] == [4, 4, 3]
    assert [point.start for point in found.points] == pytest.approx([0, 0.16, 0.32])
    mean = sum(point.frames * point.figures.colourfulness for point in found.points) / 11
    assert mean == pytest.approx(found.overall.figures.colourfulness)


# The command


def test_the_table(film, vidcolor) -> None:
    run = vidcolor("measure", film([frame(DARK, 10)] * 12 + [frame(BRIGHT, -60, 50)] * 12))
    assert (run.code, run.err) == (0, "")
    heading, *rows = run.out.splitlines()
    assert heading.split()[:3] == ["shot", "from", "s"]
    assert "PSNR" not in heading
    assert [row.split()[:3] for row in rows] == [
        ["1", "0.00", "0.48"], ["2", "0.48", "0.96"], ["all", "0.00", "0.96"],
    ]  # fmt: skip
    assert rows[0].split()[3:7] == ["0.00000", "0.00", "100.0", "0.00"]
    assert len({len(line) for line in (heading, *rows)}) == 1


def test_the_table_with_the_truth_of_one_frame(film, vidcolor) -> None:
    path = film([frame(DARK)])
    run = vidcolor("measure", path, "--truth", path)
    assert run.out.splitlines()[-1].split()[3:] == [
        *"-----",
        "-",
        "0.0",
        "60.00",
        "1.000",
        "0.00",
        "-",
    ]


def test_json(film, vidcolor) -> None:
    path = film([frame(DARK, 10)] * 12 + [frame(BRIGHT, -60, 50)] * 12)
    run = vidcolor("measure", path, "--json")
    assert run.out.count("\n") == 1
    found = json.loads(run.out)
    assert (found["film"], found["truth"], found["size"]) == (str(path), None, [64, 48])
    assert [(shot["start"], shot["end"]) for shot in found["shots"]] == [(0, 0.48), (0.48, 0.96)]
    assert found["overall"]["frames"] == 24
    assert found["overall"]["figures"]["flicker"] == 0
    assert found["overall"]["figures"]["psnr"] is None


def test_the_plot_is_written_where_it_is_asked_for(film, vidcolor, tmp_path) -> None:
    path = film([frame(DARK, 10)] * 12 + [frame(BRIGHT, -60, 50)] * 12)
    assert vidcolor("measure", path, "--truth", path).code == 0
    assert [child.name for child in tmp_path.iterdir()] == ["film.mkv"]
    plot = tmp_path / "plot.png"
    assert vidcolor("measure", path, "--truth", path, "-o", plot).code == 0
    assert plot.read_bytes().startswith(b"\x89PNG\r\n")
    assert sorted(child.name for child in tmp_path.iterdir()) == ["film.mkv", "plot.png"]
    run = vidcolor("measure", path, "-o", plot)
    assert (run.code, run.out) == (2, "")
    assert "exists already; --overwrite replaces it" in run.err
    assert vidcolor("measure", path, "-o", plot, "--overwrite").code == 0


def test_what_is_wrong_is_said_in_one_line(film, vidcolor, tmp_path) -> None:
    path, short = film([frame(DARK)] * 3), film([frame(DARK)] * 2, "short.mkv")
    make_clip(tmp_path / "rgb.mkv", pixels="bgr0", times=[0])
    cases = [
        (1, "no such file", [tmp_path / "none.mkv"]),
        (1, "no such file", [path, "--truth", tmp_path / "none.mkv"]),
        (2, "ends after 2 frames", [path, "--truth", short]),
        (1, "stored as RGB", [tmp_path / "rgb.mkv"]),
        (2, "name it .png", [path, "-o", tmp_path / "plot.jpg"]),
        (1, "its folder does not exist", [path, "-o", tmp_path / "none/plot.png"]),
    ]
    before = sorted(tmp_path.iterdir())
    for code, problem, arguments in cases:
        run = vidcolor("measure", *arguments)
        assert (run.code, run.out, run.err.count("\n")) == (code, "", 1)
        assert problem in run.err
    assert sorted(tmp_path.iterdir()) == before


def test_damage_is_told(film, vidcolor, tmp_path) -> None:
    path = film([frame(texture(10, 240), 20)] * 40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    run = vidcolor("measure", path)
    assert run.code == 0
    assert "film.mkv: the file is damaged" in run.err
