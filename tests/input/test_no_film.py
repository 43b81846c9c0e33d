"""Texts and pictures that FFmpeg would open as films of one frame."""

from fractions import Fraction

import av
import numpy as np
import pytest

from vidcolor.errors import InputError, UnsupportedError
from vidcolor.input.reader import Reader
from vidcolor.kinds import picture_file


def test_texts_are_no_films(tmp_path):
    (tmp_path / "a.nfo").write_text("film notes\n" * 50)
    with pytest.raises(InputError):
        Reader(tmp_path / "a.nfo")


@pytest.mark.parametrize("codec", ["xwd", "pam", "alias_pix"])
def test_pictures_of_formats_that_are_not_read_are_named(tmp_path, codec):
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = 64, 48, "gray"
    context.time_base = Fraction(1, 24)
    frame = av.VideoFrame.from_ndarray(np.full((48, 64), 90, np.uint8), format="gray")
    content = b"".join(map(bytes, [*context.encode(frame), *context.encode(None)]))
    path = tmp_path / f"a.{'pix' if codec == 'alias_pix' else codec}"
    path.write_bytes(content)
    assert picture_file(path) is None
    with pytest.raises(UnsupportedError, match=rf"not read \({codec}\); convert it to PNG or TIFF"):
        Reader(path)
