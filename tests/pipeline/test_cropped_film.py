"""A film that its container crops: what it hides does not reach the output, nor its colours."""

from pathlib import Path

import numpy as np
import pytest
from clips import luma_codes, make_clip, planes_of
from cropped import crop

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import OutputError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file

TIMES = (0, 40, 80)


def test_what_is_hidden_changes_nothing(tmp_path: Path, checkpoint: Checkpoint) -> None:
    colorizer = Colorizer(checkpoint, precision="fp32")
    shown = [luma_codes(index) for index in range(len(TIMES))]
    made = []
    for name, hidden in (("dark", 16), ("light", 235)):
        pictures = [codes.copy() for codes in shown]
        for picture in pictures:
            picture[:8] = picture[40:] = hidden
        film, output = tmp_path / f"{name}.mkv", tmp_path / f"{name}.color.mkv"
        make_clip(
            film, codec="libx264", pictures=pictures, times=TIMES, options={"qp": "0"},
            color_range=1, transfer=1, matrix=1,
        )  # fmt: skip
        crop(film, 8, 8, 0, 0)
        result = colorize_file(film, output, colorizer, encoder=EncoderSettings("ffv1"))
        hides = "what the file's cropping hides (it shows 64x32 at 0,8 of 64x48)"
        assert f"left out: {hides}" in result.notes
        with pytest.raises(OutputError, match="cropping hides"):
            colorize_file(film, tmp_path / "strict.mkv", colorizer, strict=True)
        made.append(planes_of(output))
    for codes, dark, light in zip(shown, *made, strict=True):
        assert np.array_equal(dark[0], codes[8:40])
        assert all(np.array_equal(a, b) for a, b in zip(dark, light, strict=True))
