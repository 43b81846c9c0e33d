"""What there is to say of a film that is half done."""

import shlex
from pathlib import Path

from vidcolor.errors import InputError
from vidcolor.jobs.journal import Journal, work_folder


def film_status(output: Path, work: Path | None = None) -> str:
    """Return a line on how far a film is done, and how long the rest will take.

    output: what the film becomes. work: the folder given for work. Raises InputError where nothing
    is known of it.
    """
    if not (folder := work_folder(output, work)).is_dir():
        if output.exists():
            return f"{output}: done"
        raise InputError(
            f"{output}: neither done nor begun in segments here; name the output, and the --work "
            "folder if one was given"
        )
    journal = Journal(folder)
    begun = journal.read()
    if begun is None:
        return f"{output}: begun, nothing is done yet"
    count = len(begun.plan.segments)
    records = [record for index in range(count) if (record := journal.record(index))]
    line = f"{output}: {len(records)} of {count} segments are done"
    if records and len(records) < count:
        each = sum(record.seconds for record in records) / len(records)
        line += f", about {_in_words(each * (count - len(records)))} of work for one process to go"
    if journal.is_in_use:
        return f"{line}; it is being made"
    return (
        f"{line}; nobody makes it now: the same command goes on; "
        f"'rm -r {shlex.quote(str(folder))}' removes {journal.size / 1e6:.1f} MB"
    )


def _in_words(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
