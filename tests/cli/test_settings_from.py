"""`--settings-from`: a film is colored as another one was."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from clips import make_clip, planes_of, tags_of

from vidcolor.colorize.settings import ColorSettings, Cuts
from vidcolor.net.checkpoint import load

OPTIONS = (
    "--temperature", 1 / 3, "--rebalance", 0.1, "--saturation", 1.7, "--min-confidence", 0.2,
    "--pool", "on", "--window", 5, "--look-ahead", 2, "--motion", "off", "--refine", "levin",
    "--working-size", 96, "--precision", "fp32", "--batch-size", 3, "--two-pass", "--split-screen",
)  # fmt: skip


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two shots, with a comment of its own."""
    pictures = [np.full((48, 64), 40 + 3 * n + 90 * (n > 5), np.uint8) for n in range(12)]
    make_clip(tmp_path / "film.mkv", pictures=pictures, metadata={"comment": "reel 2; faded"})
    return tmp_path / "film.mkv"


def settings_of(path: Path) -> ColorSettings:
    found = ColorSettings.from_comment(tags_of(path)["comment"])
    assert found is not None
    return found[1]


def film_with(path: Path, settings: ColorSettings) -> Path:
    """A film whose comment holds these settings."""
    make_clip(path, metadata={"comment": settings.as_comment("0.1.0")})
    return path


@pytest.fixture
def bundled() -> ColorSettings:
    """Settings by which the bundled weights color."""
    checkpoint = load("landscape")
    named = {"precision": "fp32", "engine": "torch", "batch_size": 8}
    return ColorSettings("landscape", checkpoint.sha256, cuts=Cuts(()), **named).resolved(
        checkpoint.decoding
    )


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".webm"])
def test_the_same_film_gets_the_same_color(
    film: Path, weights: Path, vidcolor: Callable, suffix: str
) -> None:
    (film.parent / "cuts.txt").write_text("0.24\n")
    first, lossless, again = (
        film.with_name(f"{name}") for name in (f"a{suffix}", "b.mkv", "c.mkv")
    )
    own = [*OPTIONS, "--cuts", film.with_name("cuts.txt"), "--weights", weights]
    other = ["--settings-from", first, "--weights", weights]
    assert vidcolor("colorize", film, "-o", first, *own).code == 0
    (film.parent / "cuts.txt").unlink()
    assert vidcolor("colorize", film, "-o", lossless, "--encoder", "ffv1", *other).code == 0
    assert settings_of(lossless) == settings_of(first)
    (film.parent / "cuts.txt").write_text("0.24\n")
    assert vidcolor("colorize", film, "-o", again, "--encoder", "ffv1", *own).code == 0
    for one, two in zip(planes_of(lossless), planes_of(again), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_options_given_beside_it_win(
    film: Path, tmp_path: Path, bundled: ColorSettings, vidcolor: Callable
) -> None:
    other = film_with(tmp_path / "other.mkv", replace(bundled, temperature=0.9, window=3))
    options = ["--settings-from", other, "--window", 20, "--duration", 0.1]
    assert vidcolor("colorize", film, "-o", tmp_path / "a.mkv", *options).code == 0
    expected = replace(bundled, temperature=0.9, window=20, look_ahead=bundled.look_ahead)
    assert settings_of(tmp_path / "a.mkv") == expected


def test_a_cell_of_a_sheet_is_picked_from_there(
    film: Path, tmp_path: Path, bundled: ColorSettings, vidcolor: Callable
) -> None:
    other = film_with(tmp_path / "other.mkv", replace(bundled, saturation=1.3))
    run = vidcolor("tune", film, "--settings-from", other, "--over", "window=3,7", "--pick", 2)
    options = "--saturation 1.3 --window 7 --look-ahead 10 --cuts off"
    how = "--precision fp32 --engine torch --batch-size 8"
    assert run.out == f"vidcolor colorize {film} --weights landscape {options} {how}\n"


def test_a_photograph_is_colored_so_too(
    tmp_path: Path, bundled: ColorSettings, vidcolor: Callable
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.tile(np.arange(0, 250, 2, np.uint8), (60, 1)))
    other = film_with(tmp_path / "other.mkv", replace(bundled, two_pass=True, saturation=0.0))
    assert vidcolor("colorize", tmp_path / "a.png", "--settings-from", other).code == 0
    blue, green, red = cv2.imread(str(tmp_path / "a.color.png")).astype(int).transpose(2, 0, 1)
    assert np.abs(red - blue).max() <= 1
    assert np.abs(red - green).max() <= 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weights": "reel"}, "was made with the weights 'reel', which are not bundled"),
        ({"weights_sha256": "00" * 32}, "landscape: these are other weights of that name"),
        ({"batch_size": 0}, "its settings are damaged: batch-size"),
        ({"temperature": float("nan")}, "its settings are damaged: temperature"),
        ({"precision": "fp7"}, "its settings are damaged: precision"),
    ],
)
def test_what_can_t_be_repeated_is_one_line(
    film: Path,
    tmp_path: Path,
    bundled: ColorSettings,
    vidcolor: Callable,
    changes: dict,
    words: str,
) -> None:
    other = film_with(tmp_path / "other.mkv", replace(bundled, **changes))
    run = vidcolor("colorize", film, "-o", tmp_path / "a.mkv", "--settings-from", other)
    assert run.code == 1
    assert words in run.err
    assert run.err.count("\n") == 1
    assert not (tmp_path / "a.mkv").exists()


@pytest.mark.parametrize("name", ["film.mkv", "none.mkv"])
def test_a_film_that_tells_of_no_settings_is_one_line(
    film: Path, vidcolor: Callable, name: str
) -> None:
    run = vidcolor("colorize", film, "-o", "a.mkv", "--settings-from", film.with_name(name))
    assert run.code == 1
    assert run.err.count("\n") == 1
    assert name in run.err


def test_metadata_that_another_program_kept_still_tells(
    film: Path, tmp_path: Path, bundled: ColorSettings, vidcolor: Callable
) -> None:
    """Streams copied into another container by FFmpeg's own muxer."""
    first = film_with(tmp_path / "first.mkv", bundled)
    with av.open(str(first)) as source, av.open(str(tmp_path / "copy.mkv"), "w") as copy:
        copy.metadata.update(source.metadata)
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux():
            if packet.size:
                packet.stream = stream
                copy.mux(packet)
    options = ["--settings-from", tmp_path / "copy.mkv", "--duration", 0.1]
    assert vidcolor("colorize", film, "-o", tmp_path / "a.mkv", *options).code == 0
    assert settings_of(tmp_path / "a.mkv") == bundled
