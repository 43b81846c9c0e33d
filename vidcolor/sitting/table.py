"""Findings as text: a table, and the same for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from vidcolor.sitting.bootstrap import Interval
from vidcolor.sitting.findings import FEW_JUDGES, Findings
from vidcolor.sitting.study import Ask

SHARES = ("source", "fooled %", "95 % within", "judgements", "judges", "pictures")
DIFFERENCES = ("difference", "points", "95 % within", "pictures of both")
"""The headings of the two tables."""

_COLUMNS = (
    "what", "source", "against", "kind", "value", "low", "high", "judgements", "judges", "pictures"
)  # fmt: skip


def share_rows(found: Findings) -> list[tuple[str, ...]]:
    """Return a row for each source, and for each of a kind."""
    return [
        (
            each.source if each.kind is None else f"{each.source}, {each.kind or 'no kind'}",
            _percent(each.fooled.value),
            _within(each.fooled),
            str(each.judgements),
            str(each.judges),
            str(each.pictures),
        )
        for each in found.shares
    ]


def difference_rows(found: Findings) -> list[tuple[str, ...]]:
    """Return a row for each two sources; in percentage points."""
    return [
        (
            f"{each.first} - {each.second}",
            _percent(each.more.value, "+"),
            _within(each.more, "+"),
            str(each.pictures),
        )
        for each in found.differences
    ]


def remarks(found: Findings) -> Iterator[str]:
    """Yield what one must know to read the figures, a line each."""
    if found.study.ask is Ask.WHICH:
        yield "Fooled: a coloured picture was taken for the photograph. 50 % is the ceiling."
    else:
        yield "Fooled: a picture was called natural; the truth's own share is the ceiling."
    counted = len(found.judges) - len(found.left_out)
    yield (
        f"{_many(found.judgements, 'judgement')} of {_many(counted, 'judge')}; "
        f"{found.late} more did not count because a picture was not shown for a second."
    )
    for judge in found.left_out:
        yield (
            f"{judge.name} is left out: took absurd colours for real in {judge.missed} of "
            f"{judge.catches} catches."
        )
    if counted == 1:
        yield "One judge: the intervals are about other pictures, not about other judges."
    elif counted < FEW_JUDGES:
        yield f"Only {counted} judges: the intervals rest on little."
    if found.unfinished:
        yield f"{_many(found.unfinished, 'sitting')} unfinished; vidcolor judge run goes on."
    if found.damaged:
        yield f"{_many(found.damaged, 'damaged line')} passed over."


def lines(found: Findings) -> Iterator[str]:
    """Yield the tables in aligned columns, and the remarks."""
    yield from _aligned([SHARES, *share_rows(found)])
    if found.differences:
        yield ""
        yield from _aligned([DIFFERENCES, *difference_rows(found)])
    yield ""
    yield from remarks(found)


def as_csv(found: Findings) -> str:
    """Return shares and differences as CSV; all of them between -1 and 1."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for each in found.shares:
        kind = "all" if each.kind is None else each.kind
        counts = each.judgements, each.judges, each.pictures
        writer.writerow(["fooled", each.source, "", kind, *_plain(each.fooled), *counts])
    for pair in found.differences:
        row = ["difference", pair.first, pair.second, "all", *_plain(pair.more)]
        writer.writerow([*row, "", "", pair.pictures])
    return text.getvalue()


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows as lines: the first column to the left, all others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *rest in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True))
        yield "  ".join([f"{name:<{widths[0]}}", *cells])


def _plain(interval: Interval) -> Iterable[str]:
    return (f"{number:.4f}" for number in interval)


def _within(interval: Interval, sign: str = "") -> str:
    return f"{_percent(interval.low, sign)} to {_percent(interval.high, sign)}"


def _percent(share: float, sign: str = "") -> str:
    return "-" if share != share else format(100 * share, f"{sign}.1f")


def _many(count: int, name: str) -> str:
    return f"{count} {name}{'s' * (count != 1)}"
