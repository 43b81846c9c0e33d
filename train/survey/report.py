"""The report of a survey: its table with intervals as CSV, and a page with charts and pictures."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vidcolor.draw.charts import chart_png
from vidcolor.draw.page import page, paragraph, picture, section
from vidcolor.draw.page import table as html_table

from ..evaluate.published import AUTOMATIC, IMAGENET, SUN
from .measured import CHOSEN, COLUMNS, MEAN
from .rows import Row, number
from .statistics import Estimate, bootstrap, holm
from .survey import Survey

DECIDES = {MEAN: ("psnr", 1), CHOSEN: ("ciede2000", -1)}
"""The figure by which variants are compared in each of the two tables, and the sign of what is
better."""
NAMES = {"psnr": "PSNR in dB", "ciede2000": "CIEDE2000"}
"""What these figures are called in charts."""


@dataclass(frozen=True)
class Comparison:
    """All complete variants, decoded in one of the two ways.

    figures: by variant, of each of `COLUMNS`. gains: by variant but the reference, how much better
    than the reference's its deciding figure is. adjusted: their p-values after Holm.
    above_grey: by variant, how much more its PSNR is than grey's, at the mean.
    """

    figures: Mapping[str, Mapping[str, Estimate]]
    gains: Mapping[str, Estimate]
    adjusted: Mapping[str, float]
    above_grey: Mapping[str, Estimate]

    @property
    def decided(self) -> bool:
        """Whether every variant is above grey beyond its interval: only then it says something."""
        return all(each.low > 0 for each in self.above_grey.values())


def complete(survey: Survey) -> list[str]:
    """Return the names of the variants of which every run is done, in the plan's order."""
    plan = survey.plan
    return [
        name
        for name in plan.variants
        if all(survey.runs.of(survey.key(name), seed=str(seed)) for seed in plan.seeds)
    ]


def compare(survey: Survey, way: str) -> Comparison:
    """Compare the variants that are complete. way: `MEAN` or `CHOSEN`."""
    values = {name: _values(survey, name) for name in complete(survey)}
    figures = {
        name: {column: bootstrap(each[f"{way}_{column}"]) for column in COLUMNS}
        for name, each in values.items()
    }
    decisive, sign = DECIDES[way]
    column = f"{way}_{decisive}"
    reference = values.get(survey.plan.reference)
    gains = {
        name: bootstrap(sign * (each[column] - reference[column]))
        for name, each in values.items()
        if reference is not None and name != survey.plan.reference
    }
    return Comparison(
        figures,
        gains,
        holm({name: gain.p for name, gain in gains.items()}),
        {name: bootstrap(e[f"{MEAN}_psnr"] - e["grey_psnr"]) for name, e in values.items()},
    )


def _values(survey: Survey, variant: str) -> dict[str, np.ndarray]:
    """Return by column what a variant's pictures are worth, (seeds, photographs) float64."""
    rows = survey.photographs.of(survey.key(variant))
    names = list(dict.fromkeys(row["photograph"] for row in rows))
    found = {(row["seed"], row["photograph"]): row for row in rows}
    columns = [f"{way}_{name}" for way in (MEAN, CHOSEN) for name in COLUMNS]
    return {
        column: np.array(
            [
                [float(found[str(seed), name][column]) for name in names]
                for seed in survey.plan.seeds
            ]
        )
        for column in (*columns, "grey_psnr")
    }


def table_csv(survey: Survey) -> bytes:
    """Return the comparison as a CSV file: a row for each variant and way to decode.

    above_grey is by how much PSNR (dB), at the mean, is above grey's on the same photographs: all
    of its intervals must be above 0 for the table to be decided.
    """
    content = io.StringIO(newline="")
    writer = csv.writer(content, lineterminator="\n")
    bounds = [
        f"{column}{end}"
        for column in (*COLUMNS, "above_grey", "better")
        for end in ("", "_low", "_high")
    ]
    writer.writerow(["variant", "decoded", *bounds, "p_holm", "decided"])
    for way in (MEAN, CHOSEN):
        found = compare(survey, way)
        for name, figures in found.figures.items():
            cells = [
                f"{value:.6g}"
                for each in (*figures.values(), found.above_grey[name])
                for value in (each.mean, each.low, each.high)
            ]
            gain = found.gains.get(name)
            told = [""] * 4
            if gain:
                told = [f"{v:.6g}" for v in (gain.mean, gain.low, gain.high, found.adjusted[name])]
            writer.writerow([name, way, *cells, *told, found.decided])
    return content.getvalue().encode()


def write_page(survey: Survey, chart: bytes, sheet: bytes | None) -> bytes:
    """Return the page, HTML.

    chart: as `draw_chart` gives it. sheet: photographs through all variants, a PNG file.
    """
    plan = survey.plan
    names = complete(survey)
    missing = [name for name in plan.variants if name not in names]
    budget = f"{plan.steps} steps" if plan.steps else f"{plan.seconds} s"
    told = (
        f"{len(names)} variants of '{plan.base}', {budget} a run, {len(plan.seeds)} seeds; each at "
        "the best of three learning rates. Intervals are 95 %, by bootstrap over seeds and "
        "photographs; p-values are of the difference to the reference, after Holm."
    )
    if missing:
        told += f" Not complete: {', '.join(missing)}."
    sections = [paragraph(told)]
    for way, title in (
        (MEAN, "Decoded as the distribution's mean"),
        (CHOSEN, "Decoded as chosen on photographs held apart"),
    ):
        sections.append(section(title, _comparison(survey, way)))
    sections += [
        section("What a run found and cost, the mean over seeds", _costs(survey, names)),
        section("Differences to the reference, and losses", picture(chart)),
    ]
    if sheet:
        sections.append(section("Photographs, decoded as chosen, first seed", picture(sheet)))
    sections.append(section("Published, of other photographs and larger nets", _published()))
    return page(f"Survey: {plan.question}", sections).encode()


def _comparison(survey: Survey, way: str) -> str:
    """Return a table of figures with intervals, and whether it decides anything."""
    found = compare(survey, way)
    heading = [
        "",
        *(name.replace("_", " ") for name in COLUMNS),
        f"better in {DECIDES[way][0]} by",
        "p",
    ]
    rows = []
    for name, figures in found.figures.items():
        gain = found.gains.get(name)
        told = [_interval(gain), _probability(found.adjusted[name])] if gain else ["reference", ""]
        rows.append([name, *map(_interval, figures.values()), *told])
    verdict = ""
    if not found.decided:
        low = [name for name, each in found.above_grey.items() if each.low <= 0]
        verdict = paragraph(
            f"Undecided: not above grey in PSNR beyond the interval: {', '.join(low)}."
        )
    return verdict + html_table(heading, rows)


def _probability(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "&lt; 0.001"


def _interval(estimate: Estimate) -> str:
    digits = 3 if abs(estimate.mean) < 1 else 2
    bounds = f"{estimate.low:.{digits}f} to {estimate.high:.{digits}f}"
    return f"{estimate.mean:.{digits}f}<br><small>{bounds}</small>"


def _costs(survey: Survey, names: Sequence[str]) -> str:
    """Return a table of a run's other figures; cross-entropy where the bins are the reference's."""
    plan = survey.plan
    columns = {
        "mean_unrest": "unrest, mean", "chosen_unrest": "unrest, chosen",
        "grey_recognized": "recognized, grey", "mean_recognized": "mean",
        "chosen_recognized": "chosen", "cross_entropy": "cross-entropy",
        "chosen_temperature": "T", "chosen_rebalance": "rebalance",
        "chosen_saturation": "saturation", "learning_rate": "learning rate", "steps": "steps",
        "step_ms": "ms a step", "memory_mb": "MB", "parameters": "parameters",
        "inference_ms": "ms a photograph",
    }  # fmt: skip
    rows = []
    for name in names:
        runs = survey.runs.of(survey.key(name))
        cells = []
        for column in columns:
            values = [value for row in runs if (value := number(row, column)) is not None]
            equal = column != "cross_entropy" or _same_bins(plan.variants, name, plan.reference)
            cells.append(f"{np.mean(values):.4g}" if values and equal else "-")
        rows.append([name, *cells, _where(runs)])
    return html_table(["", *columns.values(), "on"], rows)


def _same_bins(recipes: Mapping[str, Any], name: str, other: str) -> bool:
    """Tell whether two variants tell the same bins apart, so that cross-entropies compare."""
    one, two = recipes[name], recipes[other]
    keys = "space", "head", "pairs", "bins", "classes", "photographs"
    return all(getattr(one, key) == getattr(two, key) for key in keys)


def _where(runs: Sequence[Row]) -> str:
    return ", ".join(dict.fromkeys(f"{row['machine']}, {row['precision']}" for row in runs))


def draw_chart(survey: Survey) -> bytes:
    """Draw the losses of the first seed's runs, and by how much variants beat the reference.

    Returns a PNG file.
    """
    figure = Figure(figsize=(13, 4.5), layout="constrained")
    losses, *gains = figure.subplots(1, 3, width_ratios=(2, 1, 1))
    _draw_losses(losses, survey)
    for axes, (way, (column, _)) in zip(gains, DECIDES.items(), strict=True):
        _draw_gains(axes, survey, way)
        axes.set_title(f"{NAMES[column]}, {way}", fontsize="medium")
        axes.set_xlabel("worse \N{LEFTWARDS ARROW}   \N{RIGHTWARDS ARROW} better")
    return chart_png(figure)


def _draw_gains(axes: Axes, survey: Survey, way: str) -> None:
    """Draw differences to the reference with their intervals, the first variant at the top."""
    names, gains = complete(survey), compare(survey, way).gains
    for name, gain in gains.items():
        place = names.index(name)
        axes.plot([gain.low, gain.high], [place] * 2, color=f"C{place % 10}")
        axes.plot(gain.mean, place, "o", color=f"C{place % 10}")
    axes.axvline(0, color="0.5", linewidth=1)
    axes.set_yticks(list(map(names.index, gains)), list(gains))
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)


def _draw_losses(axes: Axes, survey: Survey) -> None:
    """Draw training (full) and validation loss (dashed) over the steps.

    Losses of different kinds do not compare, so each is a share of its own first validation loss.
    """
    for place, name in enumerate(complete(survey)):
        curve = survey.curves.of(survey.key(name), seed=str(survey.plan.seeds[0]))
        steps, color = [int(row["step"]) for row in curve], f"C{place % 10}"
        first = float(curve[0]["validation_loss"])
        for column, line in (("loss", "-"), ("validation_loss", "--")):
            values = [float(row[column]) / first for row in curve]
            axes.plot(
                steps,
                values,
                line,
                marker=".",
                color=color,
                linewidth=1,
                label=name if column == "loss" else None,
            )
    axes.set(xlabel="step", ylabel="share of its first validation loss")
    title = "loss in training (full) and validation (dashed), first seed"
    axes.set_title(title, fontsize="medium")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def _published() -> str:
    """Return a table of published figures."""
    rows = [
        [f"{name} ({where})", f"{figures[AUTOMATIC]:.2f}"]
        for where, table in (("ImageNet", IMAGENET), ("SUN", SUN))
        for name, figures in table.items()
        if AUTOMATIC in figures
    ]
    return html_table(["Zhang et al. 2017, tables 1 and 3", "PSNR dB"], rows)
