"""The settings by which a film was colored, read from the film itself."""

from pathlib import Path

from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import InputError
from vidcolor.input.reader import Reader


def made_by(metadata: dict[str, str]) -> tuple[str, ColorSettings] | None:
    """Return the version of vidcolor and the settings that made a film; None if it does not say.

    metadata: of the film. Containers write the comment's name in capitals or not.
    """
    for name, text in metadata.items():
        if name.lower() == "comment":
            return ColorSettings.from_comment(text)
    return None


def film_settings(path: Path) -> ColorSettings:
    """Return the settings by which the film at `path` was colored.

    Raises InputError where it can't be read or tells of none.
    """
    with Reader(path) as reader:
        made = made_by(reader.metadata)
    if made is None:
        raise InputError(
            f"{path}: holds no settings of vidcolor; name a film that this version of vidcolor made"
        )
    return made[1]
