"""A process that makes films and photographs, one after the other."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.colorizers import Colorizers
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import InputError, VidcolorError, is_out_of_memory
from vidcolor.files import is_still
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.reader import Reader
from vidcolor.jobs.run import Means, colorize_film
from vidcolor.kinds import is_named_as_film
from vidcolor.net.device import resolve_device, share_memory
from vidcolor.pipeline.film import Result
from vidcolor.pipeline.film_settings import made_by
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.order import Order
from vidcolor.pipeline.photograph import colorize_still

_OFTEN = 0.1
"""Seconds between two reports of progress."""


@dataclass(frozen=True)
class PassedOver:
    """Tells why a file is not colored, and that this is no failure."""

    reason: str


@dataclass(frozen=True)
class FilmWork:
    """What a process is to make.

    means: by which. overwrite: as for `colorize_film`. chosen: whether a person named the source;
    any other is passed over where it is no film or photograph, or where vidcolor made it.
    """

    order: Order
    means: Means = Means()  # noqa: RUF009
    overwrite: bool = False
    chosen: bool = False


@dataclass(frozen=True)
class Stopped:
    """The last report of a process that is stopped; notes: what there is to say of its film."""

    notes: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """What a listener is told: the name of its function, and the arguments."""

    function: str
    arguments: tuple[Any, ...]

    def hand_on(self, listener: Listener) -> None:
        """Tell it."""
        getattr(listener, self.function)(*self.arguments)


def serve_films(connection: Connection, settings: ColorSettings, device: str, sharing: int) -> None:
    """Report None, or what went wrong, when ready; then make what arrives as `FilmWork`.

    Of each is reported what a listener is told, and then the `Result`, `PassedOver` or what went
    wrong; `Stopped` if the process is ended meanwhile. sharing: how many processes use the device.
    """
    try:
        share_memory(resolve_device(device), sharing)
        colorizers = Colorizers(device)
        colorizers(settings)
    except VidcolorError as error:
        connection.send(error)
        return
    connection.send(None)
    while True:
        try:
            work: FilmWork = connection.recv()
        except EOFError:
            return
        source = work.order.source
        outcome: Result | PassedOver | Exception
        try:
            reason = None if work.chosen else _why_not(source)
            if reason:
                outcome = PassedOver(reason)
            else:
                outcome = colorize_any(
                    work.order,
                    colorizers(work.order.settings),
                    work.means,
                    overwrite=work.overwrite,
                    listener=_reporter(connection),
                )
        except VidcolorError as error:
            outcome = error
        except Exception as error:
            outcome = VidcolorError(_in_words(source, error))
        except SystemExit as end:
            connection.send(Stopped(tuple(getattr(end, "__notes__", ()))))
            raise
        connection.send(outcome)


def colorize_any(
    order: Order,
    colorizer: Colorizer,
    means: Means = Means(),  # noqa: B008
    *,
    overwrite: bool = False,
    listener: Listener = SILENT,
) -> Result:
    """Colorize a film, as `colorize_film`, or a photograph, as `colorize_still`."""
    if not is_still(order.source):
        return colorize_film(order, colorizer, means, overwrite=overwrite, listener=listener)
    return colorize_still(
        order.source,
        order.output,
        colorizer,
        overwrite=overwrite,
        strict=order.strict,
        split_screen=order.settings.split_screen,
        hints=order.hints,
        listener=listener,
    )


def _why_not(source: Path) -> str | None:
    """Return why a file is not to be colored; None if it is. Raises InputError for bad films."""
    if isinstance(source, FrameSequence) or is_still(source):
        return None
    try:
        with Reader(source) as reader:
            made = made_by(reader.metadata)
    except InputError:
        if is_named_as_film(source):
            raise
        return "no film or photograph"
    return None if made is None else f"vidcolor {made[0]} made it"


def _reporter(connection: Connection) -> Listener:
    """Return a listener that reports what it is told, of progress not all."""
    last = 0.0

    def report(function: str) -> Callable[..., None]:
        def told(*arguments: Any) -> None:
            nonlocal last
            now = time.monotonic()
            if function == "note" or now - last >= _OFTEN:
                last = now
                connection.send(Told(function, arguments))

        return told

    return Listener(*map(report, ("progress", "note", "reading", "alive")))


def _in_words(source: Path, error: Exception) -> str:
    if is_out_of_memory(error):
        return f"{source}: out of memory; free some, or try a smaller batch or working size"
    return f"{source}: {''.join(traceback.format_exception(error)).rstrip()}"
