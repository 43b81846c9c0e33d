"""Describes this installation, a film or a photograph, line by line, for `vidcolor info`."""

import platform
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import av
import torch

from vidcolor.errors import OutputError
from vidcolor.files import default_output
from vidcolor.input.color_profiles import profile_name
from vidcolor.input.frames import Picture
from vidcolor.input.photographs import Photograph
from vidcolor.input.reader import Reader
from vidcolor.input.streams import stream_codec, stream_name
from vidcolor.net.bundled import DEFAULT, PURPOSES, bundled
from vidcolor.net.device import available_devices, resolve_device, resolve_precision, unused_gpu
from vidcolor.net.engine import REMEDY, openvino_version, resolve_engine
from vidcolor.output.changes import names
from vidcolor.output.encoders import EncoderSettings, available_encoders, containers_of
from vidcolor.output.photograph import holds, kept, lost
from vidcolor.output.sei import content
from vidcolor.output.writer import Writer
from vidcolor.pipeline.film_settings import made_by
from vidcolor.pipeline.survey import survey_film


def installation() -> Iterator[str]:
    """Yield versions, devices with their precision and engine, encoders that open, weights."""
    yield f"vidcolor {version('vidcolor')}, Python {platform.python_version()}"
    yield f"torch {torch.__version__}, PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"
    if openvino := openvino_version():
        yield f"OpenVINO {openvino}"
    else:
        yield f"OpenVINO is not installed; on a CPU it is faster than torch: {REMEDY}"

    yield "devices (first is default):"
    for name in available_devices():
        device = resolve_device(name)
        precision = resolve_precision("auto", device)
        engine = resolve_engine("auto", device, precision)
        yield f"  {name} ({str(precision).removeprefix('torch.')}, {engine})"
    if unused := unused_gpu():
        yield f"  {unused}"

    yield "encoders:"
    for encoder in available_encoders():
        yield f"  {encoder} ({' '.join(containers_of(encoder))})"

    yield "weights:"
    for name, path in bundled().items():
        default = ", the default" if name == DEFAULT else ""
        yield f"  {name} ({path.stat().st_size / 1e6:.1f} MB{default}): {PURPOSES[name]}"


def photograph(path: Path) -> Iterator[str]:
    """Yield what the photograph at `path` is, and what `colorize` would make of it.

    Raises InputError, UnsupportedError.
    """
    photograph, output = Photograph(path), default_output(path, None)
    page = photograph.page()
    height, width = page.rgb.shape[:2]
    pages = f"{len(photograph)} pages, the first " if len(photograph) > 1 else ""
    yield (
        f"photograph ({pages}{width}x{height}, {page.codes.depth} bits): "
        f"colorized, into {output.name}"
    )
    for line in page.notes:
        yield line
    if page.profile and holds(output, "profile"):
        yield f"ICC profile ({profile_name(page.profile)}): copied"
    for line in kept(page, output):
        yield f"{line}: copied"
    for line in [*photograph.left_out, *page.left_out, *lost(page, output)]:
        yield f"{line}: left out"


def film(path: Path) -> Iterator[str]:
    """Yield a line for each stream of the film at `path`, with what `colorize` would make of it.

    Of a film that vidcolor colored, the last line tells by which settings.

    Raises InputError, UnsupportedError, OutputError.
    """
    with Reader(path, thorough=True) as reader, tempfile.TemporaryDirectory() as folder:
        output = default_output(path, Path(folder))
        survey = survey_film(path, reader.picture)
        picture = survey.picture
        try:
            writer = Writer(output, reader, EncoderSettings(), comment="", picture=picture)
        except OutputError as error:  # the trial's folder tells nobody anything
            raise OutputError(str(error).replace(f"{output}", output.name)) from error
        for sample in survey.samples:
            writer.look(sample, reader.seconds(sample))
        writer.discard()
        rate = f", {float(picture.average_rate):.5g} frames/s" if picture.average_rate else ""
        length = f", {float(reader.duration):.1f} s" if reader.duration is not None else ""
        yield (
            f"video stream {reader.video.index} ({stream_codec(reader.video)}, "
            f"{picture.width}x{picture.height}, {picture.pixel_format}, "
            f"{'full' if picture.full_range else 'limited'} range{_scan(picture)}{rate}{length}): "
            f"colorized, into {output.name}"
        )
        for stream in reader.copied:
            if stream.index in writer.copies and stream.index not in writer.converted:
                yield f"{stream_name(stream)}: copied"
        for cover in reader.covers:
            if cover.index in writer.copies:
                yield f"{cover.name}: copied"
        riding: dict[str, str] = {}
        for sample in survey.samples:
            riding |= names(content(sample.marks.attached))
        carried = (name for kind, name in riding.items() if kind in writer.carried)
        yield from (f"{name} in the picture's stream: copied" for name in dict.fromkeys(carried))
        if reader.chapters:
            count = len(reader.chapters)
            yield f"{count} chapter{'s' * (count != 1)}: copied"
        for line in [*reader.left_out, *writer.left_out]:
            yield f"{line}: left out"
        yield from [*writer.notes, *writer.losses, *reader.warnings]
        if made := made_by(reader.metadata):
            program, settings = made
            told = ", ".join(f"{name} {text}" for name, text in settings.as_options().items())
            yield f"colored by vidcolor {program}: {told}"


def _scan(picture: Picture) -> str:
    """Return the field order of a film as its line tells it; nothing for a progressive one."""
    if picture.field_order is None:
        return ""
    part = "partly " if picture.scans_mix else ""
    return f", {part}interlaced, {picture.field_order.name.lower()} field first"
