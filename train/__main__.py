"""`python -m vidcolor.train`, as torchrun wants it."""

from vidcolor.cli.exit_codes import run

from .cli import train

run(train)
