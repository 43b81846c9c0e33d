"""What kind of file a name stands for, and where its output goes unless told otherwise."""

from pathlib import Path

from vidcolor.encoders import CONTAINERS

STILL_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")


def is_still(path: Path) -> bool:
    """Whether the name is that of a photograph."""
    return path.suffix.lower() in STILL_SUFFIXES


def default_output(source: Path, folder: Path | None, kind: str = "color") -> Path:
    """film.color.mkv for film.mkv, or of another `kind`, beside it or in `folder`.

    The suffix stays where vidcolor writes that kind of file; other films become .mkv.
    """
    kept = is_still(source) or source.suffix.lower() in CONTAINERS
    name = f"{source.stem}.{kind}{source.suffix if kept else '.mkv'}"
    return (folder or source.parent) / name
