"""What `vidcolor compare` makes: one film of two, or one photograph."""

from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import torch

from vidcolor.draw.pixels import CodeLevels, resize_plane
from vidcolor.files import PIPE, Target
from vidcolor.input.frames import Frame
from vidcolor.input.photographs import read_photograph
from vidcolor.input.reader import Reader
from vidcolor.judge.composition import Composition
from vidcolor.judge.fitting import centred, fitted_shape, scaling
from vidcolor.judge.pairing import PairedFilms
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer, WriterOptions
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.notes import RunNotes
from vidcolor.pipeline.prefetch import Prefetch
from vidcolor.pipeline.write import write_film

_QUEUED_FRAMES = 4


def compare_films(
    first: Path,
    second: Path,
    output: Path,
    *,
    mode: str = "side-by-side",
    labels: tuple[str, str] | None = None,
    encoder: EncoderSettings | None = None,
    start: Fraction | None = None,
    duration: Fraction | None = None,
    overwrite: bool = False,
    listener: Listener = SILENT,
) -> None:
    """Show two films in one, as `PairedFilms` pairs them; all beside the picture is the first's.

    mode, labels: as for `PairedFilms`; None: the names of the files. start, duration: the span of
    the first film, in seconds; see `Reader`. Raises
    VidcolorError.
    """
    if output != PIPE:
        Target(output, second, overwrite)  # is not the second film either
    begins = _begin(first), _begin(second)
    name = second.name.encode(errors="replace").decode()  # which may be any bytes
    with (
        Reader(first, start=start, duration=duration) as reader,
        Reader(second, start=_matching(start, *begins), run_up=1) as other,
    ):
        joined = PairedFilms(reader, other, begins, mode, labels or _names(first, second))
        with Writer(
            output,
            reader,
            encoder or EncoderSettings(),
            comment=f"vidcolor {version('vidcolor')} compare mode={mode} with={name}",
            picture=joined.picture,
            options=WriterOptions(overwrite=overwrite),
        ) as writer:
            for line in joined.differences():
                listener.note(line)
            with Prefetch(joined.items(writer.chroma_shape), _QUEUED_FRAMES) as items:
                notes = RunNotes(listener.note)
                write_film(writer, reader, items, notes, listener.progress)
            for line in joined.mismatches(whole=duration is None):
                listener.note(line)
            for line in other.warnings:
                listener.note(f"{second.name}: {line}")


def compare_photographs(
    first: Path,
    second: Path,
    output: Path,
    *,
    mode: str = "side-by-side",
    labels: tuple[str, str] | None = None,
    overwrite: bool = False,
    listener: Listener = SILENT,
) -> None:
    """Show two photographs in one, a .png of the first's depth; in a wipe each has one half.

    mode, labels: as for `Composition`; None: the names of the files. Raises VidcolorError.
    """
    Target(output, second, overwrite)  # is not the second photograph either
    target = Target(output, first, overwrite)
    left, right = (_opaque(path, listener) for path in (first, second))
    shape, peak = left.shape[:2], np.iinfo(left.dtype).max
    if right.shape != left.shape:
        listener.note(scaling(second.name, right.shape[:2], shape))
    units = torch.from_numpy(right / np.float32(np.iinfo(right.dtype).max))
    fitted = fitted_shape(right.shape[:2], shape)
    beside = np.zeros_like(left)
    centred(beside, shape, fitted)[:] = np.rint(peak * resize_plane(units, fitted))
    tones = CodeLevels.of_rgb(8 * left.itemsize)
    compose = Composition(mode, shape, tones, labels or _names(first, second))
    planes = compose(list(left.transpose(2, 0, 1)), list(beside.transpose(2, 0, 1)), 0.5)
    _, content = cv2.imencode(".png", np.stack(planes, 2))
    target.fill(content.tobytes())


def _begin(film: Path) -> Fraction:
    """When the first frame is shown, in `Reader.seconds`."""
    with Reader(film) as reader:
        return next(reader.seconds(item) for item in reader if isinstance(item, Frame))


def _matching(start: Fraction | None, begin: Fraction, other: Fraction) -> Fraction | None:
    """Where a span begins in a film that begins at `other`, if it does at `start` in the first."""
    return None if start is None else max(start - begin, Fraction(0)) + other


def _names(first: Path, second: Path) -> tuple[str, str]:
    """By which the files are told apart."""
    if first.name == second.name:
        return str(Path(first.parent.name, first.name)), str(Path(second.parent.name, second.name))
    return first.name, second.name


def _opaque(path: Path, listener: Listener) -> np.ndarray:
    """A photograph, (H, W, 3) BGR."""
    picture, has_alpha = read_photograph(path)
    if has_alpha:
        listener.note(f"left out: the alpha channel of {path.name}")
    return picture
