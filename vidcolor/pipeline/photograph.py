"""A photograph from file to file."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from vidcolor.color.tint import look
from vidcolor.color.yuv import fit_to_luma, yuv_to_rgb
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.settings import ColorSettings, Cuts
from vidcolor.errors import OutputError, UnsupportedError, UsageError
from vidcolor.files import Target
from vidcolor.hints.file import Hints
from vidcolor.input.color_profiles import from_srgb, profile_name
from vidcolor.input.photographs import Page, Photograph, yuv_codes
from vidcolor.kinds import SUFFIXES, picture_file
from vidcolor.output.photograph import holds, lost, write_photograph
from vidcolor.pipeline.film import Result
from vidcolor.pipeline.hint_pass import hint_settings
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.notes import LOOK_NOTES, MEMORY_NOTE
from vidcolor.pipeline.photograph_hints import color_photograph

_HOLD_16_BITS = [suffix for suffix in SUFFIXES if holds(Path("a" + suffix), "16 bits")]


def colorize_still(
    source: Path,
    output: Path,
    colorizer: Colorizer,
    *,
    overwrite: bool = False,
    strict: bool = False,
    split_screen: bool = False,
    hints: Hints | None = None,
    listener: Listener = SILENT,
) -> Result:
    """Colorize a photograph of 8 or 16 bits; the output has the source's size and depth.

    The luma of each pixel, by the weights of BT.709 in the space of the photograph's ICC profile,
    stays as it is. Of a TIFF file all pages are colorized if the output is one too.

    Args:
        source: the photograph.
        output: its suffix names the format.
        colorizer: makes the chroma.
        overwrite: replace an existing file.
        strict: what would be left out is an OutputError.
        split_screen: the left half stays grey.
        hints: what is known of its colors; of a file of many pages marks lie on the first one.
        listener: is given each of the result's notes, and a sign of life with each page.

    Raises VidcolorError.
    """
    began = time.monotonic()
    if output.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{output}: a photograph is written as one of: {' '.join(SUFFIXES)}")
    target = Target(output, source, overwrite)
    photograph = Photograph(source)
    count = len(photograph) if holds(output, "pages") else 1
    missing = list(photograph.left_out)
    if further := len(photograph) - count:
        missing.append(f"{further} further page{'s' * (further != 1)}, which only .tif can hold")
    run = _Run(source, output, colorizer, strict, split_screen, hints or Hints(), listener)
    run.leave_out(missing)
    found = picture_file(source)
    if found and found.suffix not in _suffixes_of(found.format):
        run.tell(f"written as {output.suffix}: {found.format} photographs can only be read")
    write_photograph((run.colored(photograph.page(i)) for i in range(count)), count, target, output)
    return Result(
        output,
        frames=count,
        seconds=time.monotonic() - began,
        device=str(colorizer.predictor.device),
        notes=tuple(run.notes),
        shots=tuple(range(count)),
        confidence=tuple(run.confidence),
        settings=ColorSettings.of(
            colorizer, Cuts(), split_screen=split_screen, **hint_settings(hints)
        ),
    )


class _Run:
    """Colorizes the pages of one photograph, and gathers what there is to tell of them.

    notes: the lines told so far. confidence: as in `FrameColor`, of each page so far. The other
    attributes are the arguments of `colorize_still`.
    """

    def __init__(
        self,
        source: Path,
        output: Path,
        colorizer: Colorizer,
        strict: bool,
        split_screen: bool,
        hints: Hints,
        listener: Listener,
    ) -> None:
        self.notes: list[str] = []
        self.confidence: list[float] = []
        self._source = source
        self._output = output
        self._colorizer = colorizer
        self._strict = strict
        self._split_screen = split_screen
        self._hints = hints
        self._listener = listener

    def tell(self, line: str) -> None:
        """Note a line if it is new."""
        if line not in self.notes:
            self.notes.append(line)
            self._listener.note(line)

    def leave_out(self, lines: Sequence[str]) -> None:
        """Note what is left out. Raises OutputError if that is refused."""
        told = [f"left out: {line}" for line in lines]
        if told and self._strict:
            raise OutputError(
                f"{self._output}: {'; '.join(told)}; choose another output, or leave --strict out"
            )
        for line in told:
            self.tell(line)

    def colored(self, page: Page) -> Page:
        """Return a page in colour. Raises UnsupportedError, OutputError."""
        if page.rgb.dtype != np.uint8 and not holds(self._output, "16 bits"):
            raise UnsupportedError(
                f"{self._output}: can't hold 16 bits; name the output {', '.join(_HOLD_16_BITS)}"
            )
        self._listener.alive()
        self.leave_out([*page.left_out, *lost(page, self._output)])
        for line in page.notes:
            self.tell(line)
        if page.profile and not holds(self._output, "profile"):
            if not page.is_srgb:
                self.tell(f"ICC profile ({profile_name(page.profile)}): converted to sRGB")
            page = replace(page, rgb=page.shown(), profile=None)
        return replace(page, rgb=self._rgb(page))

    def _rgb(self, page: Page) -> np.ndarray:
        """Return the coloured samples of a page, (H, W, 3) in the space and dtype of its `rgb`."""
        codes, yuv = page.codes, yuv_codes(page.shown())
        luma = yuv[0].round().astype(page.rgb.dtype)
        shown = look(*(component.ravel() / codes.peak for component in yuv))
        if shown in LOOK_NOTES:
            self.tell(LOOK_NOTES[shown])
        batch_size = self._colorizer.batch_size
        stored = FilmFormat(codes, luma.shape, luma.shape)
        hints = self._hints
        if self.confidence:  # a page behind the first
            hints = hints.without_marks()
        color = color_photograph(self._colorizer, stored, luma, hints, self.tell)
        if self._colorizer.batch_size < batch_size:
            self.tell(MEMORY_NOTE)
        self.confidence.append(color.confidence)
        y = luma.astype(np.float32) / codes.peak
        uv = (color.chroma.astype(np.float32) - codes.neutral) / codes.peak
        if not page.is_srgb:
            y, uv = _in_profile(page, y, uv)
        if self._split_screen:
            uv[..., : y.shape[1] // 2] = 0
        rgb = np.stack(yuv_to_rgb(y, *uv), 2)
        return (rgb * codes.peak).round().clip(0, codes.peak).astype(page.rgb.dtype)


def _in_profile(page: Page, y: np.ndarray, uv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the page's own luma, and the chroma that the colours of sRGB have in its profile.

    y: (H, W), what is shown of the luma. uv: (2, H, W), the chroma there. All are float32.
    """
    assert page.profile is not None
    shown = np.stack(yuv_to_rgb(y, *uv), 2)
    own = from_srgb((shown * 65535).round().clip(0, 65535).astype(np.uint16), page.profile)
    chroma = np.stack(yuv_codes(own)[1:]) / 65535
    luma = yuv_codes(page.rgb)[0].round() / page.codes.peak
    at = torch.from_numpy(luma)[None]
    return luma, fit_to_luma(torch.from_numpy(chroma), at, at).numpy()


def _suffixes_of(form: str) -> list[str]:
    """Return the suffixes under which photographs of a format are written."""
    return [suffix for suffix, name in SUFFIXES.items() if name == form]
