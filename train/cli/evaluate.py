"""`vidcolor train evaluate`: weights measured on photographs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import click

from vidcolor.cli.lazy import lazily
from vidcolor.errors import TrainingError, UsageError
from vidcolor.files import Target
from vidcolor.net.bundled import DEFAULT

from .options import GLOBAL_HINTS, PACKED, NamedFolder, Reveals, device_option, overwrite_option

with lazily():
    from vidcolor.draw import sheet as sheet_file
    from vidcolor.net import checkpoint
    from vidcolor.net import device as devices

    from ..data import photographs
    from ..evaluate import candidates as colourists
    from ..evaluate import classify as classification
    from ..evaluate import evaluate as evaluation
    from ..evaluate import figures, global_hints, outside, sheets, suggestions, table
    from ..evaluate import reveal as revealing
    from ..evaluate import reveal_plot as reveal_plot_file
    from ..evaluate import skin as faces

Row = TypeVar("Row")


@click.command()
@click.option(
    "--weights",
    "names",
    multiple=True,
    default=[DEFAULT],
    show_default=True,
    help="A bundled name, or a file; may be repeated to compare.",
)
@click.option(
    "--data",
    "folders",
    multiple=True,
    required=True,
    type=PACKED,
    help="Folder made by 'train pack', of which the validation split is used; may be repeated.",
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Measure every N-th photograph of them only, which is sooner done.",
)
@click.option(
    "--outputs",
    multiple=True,
    type=NamedFolder(),
    help="Also measure the pictures that another program made of what --write-greys wrote; may be "
    "repeated.",
)
@click.option(
    "--write-greys",
    "greys",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the photographs in grey, as PNG files for other programs to colour, and stop.",
)
@click.option("--per-class", is_flag=True, help="Also show the figures of each class.")
@click.option(
    "--old-film", "aged", is_flag=True, help="Make the photographs look like old prints first."
)
@click.option(
    "--skin", is_flag=True, help="Find faces, and tell how many of them get a skin colour."
)
@click.option(
    "--classify",
    is_flag=True,
    help="Tell how many photographs a classifier still recognizes in their new colours.",
)
@click.option(
    "--reveal",
    "reveals",
    type=Reveals(),
    default=(),
    help="Also reveal so many places of true color, or all of it, or tell its saturation or "
    "histogram: how near do the pictures then come? E.g. 1,10,50,all,saturation,histogram.",
)
@click.option(
    "--reveal-by",
    type=click.Choice(["random", "error"]),
    default="random",
    show_default=True,
    help="Places at random, or where the picture so far is worst.",
)
@click.option(
    "--reveal-plot",
    type=click.Path(path_type=Path),
    help="PNG to write, with what --reveal finds beside published figures.",
)
@click.option(
    "--suggestions",
    "asks",
    is_flag=True,
    help="Tell how often one of nine suggested colors is near the true one, also after the places "
    "of --reveal.",
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path),
    help="PNG to write, with the best, median and worst photographs.",
)
@overwrite_option("Replace an existing sheet or plot.")
@device_option
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def evaluate(
    names: tuple[str, ...],
    folders: tuple[Path, ...],
    every: int,
    outputs: "tuple[tuple[str, Path], ...]",
    greys: Path | None,
    per_class: bool,
    aged: bool,
    skin: bool,
    classify: bool,
    reveals: tuple[int | str, ...],
    reveal_by: "revealing.By",
    reveal_plot: Path | None,
    asks: bool,
    sheet: Path | None,
    overwrite: bool,
    device: str,
    as_json: bool,
) -> None:
    """Measure weights on the validation split of packed photographs.

    Pictures of other programs enter every table and sheet: --write-greys gives you the photographs
    in grey; colour these, keep their names, and give the folder as --outputs NAME=FOLDER.
    """
    pictures = _held_out(folders, every)
    if greys or outputs:
        _check_names(folders)
    if greys:
        written = outside.write_greys(pictures, greys)
        click.echo(f"{greys}: {written} grey photographs")
        return
    if reveal_plot and not reveals:
        raise UsageError("--reveal-plot shows what --reveal finds; give that too")
    target = Target(sheet, folders[0], overwrite) if sheet else None
    plot_target = Target(reveal_plot, folders[0], overwrite) if reveal_plot else None
    place = devices.resolve_device(device)
    classifier = classification.Classifier() if classify else None
    candidates = {
        name: colourists.Candidate.of(checkpoint.load(name, may_name=True), place) for name in names
    }
    others = {name: colourists.Outside(folder) for name, folder in outputs}
    if twice := candidates.keys() & others:
        raise UsageError(
            f"--outputs {min(twice)}=...: these weights have that name; choose another"
        )
    everyone = candidates | others
    measured = evaluation.evaluate(pictures, everyone, aged=aged)
    tones = faces.measure(pictures, everyone) if skin else None
    classes = _by_class(pictures, measured) if per_class else {}
    recognized = {}
    if classifier:
        rows = classification.recognized(pictures, everyone, classifier, place)
        groups = {"all": rows} | (_by_class(pictures, rows) if per_class else {})
        recognized = {name: classification.shares(group) for name, group in groups.items()}
    counts: tuple[Any, ...] = tuple(each for each in reveals if each not in GLOBAL_HINTS)
    hints: list[Any] = [each for each in reveals if each in GLOBAL_HINTS]
    curves = revealing.reveal(pictures, candidates, counts, reveal_by) if counts else {}
    told = global_hints.measure(pictures, candidates, hints) if hints else {}
    if "all" in counts:
        for name in candidates:
            told[name] = told.get(name, {}) | {"all": curves[name][-1]}
    shown = (0, *(count for count in counts if count))
    suggested = suggestions.measure(pictures, candidates, shown) if asks else {}

    if as_json:
        summary = _summary(measured)
        if others:
            summary["luma_errors"] = {name: other.luma_error for name, other in others.items()}
        if per_class:
            summary["classes"] = {label: _summary(group) for label, group in classes.items()}
        if skin:
            summary["skin"] = tones and asdict(tones)
        if classifier:
            summary["recognized"] = recognized
        if counts:
            summary["reveal"] = {"by": reveal_by, "counts": counts, "psnr": curves}
        if told:
            summary["told"] = told
        if asks:
            summary["suggestions"] = {"counts": shown, "near": suggested}
        click.echo(json.dumps(summary))
    else:
        sections = [table.overall(figures.mean(measured))]
        if per_class:
            sections += [table.by_class(classes, name) for name in everyone]
        if skin:
            sections.append(table.of_skin(tones))
        if classifier:
            sections.append(table.of_recognized(recognized))
        if counts:
            sections.append(table.of_revealed(curves, counts))
        if told:
            sections.append(table.of_told(told))
        if asks:
            sections.append(table.of_suggestions(suggested, shown))
        if others:
            sections.append(table.of_outside(others))
        click.echo(f"{len(pictures)} photographs")
        click.echo("\n\n".join("\n".join(lines) for lines in sections))
    if target:
        shown_by: dict[str, tuple[colourists.Colourist, str]] = {
            names[0]: (candidates[names[0]], "defaults")
        }
        shown_by |= {name: (other, colourists.GIVEN) for name, other in others.items()}
        drawn = sheets.extremes(pictures, measured, shown_by)
        target.fill(sheet_file.png(drawn))
    if plot_target:
        plot_target.fill(reveal_plot_file.plot(curves, counts, told))


def _by_class(
    photographs: "Sequence[colourists.Photograph]", rows: Sequence[Row]
) -> dict[str, list[Row]]:
    """Return what belongs to the photographs of each class, by the names of the classes."""
    classes: dict[str, list[Row]] = {}
    pairs = zip(photographs, rows, strict=True)
    for photograph, row in sorted(pairs, key=lambda pair: pair[0].label):
        classes.setdefault(photograph.label, []).append(row)
    return classes


def _held_out(folders: Sequence[Path], every: int) -> "list[colourists.Photograph]":
    """Return the validation split of packed photographs, every N-th of each folder, in order.

    Raises TrainingError if one is empty.
    """
    pictures = []
    for folder in folders:
        packed = photographs.Photographs(folder)
        if not len(packed.validation):
            raise TrainingError(
                f"{folder}: no validation photographs; pack with --validation-share"
            )
        pictures += [
            colourists.Photograph(packed, int(index)) for index in packed.validation[::every]
        ]
    return pictures


def _check_names(folders: Sequence[Path]) -> None:
    """Raise UsageError where two folders have one name, by which their pictures are told apart."""
    if len({folder.resolve().name for folder in folders}) < len(folders):
        raise UsageError(
            "--data: two folders have the same name; rename one, or measure each alone"
        )


def _summary(measured: "Sequence[figures.Figures]") -> dict[str, Any]:
    """Return the mean figures for JSON; infinity, which JSON lacks, becomes null."""

    def finite(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: finite(part) for name, part in value.items()}
        return value if value is not None and isfinite(value) else None

    return finite({"photographs": len(measured)} | figures.mean(measured).summary())
