"""What settings ask of all the film, and the settings that a file of hints brings along."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import InputError, UsageError
from vidcolor.hints.file import Hints, file_sha256
from vidcolor.hints.marks import Palette


def settled(settings: ColorSettings, hints: Hints | None, given: Collection[str]) -> ColorSettings:
    """Return settings with those of the table that a file of hints holds.

    given: the names of the fields that somebody asked for otherwise, which stay as they are.
    """
    table = {} if hints is None else hints.settings
    found = {name: value for name, value in table.items() if name not in given}
    if "like" in found:
        found["like_sha256"] = None
    return replace(settings, **found)


def with_wishes(hints: Hints | None, settings: ColorSettings) -> Hints | None:
    """Add to hints what settings ask of all the film; None where there is nothing of either.

    Raises UsageError where a setting lacks another one, and InputError where a picture is not
    there, or is another one than the settings say.
    """
    if settings.like is None and settings.like_strength != ColorSettings.like_strength:
        raise UsageError("--like-strength says how far --like goes; name a picture with --like")
    asked = settings.like, settings.saturation_like, settings.sample, settings.representative
    if asked == (None, None, None, False):
        return hints
    like = None
    if settings.like is not None:
        picture = Path(settings.like)
        if not picture.is_file():
            raise InputError(f"{picture}: is not there; name the picture with --like")
        if settings.like_sha256 not in (None, file_sha256(picture)):
            raise InputError(
                f"{picture}: is another picture than the film was made with; name that with --like"
            )
        like = Palette(like=picture, strength=settings.like_strength)
    return replace(
        hints or Hints(),
        like=like,
        saturation=settings.saturation_like,
        sample=settings.sample,
        representative=settings.representative,
    )
