"""The contract's runs: every film colorized from end to end and held against its source."""

import tempfile
from functools import cache
from pathlib import Path

from conftest import small_checkpoint
from contract import Case
from contract_films import FRAMES, MIXED_SCANS, make
from contract_terms import LEFT_OUT, LOST, Comparison
from contract_view import Film, view

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import OutputError
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import Result, colorize_file

LOSSLESS = {
    "ffv1": EncoderSettings("ffv1"),
    "libx264": EncoderSettings("libx264", preset="ultrafast", options=(("qp", "0"), ("bf", "2"))),
    "libx265": EncoderSettings(
        "libx265", preset="ultrafast", options=(("x265-params", "lossless=1:pools=none"),)
    ),
    "libvpx-vp9": EncoderSettings("libvpx-vp9", preset="8", options=(("lossless", "1"),)),
}


@cache
def verdicts(case: Case) -> dict[str, set[str]]:
    """What becomes of each thing that the film of `case` has.

    Raises:
        AssertionError: the contract is broken.
    """
    suffix, _ = case.output.split()
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, f"a.{case.container}"), Path(folder, f"b{suffix}")
        make(case, source)
        before = view(source)
        _check_film(before, case)
        try:
            result, strictly = colorize(case, source, output, strict=True), True
        except OutputError:
            result, strictly = colorize(case, source, output), False
        keep_video = case.beside == "second video kept"
        *notes, verified = result.notes
        assert verified.startswith(f"verified: {FRAMES} frames and their times; ")
        assert verified.endswith("; luma identical")
        found = Comparison(before, view(output), notes, keep_video).verdicts
    lossless = not {LEFT_OUT, LOST} & set().union(*found.values())
    assert strictly == lossless, f"--strict and the notes disagree: {result.notes}"
    return dict(found)


def colorize(case: Case, source: Path, output: Path, *, strict: bool = False) -> Result:
    """Make of `source` what `case` asks for."""
    return colorize_file(
        source,
        output,
        colorizer(),
        encoder=LOSSLESS[case.output.split()[1]],
        keep_video=case.beside == "second video kept",
        strict=strict,
        verify=True,
    )


@cache
def colorizer() -> Colorizer:
    """Batches of 5, so that the last one of a film is not full."""
    return Colorizer(small_checkpoint(), precision="fp32", batch_size=5)


def _check_film(film: Film, case: Case) -> None:
    """The film has what its case names."""
    assert len(film.lumas) == FRAMES
    pixels = film.pixels.replace("yuvj", "yuv").replace("bgr24", "rgb24")
    assert pixels == case.pixels.replace("yuvj", "yuv")
    assert film.full_range or case.range != "full"
    scans = {"mixed scans": MIXED_SCANS * 2, "container's tff": ["tff"] * FRAMES}.get(
        case.geometry, [case.geometry if case.geometry in ("tff", "bff") else "prog"] * FRAMES
    )
    assert film.scans == list(scans)
    assert all(film.captions) == (case.beside == "captions")
    assert bool(film.matrix) == (case.geometry in ("rotated", "mirrored"))
    assert (film.aspect != 1) == (case.geometry == "pixel aspect")
    assert (film.times[0] >= 1) == (case.timing == "late")
    timecode = film.picture.tags.get("timecode") or film.tags.get("timecode")
    assert (timecode == "01:00:00:00") == (case.beside == "timecode")
    beside = len(film.beside) + len(film.attachments) + bool(film.chapters)
    assert beside == {"nothing": 0, "timecode": 0, "captions": 0, "mp3 ac3 aac": 3}.get(
        case.beside, 1
    )
