"""`vidcolor train`: the group of the commands of training."""

import click

from .evaluate import evaluate
from .exemplar import exemplar
from .export import export
from .find_lr import find_lr
from .fit import fit
from .mix import mix
from .pack import pack
from .report import report
from .survey import survey


@click.group()
def train() -> None:
    """Make weights from a folder of photographs."""


for command in (pack, fit, report, find_lr, evaluate, survey, exemplar, mix, export):
    train.add_command(command)
