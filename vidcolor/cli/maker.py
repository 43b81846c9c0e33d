"""What makes the inputs of `vidcolor colorize`: this process, or one that is watched over."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from vidcolor.cli.lazy import lazily
from vidcolor.cli.progress import show_notes, show_progress
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import VidcolorError
from vidcolor.files import is_still
from vidcolor.jobs.store import StoredFile

with lazily():
    from vidcolor.colorize import colorizers as colorizer_store
    from vidcolor.jobs import film_process, watched
    from vidcolor.pipeline import survey

if TYPE_CHECKING:
    from vidcolor.jobs.run import Means
    from vidcolor.pipeline.film import Result
    from vidcolor.pipeline.listener import Listener
    from vidcolor.pipeline.order import Order

    Make: TypeAlias = Callable[[Order, Means], Result]


@contextmanager
def maker(
    settings: ColorSettings,
    device: str,
    inputs: tuple[Path, ...],
    patience: float,
    overwrite: bool,
    quiet: bool,
) -> Iterator["Make"]:
    """Give a function that makes an input, and shows how it goes on.

    One input is made in this process. Several are made in another one, which is watched over, so
    that none of them stops the others.

    Args:
        settings: of all that is made.
        device: where, as in `net.device`.
        inputs: all of them.
        patience: seconds after which one of several that makes no progress is given up.
        overwrite: as for `colorize_film`.
        quiet: whether nothing is shown.

    Raises VidcolorError where nothing can be made; the function raises what goes wrong with a film.
    """
    if len(inputs) == 1:
        colorizers = colorizer_store.Colorizers(device)
        look_over = _load(colorizers, settings, inputs[0])

        def make_here(order: "Order", means: "Means") -> "Result":
            colorize = film_process.colorize_any  # loaded here: it's no part of the bar's time
            means = replace(means, survey=look_over)
            colorizer = colorizers(order.settings)
            with _shown(order.source, quiet) as listener:
                return colorize(order, colorizer, means, overwrite=overwrite, listener=listener)

        yield make_here
        return
    with watched.WatchedProcess(settings, device, 1, patience) as process:
        process.start()

        def make_there(order: "Order", means: "Means") -> "Result":
            work = film_process.FilmWork(order, means, overwrite, chosen=True)
            with _shown(order.source, quiet) as listener:
                outcome = process.make(work, listener)
            if isinstance(outcome, VidcolorError):
                raise outcome
            assert not isinstance(outcome, film_process.PassedOver)
            return outcome

        yield make_there


def _shown(source: Path, quiet: bool) -> "AbstractContextManager[Listener]":
    if is_still(source):
        return nullcontext(show_notes(source, quiet))
    return show_progress(source, quiet=quiet)


def _load(
    colorizers: "colorizer_store.Colorizers", settings: ColorSettings, first: Path
) -> "survey.Surveyor":
    """Load a colorizer; return what looks films over, and at the first one while that loads."""
    if isinstance(first, StoredFile) or is_still(first):
        colorizers(settings)
        return survey.survey_film
    with survey.SurveyAhead(first) as ahead:
        colorizers(settings)
        return ahead
