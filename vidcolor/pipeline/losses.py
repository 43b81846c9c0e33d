"""What of a film is left out or lost, and `--strict`, which refuses that."""

from vidcolor.errors import InputError, OutputError
from vidcolor.input.reader import Reader
from vidcolor.output.writer import Writer


def left_out(reader: Reader, writer: Writer) -> list[str]:
    """Return what of the source does not come along, a line each."""
    return [f"left out: {line}" for line in [*reader.left_out, *writer.left_out]]


def refuse_losses(reader: Reader, writer: Writer) -> None:
    """Raise what is damaged or would be missing, as far as it is known.

    Raises:
        InputError: the source is damaged.
        OutputError: something of it would be left out or lost.
    """
    if warnings := reader.warnings:
        raise InputError(
            f"{reader.path}: {'; '.join(warnings)}; get an undamaged copy, or leave --strict out"
        )
    if lost := [*left_out(reader, writer), *writer.losses]:
        raise OutputError(
            f"{writer.path}: {'; '.join(lost)}; choose another output, or leave --strict out"
        )
