"""Encoders: the names of their quality dials, their pixel formats, and which ones work here."""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
from av.codec.codec import Capabilities, UnknownCodecError

from vidcolor.errors import UnsupportedError, UsageError
from vidcolor.files import CONTAINERS, container_format
from vidcolor.output.scheduling import scheduled_as_before


@dataclass(frozen=True)
class EncoderSettings:
    """What the user asks of the encoder; vidcolor chooses what is None."""

    name: str | None = None
    """FFmpeg's name of the encoder; None means libx264, and libvpx-vp9 for .webm."""
    crf: int | None = None
    """The constant quality on the encoder's own scale; lower is better."""
    preset: str | None = None
    """The trade of speed against size, in the encoder's own words."""
    options: tuple[tuple[str, str], ...] = ()
    """Further options, (name, value) by FFmpeg's names; they win over `crf` and `preset`."""
    threads: int | None = None
    """Threads that encode; None for as many as suit the cores. What libx264 makes depends on it."""


@dataclass(frozen=True)
class _Dials:
    """The options by which one encoder is told its quality and speed."""

    crf: str | None = None
    """FFmpeg's name of the option for constant quality; None if the encoder has none."""
    crf_max: int = 51
    default_crf: int = 0
    preset: str | None = None
    """FFmpeg's name of the option for the preset; None if the encoder has none."""
    presets: tuple[str, ...] = ()
    default_preset: str = ""
    with_crf: dict[str, str] = field(default_factory=dict)
    """Options that are needed for constant quality."""
    always: dict[str, str] = field(default_factory=dict)
    """Options that are always given."""


_X26X = (
    "ultrafast", "superfast", "veryfast", "faster", "fast",
    "medium", "slow", "slower", "veryslow", "placebo",
)  # fmt: skip
_NVENC = tuple(f"p{n}" for n in range(1, 8))
_DIALS = {
    "libx264": _Dials("crf", 51, 18, "preset", _X26X, "medium"),
    "libx265": _Dials(
        "crf", 51, 20, "preset", _X26X, "medium", always={"x265-params": "log-level=none"}
    ),
    "libsvtav1": _Dials("crf", 63, 24, "preset", tuple(map(str, range(14))), "6"),
    "libvpx-vp9": _Dials(
        "crf", 63, 24, "cpu-used", tuple(map(str, range(9))), "4", always={"row-mt": "1"}
    ),
    "h264_nvenc": _Dials("cq", 51, 19, "preset", _NVENC, "p5", with_crf={"rc": "vbr"}),
    "hevc_nvenc": _Dials("cq", 51, 19, "preset", _NVENC, "p5", with_crf={"rc": "vbr"}),
    "av1_nvenc": _Dials("cq", 63, 24, "preset", _NVENC, "p5", with_crf={"rc": "vbr"}),
    "ffv1": _Dials(),
    "prores_ks": _Dials(),
}
_SAY_RANGE = {name for name in _DIALS if name != "prores_ks"}
_FULL_RANGE = int(av.video.reformatter.ColorRange.JPEG)
_TRIAL = (1920, 1080)
"""The size of a frame that every encoder takes."""
MOST_BITS = 16
"""The most bits of a sample that films have here."""
REFUSED_LATE = {
    "mov": {"vp8", "vp9", "av1", "flac", "opus", "truehd"},
    "mp4": {"truehd"},
}
"""The codecs that a container seems to take, but refuses when its header is written."""
QUICKTIME_CODEC_TAGS = {"hevc": "hvc1", "mov_text": "tx3g"}
"""The only tag of each codec that QuickTime plays, or takes for subtitles."""
_DNXHR = {
    "yuv422p": "dnxhr_hq",
    "yuv422p10le": "dnxhr_hqx",
    "yuv444p10le": "dnxhr_444",
}
"""The profiles of dnxhd that take pictures of any size and rate, by the pixel formats that it has;
without one it takes those of HDTV alone."""
# Encoders that code the fields of a frame apart, or lose nothing by not doing so.
_KEEP_FIELDS = ("libx264", "ffv1", "prores_ks")
# Options given by hand that the default quality would contradict.
_RATE_CONTROL = {"b", "crf", "cq", "qp", "rc", "global_quality", "lossless"}


def for_sequence(settings: EncoderSettings, depth: int, path: Path) -> EncoderSettings:
    """Return the settings for a frame sequence of `depth` bits that becomes a film at `path`.

    Scans of more than 8 bits are to last: in Matroska they go to ffv1, unless something else is
    asked for.
    """
    nothing = EncoderSettings(threads=settings.threads)
    if depth > 8 and settings == nothing and container_format(path) == "matroska":
        return replace(settings, name="ffv1")
    return settings


def encoder_threads(encoder: str, settings: EncoderSettings) -> int:
    """Return how many threads an encoder is asked for; 0 lets it choose.

    libx264 would choose half as many again as there are cores. Each holds a frame of its own, about
    25 MB at 1920x1080, and where other threads decode and color the further ones gain nothing.
    """
    if settings.threads or encoder != "libx264":
        return settings.threads or 0
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 0


def encoder_options(settings: EncoderSettings, path: Path) -> tuple[str, dict[str, str]]:
    """Return the encoder for an output named `path`, and its options in its own words.

    Raises:
        UsageError: the encoder is unknown or refused by the container, the crf is out of range,
            the preset is unknown, or the encoder does not have a dial that is set.
    """
    container = container_format(path)
    name = settings.name or ("libvpx-vp9" if container == "webm" else "libx264")
    _require_encoder(name, container, path)
    dials = _DIALS.get(name, _Dials())
    given = dict(settings.options)
    options = dict(dials.always)
    if settings.crf is not None:
        if dials.crf is None:
            raise UsageError(f"{name} has no constant quality; leave --crf out")
        if not 0 <= settings.crf <= dials.crf_max:
            raise UsageError(f"crf {settings.crf} is not between 0 and {dials.crf_max} ({name})")
        options |= {dials.crf: str(settings.crf), **dials.with_crf}
    elif dials.crf is not None and not _RATE_CONTROL & given.keys():
        options |= {dials.crf: str(dials.default_crf), **dials.with_crf}
    if settings.preset is not None:
        if dials.preset is None:
            raise UsageError(f"{name} has no presets; leave --preset out")
        if settings.preset not in dials.presets:
            raise UsageError(
                f"{name} has no preset {settings.preset}; choose {', '.join(dials.presets)}"
            )
    if dials.preset is not None:
        options[dials.preset] = settings.preset or dials.default_preset
    if "x265-params" in options and "x265-params" in given:
        given["x265-params"] = f"{options['x265-params']}:{given['x265-params']}"
    return name, options | given


def with_x264_parameters(options: dict[str, str], more: str) -> dict[str, str]:
    """Return options of libx264 with more of its own parameters; those given by hand win."""
    given = options.get("x264-params")
    return options | {"x264-params": f"{more}:{given}" if given else more}


def pixel_format(
    encoder: str,
    depth: int,
    width: int,
    height: int,
    interlaced: bool = False,
    sampling: str | None = None,
    may_widen: bool = False,
) -> str:
    """Return the pixel format in which `encoder` holds luma of `depth` bits unchanged.

    It is 4:2:0, or where the encoder has none 4:2:2 or 4:4:4. It is 4:4:4 if the width or height
    is odd. If only the height of a field is, it is 4:2:2, or where the encoder has none 4:4:4.

    Args:
        encoder: FFmpeg's name of it.
        depth: bits per luma sample.
        width, height: of the picture, in pixels.
        interlaced: whether frames hold two fields.
        sampling: "420", "422", "440" or "444" where it must be this one; None leaves the choice.
        may_widen: whether a format of more bits will do, for which codes are multiplied.

    Raises:
        UnsupportedError: the encoder can't hold this depth or size, or fields.
    """
    if interlaced and encoder not in _KEEP_FIELDS:
        raise UnsupportedError(
            f"the film is interlaced and {encoder} knows no fields; deinterlace it first, or use "
            f"--encoder {' or '.join(_KEEP_FIELDS)} with an .mkv output"
        )
    odd = bool(width % 2 or height % 2)
    samplings: tuple[str, ...] = ("444",) if odd else ("420", "422", "444")
    if interlaced and height % 4 and not odd:
        samplings = ("422", "444")
    if sampling is not None:
        samplings = (sampling,)
    for held in range(depth, MOST_BITS + 1 if may_widen else depth + 1):
        if name := _pixel_format(encoder, held, samplings):
            return name
    size = f" at the odd size {width}x{height}" if odd else ""
    kind = f" and 4:{sampling[1]}:{sampling[2]} chroma" if sampling else ""
    others = [
        name for name in _DIALS if "nvenc" not in name and _pixel_format(name, depth, samplings)
    ]
    raise UnsupportedError(
        f"{encoder} can't hold {depth} bits{kind}{size}{_what_it_holds(encoder, depth)}; "
        f"use --encoder {' or '.join(others)} with an .mkv output"
    )


def holds_full_range(encoder: str, pixel_format: str, path: Path) -> bool:
    """Tell whether codes of full range are still known as such in a film at `path`.

    Encoders that are not known to say so are tried; one that does not start is not accused here.
    """
    container = container_format(path)
    if encoder in _SAY_RANGE:
        return True
    file = io.BytesIO()
    try:
        with scheduled_as_before(), av.open(file, "w", format=container) as film:
            stream = film.add_stream(encoder, rate=24, width=_TRIAL[0], height=_TRIAL[1])
            assert isinstance(stream, av.VideoStream)
            stream.codec_context.pix_fmt = pixel_format
            stream.codec_context.color_range = _FULL_RANGE
            frame = av.VideoFrame(*_TRIAL, pixel_format)
            frame.color_range, frame.pts = _FULL_RANGE, 0
            film.mux([*stream.encode(frame), *stream.encode(None)])
        file.seek(0)
        with av.open(file, "r") as made:
            shown = next(made.decode(video=0))
    except (av.error.FFmpegError, ValueError, StopIteration):
        return True
    return shown.color_range == _FULL_RANGE or shown.format.name.startswith("yuvj")


def start_remedy(encoder: str, options: dict[str, str], pixel_format: str) -> str:
    """Return what to do where `encoder` does not start with these options and pixel format."""
    other = "choose another --encoder: 'vidcolor info' lists those that open here"
    if encoder == "dnxhd" and "profile" not in options:
        return f"give it --encoder-option profile={_DNXHR[pixel_format]}, or {other}"
    return f"check its options, or {other}"


def is_lossless(encoder: str, options: dict[str, str], depth: int) -> bool:
    """Tell whether `encoder` keeps every code; False where that is not known.

    options: as `encoder_options` returns them. depth: bits per sample.
    """
    if encoder == "libx264":
        return options.get("qp") == "0" or (depth == 8 and options.get("crf") in ("0", "0.0"))
    return (
        encoder == "ffv1"
        or options.get("lossless") == "1"
        or "lossless=1" in options.get("x265-params", "").split(":")
    )


def containers_of(encoder: str) -> list[str]:
    """Return the suffixes of the containers that take what `encoder` makes."""
    return [suffix for suffix, container in CONTAINERS.items() if _takes(container, encoder)]


def available_encoders() -> list[str]:
    """Return the encoders with known dials that work on this machine; hardware ones are tried."""
    return [name for name in _DIALS if _opens(name)]


def _require_encoder(name: str, container: str, path: Path) -> None:
    """Raise UsageError if there is no such video encoder or the container refuses it."""
    try:
        kind = av.Codec(name, "w").type
    except UnknownCodecError:
        kind = None
    if kind != "video":
        raise UsageError(f"there is no video encoder {name}; choose {', '.join(_DIALS)}")
    if not _takes(container, name):
        fitting = ", ".join(containers_of(name)) or "none of the containers"
        raise UsageError(
            f"{path}: {path.suffix} can't hold {name}; it fits {fitting}: "
            "rename the output or choose another --encoder"
        )


def _pixel_format(encoder: str, depth: int, samplings: Sequence[str]) -> str | None:
    """Return the encoder's pixel format of this depth with the first sampling it has, or None."""
    supported = {pixels.name for pixels in av.Codec(encoder, "w").video_formats or ()}
    suffix = "" if depth == 8 else f"{depth}le"
    names = [f"yuv{sampling}p{suffix}" for sampling in samplings]
    return next((name for name in names if name in supported), None)


def _what_it_holds(encoder: str, depth: int) -> str:
    """Return in words which YUV an encoder holds; nothing if `depth` is simply too much for it."""
    held = {}
    for bits in range(8, MOST_BITS + 1):
        names = [s for s in ("420", "422", "440", "444") if _pixel_format(encoder, bits, [s])]
        if names:
            held[bits] = " or ".join(f"4:{s[1]}:{s[2]}" for s in names)
    if not held:
        return " (it holds no YUV)"
    if depth > max(held):
        return ""
    return f" (it holds {', '.join(f'{bits} bits in {names}' for bits, names in held.items())})"


def _takes(container: str, encoder: str) -> bool:
    """Tell whether FFmpeg's `container` takes what `encoder` makes, by trying it."""
    if av.Codec(encoder, "w").canonical_name in REFUSED_LATE.get(container, ()):
        return False
    with av.open(io.BytesIO(), "w", format=container) as output:
        try:
            output.add_stream(encoder)
        except ValueError:
            return False
    return True


def _opens(name: str) -> bool:
    """Tell whether an encoder is there and, if it needs hardware, opens."""
    try:
        codec = av.Codec(name, "w")
    except UnknownCodecError:
        return False
    if not codec.capabilities & (Capabilities.hardware | Capabilities.hybrid):
        return True
    context = codec.create("video")
    context.width = context.height = 256
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, 25)
    try:
        context.open()
    except av.error.FFmpegError:
        return False
    return True
