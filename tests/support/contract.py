"""The contract's matrix: what films differ in, which of it goes together, and the cases to try.

Every pair of values that can meet in a film meets in one of `CASES`.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple


class Case(NamedTuple):
    """A film, and what it is to become."""

    container: str
    codec: str
    pixels: str
    range: str
    timing: str
    beside: str
    marks: str
    geometry: str
    output: str
    """Suffix and encoder."""

    def __str__(self) -> str:
        return ", ".join(self)


FACTORS: dict[str, tuple[str, ...]] = {
    "container": (
        "mkv", "mp4", "mov", "webm", "ts", "avi", "flv", "nut", "mxf", "mpg", "3gp", "wmv",
    ),
    "codec": (
        "libx264", "libx265", "mpeg4", "mpeg2video", "libvpx", "libvpx-vp9", "libsvtav1", "ffv1",
        "prores_ks", "mjpeg", "rawvideo", "utvideo", "png",
    ),
    "pixels": (
        "yuv420p", "yuv422p", "yuv444p", "gray", "nv12", "uyvy422", "yuvj420p", "yuva420p",
        "yuv420p10le", "yuv422p10le", "gray10le", "yuv420p12le", "rgb24", "gbrp",
    ),
    "range": ("untagged", "limited", "full"),
    "timing": ("25", "24000/1001", "variable", "reordered", "late", "edit list"),
    "beside": (
        "nothing", "aac", "opus", "mp3 ac3 aac", "flac", "pcm_s16le", "subrip", "webvtt",
        "mov_text", "ass", "chapters", "timecode", "attachment", "cover art", "data",
        "second video", "second video kept", "captions",
    ),
    "marks": ("Spanish", "Maori, forced", "Brazilian, original"),
    "geometry": (
        "plain", "rotated", "mirrored", "pixel aspect", "tff", "bff", "mixed scans",
        "container's tff", "odd size",
    ),
    "output": (
        ".mkv ffv1", ".mkv libx264", ".mkv libx265", ".mkv libvpx-vp9", ".mp4 libx264",
        ".mp4 libx265", ".mp4 libvpx-vp9", ".mov libx264", ".mov libx265", ".webm libvpx-vp9",
    ),
}  # fmt: skip

# What goes with a value, by factor; a factor that is not named goes with it whatever its value.
_FITS = {
    "mkv": {
        "codec": "libx264 libx265 mpeg4 mpeg2video libvpx libvpx-vp9 libsvtav1 ffv1 prores_ks mjpeg"
        " rawvideo"
    },
    "mp4": {"codec": "libx264 libx265 mpeg4 mpeg2video libvpx-vp9 libsvtav1 ffv1 mjpeg png"},
    "mov": {"codec": "libx264 libx265 mpeg4 mpeg2video prores_ks mjpeg rawvideo png"},
    "webm": {"codec": "libvpx libvpx-vp9 libsvtav1"},
    "ts": {"codec": "libx264 libx265 mpeg4 mpeg2video"},
    "avi": {"codec": "libx264 mpeg4 ffv1 mjpeg rawvideo utvideo png", "timing": "25 reordered"},
    "flv": {"codec": "libx264 libx265 libvpx-vp9 libsvtav1"},
    "nut": {"codec": "libx264 mpeg4 libvpx ffv1 mjpeg rawvideo utvideo png"},
    "mxf": {"codec": "mpeg2video ffv1 prores_ks", "timing": "25 reordered"},
    "mpg": {"codec": "mpeg2video"},
    "3gp": {"codec": "libx264 mpeg4"},
    "wmv": {"codec": "mpeg4 mjpeg ffv1", "timing": "25"},
    "libx264": {"pixels": "yuv420p yuv422p yuv444p yuvj420p yuv420p10le yuv422p10le"},
    "libx265": {
        "pixels": "yuv420p yuv422p yuv444p gray yuv420p10le yuv422p10le gray10le yuv420p12le gbrp"
    },
    "mpeg4": {"pixels": "yuv420p", "timing": "25 24000/1001 variable reordered"},
    "mpeg2video": {"pixels": "yuv420p yuv422p", "timing": "25 reordered"},
    "libvpx": {"pixels": "yuv420p"},
    "libvpx-vp9": {"pixels": "yuv420p yuv422p yuv444p gbrp"},
    "libsvtav1": {"pixels": "yuv420p yuv420p10le"},
    "ffv1": {
        "pixels": "yuv420p yuv422p yuv444p gray yuva420p yuv420p10le yuv422p10le gray10le"
        " yuv420p12le"
    },
    "prores_ks": {"pixels": "yuv422p10le"},
    "mjpeg": {"pixels": "yuvj420p"},
    "rawvideo": {"pixels": "nv12 uyvy422 rgb24"},
    "utvideo": {"pixels": "yuv420p yuv422p yuv444p gbrp"},
    "png": {"pixels": "gray rgb24"},
    "nv12": {"container": "mkv avi nut", "range": "untagged"},
    "uyvy422": {"range": "untagged"},
    "rgb24": {"container": "mp4 mov avi nut", "range": "untagged"},
    "gbrp": {"range": "untagged"},
    "yuvj420p": {"range": "full"},
    "full": {"codec": "libx264 libx265 libvpx-vp9 libsvtav1 ffv1 mjpeg"},
    "reordered": {"codec": "libx264 libx265 mpeg4 mpeg2video"},
    "edit list": {"container": "mp4 mov 3gp"},
    "aac": {"container": "mkv mp4 mov ts avi flv nut 3gp wmv"},
    "opus": {"container": "mkv mp4 webm ts nut"},
    "mp3 ac3 aac": {"container": "mkv mp4 mov ts avi nut"},
    "flac": {"container": "mkv mp4 nut"},
    "pcm_s16le": {"container": "mkv mp4 mov avi nut mxf wmv"},
    "subrip": {"container": "mkv"},
    "webvtt": {"container": "mkv webm"},
    "mov_text": {"container": "mp4 mov 3gp"},
    "ass": {"container": "mkv"},
    "chapters": {"container": "mkv mp4 mov webm nut"},
    "timecode": {"container": "mp4 mov mxf"},
    "attachment": {"container": "mkv"},
    "cover art": {"container": "mkv mp4"},
    "data": {"container": "mp4 ts"},
    "second video": {"container": "mkv mp4 mov ts avi nut"},
    "second video kept": {"container": "mkv mp4 mov ts avi nut"},
    "Maori, forced": {"container": "mkv mp4"},
    "Brazilian, original": {"container": "mkv"},
    "rotated": {"container": "mkv mp4 mov webm 3gp"},
    "mirrored": {"container": "mkv mp4 mov webm 3gp"},
    "pixel aspect": {
        "codec": "libx264 libx265 mpeg4 mjpeg png",
        "container": "mkv mp4 mov ts flv 3gp",
    },
    "tff": {"codec": "libx264 mpeg4 mpeg2video ffv1 prores_ks"},
    "bff": {"codec": "libx264 mpeg4 mpeg2video ffv1 prores_ks"},
    "mixed scans": {"codec": "ffv1"},
    "container's tff": {"codec": "ffv1 mjpeg", "container": "mkv mov"},
    "captions": {"codec": "libx264 libx265 mpeg2video"},
    "odd size": {"pixels": "yuv420p yuv444p gray rgb24 yuv420p10le", "codec": "ffv1 mpeg4 png"},
}  # fmt: skip

REFUSED = {
    "tff": "libx265 libvpx-vp9",
    "bff": "libx265 libvpx-vp9",
    "mixed scans": "libx265 libvpx-vp9",
    "container's tff": "libx265 libvpx-vp9",
    "yuv420p10le": "libvpx-vp9",
    "yuv422p10le": "libvpx-vp9",
    "gray10le": "libvpx-vp9",
    "yuv420p12le": "libx264 libvpx-vp9",
}
"""What vidcolor says it can't do: no film of this kind goes through these encoders."""


def possible(chosen: Mapping[str, str]) -> bool:
    """Whether a film can have these values of factors."""
    for value in chosen.values():
        for factor, fitting in _FITS.get(value, {}).items():
            if factor in chosen and chosen[factor] not in fitting.split(" "):
                return False
        if "output" in chosen and chosen["output"].split()[1] in REFUSED.get(value, "").split():
            return False
    if chosen.get("range") == "full" and chosen.get("codec") == "ffv1":
        return chosen.get("container", "mkv") == "mkv"
    return True


Pair = frozenset[tuple[str, str]]


def _pairs(chosen: Mapping[str, str]) -> set[Pair]:
    return {frozenset(pair) for pair in combinations(chosen.items(), 2)}


def _completed(chosen: dict[str, str], missing: set[Pair]) -> dict[str, str]:
    """`chosen` with values for the other factors that make many missing pairs; {} if none fit."""
    rest = [factor for factor in FACTORS if factor not in chosen]
    if not rest:
        return chosen
    options = [chosen | {rest[0]: value} for value in FACTORS[rest[0]]]
    options.sort(key=lambda option: -len(_pairs(option) & missing))
    found = (_completed(option, missing) for option in options if possible(option))
    return next((case for case in found if case), {})


def _matrix() -> tuple[list[Case], int]:
    """Films that together hold every pair of values that a film can hold; the number of pairs."""
    values = [(factor, value) for factor in FACTORS for value in FACTORS[factor]]
    pairs = [pair for pair in combinations(values, 2) if pair[0][0] != pair[1][0]]
    missing = {frozenset(pair) for pair in pairs if possible(dict(pair))}
    cases, tried = [], set()
    for pair in pairs:
        if frozenset(pair) in missing:
            case = _completed(dict(pair), missing)
            missing -= _pairs(case) or {frozenset(pair)}
            if case:
                cases.append(Case(**case))
                tried |= _pairs(case)
    return cases, len(tried)


def _core() -> list[Case]:
    """Those few of `CASES` that together hold every value, each once or more."""
    missing, core = {(factor, value) for factor in FACTORS for value in FACTORS[factor]}, []
    while missing:
        core.append(max(CASES, key=lambda case: len(missing & case._asdict().items())))
        missing -= core[-1]._asdict().items()
    return core


CASES, PAIRS = _matrix()
CORE = _core()
