"""Pairing two films: each frame of the first is composed with what the second shows at its time."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np

from vidcolor.draw.pixels import CodeLevels
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.reader import Reader
from vidcolor.judge.common_form import FitToFilm, displayed_shape, fitted_shape, scaling_note
from vidcolor.judge.composition import Composition

SWEEP = 10
"""About how many seconds a wipe takes there and back: a film has a whole number of sweeps."""

_NOTABLE = 0.05
"""The smallest distance between the films' beginnings, in seconds, that the user is told of;
containers shift them by less."""


class PairedFilms:
    """Composes each frame of one film with what another film shows in the middle of its time.

    Times count from the films' first frames. Where the second film has ended, it is black.

    Args:
        first, second: the films, of which nothing has been read yet.
        begins: when the first frame of each film is shown, in `Reader.seconds`, wherever the
            readers begin.
        mode, labels: as for `Composition`.
    """

    picture: Picture
    """What holds for the frames made: upright, in square pixels, otherwise as the first film's.

    Fields stay apart only if both films have them in the same order, and no lines are resized.
    """

    def __init__(
        self,
        first: Reader,
        second: Reader,
        begins: tuple[Fraction, Fraction],
        mode: str,
        labels: tuple[str, str],
    ) -> None:
        self._first, self._second, self._begins = first, second, begins
        stored = first.picture
        self._shape = displayed_shape(stored)
        self._codes = stored.codes
        self._composition = Composition(mode, self._shape, CodeLevels.of_yuv(self._codes), labels)
        self._by_fields = _keep_fields(stored, second.picture)
        self._on_screen = FrameAtTime(second, begins[1])
        self._black = 0
        height, width = self._composition.shape
        self.picture = replace(
            stored,
            width=width,
            height=height,
            field_order=stored.field_order if self._by_fields else None,
            display_matrix=None,
            rotation=0,
            sample_aspect_ratio=Fraction(1),
        )

    def items(
        self, chroma_shape: tuple[int, int]
    ) -> Iterator[tuple[Frame, np.ndarray] | av.Packet]:
        """Yield the frames made, each with its chroma, and the first film's packets.

        Chroma is (2, *chroma_shape), U and V codes.
        """
        height, width = self._composition.shape
        sampling = height // chroma_shape[0], width // chroma_shape[1]
        fit_first, fit_second = (
            FitToFilm(reader, self._shape, sampling, self._codes, self._by_fields)
            for reader in (self._first, self._second)
        )
        # A frame of the second film that several of the first show is fitted only once.
        beside, fitted, zero = fit_second.black(), None, None
        for item in self._first:
            if not isinstance(item, Frame):
                yield item
                continue
            frame = self._on_screen.at(self._middle(item))
            if frame is not fitted:
                beside = fit_second.black() if frame is None else fit_second(frame)
                fitted = frame
            self._black += frame is None
            zero = item.pts if zero is None else zero
            share = self._share((item.pts - zero) * self._first.picture.time_base)
            luma, *chroma = self._composition(fit_first(item), beside, share)
            yield item.drawn(luma, self.picture), np.stack(chroma)

    def differences(self) -> list[str]:
        """Return how the second film differs from the first, and the consequence, one line each."""
        first, second, name = self._first.picture, self._second.picture, self._second.path.name
        lines = []
        late = float(self._begins[1] - self._begins[0])
        if abs(late) >= _NOTABLE:
            lines.append(
                f"{name} begins at another time ({late:+.3f} s): first frame to first frame"
            )
        shape = displayed_shape(second)
        if shape != self._shape:
            lines.append(scaling_note(name, shape, self._shape))
        if second.depth > first.depth:
            lines.append(f"{name} has {second.depth} bits: shown with {first.depth}")
        if (first.field_order or second.field_order) and not self._by_fields:
            lines.append("interlaced: both fields of a frame are shown at once")
        return lines

    def mismatches(self, whole: bool) -> list[str]:
        """Return how the frames did not go in pairs, one line each.

        whole: whether the first film was read to its end.
        """
        second, name = self._on_screen, self._second.path.name
        lines = []
        if second.repeated or second.skipped:
            lines.append(
                f"{name} has frames at other times: {second.repeated} are shown again, "
                f"{second.skipped} never"
            )
        if self._black:
            lines.append(f"{name} ends earlier: it is black for the last {self._black} frames")
        if whole and second.goes_on:
            lines.append(f"{name} goes on when {self._first.path.name} has ended: left out")
        return lines

    def _middle(self, frame: Frame) -> Fraction:
        """Return the middle of the time for which a frame of the first film is shown."""
        half = frame.duration * self._first.picture.time_base / 2
        return self._first.seconds(frame) - self._begins[0] + half

    def _share(self, time: Fraction) -> float:
        """Return the share that a wipe leaves to the first film at a time since its first frame.

        It is 1 when a sweep begins and ends, 0 in its middle.
        """
        length = self._first.duration or SWEEP
        return abs(1 - 2 * float(time * max(1, round(length / SWEEP)) / length % 1))


def _keep_fields(first: Picture, second: Picture) -> bool:
    """Tell whether the fields of two films can stay apart, as `PairedFilms.picture` has it."""
    shapes = displayed_shape(first), displayed_shape(second)
    return (
        first.field_order is not None
        and first.field_order is second.field_order
        and first.rotation == second.rotation == 0
        and shapes[0][0] == shapes[1][0] == fitted_shape(shapes[1], shapes[0])[0]
    )


class FrameAtTime:
    """Finds the frame of a film that is on screen at a time; the times must never go back.

    reader: the film, of which nothing has been read yet. first: when the film's first frame is
    shown, in `Reader.seconds`, even where the reader begins later.
    """

    skipped: int
    """How many frames so far were on screen at none of the times, but at times in between."""
    repeated: int
    """How often a frame was returned again."""

    def __init__(self, reader: Reader, first: Fraction) -> None:
        self._reader, self._first = reader, first
        self._frames = (item for item in reader if isinstance(item, Frame))
        self._now: Frame | None = None
        self._next = next(self._frames, None)
        self._is_given = False
        self.skipped = self.repeated = 0

    @property
    def goes_on(self) -> bool:
        """Whether frames follow the last one returned."""
        return self._next is not None

    def at(self, time: Fraction) -> Frame | None:
        """Return the frame, or None where the film has ended. time: seconds since its first one."""
        while self._next is not None and self._begin(self._next) <= time:
            missed = self._now is not None and not (self._is_given or self._now.outside)
            self.skipped += missed
            self._now, self._next = self._next, next(self._frames, None)
            self._is_given = False
        if self._now is None or (self._next is None and self._is_over(self._now, time)):
            return None
        self.repeated += self._is_given
        self._is_given = True
        return self._now

    def _begin(self, frame: Frame) -> Fraction:
        """Return when `frame` is shown, in seconds since the film's first frame."""
        return self._reader.seconds(frame) - self._first

    def _is_over(self, frame: Frame, time: Fraction) -> bool:
        """Tell whether the last frame is no longer shown, if its duration is known."""
        length = frame.duration * self._reader.picture.time_base
        return bool(length) and time >= self._begin(frame) + length
