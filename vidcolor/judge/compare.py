"""What `vidcolor compare` makes: one film that shows two, or one photograph that shows two."""

from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np

from vidcolor.draw.pixels import CodeLevels, resize_plane
from vidcolor.files import PIPE, Target
from vidcolor.input.frames import Frame
from vidcolor.input.photographs import Photograph
from vidcolor.input.reader import Reader
from vidcolor.judge.common_form import central_part, fitted_shape, scaling_note
from vidcolor.judge.composition import Composition
from vidcolor.judge.pairing import PairedFilms
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer, WriterOptions
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.notes import RunNotes
from vidcolor.pipeline.prefetch import Prefetch
from vidcolor.pipeline.write_film import write_film

_QUEUED_FRAMES = 4


@dataclass(frozen=True)
class Pair:
    """Two films, or two photographs, and how they are shown in one.

    mode: as for `Composition`. labels: what stands in the two pictures; None for the names of the
    files.
    """

    first: Path
    second: Path
    mode: str = "side-by-side"
    labels: tuple[str, str] | None = None

    @property
    def texts(self) -> tuple[str, str]:
        """The labels, or else names that tell the files apart, with their folders if need be."""
        first, second = self.first, self.second
        if self.labels is not None:
            return self.labels
        if first.name == second.name:
            return str(Path(first.parent.name, first.name)), str(
                Path(second.parent.name, second.name)
            )
        return first.name, second.name


def compare_films(
    pair: Pair,
    output: Path,
    *,
    encoder: EncoderSettings | None = None,
    start: Fraction | None = None,
    duration: Fraction | None = None,
    overwrite: bool = False,
    listener: Listener = SILENT,
) -> None:
    """Write a film that shows two films, as `PairedFilms` pairs them.

    Everything beside the picture is the first film's.

    Args:
        pair: the films.
        output: where the film of both goes.
        encoder: how the film is encoded; None for vidcolor's choice.
        start, duration: the span of the first film, in seconds, as for `Reader`.
        overwrite: whether an existing output is replaced.
        listener: is told of progress, and how the films differ.

    Raises:
        VidcolorError: a film can't be read or the output can't be written.
    """
    first, second = pair.first, pair.second
    if output != PIPE:
        Target(output, second, overwrite)  # checks that the output is not the second film either
    begins = _begin(first), _begin(second)
    name = second.name.encode(errors="replace").decode()  # a file's name may be any bytes
    with (
        Reader(first, start=start, duration=duration, thorough=True) as reader,
        Reader(second, start=_matching(start, *begins), run_up=1) as other,
    ):
        paired = PairedFilms(reader, other, begins, pair.mode, pair.texts)
        with Writer(
            output,
            reader,
            encoder or EncoderSettings(),
            comment=f"vidcolor {version('vidcolor')} compare mode={pair.mode} with={name}",
            picture=paired.picture,
            options=WriterOptions(overwrite=overwrite),
        ) as writer:
            for line in paired.differences():
                listener.note(line)
            with Prefetch(paired.items(writer.chroma_shape), _QUEUED_FRAMES) as items:
                notes = RunNotes(listener.note)
                write_film(writer, reader, items, notes, listener.progress)
            for line in paired.mismatches(whole=duration is None):
                listener.note(line)
            for line in reader.changes:
                listener.note(line)
            for line in [*other.changes, *other.warnings]:
                listener.note(f"{second.name}: {line}")


def compare_photographs(
    pair: Pair,
    output: Path,
    *,
    overwrite: bool = False,
    listener: Listener = SILENT,
) -> None:
    """Write a .png that shows two photographs, in the depth of the first; in a wipe each has half.

    Args:
        pair: the photographs.
        output: where the .png goes.
        overwrite: whether an existing output is replaced.
        listener: is told how the photographs differ.

    Raises:
        VidcolorError: a photograph can't be read or the output can't be written.
    """
    first, second = pair.first, pair.second
    Target(output, second, overwrite)  # checks that the output is not the second one either
    target = Target(output, first, overwrite)
    left, right = (_opaque(path, listener) for path in (first, second))
    shape, peak = left.shape[:2], np.iinfo(left.dtype).max
    if right.shape != left.shape:
        listener.note(scaling_note(second.name, right.shape[:2], shape))
    units = right / np.float32(np.iinfo(right.dtype).max)
    fitted = fitted_shape(right.shape[:2], shape)
    beside = np.zeros_like(left)
    central_part(beside, shape, fitted)[:] = np.rint(peak * resize_plane(units, fitted))
    levels = CodeLevels.of_rgb(8 * left.itemsize)
    compose = Composition(pair.mode, shape, levels, pair.texts)
    planes = compose(list(left.transpose(2, 0, 1)), list(beside.transpose(2, 0, 1)), 0.5)
    _, content = cv2.imencode(".png", np.stack(planes[::-1], 2))
    target.fill(content.tobytes())


def _begin(film: Path) -> Fraction:
    """Return when the first frame is shown, in `Reader.seconds`."""
    with Reader(film) as reader:
        return next(reader.seconds(item) for item in reader if isinstance(item, Frame))


def _matching(start: Fraction | None, begin: Fraction, other: Fraction) -> Fraction | None:
    """Return where the span begins in the second film if it begins at `start` in the first.

    begin, other: when the first frames of the two films are shown. None stays None.
    """
    return None if start is None else max(start - begin, Fraction(0)) + other


def _opaque(path: Path, listener: Listener) -> np.ndarray:
    """Read a photograph, (H, W, 3) sRGB; the listener is told what of it is not shown."""
    photograph = Photograph(path)
    page = photograph.page()
    alpha = [] if page.alpha is None else ["the alpha channel"]
    if (further := len(photograph) - 1) > 0:
        alpha.append(f"{further} further page{'s' * (further != 1)}")
    for line in alpha:
        listener.note(f"left out: {line} of {path.name}")
    return page.shown()
