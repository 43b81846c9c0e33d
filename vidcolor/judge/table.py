"""The figures of a film as text."""

from collections.abc import Iterator

from vidcolor.judge.measure import Measurement, Part

# The name, heading and format of each figure; those against the truth stand last.
_COLUMNS = (
    ("cdc", "CDC", ".5f"),
    ("flicker", "flicker", ".2f"),
    ("still_share", "still %", ".1%"),
    ("warp_error", "warp error", ".2f"),
    ("drift", "drift", ".2f"),
    ("unrest", "unrest", ".2f"),
    ("colourfulness", "colourfulness", ".1f"),
    ("psnr", "PSNR dB", ".2f"),
    ("ssim", "SSIM", ".3f"),
    ("ciede2000", "CIEDE2000", ".2f"),
    ("unrest_of_truth", "unrest / truth's", ".2f"),
)
_AGAINST_TRUTH = 4


def rows(measurement: Measurement) -> list[tuple[str, ...]]:
    """Return the headings, a row for each shot, and one for the film; all of equal length."""
    columns = _COLUMNS if measurement.truth else _COLUMNS[:-_AGAINST_TRUTH]
    cells = [("shot", "from s", "to s", *(heading for _, heading, _ in columns))]
    named = [(str(number), shot) for number, shot in enumerate(measurement.shots, 1)]
    for name, part in [*named, ("all", measurement.overall)]:
        figures = (_text(part, key, form) for key, _, form in columns)
        cells.append((name, f"{part.start:.2f}", f"{part.end:.2f}", *figures))
    return cells


def lines(measurement: Measurement) -> Iterator[str]:
    """Yield the rows as lines of text in aligned columns."""
    cells = rows(measurement)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))


def _text(part: Part, name: str, form: str) -> str:
    """Return a figure as text, a dash if there is none; `form`: as `format` takes it."""
    figure = getattr(part.figures, name)
    return "-" if figure is None else format(figure, form).removesuffix("%")
