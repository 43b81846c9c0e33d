"""`python -m vidcolor.train`, as torchrun wants it."""

from vidcolor.cli.shell import run

from .cli import train

run(train)
