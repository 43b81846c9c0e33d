"""`vidcolor train survey`: variants of a recipe compared at equal cost."""

from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.files import Target

from .options import data_option, device_option, output_folder_option

with lazily():
    from vidcolor.draw import sheet as sheet_file
    from vidcolor.net import device as devices

    from ..data import photographs
    from ..survey import plan as plans
    from ..survey import report as reports
    from ..survey import sheet as sheets
    from ..survey import survey as surveys


@click.command()
@click.argument("survey")
@data_option()
@output_folder_option("Folder for the runs, their rows and the report.")
@device_option
def survey(survey: str, data: Path, output: Path, device: str) -> None:
    """Compare variants of a recipe as SURVEY says, the name of a bundled survey or a TOML file.

    One run follows the other. Each finished one is a row of runs.csv in the output folder: give the
    same command again to go on after a stop, also with a copy of the folder on another machine.
    Surveys may share a folder: what two of them compare alike is trained once.
    """
    plan = plans.load_plan(survey)
    place = devices.resolve_device(device)
    work = surveys.Survey(plan, data, output, place, lambda line: click.echo(line, err=True))
    work.run()
    drawn = sheets.draw(work, photographs.Photographs(data, plan.test_classes), place)
    sheet = None if drawn is None else sheet_file.png(drawn)
    chart = reports.draw_chart(work)
    page = reports.write_page(work, chart, sheet)
    files = {"csv": reports.table_csv(work), "html": page, "chart.png": chart}
    if sheet:
        files["png"] = sheet
    for ending, content in files.items():
        Target(output / f"{plan.name}.{ending}", output, overwrite=True).fill(content)
    click.echo(output / f"{plan.name}.html")
