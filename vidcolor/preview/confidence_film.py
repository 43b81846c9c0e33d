"""The video that `vidcolor confidence` makes: a film's colour beside how sure it is."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.settings import ColorSettings, Cuts
from vidcolor.draw.sheet import GAP, GROUND, INK
from vidcolor.hints.file import Hints
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer, WriterOptions
from vidcolor.pipeline.batches import reach
from vidcolor.pipeline.drawn_frames import rgb_picture, rgb_to_yuv420
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.hint_pass import HintPass, hint_settings
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.notes import RunNotes
from vidcolor.pipeline.shots import Extent
from vidcolor.pipeline.stages import colorize_frames
from vidcolor.pipeline.survey import survey_film
from vidcolor.pipeline.write_film import write_film
from vidcolor.preview.colored_frames import PreviewFrame, preview_frame
from vidcolor.preview.confidence import BAR_HEIGHT, PROBABILITY, RATIO, bar
from vidcolor.preview.confidence_sheet import mean_of, panels
from vidcolor.preview.sheet_pictures import label, sheet_shape
from vidcolor.preview.stored import chroma_shape

SMALLEST_FONT, FONT_SIZE = 8, 18
"""The smallest and the usual font size of labels, in pixels."""

_LETTERS = 20
"""The number of letters that should fit under a narrow panel."""


def confidence_film(
    source: Path,
    output: Path,
    colorizer: Colorizer,
    *,
    start: Fraction | None = None,
    duration: Fraction | None = None,
    cuts: Sequence[Fraction] | None = None,
    hints: Hints | None = None,
    overwrite: bool = False,
    listener: Listener = SILENT,
) -> None:
    """Write a film that shows a film in colour beside its two maps.

    Below them stand the time of each frame, its mean probability, and the colour bars. Panels are
    as large as on a sheet. Frames keep their times; sound and subtitles come along.

    Args:
        source, output, colorizer, start, duration, cuts, hints, overwrite: as for
            `colorize_file`.
        listener: is told of progress and notes.

    Raises:
        VidcolorError: as `colorize_file`.
    """
    settings = ColorSettings.of(
        colorizer, Cuts(None if cuts is None else tuple(cuts)), **hint_settings(hints)
    )
    run_up, run_out = reach(colorizer, cuts)
    with Reader(source, start=start, duration=duration, run_up=run_up, run_out=run_out) as reader:
        survey = survey_film(source, reader.picture)
        picture = survey.picture
        stored = survey.film(chroma_shape(picture))
        film = colorizer.film(stored, probabilities=True)
        known: FilmHints | None = None
        if hints:
            hint_pass = HintPass(source, hints, colorizer, stored, cuts, listener)
            known = hint_pass.within(Extent.of(start, duration))
        canvas = _Canvas(picture, source.name)
        with (
            Writer(
                output,
                reader,
                EncoderSettings(),
                comment=settings.as_comment(version("vidcolor")),
                picture=canvas.picture,
                options=WriterOptions(overwrite=overwrite),
            ) as writer,
            colorize_frames(reader, colorizer, film, cuts, hints=known) as batches,
        ):

            def draw_frames() -> Iterator[tuple[Frame, np.ndarray] | av.Packet]:
                for batch in batches:
                    yield from batch.packets
                    for made in batch.frames:
                        luma, chroma = canvas.draw(preview_frame(made, reader, stored))
                        yield made.frame.drawn(luma, canvas.picture), chroma

            write_film(writer, reader, draw_frames(), RunNotes(listener.note), listener.progress)
            for line in reader.changes:
                listener.note(line)


class _Canvas:
    """Draws frames: three panels in a row, and below them text and the colour bars.

    picture: what holds for the film's frames. name: the film's, which stands in every frame.
    """

    picture: Picture
    """What holds for the frames drawn."""

    def __init__(self, picture: Picture, name: str) -> None:
        self._stored = picture
        height, width = sheet_shape(picture)
        if picture.rotation % 180:
            height, width = width, height
        self._panel = height, width
        self._font_size = min(FONT_SIZE, max(SMALLEST_FONT, width // _LETTERS))
        self._font = ImageFont.load_default(self._font_size)
        bottom = BAR_HEIGHT * self._font_size
        shape = (-(-(height + GAP + bottom) // 2) * 2, -(-(3 * width + 2 * GAP) // 2) * 2)
        # The bars and the film's name are the same in all frames, so they are drawn only once.
        self._ground = np.full((*shape, 3), GROUND, np.uint8)
        for place, scale in enumerate((PROBABILITY, RATIO), 1):
            left = place * (width + GAP)
            below = self._ground[height + GAP :][:bottom]
            below[:, left : left + width] = bar(scale, width, self._font_size)
        self._write(self._ground, name, 0)
        self.picture = rgb_picture(self._ground, picture)

    def draw(self, frame: PreviewFrame) -> tuple[np.ndarray, np.ndarray]:
        """Draw `frame`: return luma (H, W) and chroma (2, H / 2, W / 2), uint8 codes."""
        height, width = self._panel
        rgb = self._ground.copy()
        for place, panel in enumerate(panels(frame, self._stored)):
            left = place * (width + GAP)
            rgb[:height, left : left + width] = panel
        self._write(rgb, f"{label(frame.time)}  {mean_of(frame)}", 1)
        return rgb_to_yuv420(rgb)

    def _write(self, rgb: np.ndarray, text: str, line: int) -> None:
        """Write a line of text under the first panel."""
        height, width = self._panel
        top = height + GAP + line * 3 * self._font_size // 2
        place = rgb[top : top + 3 * self._font_size // 2, :width]
        image = Image.fromarray(place)
        ImageDraw.Draw(image).text((width // 2, 0), text, INK, self._font, anchor="ma")
        place[:] = np.asarray(image)
