"""The contract's sound: every codec that can be made here, in every container that holds it."""

import io
import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from clips import packets_of
from contract_terms import KEPT, LEFT_OUT
from copying import FAST, copy
from sound_films import FORMATS, add_whatever, make_with_sound

from vidcolor.output.encoders import EncoderSettings

SUFFIXES = (".mkv", ".mp4", ".mov", ".webm")
SOUNDS: dict[str, str] = {
    "aac": "mp4 mkv mov 3gp avi wmv ts m2ts flv nut",
    "ac3": "mkv mp4 mov avi wmv ts m2ts mpg vob flv nut",
    "eac3": "mkv mp4 mov avi wmv ts m2ts flv",
    "mp2": "mkv mov avi wmv ts m2ts mpg vob nut",
    "mp3": "mkv mp4 mov avi wmv ts m2ts flv nut",
    "opus": "mkv webm mp4 ts m2ts nut ogv",
    "vorbis": "mkv webm mp4 avi wmv nut ogv",
    "flac": "mkv mp4 flv nut ogv",
    "alac": "mkv mp4 mov",
    "tta": "mkv",
    "wavpack": "mkv nut",
    "wmav1": "wmv avi",
    "wmav2": "wmv avi",
    "adpcm_ms": "avi wmv nut",
    "adpcm_ima_wav": "avi wmv",
    "adpcm_ima_qt": "mov",
    "adpcm_swf": "flv avi wmv",
    "adpcm_yamaha": "avi wmv",
    "dfpwm": "wmv nut",
    "g722": "wmv nut",
    "g723_1": "wmv nut",
    "g726": "wmv",
    "nellymoser": "flv mov",
    "amr_nb": "3gp mov wmv nut",
    "real_144": "mkv",
    "pcm_alaw": "mov avi wmv nut",
    "pcm_mulaw": "mov avi wmv nut",
    "pcm_dvd": "vob mpg",
    "pcm_bluray": "m2ts",
    "pcm_u8": "avi mkv mov wmv nut",
    "pcm_s8": "mov nut",
    "pcm_s16le": "mkv mp4 mov avi wmv mxf nut",
    "pcm_s16be": "mkv mp4 mov nut",
    "pcm_s24le": "mkv mp4 mov avi wmv mxf nut",
    "pcm_s24be": "mkv mp4 mov nut",
    "pcm_s32le": "mkv mp4 mov avi wmv nut",
    "pcm_s32be": "mkv mp4 mov nut",
    "pcm_f32le": "mkv mp4 mov avi wmv nut",
    "pcm_f32be": "mp4 mov nut",
    "pcm_f64le": "mkv mp4 mov avi wmv nut",
    "pcm_f64be": "mp4 mov nut",
    "pcm_s64le": "avi wmv nut",
    **dict.fromkeys(
        (
            "pcm_u16le", "pcm_u16be", "pcm_u24le", "pcm_u24be", "pcm_u32le", "pcm_u32be",
            "pcm_s64be", "pcm_s8_planar", "pcm_s16le_planar", "pcm_s16be_planar",
            "pcm_s24le_planar", "pcm_s32le_planar",
        ),
        "nut",
    ),
    "s302m": "ts",
    "amr_wb": "3gp mov wmv nut",
    "gsm_ms": "avi wmv nut",
    "truespeech": "avi wmv nut",
    "speex": "ogv flv avi wmv nut",
    "wmapro": "wmv",
    "wmalossless": "wmv",
    "wmavoice": "wmv avi",
    "dts": "mkv",
    "cook": "mkv",
    "sipr": "mkv",
    "ra_288": "mkv",
}  # fmt: skip
"""The containers of films that are made with each codec, by FFmpeg's name of it."""
UNHELD = {
    "adpcm_adx", "adpcm_argo", "adpcm_ima_alp", "adpcm_ima_amv", "adpcm_ima_apm", "adpcm_ima_ssi",
    "adpcm_ima_ws", "aptx", "aptx_hd", "comfortnoise", "g726le", "pcm_s24daud", "pcm_vidc",
    "roq_dpcm", "sbc",
}  # fmt: skip
"""FFmpeg's encoders of sound that no film comes with."""
_SAME = {"mp2": "mp3"}
"""What MP4 calls a codec: it has one number for MPEG-1's layers."""
_ADTS_HEADER = 7


@cache
def sound_verdict(codec: str, container: str, suffix: str) -> str:
    """What becomes of sound of `codec` that comes in `container` and is to go into `suffix`.

    Raises:
        AssertionError: the contract is broken.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, f"a.{container}"), Path(folder, f"b{suffix}")
        make_with_sound(source, codec)
        index, name, payload, times = _sound(source)
        settings = EncoderSettings("libvpx-vp9", preset="8") if suffix == ".webm" else FAST
        writer = copy(source, output, settings)
        line = f"audio stream {index} ({name}): "
        assert not writer.losses, writer.losses
        if writer.left_out:
            assert writer.left_out == [f"{line}{suffix} can't hold it"]
            assert not writer.notes
            assert not _holds(source, suffix), "left out, but FFmpeg takes it"
            return LEFT_OUT
        _, made, after, moved = _sound(output)
        if not writer.notes:
            assert made in (name, _SAME.get(name, name)) or name in (made, _SAME.get(made, made))
            assert after == payload, "other packets"
            _check_times(times, moved, name)
            return KEPT
        assert writer.notes == [f"{line}converted to {made}, samples unchanged"]
        assert not _holds(source, suffix), "converted, but FFmpeg takes it as it is"
        _check_samples(source, output)
        return f"converted to {made}"


def _sound(path: Path) -> tuple[int, str, bytes, list[Fraction]]:
    """The stream's index, its codec, all bytes, and the packets' times from the first frame on."""
    with av.open(str(path)) as film:
        (stream,) = film.streams.audio
        index, name = stream.index, stream.codec_context.codec.canonical_name
    packets = packets_of(path, "audio")
    cut = _ADTS_HEADER * (name == "aac" and packets[0][2][:1] == b"\xff")
    begin = packets_of(path, "video")[0][1]
    times = [time - begin for _, time, _ in packets]
    return index, name, b"".join(p[cut:] for *_, p in packets), times


def _check_times(before: list[Fraction], after: list[Fraction], name: str) -> None:
    if not name.startswith("pcm"):  # which MP4 divides anew
        assert len(after) == len(before)
        worst = max(abs(b - a) for a, b in zip(before, after, strict=True))
        assert worst <= Fraction(1, 200), float(worst)


def _check_samples(source: Path, output: Path) -> None:
    """All samples are the same, or as much wider as their codes are."""
    before, after = _samples(source), _samples(output)
    if before.dtype == np.uint8 and after.dtype == np.int16:
        before = (before.astype(np.int16) - 128) * 256
    assert before.size > 0
    assert before.dtype == after.dtype
    assert np.array_equal(after, before)


def _samples(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.concatenate(
            [
                f.to_ndarray().reshape(-1, f.layout.nb_channels)
                if f.format.is_packed
                else f.to_ndarray().T
                for packet in film.demux(audio=0)
                if packet.size
                for f in packet.decode()
            ]
        )


def _holds(source: Path, suffix: str) -> bool:
    """Whether FFmpeg writes the sound into the container, and finds it there again.

    QuickTime names of Windows ("ms" and a number) do not count: QuickTime does not know them.
    """
    written = io.BytesIO()
    try:
        with (
            av.open(str(source)) as film,
            av.open(written, "w", format=FORMATS[suffix[1:]]) as trial,
        ):
            track = film.streams.audio[0]
            stream = add_whatever(trial, track)
            for packet in film.demux(track):
                if packet.size:
                    packet.stream = stream
                    trial.mux(packet)
        with av.open(io.BytesIO(written.getvalue())) as trial:
            context = trial.streams.audio[0].codec_context
            if context is None or _is_name_of_windows(context):
                return False
            with av.open(str(source)) as film:
                found = film.streams.audio[0].codec_context
                return bool(found) and context.codec.name == found.codec.name
    except av.error.FFmpegError:
        return False


def _is_name_of_windows(context: av.AudioCodecContext) -> bool:
    try:
        return context.codec_tag.startswith("ms")
    except UnicodeDecodeError:  # the number of the codec
        return True
