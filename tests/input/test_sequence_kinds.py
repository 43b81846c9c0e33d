"""Frame sequences of every kind of sample: the luma that the files tell, or one clear line."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import tifffile
from bare_tiff import bare_tiff
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vidcolor.errors import InputError, UnsupportedError
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader

SIZE = (64, 48)
GREY = (np.arange(48 * 64).reshape(48, 64) % 251).astype(np.uint8)
DEEP = GREY.astype(np.uint16) * 257


def frames_of(folder: Path) -> tuple[Reader, list[Frame]]:
    with Reader(FrameSequence(folder, Fraction(24))) as reader:
        return reader, [item for item in reader if isinstance(item, Frame)]


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 12, 16])
@pytest.mark.parametrize("white", [True, False], ids=["white is 0", "black is 0"])
def test_grey_tiff_of_every_depth(tmp_path: Path, bits: int, white: bool) -> None:
    peak = (1 << bits) - 1
    codes = np.linspace(0, peak, 48 * 64).round().astype(np.uint16).reshape(48, 64)
    stored = peak - codes if white else codes
    whole = np.unpackbits(stored.astype(">u2").view(np.uint8).reshape(48, 64, 2), axis=-1)
    packed = np.packbits(whole[..., 16 - bits :].reshape(48, -1), axis=1).tobytes()
    samples = stored.astype("<u2").tobytes() if bits == 16 else packed
    for number in range(2):
        content = bare_tiff(samples, SIZE, [bits], 0 if white else 1)
        (tmp_path / f"{number}.tif").write_bytes(content)
    if (white, bits) == (True, 12):
        with pytest.raises(UnsupportedError, match="holds 12 bits with white as zero"):
            frames_of(tmp_path)
        return
    reader, frames = frames_of(tmp_path)
    shown = (1 << reader.picture.depth) - 1
    assert len(frames) == 2
    assert all(np.array_equal(f.luma, np.rint(codes * (shown / peak))) for f in frames)
    assert reader.picture.full_range
    assert reader.left_out == []


@pytest.mark.parametrize(
    ("samples", "options", "what"),
    [
        (GREY, {"bigtiff": True}, "BigTIFF"),
        (DEEP, {"tile": (16, 16)}, "tiles"),
        (DEEP, {"compression": "zstd"}, "compression 50000"),
        (GREY / np.float32(255), {}, "float or signed samples"),
        (GREY.astype(np.uint16), {"bitspersample": 10}, "10 bits a sample"),
        (np.dstack([GREY] * 3), {"photometric": "cielab"}, "CIELab"),
        (np.dstack([GREY] * 4), {"photometric": "separated"}, "CMYK"),
        (np.dstack([GREY] * 3), {"photometric": "ycbcr", "compression": "jpeg"}, "YCbCr"),
    ],
)
def test_tiff_that_would_be_misread_is_refused(
    tmp_path: Path, samples: np.ndarray, options: dict[str, object], what: str
) -> None:
    tifffile.imwrite(tmp_path / "1.tif", samples, **options)
    with pytest.raises(UnsupportedError, match=rf"1\.tif: holds {what}, which .* convert the"):
        frames_of(tmp_path)


def test_a_later_frame_that_would_be_misread_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "1.tif", DEEP)
    tifffile.imwrite(tmp_path / "2.tif", DEEP, tile=(16, 16))
    with pytest.raises(UnsupportedError, match=r"2\.tif: holds tiles"):
        frames_of(tmp_path)


def test_bits_alpha_and_palettes(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    for kind, picture, luma in (
        ("bits", Image.fromarray(GREY > 100), np.where(GREY > 100, 255, 0)),
        ("alpha", Image.fromarray(np.dstack([GREY, 255 - GREY]), "LA"), GREY),
        ("opaque", Image.fromarray(np.dstack([GREY, GREY, GREY, GREY | 255]), "RGBA"), GREY),
        ("palette", Image.fromarray(ramp).convert("P"), ramp),
    ):
        (tmp_path / kind).mkdir()
        picture.save(tmp_path / kind / "1.png")
        reader, (frame,) = frames_of(tmp_path / kind)
        assert np.array_equal(frame.luma, luma), kind
        assert reader.left_out == (["alpha channel"] if kind == "alpha" else [])
    (tmp_path / "deep").mkdir()
    both = np.dstack([DEEP, DEEP[::-1]])
    tifffile.imwrite(
        tmp_path / "deep/1.tif", both, photometric="minisblack", extrasamples=["unassalpha"]
    )
    reader, (frame,) = frames_of(tmp_path / "deep")
    assert np.array_equal(frame.luma, DEEP)
    assert "alpha channel" in reader.left_out


def test_suffixes_in_any_letters_are_one_film(tmp_path: Path) -> None:
    for name in ("F1.TIF", "f2.tif", "F3.tiff"):
        Image.fromarray(GREY).save(tmp_path / name)
    assert len(frames_of(tmp_path)[1]) == 3
    Image.fromarray(GREY).save(tmp_path / "F2.TIFF")
    with pytest.raises(InputError, match="two frames have the same number"):
        frames_of(tmp_path)


def test_a_turn_of_the_frames_is_that_of_the_film(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "1.tif", tiffinfo={274: 6})
    reader, (frame,) = frames_of(tmp_path)
    assert np.array_equal(reader.picture.upright(frame.luma), np.rot90(GREY, -1))


@pytest.mark.parametrize("name", ["1.exr", "1.jpg", "1.bmp"])
def test_other_pictures_are_no_frames(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(UnsupportedError, match=f"no files like {name}; convert the frames first"):
        frames_of(tmp_path)


def test_a_gamma_of_png_is_named(tmp_path: Path) -> None:
    for number, gamma in enumerate((45455, 55556, 55556)):
        info = PngInfo()
        info.add(b"gAMA", gamma.to_bytes(4, "big"))
        Image.fromarray(GREY).save(tmp_path / f"{number}.png", pnginfo=info)
    assert frames_of(tmp_path)[0].left_out == ["gamma of 1/1.8, from 0.042 s on"]
    (tmp_path / "0.png").unlink()
    assert frames_of(tmp_path)[0].left_out == ["gamma of 1/1.8"]
