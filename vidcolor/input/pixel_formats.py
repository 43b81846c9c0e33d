"""Pixel formats: finding a decoded frame's luma and chroma, at their own depth and range.

Luma is never rescaled: the plane of a YUV or gray frame is handed out as it was decoded. Only for
RGB frames, which have no luma plane, one is computed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import av
import numpy as np

from vidcolor.color.tint import Look, is_grey, look
from vidcolor.color.yuv import KB, KG, KR, CodeRange, rgb_to_yuv
from vidcolor.errors import UnsupportedError
from vidcolor.input.pyav_gaps import converted

FULL_RANGE = int(av.video.reformatter.ColorRange.JPEG)
LIMITED_RANGE = int(av.video.reformatter.ColorRange.MPEG)

_STEP, _LINES = 4, 64
"""`look_of` judges a frame by every fourth pixel of every fourth line or, where these are more than
so many, by fewer."""

_PLANAR = re.compile(r"(?:yuv|yuvj|yuva)4\d\dp(\d+)?(?:le|be)?")
_GRAY = re.compile(r"gray(\d+)?(?:le|be)?")
_GRAY_ALPHA = re.compile(r"ya(8|16)(?:le|be)?")
_BITS = {"monob", "monow"}
_SEMI_PLANAR = re.compile(r"nv(?:12|21|16|24|42)")
_SEMI_PLANAR_HIGH = re.compile(r"p[024](1[0-6])(?:le|be)")
_PACKED_LUMA_OFFSET = {"yuyv422": 0, "yvyu422": 0, "uyvy422": 1}
_V_FIRST = {"nv21", "nv42", "yvyu422"}
_REPACKED = {
    **dict.fromkeys(("v30xle", "xv30le"), "yuv444p10le"),
    **{"y210le": "yuv422p10le", "y212le": "yuv422p12le", "y216le": "yuv422p16le"},
    **{"xv36le": "yuv444p12le", "xv48le": "yuv444p16le", "ayuv64le": "yuva444p16le"},
    **{"vyu444": "yuv444p", "vuyx": "yuv444p"},
    **dict.fromkeys(("vuya", "ayuv", "uyva"), "yuva444p"),
}
"""Packed YUV (as of AYUV, v408, v410), and the planar formats of its samples: FFmpeg turns one into
the other without touching them."""
_PLANAR_RGB = re.compile(r"gbra?p(\d+)?(?:le|be)?")


@dataclass(frozen=True)
class _Layout:
    """Where a pixel format keeps its luma."""

    kind: str
    """One of "yuv", "semi", "packed", "gray", "gray alpha", "bits", "rgb planes" or "rgb"."""
    depth: int
    """Bits per sample, 8 to 16."""
    shift: int = 0
    """The number of unused low bits of each sample."""

    @property
    def is_rgb(self) -> bool:
        return self.kind.startswith("rgb")

    @property
    def is_gray(self) -> bool:
        return self.kind in ("gray", "gray alpha", "bits")


def code_range(frame: av.VideoFrame) -> CodeRange:
    """Return the depth and range of the luma of `frame`.

    The frame's own range tag wins. Without a tag, yuvj, gray and RGB are full range, and other YUV
    is limited.

    Raises:
        UnsupportedError: the pixel format is none that vidcolor reads.
    """
    layout = _layout(frame.format.name)
    if layout.is_rgb:
        return CodeRange(layout.depth, full=True)
    if frame.color_range in (FULL_RANGE, LIMITED_RANGE):
        return CodeRange(layout.depth, frame.color_range == FULL_RANGE)
    untagged_full = layout.is_gray or frame.format.name.startswith("yuvj")
    return CodeRange(layout.depth, untagged_full)


def luma_plane(frame: av.VideoFrame) -> np.ndarray:
    """Return the luma of `frame`, (H, W), uint8 at 8 bits, otherwise native-endian uint16.

    It is a view into the frame where the samples lie there ready to use (planar, semi-planar and
    packed 4:2:2 YUV, gray), and a new array where they must be shifted, byte-swapped, unpacked or
    made from RGB: Y' = 0.2126 R + 0.7152 G + 0.0722 B (BT.709), rounded, so that a grey value v
    gives v.

    Raises:
        UnsupportedError: the pixel format is none that vidcolor reads.
    """
    frame, layout = _unpacked(frame)
    if layout.is_rgb:
        return _luma_of_rgb(*_rgb_planes(frame, layout), layout.depth)
    if layout.kind == "packed":
        offset = _PACKED_LUMA_OFFSET[frame.format.name]
        return _samples(frame, 0, layout)[:, offset : offset + 2 * frame.width : 2]
    if layout.kind == "gray alpha":
        return _samples(frame, 0, layout)[: frame.height, : 2 * frame.width : 2]
    if layout.kind == "bits":
        frame = converted(frame, "gray")
    luma = _samples(frame, 0, layout)[: frame.height, : frame.width]
    return luma >> layout.shift if layout.shift else luma


def chroma_planes(frame: av.VideoFrame) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the U and V codes of `frame`, each (h, w) as stored, of the luma's dtype.

    Gray and RGB frames have none: None is returned. As with `luma_plane`, they are views where
    that is possible.

    Raises:
        UnsupportedError: the pixel format is none that vidcolor reads.
    """
    frame, layout = _unpacked(frame)
    if layout.is_rgb or layout.is_gray:
        return None
    height = frame.format.chroma_height(frame.height)
    width = frame.format.chroma_width(frame.width)
    if layout.kind == "yuv":
        u, v = (_samples(frame, index, layout)[:height, :width] for index in (1, 2))
        return u, v
    if layout.kind == "semi":
        both = _samples(frame, 1, layout)[:height, : 2 * width] >> layout.shift
        first, second = both[:, ::2], both[:, 1::2]
    else:
        line = _samples(frame, 0, layout)[:, 1 - _PACKED_LUMA_OFFSET[frame.format.name] :]
        first, second = (line[:height, at : at + 4 * width - 3 : 4] for at in (0, 2))
    swapped = frame.format.name in _V_FIRST
    return (second, first) if swapped else (first, second)


def chroma_sampling(pixel_format: str, width: int, height: int) -> str | None:
    """Return how a YUV film of this size stores chroma: "420", "422", "440" or "444".

    For gray it is None.

    Raises:
        UnsupportedError: the format is RGB or of another sampling, or the sampling does not divide
            the size.
    """
    layout = _layout(pixel_format)
    if layout.is_gray:
        return None
    pixels = av.VideoFormat(pixel_format, 64, 64)
    across, down = 64 // pixels.chroma_width(), 64 // pixels.chroma_height()
    sampling = {(2, 2): "420", (2, 1): "422", (1, 2): "440", (1, 1): "444"}.get((across, down))
    if layout.is_rgb or sampling is None or width % across or height % down:
        raise UnsupportedError(f"colour stored as {pixel_format} at {width}x{height} can't be kept")
    return sampling


def look_of(frame: av.VideoFrame) -> Look:
    """Return what the chroma of `frame` shows, judged by a sparse sample of its pixels.

    Raises:
        UnsupportedError: the pixel format is none that vidcolor reads.
    """
    layout = _layout(frame.format.name)
    if layout.is_rgb:
        sample = (slice(None, None, _step(frame.height)),) * 2
        scale = np.float32(1 << layout.depth)
        red, green, blue = (p[sample].ravel() / scale for p in _rgb_planes(frame, layout))
        return look(*rgb_to_yuv(red, green, blue))
    chroma = chroma_planes(frame)
    if chroma is None:
        return Look.GREY
    scale = np.float32(1 << layout.depth)
    step = _step(len(chroma[0]))
    sparse = (plane[::step, ::step] for plane in chroma)
    u, v = (plane.ravel() / scale - np.float32(0.5) for plane in sparse)
    if is_grey(u, v):
        return Look.GREY
    luma = luma_plane(frame)
    (height, width), (rows, columns) = luma.shape, chroma[0].shape
    down, across = -(-height // rows), -(-width // columns)
    missing = rows * down - height, columns * across - width
    if any(missing):  # at odd edges some count twice
        luma = np.pad(luma, [(0, lines) for lines in missing], "edge")
    # The mean of the luma samples that share a chroma sample.
    total = np.zeros((-(-rows // step), -(-columns // step)), np.uint32)
    for j in range(down):
        for i in range(across):
            total += luma[j :: down * step, i :: across * step]
    return look(total.ravel() / (down * across * scale), u, v)


def _step(lines: int) -> int:
    """Return one of how many lines `look_of` looks at."""
    return max(_STEP, lines // _LINES)


def is_rgb(pixel_format: str) -> bool:
    """Tell whether the pixel format has no luma of its own: it holds red, green and blue.

    Raises:
        UnsupportedError: the pixel format is none that vidcolor reads.
    """
    return _layout(pixel_format).is_rgb


def is_gray(pixel_format: str) -> bool:
    """Tell whether the pixel format has no colour.

    Raises:
        UnsupportedError: the pixel format is none that vidcolor reads.
    """
    return _layout(pixel_format).is_gray


def is_opaque(frame: av.VideoFrame) -> bool:
    """Tell whether nothing of `frame` shines through: it has no alpha, or the greatest one only."""
    if frame.format.has_palette:
        frame = converted(frame, "bgra")
    if not has_alpha(frame.format.name):
        return True
    frame, _ = _unpacked(frame)
    name = frame.format.name
    components = frame.format.components
    bits, index = components[-1].bits, components[-1].plane
    packed = sum(component.plane == index for component in components)
    place = name.index("a") if packed > 1 else 0
    samples = _samples(frame, index, _Layout("alpha", bits))
    alpha = samples[: frame.height, place : packed * frame.width : packed]
    return bool((alpha == (1 << bits) - 1).all())


@lru_cache
def has_alpha(pixel_format: str) -> bool:
    """Tell whether the pixel format carries an alpha channel."""
    return any(component.is_alpha for component in av.VideoFormat(pixel_format).components)


@lru_cache
def _layout(name: str) -> _Layout:
    """Return the layout of FFmpeg's pixel format `name`. Raises UnsupportedError."""
    name = _REPACKED.get(name, name)
    if name in _PACKED_LUMA_OFFSET:
        return _Layout("packed", 8)
    if _SEMI_PLANAR.fullmatch(name):
        return _Layout("semi", 8)
    if match := _SEMI_PLANAR_HIGH.fullmatch(name):
        return _Layout("semi", int(match[1]), shift=16 - int(match[1]))
    if name in _BITS:
        return _Layout("bits", 8)
    for kind, pattern in (
        ("yuv", _PLANAR),
        ("gray", _GRAY),
        ("gray alpha", _GRAY_ALPHA),
        ("rgb planes", _PLANAR_RGB),
    ):
        if match := pattern.fullmatch(name):
            return _Layout(kind, int(match[1] or 8))
    pixels = av.VideoFormat(name)
    if pixels.has_palette:
        return _Layout("rgb", 8)
    if pixels.is_rgb and not pixels.is_bayer and pixels.components:
        depth = max(8, max(component.bits for component in pixels.components))
        if depth <= 16 and "f" not in name:
            return _Layout("rgb", depth)
    raise UnsupportedError(
        f"the pixel format {name} is not supported; convert the film to yuv420p or yuv420p10le"
    )


def _unpacked(frame: av.VideoFrame) -> tuple[av.VideoFrame, _Layout]:
    """Return `frame` in planes if it is of the `_REPACKED`, and its layout then."""
    name = frame.format.name
    if name in _REPACKED:
        frame = converted(frame, _REPACKED[name])
    return frame, _layout(name)


def _samples(frame: av.VideoFrame, index: int, layout: _Layout) -> np.ndarray:
    """Return plane `index` with its padding, (rows, samples a line), native-endian."""
    plane = frame.planes[index]
    if layout.depth == 8:
        return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    stored = np.dtype(">u2" if frame.format.is_big_endian else "<u2")
    samples = np.frombuffer(memoryview(plane), stored).reshape(-1, plane.line_size // 2)
    return samples.astype(np.uint16, copy=False)


def _rgb_planes(frame: av.VideoFrame, layout: _Layout) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return red, green and blue, each (H, W), at the depth of the format."""
    if layout.kind == "rgb":
        planar = "gbrp" if layout.depth == 8 else f"gbrp{layout.depth}le"
        frame = converted(frame, planar)
    green, blue, red = (
        _samples(frame, index, layout)[: frame.height, : frame.width] for index in range(3)
    )
    return red, green, blue


def _luma_of_rgb(red: np.ndarray, green: np.ndarray, blue: np.ndarray, depth: int) -> np.ndarray:
    """Return the luma of BT.709, rounded, of codes of full range, all (H, W)."""
    luma = red * np.float32(KR)
    luma += green * np.float32(KG)
    luma += blue * np.float32(KB)
    return np.rint(luma, out=luma).astype(CodeRange(depth, full=True).dtype)
